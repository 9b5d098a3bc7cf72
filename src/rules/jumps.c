/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/jumps.h"

/** Matches that are as dear as a rule. */
#define MATCHES_OF_A_RULE 4

static bool has_bit(const uint64_t *bits, size_t at)
{
	return (bits[at / 64] >> at % 64 & 1) != 0;
}

static void set_bit(uint64_t *bits, size_t at)
{
	bits[at / 64] |= UINT64_C(1) << at % 64;
}

void jumps_note_rule(struct jumps *jumps, size_t chain, unsigned matches)
{
	jumps->walk[chain] += 1 + matches / MATCHES_OF_A_RULE;
}

void jumps_note(struct jumps *jumps, size_t from, size_t to, bool is_goto, bool certain)
{
	if (is_goto)
		set_bit(jumps->gotos[from], to);
	else
		jumps->calls[from][to]++;
	if (certain)
		set_bit(jumps->certain[from], to);
}

/* The chain's own rules are the walk so far. A goto ends it: of several only the longest counts. */
static bool add_walks(struct jumps *jumps, struct rules_chain *chains, size_t count, size_t chain, struct error **error)
{
	uint64_t longest = 0;

	for (size_t to = 0; to < count; to++) {
		bool goes = has_bit(jumps->gotos[chain], to);

		if (jumps->calls[chain][to] == 0 && !goes)
			continue;
		if (jumps->state[to] == 1)
			return error_set(error, "chain \"%s\" and chain \"%s\" jump to each other in a loop",
					 chains[chain].name, chains[to].name);
		/* At most RULES_MAX_CHAINS deep. */
		if (!jumps_follow(jumps, chains, count, to, error))
			return false;
		if (has_bit(jumps->certain[chain], to))
			chains[chain].denies |= chains[to].denies;
		jumps->walk[chain] += jumps->calls[chain][to] * jumps->walk[to];
		if (goes && jumps->walk[to] > longest)
			longest = jumps->walk[to];
	}
	jumps->walk[chain] += longest;
	return true;
}

bool jumps_follow(struct jumps *jumps, struct rules_chain *chains, size_t count, size_t chain, struct error **error)
{
	if (jumps->state[chain] == 2)
		return true;
	jumps->state[chain] = 1;
	if (!add_walks(jumps, chains, count, chain, error))
		return false;
	if (jumps->walk[chain] > RULES_MAX_WALK) {
		if (!chains[chain].one_sided)
			return error_set(error,
					 "chain \"%s\": a packet can meet more than the limit of %d rules in it and "
					 "the chains it jumps to",
					 chains[chain].name, RULES_MAX_WALK);
		jumps->walk[chain] = RULES_MAX_WALK; /* no more than fits when it is multiplied */
	}
	jumps->state[chain] = 2;
	return true;
}
