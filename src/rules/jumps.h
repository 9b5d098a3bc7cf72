/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the jumps between a family's chains amount to: loops, denials behind them, and how many rules a packet can meet.
 */
#ifndef RULES_JUMPS_H
#define RULES_JUMPS_H

#include "base/error.h"
#include "rules/ruleset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Rules that one packet can meet on its way through a chain and those it jumps to. The kernel walks them all without a
 * pause, and chains that jump twice to the next double with each: 20 of them hold a processor for a tenth of a second,
 * 40 for a day. Four times what a chain without jumps can hold leaves each rule a small chain of its own. Each four
 * matches of a rule count as another one. */
#define RULES_MAX_WALK 262144

struct jumps {
	/* calls[a][b]: jumps from chain a to chain b from which the packet comes back */
	uint32_t calls[RULES_MAX_CHAINS][RULES_MAX_CHAINS];
	/* [a] bit b: chain a has a goto to chain b; a jump of any kind that every packet takes */
	uint64_t gotos[RULES_MAX_CHAINS][RULES_MAX_CHAINS / 64];
	uint64_t certain[RULES_MAX_CHAINS][RULES_MAX_CHAINS / 64];
	/* Rules that a packet meets at most: the chain's own, and when it was followed with all behind it. */
	uint64_t walk[RULES_MAX_CHAINS];
	uint8_t state[RULES_MAX_CHAINS]; /* 0 not followed yet, 1 on the way, 2 done */
};

/** Notes a rule of a chain with so many matches. */
void jumps_note_rule(struct jumps *jumps, size_t chain, unsigned matches);

/**
 * Notes a jump.
 * @from, @to: indices of chains
 * @certain: every packet that comes to the rule takes it
 */
void jumps_note(struct jumps *jumps, size_t from, size_t to, bool is_goto, bool certain);

/**
 * Follows the jumps from a chain that was not followed before, and tells it what the chains behind them deny. To be
 * called for all chains, when all jumps are noted.
 * @return whether there is no loop, for which the kernel has no more than ELOOP, and no walk beyond the limit; the
 *	   policy compiler's chains may be longer, because their jumps exclude each other
 */
bool jumps_follow(struct jumps *jumps, struct rules_chain *chains, size_t count, size_t chain, struct error **error);

#endif
