/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The backend for the legacy tables, with libiptc: read the whole table, change it in memory, replace it in one
 * setsockopt. libiptc takes no lock (the caller does), a handle is dead after its commit, and the kernel notices a
 * concurrent writer only when the number of entries changed. So nothing counts but what is read back: after each commit
 * the table is read again, and our chains and jumps must be in it as they were meant.
 */
#include "kernel/backend.h"

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/memory.h"
#include "kernel/iptc_memory.h"
#include "kernel/iptc_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_comment.h>

/** Against writers that don't take the lock: each attempt re-reads the table. */
#define COMMIT_ATTEMPTS 20

static bool table_fail(const struct table *table, struct error **error, const char *what, const char *chain)
{
	return error_set(error, "kernel: %s table %s: %s %s: %s", iptc_family_name(table->ops->family),
			 rules_table_name(table->number), what, chain, table->ops->strerror(errno));
}

/* An entry that jumps: [comment] and a standard target that carries the chain's name until libiptc numbers it. */
struct jump_entry {
	_Alignas(8) unsigned char bytes[sizeof(struct ip6t_entry) + XT_ALIGN(sizeof(struct xt_entry_match)) +
					XT_ALIGN(sizeof(struct xt_comment_info)) +
					XT_ALIGN(sizeof(struct xt_standard_target))];
};

static const void *make_jump(const struct table *table, const char *target, const char *comment, struct jump_entry *ret)
{
	size_t at = table->ops->entry_size;
	struct xt_standard_target *standard;

	memset(ret, 0, sizeof(*ret));
	if (comment != NULL) {
		struct xt_entry_match *match = (struct xt_entry_match *)(void *)(ret->bytes + at);
		struct xt_comment_info *info = (struct xt_comment_info *)(void *)match->data;

		match->u.match_size = (uint16_t)(XT_ALIGN(sizeof(*match)) + XT_ALIGN(sizeof(*info)));
		memcpy(match->u.user.name, "comment", sizeof("comment"));
		memcpy(info->comment, comment, strlen(comment));
		at += match->u.match_size;
	}
	standard = (struct xt_standard_target *)(void *)(ret->bytes + at);
	standard->target.u.target_size = (uint16_t)XT_ALIGN(sizeof(*standard));
	memcpy(standard->target.u.user.name, target, strlen(target));
	table->ops->set_offsets(ret->bytes, (unsigned)at, (unsigned)(at + standard->target.u.target_size));
	return ret->bytes;
}

static bool delete_jumps(const struct table *table, const char *chain, const char *target, struct error **error)
{
	long position;

	while ((position = iptc_find_rule(table, chain, 0, iptc_target_is, target)) >= 0) {
		if (!table->ops->delete_number(chain, (unsigned)position, table->handle))
			return table_fail(table, error, "cannot take a jump out of", chain);
	}
	return true;
}

static const char *const builtins[] = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"};

/* Takes out of a dispatcher what is no plain jump to a container's chain: a foreign ACCEPT or RETURN in it would hide
 * every layer behind it. */
static bool clean_dispatcher(const struct table *table, const char *dispatcher, struct error **error)
{
	unsigned position = 0;
	const void *rule = table->ops->first_rule(dispatcher, table->handle);

	while (rule != NULL) {
		const char *target = table->ops->target_name(rule, table->handle);

		if (plan_name_section(target) >= 0 && iptc_is_own_jump(table, rule, target, NULL)) {
			rule = table->ops->next_rule(rule, table->handle);
			position++;
			continue;
		}
		if (!table->ops->delete_number(dispatcher, position, table->handle))
			return table_fail(table, error, "cannot take a foreign rule out of", dispatcher);
		position = 0;
		rule = table->ops->first_rule(dispatcher, table->handle);
	}
	return true;
}

/* Makes the dispatcher of a built-in chain and puts the jump to it first, where nothing foreign decides before it. */
static bool ensure_dispatcher(const struct table *table, const char *builtin, struct error **error)
{
	char dispatcher[RULES_CHAIN_NAME + 1];
	struct jump_entry jump;

	plan_dispatcher_name(builtin, dispatcher);
	if (!table->ops->is_chain(dispatcher, table->handle)) {
		if (!table->ops->create_chain(dispatcher, table->handle))
			return table_fail(table, error, "cannot make chain", dispatcher);
	} else if (!clean_dispatcher(table, dispatcher, error)) {
		return false;
	} else if (iptc_is_own_jump(table, table->ops->first_rule(builtin, table->handle), dispatcher,
				    IPTC_JUMP_COMMENT) &&
		   iptc_find_rule(table, builtin, 1, iptc_target_is, dispatcher) < 0) {
		return true;
	}
	if (!delete_jumps(table, builtin, dispatcher, error))
		return false;
	if (!table->ops->insert(builtin, make_jump(table, dispatcher, IPTC_JUMP_COMMENT, &jump), 0, table->handle))
		return table_fail(table, error, "cannot put a jump into", builtin);
	return true;
}

/* Policy layers of all containers stand before any rules layer, in which ACCEPT ends the walk. */
static bool add_to_dispatcher(const struct table *table, const struct plan_chain *chain, struct error **error)
{
	char dispatcher[RULES_CHAIN_NAME + 1];
	struct jump_entry jump;
	long before = -1;
	int done;

	plan_dispatcher_name(chain->builtin, dispatcher);
	make_jump(table, chain->name, NULL, &jump);
	if (chain->section == 0)
		before = iptc_find_rule(table, dispatcher, 0, iptc_is_rules_section, NULL);
	if (before >= 0)
		done = table->ops->insert(dispatcher, jump.bytes, (unsigned)before, table->handle);
	else
		done = table->ops->append(dispatcher, jump.bytes, table->handle);
	return done ? true : table_fail(table, error, "cannot put a jump into", dispatcher);
}

static bool is_named(const char *target, const void *context)
{
	const struct backend_change *change = context;

	for (size_t i = 0; i < change->stale_count; i++) {
		if (plan_name_matches(target, change->stale[i].name))
			return true;
	}
	return false;
}

/* The chains of the table that the names in @change->stale mean; family and table of the names are the caller's to
 * check. The names are the array's own: libiptc's are gone with their chains. */
static struct backend_name *find_named(const struct table *table, const struct backend_change *change,
				       size_t *ret_count)
{
	struct backend_name *found = NULL;
	size_t capacity = 0;

	*ret_count = 0;
	for (const char *name = table->ops->first_chain(table->handle); name != NULL && change->stale_count > 0;
	     name = table->ops->next_chain(table->handle)) {
		bool named = false;

		for (size_t i = 0; i < change->stale_count && !named; i++)
			named = plan_name_matches(name, change->stale[i].name);
		if (!named)
			continue;
		found = memory_grow(found, &capacity, *ret_count, sizeof(*found));
		snprintf(found[(*ret_count)++].name, sizeof(found->name), "%s", name);
	}
	return found;
}

/* Removes an empty chain. One that somebody's rule jumps to stays: the rule is theirs, and an empty chain does nothing.
 */
static bool remove_empty(const struct table *table, const char *chain, bool *ret_gone, struct error **error)
{
	*ret_gone = table->ops->delete_chain(chain, table->handle);
	return *ret_gone || errno == EMLINK ? true : table_fail(table, error, "cannot remove chain", chain);
}

/* Takes the chains named in @change->stale out of the table. */
static bool remove_names(const struct table *table, const struct backend_change *change, unsigned *removed,
			 struct error **error)
{
	size_t count;
	cleanup_free struct backend_name *found = find_named(table, change, &count);
	bool emptied = false;

	for (size_t i = 0; i < ARRAY_LENGTH(builtins) && change->stale_count > 0; i++) {
		char dispatcher[RULES_CHAIN_NAME + 1];
		long position;

		plan_dispatcher_name(builtins[i], dispatcher);
		if (!table->ops->is_chain(dispatcher, table->handle))
			continue;
		while ((position = iptc_find_rule(table, dispatcher, 0, is_named, change)) >= 0) {
			if (!table->ops->delete_number(dispatcher, (unsigned)position, table->handle))
				return table_fail(table, error, "cannot take a jump out of", dispatcher);
			(*removed)++;
		}
	}
	/* All are emptied before the first is deleted: they jump to each other. */
	for (size_t i = 0; i < count; i++) {
		emptied |= table->ops->first_rule(found[i].name, table->handle) != NULL;
		if (!table->ops->flush(found[i].name, table->handle))
			return table_fail(table, error, "cannot empty chain", found[i].name);
	}
	for (size_t i = 0; i < count; i++) {
		bool gone;

		if (!remove_empty(table, found[i].name, &gone, error))
			return false;
		*removed += gone;
	}
	/* What was only emptied is to be committed, too. */
	*removed += emptied && *removed == 0;
	return true;
}

/* Removes dispatchers that nothing uses any more, and the jumps to them. */
static bool remove_idle_dispatchers(const struct table *table, unsigned *removed, struct error **error)
{
	for (size_t i = 0; i < ARRAY_LENGTH(builtins); i++) {
		char dispatcher[RULES_CHAIN_NAME + 1];
		bool gone;

		plan_dispatcher_name(builtins[i], dispatcher);
		if (!table->ops->is_chain(dispatcher, table->handle) ||
		    table->ops->first_rule(dispatcher, table->handle) != NULL)
			continue;
		if (!delete_jumps(table, builtins[i], dispatcher, error))
			return false;
		if (!remove_empty(table, dispatcher, &gone, error))
			return false;
		*removed += gone;
	}
	return true;
}

static bool in_table(const struct plan_chain *chain, const struct backend_change *change)
{
	return chain->family == (uint8_t)change->family && chain->table == (uint8_t)change->table;
}

/* Copies a rule's entry and gives its jump the kernel's name of the chain. */
static void rename_jump(const struct table *table, const struct plan *plan, const struct rules_rule *rule,
			unsigned char *entry)
{
	const struct plan_chain *to;
	struct xt_entry_target *target;

	memcpy(entry, rule->entry, rule->size);
	if (rule->jump == RULES_NO_JUMP)
		return;
	to = plan_find_source(plan, table->ops->family, rule->jump);
	target = (struct xt_entry_target *)(void *)(entry + table->ops->target_offset(entry));
	memset(target->u.user.name, 0, sizeof(target->u.user.name));
	memcpy(target->u.user.name, to->name, strlen(to->name));
}

/* libiptc takes any target with a chain's name for a jump, and makes a verdict of it that needs more room than some
 * targets have. Only a parser under somebody else's command sends that. */
static bool is_hidden_jump(const struct table *table, const struct rules_rule *rule, const unsigned char *entry)
{
	static const char *const verdicts[] = {"", "ACCEPT", "DROP", "QUEUE", "RETURN"};
	const struct xt_entry_target *target =
		(const struct xt_entry_target *)(const void *)(entry + table->ops->target_offset(entry));

	if (rule->jump != RULES_NO_JUMP)
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(verdicts); i++) {
		if (strcmp(target->u.user.name, verdicts[i]) == 0)
			return false;
	}
	return table->ops->is_chain(target->u.user.name, table->handle);
}

static bool append_rules(const struct table *table, const struct backend_change *change, struct error **error)
{
	cleanup_free const struct plan_chain **chain_of =
		memory_allocate(change->ruleset->chain_count, sizeof(*chain_of));
	size_t capacity = 4096;
	cleanup_free unsigned char *entry = memory_allocate(capacity, 1);
	struct rules_cursor cursor = {.passing = true}; /* libiptc keeps a copy */
	const struct rules_rule *rule;

	for (size_t i = 0; i < change->ruleset->chain_count; i++) {
		if (change->ruleset->chains[i].table == (uint8_t)change->table)
			chain_of[i] = plan_find_source(change->plan, change->family, (uint16_t)i);
	}
	while ((rule = ruleset_next(change->ruleset, &cursor)) != NULL) {
		const struct plan_chain *chain = chain_of[rule->chain];
		int done;

		if (chain == NULL)
			continue;
		if (rule->size > capacity) {
			capacity = rule->size * 2;
			entry = memory_resize(entry, capacity, 1);
		}
		rename_jump(table, change->plan, rule, entry);
		if (is_hidden_jump(table, rule, entry))
			return error_set(error, "parser: sent a target with the name of a chain");
		if (rule->position == 0)
			done = table->ops->append(chain->name, entry, table->handle);
		else
			done = table->ops->insert(chain->name, entry, rule->position - 1, table->handle);
		if (!done)
			return table_fail(table, error, "cannot add a rule to", chain->name);
	}
	return true;
}

static bool create_chains(const struct table *table, const struct backend_change *change, struct error **error)
{
	for (size_t i = 0; i < change->plan->count; i++) {
		const struct plan_chain *chain = &change->plan->chains[i];

		if (!in_table(chain, change))
			continue;
		/* Emptied by a removal, and kept there by a jump of somebody's. */
		if (table->ops->is_chain(chain->name, table->handle) &&
		    table->ops->first_rule(chain->name, table->handle) == NULL)
			continue;
		if (table->ops->is_chain(chain->name, table->handle))
			return error_set(error,
					 "kernel: %s table %s: chain %s exists already; `oci-iptables gc` removes what "
					 "is left of "
					 "containers that are gone",
					 iptc_family_name(change->family), rules_table_name(change->table),
					 chain->name);
		if (!table->ops->create_chain(chain->name, table->handle))
			return table_fail(table, error, "cannot make chain", chain->name);
	}
	return true;
}

/* Puts the plan's chains of the table in, rules and all. */
static bool merge(const struct table *table, const struct backend_change *change, struct error **error)
{
	struct jump_entry entry;

	if (!create_chains(table, change, error) || !append_rules(table, change, error))
		return false;
	for (size_t i = 0; i < change->plan->count; i++) {
		const struct plan_chain *chain = &change->plan->chains[i];

		if (!in_table(chain, change))
			continue;
		if (chain->body != PLAN_NO_CHAIN &&
		    !table->ops->append(chain->name,
					make_jump(table, change->plan->chains[chain->body].name, NULL, &entry),
					table->handle))
			return table_fail(table, error, "cannot add a rule to", chain->name);
		if (chain->final_drop &&
		    !table->ops->append(chain->name, make_jump(table, "DROP", NULL, &entry), table->handle))
			return table_fail(table, error, "cannot add a rule to", chain->name);
		if (chain->builtin[0] != '\0' &&
		    (!ensure_dispatcher(table, chain->builtin, error) || !add_to_dispatcher(table, chain, error)))
			return false;
	}
	return true;
}

/* Notes what the plan's chains hold in the handle, before the commit. */
static void note_digests(const struct table *table, const struct backend_change *change)
{
	for (size_t i = 0; i < change->plan->count; i++) {
		struct plan_chain *chain = &change->plan->chains[i];

		if (in_table(chain, change))
			iptc_hash_chain(table, change->ruleset, chain->name, &chain->rule_count, &chain->digest);
	}
}

/* Reads the table again. @return whether all of the plan is in it, as noted before the commit */
static bool read_back(struct table *table, const struct backend_change *change, struct error **error)
{
	if (!iptc_table_open(table, error))
		return false;
	for (size_t i = 0; i < change->plan->count; i++) {
		const struct plan_chain *chain = &change->plan->chains[i];
		uint32_t count = 0;
		uint64_t digest = 0;

		if (!in_table(chain, change))
			continue;
		if (!table->ops->is_chain(chain->name, table->handle))
			return error_set(error, "kernel: %s table %s: chain %s is not there after the commit",
					 iptc_family_name(change->family), rules_table_name(change->table),
					 chain->name);
		iptc_hash_chain(table, change->ruleset, chain->name, &count, &digest);
		if (count != chain->rule_count || digest != chain->digest)
			return error_set(
				error,
				"kernel: %s table %s: chain %s holds other rules after the commit than were given",
				iptc_family_name(change->family), rules_table_name(change->table), chain->name);
		if (!iptc_is_reached(table, chain->builtin, chain->name, chain->section))
			return error_set(error, "kernel: %s table %s: no jump leads to chain %s after the commit",
					 iptc_family_name(change->family), rules_table_name(change->table),
					 chain->name);
	}
	return true;
}

static void wait_before_retry(unsigned attempt)
{
	struct timespec pause = {.tv_nsec = (attempt < 10 ? attempt + 1 : 10) * 1000000L};

	nanosleep(&pause, NULL);
}

/* The plan's own names: what an attempt that was overwritten by half may have left. */
static struct backend_name *names_of_plan(const struct backend_change *change, size_t *ret_count)
{
	struct backend_name *names = memory_allocate(change->plan->count, sizeof(*names));
	size_t count = 0;

	for (size_t i = 0; i < change->plan->count; i++) {
		const struct plan_chain *chain = &change->plan->chains[i];

		if (!in_table(chain, change))
			continue;
		names[count].family = chain->family;
		names[count].table = chain->table;
		memcpy(names[count].name, chain->name, sizeof(names[count].name));
		count++;
	}
	*ret_count = count;
	return names;
}

static bool apply_once(struct table *table, const struct backend_change *change, bool again, bool *ret_retry,
		       struct error **error)
{
	cleanup_error struct error *mismatch = NULL;
	unsigned removed = 0;
	int committed, number;

	*ret_retry = false;
	if (!iptc_table_open(table, error) || !remove_names(table, change, &removed, error))
		return false;
	if (again) {
		struct backend_change own = *change;
		cleanup_free struct backend_name *names = names_of_plan(change, &own.stale_count);

		own.stale = names;
		if (!remove_names(table, &own, &removed, error))
			return false;
	}
	iptc_memory_reserve(change->ruleset);
	if (!merge(table, change, error) || !remove_idle_dispatchers(table, &removed, error))
		return false;
	note_digests(table, change);
	committed = table->ops->commit(table->handle);
	number = errno;
	/* EINVAL can come after the table was replaced (the counters' write-back failed): reading back decides. */
	if (read_back(table, change, &mismatch))
		return true;
	*ret_retry = committed || number == EAGAIN;
	if (committed)
		return error_move(error, STEAL(mismatch));
	return error_set(error, "kernel: %s table %s: the rules are refused: %s", iptc_family_name(change->family),
			 rules_table_name(change->table), table->ops->strerror(number));
}

static bool iptc_apply(const struct backend_change *change, struct error **error)
{
	cleanup_table struct table table = {.ops = iptc_family_of(change->family), .number = change->table};

	for (unsigned attempt = 0;; attempt++) {
		cleanup_error struct error *failure = NULL;
		bool retry;

		if (apply_once(&table, change, attempt > 0, &retry, &failure))
			return true;
		if (!retry || attempt + 1 == COMMIT_ATTEMPTS)
			return error_move(error, STEAL(failure));
		wait_before_retry(attempt);
	}
}

static bool remove_once(struct table *table, const struct backend_change *change, unsigned *removed, bool *ret_retry,
			struct error **error)
{
	*removed = 0;
	*ret_retry = false;
	if (!iptc_table_open(table, error) || !remove_names(table, change, removed, error) ||
	    !remove_idle_dispatchers(table, removed, error))
		return false;
	if (*removed == 0)
		return true;
	if (table->ops->commit(table->handle))
		return true;
	*ret_retry = errno == EAGAIN;
	return table_fail(table, error, "cannot be", "cleaned");
}

static bool remove_from_table(const struct backend_change *change, unsigned *ret_removed, struct error **error)
{
	cleanup_table struct table table = {.ops = iptc_family_of(change->family), .number = change->table};

	for (unsigned attempt = 0;; attempt++) {
		cleanup_error struct error *failure = NULL;
		unsigned removed = 0;
		bool retry;

		if (remove_once(&table, change, &removed, &retry, &failure)) {
			/* Once more, until nothing of it is there: a foreign writer may put back what it had read. */
			if (ret_removed != NULL)
				*ret_removed += removed;
			if (removed == 0)
				return true;
			retry = true;
		}
		if (!retry || attempt + 1 == COMMIT_ATTEMPTS) {
			if (failure == NULL)
				error_set(&failure,
					  "kernel: %s table %s: another program keeps putting removed chains back",
					  iptc_family_name(change->family), rules_table_name(change->table));
			return error_move(error, STEAL(failure));
		}
		if (failure != NULL)
			wait_before_retry(attempt);
	}
}

static bool iptc_remove(const struct backend_name *names, size_t count, unsigned *ret_removed, struct error **error)
{
	static const int families[] = {AF_INET, AF_INET6};
	cleanup_free struct backend_name *here = memory_allocate(count, sizeof(*here));

	for (size_t f = 0; f < ARRAY_LENGTH(families); f++) {
		for (int table = RULES_TABLE_COUNT - 1; table >= 0; table--) {
			struct backend_change change = {
				.family = families[f], .table = (enum rules_table)table, .stale = here};

			for (size_t i = 0; i < count; i++) {
				if (names[i].family == (uint8_t)families[f] && names[i].table == (uint8_t)table)
					here[change.stale_count++] = names[i];
			}
			if (change.stale_count == 0 || !iptc_table_was_opened(change.family, change.table))
				continue;
			if (!remove_from_table(&change, ret_removed, error))
				return false;
		}
	}
	return true;
}

static bool iptc_has_table(int family, enum rules_table table, struct error **error)
{
	cleanup_table struct table opened = {.ops = iptc_family_of(family), .number = table};

	return iptc_table_open(&opened, error);
}

static void iptc_prepare(void)
{
	/* apply tries again and tells what is wrong */
	(void)iptc_family_load(AF_INET, NULL);
	(void)iptc_family_load(AF_INET6, NULL);
}

const struct backend backend_iptc = {
	.prepare = iptc_prepare,
	.has_family = iptc_has_family,
	.has_revision = iptc_has_revision,
	.has_table = iptc_has_table,
	.apply = iptc_apply,
	.remove = iptc_remove,
	.read = iptc_read,
	.expect = iptc_expect,
};
