/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/chains.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

void chains_to_record(const struct plan *plan, struct record *record)
{
	free(record->chains);
	record->chains = memory_allocate(plan->count, sizeof(*record->chains));
	record->chain_count = plan->count;
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_chain *from = &plan->chains[i];
		struct record_chain *to = &record->chains[i];

		to->family = from->family;
		to->table = from->table;
		to->layer = from->layer;
		to->rule_count = from->rule_count;
		to->digest = from->digest;
		memcpy(to->name, from->name, sizeof(to->name));
		memcpy(to->builtin, from->builtin, sizeof(to->builtin));
		memcpy(to->origin, from->origin, sizeof(to->origin));
	}
}

/* In each table of each family one name, which stands for several. */
static void name_in_all_tables(struct record *record, const char *name)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};

	free(record->chains);
	record->chain_count = 0;
	record->chains = memory_allocate(ARRAY_LENGTH(families) * RULES_TABLE_COUNT, sizeof(*record->chains));
	for (size_t i = 0; i < ARRAY_LENGTH(families); i++) {
		for (uint8_t table = 0; table < RULES_TABLE_COUNT; table++) {
			struct record_chain *chain = &record->chains[record->chain_count++];

			chain->family = families[i];
			chain->table = table;
			snprintf(chain->name, sizeof(chain->name), "%s", name);
		}
	}
}

void chains_of_all_plans(struct record *record)
{
	char digest[PLAN_DIGEST_LENGTH + 1], name[RULES_CHAIN_NAME + 1];

	plan_digest(record->id, record->bundle, record->cookie, digest);
	plan_name_of_all(digest, name);
	name_in_all_tables(record, name);
}

void chains_of_everybody(struct record *record)
{
	name_in_all_tables(record, PLAN_CHAIN_PREFIX);
}

struct plan chains_of_record(const struct record *record)
{
	struct plan plan = {.chains = memory_allocate(record->chain_count, sizeof(*plan.chains)),
			    .count = record->chain_count};

	for (size_t i = 0; i < record->chain_count; i++) {
		const struct record_chain *from = &record->chains[i];
		struct plan_chain *to = &plan.chains[i];

		to->family = from->family;
		to->table = from->table;
		to->layer = from->layer;
		to->section = plan_name_section(from->name) == 1;
		to->source = PLAN_NO_CHAIN;
		to->body = PLAN_NO_CHAIN;
		to->rule_count = from->rule_count;
		to->digest = from->digest;
		memcpy(to->name, from->name, sizeof(to->name));
		memcpy(to->builtin, from->builtin, sizeof(to->builtin));
		memcpy(to->origin, from->origin, sizeof(to->origin));
	}
	return plan;
}

void sysctls_to_record(const struct forwarding_values *values, struct record *record)
{
	free(record->sysctls);
	record->sysctls = memory_allocate(values->count, sizeof(*record->sysctls));
	record->sysctl_count = values->count;
	for (size_t i = 0; i < values->count; i++) {
		memcpy(record->sysctls[i].name, values->items[i].name, sizeof(record->sysctls[i].name));
		memcpy(record->sysctls[i].old, values->items[i].old, sizeof(record->sysctls[i].old));
		memcpy(record->sysctls[i].new_value, values->items[i].new_value, sizeof(record->sysctls[i].new_value));
	}
}

struct backend_name *chains_append_names(struct backend_name *names, size_t *count, const struct record *record)
{
	names = memory_resize(names, *count + record->chain_count, sizeof(*names));
	for (size_t i = 0; i < record->chain_count; i++) {
		struct backend_name *name = &names[(*count)++];

		name->family = record->chains[i].family;
		name->table = record->chains[i].table;
		memcpy(name->name, record->chains[i].name, sizeof(name->name));
	}
	return names;
}

struct forwarding_values sysctls_of_record(const struct record *record)
{
	struct forwarding_values values = {.items = memory_allocate(record->sysctl_count, sizeof(*values.items))};

	for (size_t i = 0; i < record->sysctl_count; i++) {
		const struct record_sysctl *from = &record->sysctls[i];
		struct forwarding_value *to = &values.items[values.count];

		if (!forwarding_name_is_sound(from->name))
			continue;
		memcpy(to->name, from->name, sizeof(to->name));
		memcpy(to->old, from->old, sizeof(to->old));
		memcpy(to->new_value, from->new_value, sizeof(to->new_value));
		values.count++;
	}
	return values;
}
