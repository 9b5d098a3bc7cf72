/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parsed rules of one address family: chains with their rules as the kernel's entries. Made by the parser process,
 * read by the worker process through a socket (wire.h); a second backend can translate the same entries (nft_compat).
 */
#ifndef RULES_RULESET_H
#define RULES_RULESET_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Tables in the order in which they are committed. */
enum rules_table { RULES_RAW, RULES_MANGLE, RULES_NAT, RULES_FILTER, RULES_SECURITY };
#define RULES_TABLE_COUNT 5
/** Format of the refusal of a table that rules_table_find() does not find. */
#define RULES_UNKNOWN_TABLE "unknown table \"%s\"; there are raw, mangle, nat, filter and security"

/** Chains of one container over all tables of a family (interface section 11). */
#define RULES_MAX_CHAINS 256
/** Longest chain name: the kernel cuts names behind 28 characters, so that two could become one. */
#define RULES_CHAIN_NAME 28
/** Largest entry the parser may send, in bytes: libxtables' matches are a few hundred each, 255 words make fewer. */
#define RULES_MAX_ENTRY ((size_t)128 * 1024)

enum rules_policy { RULES_POLICY_NONE, RULES_POLICY_ACCEPT, RULES_POLICY_DROP };

/** No jump to a chain of the ruleset. */
#define RULES_NO_JUMP UINT16_MAX

struct rules_chain {
	uint16_t layer; /* index of the text it stands in */
	uint8_t table;  /* enum rules_table */
	uint8_t policy; /* enum rules_policy; of built-in chains only */
	bool builtin;
	bool leaves;    /* holds RETURN or a goto: what follows its last rule may be jumped over */
	bool denies;    /* holds an unconditional DROP or REJECT, or a jump to a chain that does */
	bool filters;   /* a rule of it drops or rejects, or its policy does */
	bool one_sided; /* may deny in one family only: the policy compiler made it */
	uint32_t rule_count;
	char name[RULES_CHAIN_NAME + 1];
};

/** One rule. The bytes behind it are a struct ipt_entry or ip6t_entry with matches and target. */
struct rules_rule {
	uint16_t chain;    /* index into chains */
	uint16_t jump;     /* index of the chain that it jumps to, or RULES_NO_JUMP */
	uint32_t position; /* 0: append, else insert as this number, from 1 */
	uint32_t size;     /* bytes of the entry */
	uint32_t line;     /* line or rule number in its text, for messages */
	_Alignas(8) unsigned char entry[];
};

/** Which bytes of a match or target say what the user wrote; the kernel keeps its own state behind them. */
struct rules_extension {
	bool target;
	uint8_t revision;
	uint32_t userspace_size;
	char name[30];
};

struct rules_block; /* storage of rules, wire.c */

struct ruleset {
	int family; /* AF_INET or AF_INET6 */
	struct rules_chain *chains;
	size_t chain_count;
	struct rules_extension *extensions;
	size_t extension_count;
	struct rules_block *first, *last;
	size_t rule_count;
	size_t entry_bytes; /* of all rules */
};

/** @return the name of a table */
const char *rules_table_name(enum rules_table table);

/** Finds a table by name. @return whether there is one; @ret is untouched if not */
bool rules_table_find(const char *name, enum rules_table *ret);

/** @return whether the table has this built-in chain */
bool rules_table_has_builtin(enum rules_table table, const char *chain);

/** A place in the rules of a ruleset; {0} is before the first. */
struct rules_cursor {
	const struct rules_block *block;
	size_t offset;
	/* What has been passed is not needed for now: it goes out of the process's memory and comes back when it is
	 * read again. For those who make a copy of large rulesets. */
	bool passing;
};

/** @return the next rule in the order of the text, or NULL behind the last; belongs to @ruleset */
const struct rules_rule *ruleset_next(const struct ruleset *ruleset, struct rules_cursor *cursor);

/**
 * Lets what was added go out of the process's memory, as a passing cursor does; large rulesets do it by themselves as
 * they grow, but for the rules added last.
 */
void ruleset_let_go(const struct ruleset *ruleset);

/** Copies a rule into the ruleset. @return the copy; belongs to @ruleset */
struct rules_rule *ruleset_add_rule(struct ruleset *ruleset, const struct rules_rule *rule, const void *entry);

/**
 * @jump: it is to become a jump to a chain
 * @return whether the entry's offsets and sizes lie within its bytes, as libiptc takes for granted, and its target has
 *	   room for the verdict that libiptc writes into it
 */
bool ruleset_entry_is_sound(int family, bool jump, const void *entry, size_t size);

/** @return whether a chain ends in a denial that no packet passes by */
bool ruleset_chain_denies(const struct rules_chain *chain);

/**
 * Looks for a chain that ends in an unconditional denial in one family only.
 * @ret_chain, @ret_family: the chain, and the family that it denies in
 * @return whether there is one
 */
bool ruleset_find_one_sided_denial(const struct ruleset *left, const struct ruleset *right,
				   const struct rules_chain **ret_chain, int *ret_family);

/** Releases what a ruleset points to and empties it. */
void ruleset_free(struct ruleset *ruleset);

#define cleanup_ruleset __attribute__((cleanup(ruleset_free)))

#endif
