/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One open table of libiptc, and what the backend's writing (iptc.c) and reading (iptc_read.c) have in common. */
#ifndef KERNEL_IPTC_TABLE_H
#define KERNEL_IPTC_TABLE_H

#include "base/error.h"
#include "kernel/backend.h"
#include "kernel/iptc_family.h"

#include <stdbool.h>
#include <stdint.h>

/** On the jump from a built-in chain to its dispatcher, so that a person who lists the chain knows whose it is. */
#define IPTC_JUMP_COMMENT "oci-iptables"

struct table {
	const struct iptc_family *ops;
	enum rules_table number;
	struct xtc_handle *handle;
};

const struct iptc_family *iptc_family_of(int family);

/** @return "IPv4" or "IPv6" */
const char *iptc_family_name(int family);

/** Closes the table; takes one that is not open. */
void iptc_table_close(struct table *table);

#define cleanup_table __attribute__((cleanup(iptc_table_close)))

/** Reads the table from the kernel, in the place of an older reading. */
bool iptc_table_open(struct table *table, struct error **error);

/**
 * @return whether the table was ever opened in this namespace; true where that can't be found out. Opening one that was
 * not costs every packet until the namespace ends.
 */
bool iptc_table_was_opened(int family, enum rules_table table);

/**
 * @rule: of the table, or NULL
 * @comment: what its comment must say, or NULL for none
 * @return whether it is an unconditional jump to @to as the backend makes it, and nothing that only looks like one
 */
bool iptc_is_own_jump(const struct table *table, const void *rule, const char *to, const char *comment);

/** @return position of the first rule of a chain at or behind @from whose target @matches; -1 without one */
long iptc_find_rule(const struct table *table, const char *chain, unsigned from,
		    bool (*matches)(const char *target, const void *context), const void *context);

/** For iptc_find_rule(): the target has this name. */
bool iptc_target_is(const char *target, const void *name);

/** For iptc_find_rule(): the target is a chain of a rules layer. */
bool iptc_is_rules_section(const char *target, const void *context);

/**
 * @return whether packets come to a chain: the dispatcher's jump is the first rule of the built-in chain, and the
 * chain's jump is in the dispatcher, a policy layer's before all rules layers'; true for a chain without @builtin
 */
bool iptc_is_reached(const struct table *table, const char *builtin, const char *chain, int section);

/**
 * Adds one rule to a hash.
 * @ruleset: knows which bytes of an extension the user's words decide; NULL: all
 * @entry: the rule's bytes
 * @name: its verdict, target or chain; "" for none
 * @standard: @name is a verdict or a chain
 */
uint64_t iptc_hash_entry(const struct iptc_family *ops, const struct ruleset *ruleset, const void *entry,
			 const char *name, bool standard, uint64_t hash);

/** Adds a rule of an open table to a hash. */
uint64_t iptc_hash_rule(const struct table *table, const struct ruleset *ruleset, const void *rule, uint64_t hash);

/** Counts and hashes the rules of a chain. */
void iptc_hash_chain(const struct table *table, const struct ruleset *ruleset, const char *chain, uint32_t *ret_count,
		     uint64_t *ret_digest);

/** The backend's functions (kernel/backend.h) that iptc_ask.c and iptc_read.c hold. */
bool iptc_has_family(int family, int *ret_error_number);
uint8_t iptc_has_revision(int family, bool target, const char *name, uint8_t revision);
bool iptc_read(const struct backend_reading *reading, struct backend_contents *ret, struct error **error);
void iptc_expect(const struct ruleset *ruleset, const struct plan *plan, struct backend_contents *ret);

#endif
