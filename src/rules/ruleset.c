/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/ruleset.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* The kernel's headers clash with netinet/in.h unless that came first. */
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

/* Rules live in blocks: one allocation for many, and a block can be as large as its largest rule. The blocks of large
 * rulesets are mappings that are shared, though with nobody: a process can let go of their pages and keep what is in
 * them. */
struct rules_block {
	struct rules_block *next;
	size_t used, size;
	size_t mapped; /* bytes of the mapping; 0: allocated */
	_Alignas(8) unsigned char bytes[];
};

#define FIRST_BLOCK_SIZE ((size_t)2048)
#define BLOCK_SIZE ((size_t)32 * 1024)
#define MAPPING_SIZE ((size_t)512 * 1024)
/** Rules from which on blocks are mappings. */
#define RULES_BEFORE_MAPPINGS 1024

static const struct {
	const char *name;
	const char *builtins[6];
} tables[RULES_TABLE_COUNT] = {
	[RULES_RAW] = {"raw", {"PREROUTING", "OUTPUT"}},
	[RULES_MANGLE] = {"mangle", {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"}},
	[RULES_NAT] = {"nat", {"PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"}},
	[RULES_FILTER] = {"filter", {"INPUT", "FORWARD", "OUTPUT"}},
	[RULES_SECURITY] = {"security", {"INPUT", "FORWARD", "OUTPUT"}},
};

const char *rules_table_name(enum rules_table table)
{
	return tables[table].name;
}

bool rules_table_find(const char *name, enum rules_table *ret)
{
	for (size_t i = 0; i < RULES_TABLE_COUNT; i++) {
		/* The first letters differ, and this is asked several times for each rule. */
		if (tables[i].name[0] == name[0] && strcmp(tables[i].name, name) == 0) {
			*ret = (enum rules_table)i;
			return true;
		}
	}
	return false;
}

bool rules_table_has_builtin(enum rules_table table, const char *chain)
{
	for (size_t i = 0; tables[table].builtins[i] != NULL; i++) {
		if (strcmp(tables[table].builtins[i], chain) == 0)
			return true;
	}
	return false;
}

static size_t rule_room(size_t entry_size)
{
	return (sizeof(struct rules_rule) + entry_size + 7) & ~(size_t)7;
}

static struct rules_block *map_block(size_t room)
{
	size_t size = MAPPING_SIZE;
	struct rules_block *block;

	if (room > size - sizeof(*block))
		return NULL;
	block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (block == MAP_FAILED)
		return NULL;
	block->size = size - sizeof(*block);
	block->mapped = size;
	return block;
}

static void let_go(const struct rules_block *block)
{
	if (block != NULL && block->mapped != 0)
		(void)madvise((void *)(uintptr_t)block, block->mapped, MADV_DONTNEED);
}

void ruleset_let_go(const struct ruleset *ruleset)
{
	let_go(ruleset->last);
}

static struct rules_block *add_block(struct ruleset *ruleset, size_t room)
{
	struct rules_block *block = ruleset->rule_count < RULES_BEFORE_MAPPINGS ? NULL : map_block(room);

	if (block == NULL) {
		size_t size = ruleset->first == NULL ? FIRST_BLOCK_SIZE : BLOCK_SIZE;

		if (size < room)
			size = room;
		block = memory_allocate(1, sizeof(*block) + size);
		block->size = size;
	}
	if (ruleset->last == NULL)
		ruleset->first = block;
	else
		ruleset->last->next = block;
	let_go(ruleset->last);
	ruleset->last = block;
	return block;
}

struct rules_rule *ruleset_add_rule(struct ruleset *ruleset, const struct rules_rule *rule, const void *entry)
{
	size_t room = rule_room(rule->size);
	struct rules_block *block = ruleset->last;
	struct rules_rule *copy;

	if (block == NULL || block->size - block->used < room)
		block = add_block(ruleset, room);
	copy = (struct rules_rule *)(void *)(block->bytes + block->used);
	*copy = *rule;
	memcpy(copy->entry, entry, rule->size);
	block->used += room;
	ruleset->rule_count++;
	ruleset->entry_bytes += rule->size;
	return copy;
}

const struct rules_rule *ruleset_next(const struct ruleset *ruleset, struct rules_cursor *cursor)
{
	const struct rules_rule *rule;

	if (cursor->block == NULL) {
		cursor->block = ruleset->first;
		cursor->offset = 0;
	} else if (cursor->offset == cursor->block->used && cursor->block->next != NULL) {
		const struct rules_block *next = cursor->block->next;

		if (cursor->passing)
			let_go(cursor->block);
		cursor->block = next;
		cursor->offset = 0;
	}
	if (cursor->block == NULL || cursor->offset == cursor->block->used) {
		if (cursor->passing)
			let_go(cursor->block);
		return NULL;
	}
	rule = (const struct rules_rule *)(const void *)(cursor->block->bytes + cursor->offset);
	cursor->offset += rule_room(rule->size);
	return rule;
}

bool ruleset_entry_is_sound(int family, bool jump, const void *entry, size_t size)
{
	size_t base = family == AF_INET ? sizeof(struct ipt_entry) : sizeof(struct ip6t_entry);
	size_t target_offset, next_offset, at;
	const struct xt_entry_target *target;

	if (size < base + sizeof(*target) || size % 8 != 0)
		return false;
	if (family == AF_INET) {
		const struct ipt_entry *ipt = entry;

		target_offset = ipt->target_offset;
		next_offset = ipt->next_offset;
	} else {
		const struct ip6t_entry *ip6t = entry;

		target_offset = ip6t->target_offset;
		next_offset = ip6t->next_offset;
	}
	if (next_offset != size || target_offset < base || target_offset % 8 != 0 ||
	    target_offset > size - sizeof(*target))
		return false;
	for (at = base; at < target_offset;) {
		const struct xt_entry_match *match =
			(const struct xt_entry_match *)(const void *)((const unsigned char *)entry + at);

		if (target_offset - at < sizeof(*match) || match->u.match_size < sizeof(*match) ||
		    match->u.match_size % 8 != 0 || match->u.match_size > target_offset - at ||
		    memchr(match->u.user.name, '\0', sizeof(match->u.user.name)) == NULL)
			return false;
		at += match->u.match_size;
	}
	target = (const struct xt_entry_target *)(const void *)((const unsigned char *)entry + target_offset);
	return target->u.target_size == size - target_offset &&
	       memchr(target->u.user.name, '\0', sizeof(target->u.user.name)) != NULL &&
	       ((!jump && target->u.user.name[0] != '\0') ||
		target->u.target_size >= XT_ALIGN(sizeof(struct xt_standard_target)));
}

bool ruleset_chain_denies(const struct rules_chain *chain)
{
	return chain->policy == RULES_POLICY_DROP || chain->denies;
}

static bool find_denial_missing_in(const struct ruleset *here, const struct ruleset *there,
				   const struct rules_chain **ret_chain)
{
	for (size_t i = 0; i < here->chain_count; i++) {
		const struct rules_chain *chain = &here->chains[i];
		bool both = false;

		if (chain->one_sided || !ruleset_chain_denies(chain))
			continue;
		for (size_t k = 0; k < there->chain_count && !both; k++) {
			const struct rules_chain *other = &there->chains[k];

			both = other->layer == chain->layer && other->table == chain->table &&
			       strcmp(other->name, chain->name) == 0 && ruleset_chain_denies(other);
		}
		if (!both) {
			*ret_chain = chain;
			return true;
		}
	}
	return false;
}

bool ruleset_find_one_sided_denial(const struct ruleset *left, const struct ruleset *right,
				   const struct rules_chain **ret_chain, int *ret_family)
{
	if (find_denial_missing_in(left, right, ret_chain)) {
		*ret_family = left->family;
		return true;
	}
	if (find_denial_missing_in(right, left, ret_chain)) {
		*ret_family = right->family;
		return true;
	}
	return false;
}

void ruleset_free(struct ruleset *ruleset)
{
	for (struct rules_block *block = ruleset->first; block != NULL;) {
		struct rules_block *next = block->next;

		if (block->mapped != 0)
			munmap(block, block->mapped);
		else
			free(block);
		block = next;
	}
	free(ruleset->chains);
	free(ruleset->extensions);
	memset(ruleset, 0, sizeof(*ruleset));
}
