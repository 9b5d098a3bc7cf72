/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The seam to the kernel's packet filter, in words of rulesets and plans. Runs in the worker process, inside the
 * namespace. iptc.c implements it with libiptc; an implementation with nf_tables would take the same entries.
 */
#ifndef KERNEL_BACKEND_H
#define KERNEL_BACKEND_H

#include "base/error.h"
#include "kernel/plan.h"
#include "rules/ruleset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The name of one chain of ours in the kernel. */
struct backend_name {
	uint8_t family; /* AF_INET or AF_INET6 */
	uint8_t table;  /* enum rules_table */
	char name[RULES_CHAIN_NAME + 1];
};

/** What happens to one table. */
struct backend_change {
	int family;
	enum rules_table table;
	const struct ruleset *ruleset;
	struct plan *plan;                /* its chains of this table get rule_count and digest */
	const struct backend_name *stale; /* chains of containers that are gone; removed on the way */
	size_t stale_count;
};

/** Which bytes of the table a failure is about, for finding the rule. */
struct backend {
	/** @return whether the kernel speaks the family; *@ret_error_number is why not */
	bool (*has_family)(int family, int *ret_error_number);
	/** @return 1 when the kernel has this revision of a match or target, else 0 */
	uint8_t (*has_revision)(int family, bool target, const char *name, uint8_t revision);
	/** Merges the plan's chains into a table in one commit, reads them back and compares. */
	bool (*apply)(const struct backend_change *change, struct error **error);
	/** Removes chains and jumps to them; names that are not there are skipped, and a table that was never opened in
	 * this namespace stays closed. @ret_removed: counts the chains; may be NULL */
	bool (*remove)(const struct backend_name *names, size_t count, unsigned *ret_removed, struct error **error);
};

extern const struct backend backend_iptc;

#endif
