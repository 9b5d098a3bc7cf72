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

/** The name of one chain of ours in the kernel; where chains are removed, one of plan_name_of_all() means them all. */
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

/** One chain as it is in the kernel, or as it should be. */
struct backend_chain {
	uint8_t family;  /* AF_INET or AF_INET6 */
	uint8_t table;   /* enum rules_table */
	uint8_t section; /* 0: policy layers, 1: rules layers */
	bool present;
	bool reached; /* packets come to it */
	uint16_t layer;
	uint32_t rule_count;
	uint64_t digest;
	char name[RULES_CHAIN_NAME + 1];
	char builtin[RULES_CHAIN_NAME + 1]; /* built-in chain that leads to it, or "" */
	char origin[RULES_CHAIN_NAME + 1];  /* name in the layer's text */
};

/** One rule of such a chain. */
struct backend_rule {
	uint32_t chain;        /* index into chains */
	uint32_t line;         /* of the layer's text, for what should be; 0: made by the plan */
	uint32_t offset, size; /* its entry within entries; no bytes where only counters were wanted */
	uint64_t packets, bytes;
	uint64_t digest;
	char target[32]; /* verdict, target or chain; "" for none */
};

/** What chains hold; chain by chain, rules in their order. All owned. */
struct backend_contents {
	struct backend_chain *chains;
	size_t chain_count;
	struct backend_rule *rules;
	size_t rule_count;
	unsigned char *entries;
	size_t entries_length;
};

/** What is to be read. */
struct backend_reading {
	const struct plan *plan;        /* the chains, by family, table, name, built-in chain and section */
	const struct ruleset *rulesets; /* tell which bytes count for digests; none: all */
	size_t ruleset_count;
	bool entries; /* the rules' entries too */
};

struct backend {
	/** @return whether the kernel speaks the family; *@ret_error_number is why not */
	bool (*has_family)(int family, int *ret_error_number);
	/** Does ahead what the first apply would have to do, while there is nothing else to do. */
	void (*prepare)(void);
	/** @return 1 when the kernel has this revision of a match or target, else 0 */
	uint8_t (*has_revision)(int family, bool target, const char *name, uint8_t revision);
	/** @return whether the kernel has a table. Opens it, which costs every packet until the namespace ends. */
	bool (*has_table)(int family, enum rules_table table, struct error **error);
	/** Merges the plan's chains into a table in one commit, reads them back and compares. */
	bool (*apply)(const struct backend_change *change, struct error **error);
	/** Removes chains and jumps to them; names that are not there are skipped, and a table that was never opened in
	 * this namespace stays closed. @ret_removed: counts the chains; may be NULL */
	bool (*remove)(const struct backend_name *names, size_t count, unsigned *ret_removed, struct error **error);
	/** Reads chains, changes nothing and opens no table that was never opened. @ret: owned by the caller
	 * (backend_contents_free) */
	bool (*read)(const struct backend_reading *reading, struct backend_contents *ret, struct error **error);
	/** Adds what the plan would make of a ruleset, in the form of read(). Needs no kernel. */
	void (*expect)(const struct ruleset *ruleset, const struct plan *plan, struct backend_contents *ret);
};

/** Releases what it points to and empties it. */
void backend_contents_free(struct backend_contents *contents);

#define cleanup_contents __attribute__((cleanup(backend_contents_free)))

extern const struct backend backend_iptc;

#endif
