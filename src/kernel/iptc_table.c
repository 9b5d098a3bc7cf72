/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/iptc_table.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/hash.h"
#include "kernel/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_comment.h>

const struct iptc_family *iptc_family_of(int family)
{
	return family == AF_INET ? &iptc_ipv4 : &iptc_ipv6;
}

const char *iptc_family_name(int family)
{
	return family == AF_INET ? "IPv4" : "IPv6";
}

void iptc_table_close(struct table *table)
{
	if (table->handle != NULL)
		table->ops->free(table->handle);
	table->handle = NULL;
}

/* The kernel loads a table when it is asked for, but never the code that it would ask (ENOPROTOOPT). */
static const char *why_not_opened(const struct iptc_family *ops, int number)
{
	if (number == ENOPROTOOPT)
		return ops->family == AF_INET ? "not in this kernel, or not loaded yet: modprobe ip_tables"
					      : "not in this kernel, or not loaded yet: modprobe ip6_tables";
	if (number == ENOENT)
		return "not in this kernel (legacy iptables tables are needed)";
	return ops->strerror(number);
}

bool iptc_table_open(struct table *table, struct error **error)
{
	iptc_table_close(table);
	if (!iptc_family_load(table->ops->family, error))
		return false;
	errno = 0;
	table->handle = table->ops->init(rules_table_name(table->number));
	if (table->handle == NULL)
		return error_set(error, "kernel: %s table %s: %s", iptc_family_name(table->ops->family),
				 rules_table_name(table->number), why_not_opened(table->ops, errno));
	/* libiptc 1.8 takes no notice when memory ends while it reads, and hands out half a table: chains of ours would
	 * seem gone, and a commit would take away what others have in it. */
	if (errno == ENOMEM || errno == -ENOMEM) {
		iptc_table_close(table);
		return error_set(error, "kernel: %s table %s: out of memory", iptc_family_name(table->ops->family),
				 rules_table_name(table->number));
	}
	return true;
}

long iptc_find_rule(const struct table *table, const char *chain, unsigned from,
		    bool (*matches)(const char *target, const void *context), const void *context)
{
	unsigned position = 0;

	for (const void *rule = table->ops->first_rule(chain, table->handle); rule != NULL;
	     rule = table->ops->next_rule(rule, table->handle)) {
		if (position >= from && matches(table->ops->target_name(rule, table->handle), context))
			return (long)position;
		position++;
	}
	return -1;
}

bool iptc_target_is(const char *target, const void *name)
{
	return strcmp(target, name) == 0;
}

bool iptc_is_own_jump(const struct table *table, const void *rule, const char *to, const char *comment)
{
	static const unsigned char zeros[sizeof(struct ip6t_ip6)];
	const unsigned char *bytes = rule;
	size_t at = table->ops->entry_size;
	size_t expected = at;

	if (rule == NULL || memcmp(rule, zeros, table->ops->ip_size) != 0 ||
	    strcmp(table->ops->target_name(rule, table->handle), to) != 0)
		return false;
	if (comment != NULL) {
		const struct xt_entry_match *match = (const struct xt_entry_match *)(const void *)(bytes + at);
		const struct xt_comment_info *info = (const struct xt_comment_info *)(const void *)match->data;

		expected += XT_ALIGN(sizeof(*match)) + XT_ALIGN(sizeof(*info));
		if (table->ops->target_offset(rule) != expected || strcmp(match->u.user.name, "comment") != 0 ||
		    strncmp(info->comment, comment, sizeof(info->comment)) != 0)
			return false;
	}
	return table->ops->target_offset(rule) == expected;
}

bool iptc_is_rules_section(const char *target, const void *context)
{
	(void)context;
	return plan_name_section(target) == 1;
}

/* Bytes of a match's or target's data that the user's words decide; behind them is the kernel's own state. */
static size_t user_size(const struct ruleset *ruleset, bool target, const char *name, uint8_t revision, size_t size)
{
	for (size_t i = 0; ruleset != NULL && i < ruleset->extension_count; i++) {
		const struct rules_extension *extension = &ruleset->extensions[i];

		if (extension->target == target && extension->revision == revision &&
		    strncmp(extension->name, name, sizeof(extension->name)) == 0)
			return extension->userspace_size < size ? extension->userspace_size : size;
	}
	return size;
}

static bool is_standard(const struct table *table, const char *name)
{
	return name[0] == '\0' || strcmp(name, "ACCEPT") == 0 || strcmp(name, "DROP") == 0 ||
	       strcmp(name, "RETURN") == 0 || strcmp(name, "QUEUE") == 0 || table->ops->is_chain(name, table->handle);
}

uint64_t iptc_hash_entry(const struct iptc_family *ops, const struct ruleset *ruleset, const void *entry,
			 const char *name, bool standard, uint64_t hash)
{
	const unsigned char *bytes = entry;
	unsigned target_offset = ops->target_offset(entry);
	const struct xt_entry_target *target = (const struct xt_entry_target *)(const void *)(bytes + target_offset);

	hash = hash_bytes(hash, entry, ops->ip_size);
	for (size_t at = ops->entry_size; at < target_offset;) {
		const struct xt_entry_match *match = (const struct xt_entry_match *)(const void *)(bytes + at);
		size_t size = match->u.match_size - sizeof(*match);

		hash = hash_bytes(hash, match->u.user.name, strlen(match->u.user.name) + 1);
		hash = hash_bytes(hash, &match->u.user.revision, 1);
		hash = hash_bytes(hash, match->data,
				  user_size(ruleset, false, match->u.user.name, match->u.user.revision, size));
		at += match->u.match_size;
	}
	hash = hash_bytes(hash, name, strlen(name) + 1);
	if (standard)
		return hash;
	hash = hash_bytes(hash, &target->u.user.revision, 1);
	return hash_bytes(
		hash, target->data,
		user_size(ruleset, true, name, target->u.user.revision, target->u.target_size - sizeof(*target)));
}

uint64_t iptc_hash_rule(const struct table *table, const struct ruleset *ruleset, const void *rule, uint64_t hash)
{
	const char *name = table->ops->target_name(rule, table->handle);

	return iptc_hash_entry(table->ops, ruleset, rule, name, is_standard(table, name), hash);
}

void iptc_hash_chain(const struct table *table, const struct ruleset *ruleset, const char *chain, uint32_t *ret_count,
		     uint64_t *ret_digest)
{
	uint64_t hash = HASH_START;
	uint32_t count = 0;

	for (const void *rule = table->ops->first_rule(chain, table->handle); rule != NULL;
	     rule = table->ops->next_rule(rule, table->handle)) {
		hash = iptc_hash_rule(table, ruleset, rule, hash);
		count++;
	}
	*ret_count = count;
	*ret_digest = hash;
}

bool iptc_is_reached(const struct table *table, const char *builtin, const char *chain, int section)
{
	char dispatcher[RULES_CHAIN_NAME + 1];
	bool rules_begun = false;

	if (builtin[0] == '\0')
		return true;
	plan_dispatcher_name(builtin, dispatcher);
	if (!table->ops->is_chain(dispatcher, table->handle) ||
	    !iptc_is_own_jump(table, table->ops->first_rule(builtin, table->handle), dispatcher, IPTC_JUMP_COMMENT))
		return false;
	for (const void *rule = table->ops->first_rule(dispatcher, table->handle); rule != NULL;
	     rule = table->ops->next_rule(rule, table->handle)) {
		const char *target = table->ops->target_name(rule, table->handle);

		/* A foreign rule before it may end the walk. */
		if (plan_name_section(target) < 0 || !iptc_is_own_jump(table, rule, target, NULL))
			return false;
		rules_begun |= plan_name_section(target) == 1;
		if (strcmp(target, chain) == 0)
			return section == 1 || !rules_begun;
	}
	return false;
}

/* /proc/net of the worker is that of the namespace it has entered. */
bool iptc_table_was_opened(int family, enum rules_table table)
{
	const char *path = family == AF_INET ? "/proc/self/net/ip_tables_names" : "/proc/self/net/ip6_tables_names";
	cleanup_free char *names = NULL;
	const char *name = rules_table_name(table);

	/* Where the list can't be had, the table is looked at. */
	if (!file_read_at(AT_FDCWD, path, 4096, path, &names, NULL, NULL, NULL))
		return errno != ENOENT;
	for (const char *at = names; *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n') {
		if (strncmp(at, name, strlen(name)) == 0 && at[strlen(name)] == '\n')
			return true;
	}
	return false;
}
