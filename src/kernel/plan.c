/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/plan.h"

#include "base/hash.h"
#include "base/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void plan_digest(const char *id, const char *bundle, uint64_t cookie, char ret[PLAN_DIGEST_LENGTH + 1])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint64_t hash = HASH_START;

	hash = hash_bytes(hash, id, strlen(id) + 1);
	hash = hash_bytes(hash, bundle, strlen(bundle) + 1);
	hash = hash_bytes(hash, &cookie, sizeof(cookie));
	for (size_t i = 0; i < PLAN_DIGEST_LENGTH; i++) {
		ret[i] = letters[hash & 31];
		hash >>= 5;
	}
	ret[PLAN_DIGEST_LENGTH] = '\0';
}

void plan_dispatcher_name(const char *builtin, char ret[RULES_CHAIN_NAME + 1])
{
	snprintf(ret, RULES_CHAIN_NAME + 1, PLAN_DISPATCHER_PREFIX "%.15s", builtin);
}

void plan_name_of_all(const char *digest, char ret[RULES_CHAIN_NAME + 1])
{
	snprintf(ret, RULES_CHAIN_NAME + 1, PLAN_CHAIN_PREFIX "%.9s-", digest);
}

bool plan_name_matches(const char *name, const char *pattern)
{
	size_t length = strlen(pattern);

	if (strcmp(pattern, PLAN_CHAIN_PREFIX) == 0 ||
	    (length == strlen(PLAN_CHAIN_PREFIX) + PLAN_DIGEST_LENGTH + 1 && pattern[length - 1] == '-'))
		return strncmp(name, pattern, length) == 0;
	return strcmp(name, pattern) == 0;
}

int plan_name_section(const char *name)
{
	size_t prefix = strlen(PLAN_CHAIN_PREFIX) + PLAN_DIGEST_LENGTH;

	if (strncmp(name, PLAN_CHAIN_PREFIX, strlen(PLAN_CHAIN_PREFIX)) != 0 || strlen(name) <= prefix + 1 ||
	    name[prefix] != '-')
		return -1;
	return name[prefix + 1] == 'r' ? 1 : name[prefix + 1] == 'p' ? 0 : -1;
}

/* Something of the author's name helps a person who reads iptables -S; the number makes it unique. */
static void own_chain_name(struct plan_chain *chain, const char *digest, unsigned number)
{
	char readable[8] = "";
	size_t used = 0;

	for (size_t i = 0; chain->origin[i] != '\0' && used < sizeof(readable) - 1; i++) {
		if (isalnum((unsigned char)chain->origin[i]) || chain->origin[i] == '_')
			readable[used++] = chain->origin[i];
	}
	snprintf(chain->name, sizeof(chain->name), PLAN_CHAIN_PREFIX "%.9s-%c%02x-%02x%s", digest,
		 chain->section == 1 ? 'r' : 'p', chain->layer & 0xffU, number & 0xffU, readable);
}

static struct plan_chain *plan_add(struct plan *plan, size_t *capacity)
{
	plan->chains = memory_grow(plan->chains, capacity, plan->count, sizeof(*plan->chains));
	memset(&plan->chains[plan->count], 0, sizeof(*plan->chains));
	return &plan->chains[plan->count++];
}

/* A table in which nothing is asked for stays closed: opening it costs every packet until the namespace ends. */
static bool table_is_used(const struct ruleset *ruleset, uint8_t table)
{
	for (size_t i = 0; i < ruleset->chain_count; i++) {
		const struct rules_chain *chain = &ruleset->chains[i];

		if (chain->table == table && (chain->rule_count > 0 || chain->policy == RULES_POLICY_DROP))
			return true;
	}
	return false;
}

static void plan_chain_of(struct plan *plan, size_t *capacity, const struct ruleset *ruleset, uint16_t source,
			  const uint8_t *sections, const char *digest)
{
	const struct rules_chain *chain = &ruleset->chains[source];
	struct plan_chain *planned;
	bool drops = chain->policy == RULES_POLICY_DROP;

	if (chain->builtin && chain->rule_count == 0 && !drops)
		return;
	planned = plan_add(plan, capacity);
	planned->family = (uint8_t)ruleset->family;
	planned->table = chain->table;
	planned->layer = chain->layer;
	planned->section = sections[chain->layer];
	planned->filters = chain->filters;
	planned->source = source;
	planned->body = PLAN_NO_CHAIN;
	memcpy(planned->origin, chain->name, sizeof(planned->origin));
	if (!chain->builtin) {
		own_chain_name(planned, digest, source);
		return;
	}
	memcpy(planned->builtin, chain->name, sizeof(planned->builtin));
	snprintf(planned->name, sizeof(planned->name), PLAN_CHAIN_PREFIX "%.9s-%c%02x-%.11s", digest,
		 planned->section == 1 ? 'r' : 'p', planned->layer & 0xffU, chain->name);
	planned->final_drop = drops;
	if (!drops || !chain->leaves)
		return;
	/* RETURN and the end of a goto chain mean the policy in a built-in chain, but here they would jump over the
	 * final DROP: so the rules go into a chain of their own, and DROP stands behind the jump to it. */
	planned->source = PLAN_NO_CHAIN;
	planned->body = (uint16_t)plan->count;
	struct plan_chain *body = plan_add(plan, capacity);

	*body = plan->chains[plan->count - 2];
	body->source = source;
	body->body = PLAN_NO_CHAIN;
	body->final_drop = false;
	body->builtin[0] = '\0';
	own_chain_name(body, digest, source);
}

void plan_make(const struct ruleset *rulesets, size_t ruleset_count, const uint8_t *sections, const char *digest,
	       struct plan *ret)
{
	size_t capacity = 0;

	*ret = (struct plan){0};
	for (size_t i = 0; i < ruleset_count; i++) {
		for (size_t source = 0; source < rulesets[i].chain_count; source++) {
			if (table_is_used(&rulesets[i], rulesets[i].chains[source].table))
				plan_chain_of(ret, &capacity, &rulesets[i], (uint16_t)source, sections, digest);
		}
	}
}

const struct plan_chain *plan_find_source(const struct plan *plan, int family, uint16_t source)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->chains[i].family == (uint8_t)family && plan->chains[i].source == source)
			return &plan->chains[i];
	}
	return NULL;
}

bool plan_filters(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->chains[i].filters)
			return true;
	}
	return false;
}

bool plan_has_table(const struct plan *plan, int family, enum rules_table table)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->chains[i].family == (uint8_t)family && plan->chains[i].table == (uint8_t)table)
			return true;
	}
	return false;
}

void plan_free(struct plan *plan)
{
	free(plan->chains);
	plan->chains = NULL;
	plan->count = 0;
}
