/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking at tables for people. What should be there is made of the same entries and names that iptc.c commits, so that
 * a rule in the kernel and the rule that was meant have the same digest.
 */
#include "kernel/iptc_table.h"

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/x_tables.h>

void backend_contents_free(struct backend_contents *contents)
{
	free(contents->chains);
	free(contents->rules);
	free(contents->entries);
	*contents = (struct backend_contents){0};
}

/** Growing contents. */
struct filler {
	struct backend_contents *contents;
	size_t chain_capacity, rule_capacity, entry_capacity;
};

static struct backend_chain *add_chain(struct filler *filler, const struct plan_chain *chain)
{
	struct backend_contents *contents = filler->contents;
	struct backend_chain *added;

	contents->chains = memory_grow(contents->chains, &filler->chain_capacity, contents->chain_count,
				       sizeof(*contents->chains));
	added = &contents->chains[contents->chain_count++];
	*added = (struct backend_chain){.family = chain->family,
					.table = chain->table,
					.section = chain->section,
					.layer = chain->layer,
					.digest = HASH_START};
	memcpy(added->name, chain->name, sizeof(added->name));
	memcpy(added->builtin, chain->builtin, sizeof(added->builtin));
	memcpy(added->origin, chain->origin, sizeof(added->origin));
	return added;
}

static struct backend_rule *add_rule(struct filler *filler, const char *target)
{
	struct backend_contents *contents = filler->contents;
	struct backend_rule *rule;

	contents->rules =
		memory_grow(contents->rules, &filler->rule_capacity, contents->rule_count, sizeof(*contents->rules));
	rule = &contents->rules[contents->rule_count++];
	*rule = (struct backend_rule){.chain = (uint32_t)(contents->chain_count - 1)};
	memcpy(rule->target, target, strnlen(target, XT_EXTENSION_MAXNAMELEN));
	return rule;
}

static void add_entry(struct filler *filler, struct backend_rule *rule, const void *entry, size_t size)
{
	struct backend_contents *contents = filler->contents;

	if (filler->entry_capacity - contents->entries_length < size) {
		filler->entry_capacity = (contents->entries_length + size) * 2;
		contents->entries = memory_resize(contents->entries, filler->entry_capacity, 1);
	}
	rule->offset = (uint32_t)contents->entries_length;
	rule->size = (uint32_t)size;
	memcpy(contents->entries + contents->entries_length, entry, size);
	contents->entries_length += size;
}

static const struct ruleset *ruleset_of(const struct backend_reading *reading, int family)
{
	for (size_t i = 0; i < reading->ruleset_count; i++) {
		if (reading->rulesets[i].family == family)
			return &reading->rulesets[i];
	}
	return NULL;
}

static const struct xt_counters *counters_of(const struct table *table, const void *rule)
{
	if (table->ops->family == AF_INET)
		return &((const struct ipt_entry *)rule)->counters;
	return &((const struct ip6t_entry *)rule)->counters;
}

static bool is_foreign(const char *target, const void *context)
{
	(void)context;
	return plan_name_section(target) < 0;
}

/* A rule that somebody put into the dispatcher decides before the chains behind it. */
static bool stands_behind_foreign(const struct table *table, const struct plan_chain *chain)
{
	char dispatcher[RULES_CHAIN_NAME + 1];
	long foreign, own;

	if (chain->builtin[0] == '\0')
		return false;
	plan_dispatcher_name(chain->builtin, dispatcher);
	if (!table->ops->is_chain(dispatcher, table->handle))
		return false;
	foreign = iptc_find_rule(table, dispatcher, 0, is_foreign, NULL);
	own = iptc_find_rule(table, dispatcher, 0, iptc_target_is, chain->name);
	return foreign >= 0 && foreign < own;
}

static void read_chain(const struct table *table, const struct backend_reading *reading, struct filler *filler,
		       const struct plan_chain *planned)
{
	const struct ruleset *ruleset = ruleset_of(reading, table->ops->family);
	struct backend_chain *chain = add_chain(filler, planned);

	if (table->handle == NULL || !table->ops->is_chain(planned->name, table->handle))
		return;
	chain->present = true;
	chain->reached = iptc_is_reached(table, planned->builtin, planned->name, planned->section) &&
			 !stands_behind_foreign(table, planned);
	iptc_hash_chain(table, ruleset, planned->name, &chain->rule_count, &chain->digest);
	for (const void *at = table->ops->first_rule(planned->name, table->handle); at != NULL;
	     at = table->ops->next_rule(at, table->handle)) {
		struct backend_rule *rule = add_rule(filler, table->ops->target_name(at, table->handle));

		rule->packets = counters_of(table, at)->pcnt;
		rule->bytes = counters_of(table, at)->bcnt;
		rule->digest = iptc_hash_rule(table, ruleset, at, HASH_START);
		if (reading->entries)
			add_entry(filler, rule, at, table->ops->next_offset(at));
	}
}

bool iptc_read(const struct backend_reading *reading, struct backend_contents *ret, struct error **error)
{
	static const int families[] = {AF_INET, AF_INET6};
	cleanup_contents struct backend_contents contents = {0};
	struct filler filler = {.contents = &contents};

	for (size_t f = 0; f < ARRAY_LENGTH(families); f++) {
		for (int number = 0; number < RULES_TABLE_COUNT; number++) {
			cleanup_table struct table table = {.ops = iptc_family_of(families[f]),
							    .number = (enum rules_table)number};

			if (!plan_has_table(reading->plan, families[f], table.number))
				continue;
			if (iptc_table_was_opened(families[f], table.number) && !iptc_table_open(&table, error))
				return false;
			for (size_t i = 0; i < reading->plan->count; i++) {
				const struct plan_chain *chain = &reading->plan->chains[i];

				if (chain->family == families[f] && chain->table == number)
					read_chain(&table, reading, &filler, chain);
			}
		}
	}
	*ret = contents;
	contents = (struct backend_contents){0};
	return true;
}

/* A rule that the plan makes: a jump or DROP without conditions. */
static size_t make_plain_entry(const struct iptc_family *ops, const char *target, unsigned char *ret, size_t size)
{
	struct xt_standard_target *standard = (struct xt_standard_target *)(void *)(ret + ops->entry_size);
	size_t whole = ops->entry_size + XT_ALIGN(sizeof(*standard));

	memset(ret, 0, size);
	standard->target.u.target_size = (uint16_t)XT_ALIGN(sizeof(*standard));
	memcpy(standard->target.u.user.name, target, strlen(target));
	ops->set_offsets(ret, (unsigned)ops->entry_size, (unsigned)whole);
	return whole;
}

static void expect_plain(struct filler *filler, const struct iptc_family *ops, const char *target)
{
	_Alignas(8) unsigned char entry[sizeof(struct ip6t_entry) + XT_ALIGN(sizeof(struct xt_standard_target))];
	size_t size = make_plain_entry(ops, target, entry, sizeof(entry));
	struct backend_rule *rule = add_rule(filler, target);

	rule->digest = iptc_hash_entry(ops, NULL, entry, target, true, HASH_START);
	add_entry(filler, rule, entry, size);
}

static const char *target_in(const struct iptc_family *ops, const struct plan *plan, const struct rules_rule *rule,
			     bool *ret_standard)
{
	static const char *const verdicts[] = {"", "ACCEPT", "DROP", "RETURN", "QUEUE"};
	const struct xt_entry_target *target =
		(const struct xt_entry_target *)(const void *)(rule->entry + ops->target_offset(rule->entry));
	const struct plan_chain *to =
		rule->jump == RULES_NO_JUMP ? NULL : plan_find_source(plan, ops->family, rule->jump);

	*ret_standard = to != NULL;
	if (to != NULL)
		return to->name;
	for (size_t i = 0; i < ARRAY_LENGTH(verdicts); i++)
		*ret_standard |= strcmp(target->u.user.name, verdicts[i]) == 0;
	return target->u.user.name;
}

/* The rules of one chain of the ruleset in the order that they end up in: -I puts some before others. */
static const struct rules_rule **ordered_rules(const struct ruleset *ruleset, uint16_t source, size_t *ret_count)
{
	const struct rules_rule **ordered = memory_allocate(ruleset->chains[source].rule_count, sizeof(*ordered));
	struct rules_cursor cursor = {0};
	const struct rules_rule *rule;
	size_t count = 0;

	while ((rule = ruleset_next(ruleset, &cursor)) != NULL) {
		size_t at = rule->position == 0 ? count : rule->position - 1;

		if (rule->chain != source || count == ruleset->chains[source].rule_count)
			continue;
		if (at > count)
			at = count;
		memmove(&ordered[at + 1], &ordered[at], (count - at) * sizeof(*ordered));
		ordered[at] = rule;
		count++;
	}
	*ret_count = count;
	return ordered;
}

static void expect_rules(struct filler *filler, const struct ruleset *ruleset, const struct plan *plan,
			 const struct plan_chain *planned)
{
	const struct iptc_family *ops = iptc_family_of(ruleset->family);
	cleanup_free const struct rules_rule **ordered = NULL;
	size_t count = 0;

	if (planned->source == PLAN_NO_CHAIN)
		return;
	ordered = ordered_rules(ruleset, planned->source, &count);
	for (size_t i = 0; i < count; i++) {
		bool standard;
		const char *target = target_in(ops, plan, ordered[i], &standard);
		struct backend_rule *rule = add_rule(filler, target);

		rule->line = ordered[i]->line;
		rule->digest = iptc_hash_entry(ops, ruleset, ordered[i]->entry, target, standard, HASH_START);
		add_entry(filler, rule, ordered[i]->entry, ordered[i]->size);
	}
}

void iptc_expect(const struct ruleset *ruleset, const struct plan *plan, struct backend_contents *ret)
{
	struct filler filler = {.contents = ret,
				.chain_capacity = ret->chain_count,
				.rule_capacity = ret->rule_count,
				.entry_capacity = ret->entries_length};
	const struct iptc_family *ops = iptc_family_of(ruleset->family);

	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_chain *planned = &plan->chains[i];
		struct backend_chain *chain;
		size_t before = ret->rule_count, index = ret->chain_count;

		if (planned->family != ruleset->family)
			continue;
		add_chain(&filler, planned);
		expect_rules(&filler, ruleset, plan, planned);
		if (planned->body != PLAN_NO_CHAIN)
			expect_plain(&filler, ops, plan->chains[planned->body].name);
		if (planned->final_drop)
			expect_plain(&filler, ops, "DROP");
		chain = &ret->chains[index];
		chain->present = true;
		chain->reached = true;
		chain->rule_count = (uint32_t)(ret->rule_count - before);
		chain->digest = planned->digest;
	}
}
