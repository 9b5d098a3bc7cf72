/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What would become of some layers: parsed by the processes that a hook would use, and committed in a network namespace
 * that is made for it and thrown away. Needs no privilege: without it the namespace belongs to a user namespace of its
 * own; where neither can be had the texts are parsed for the newest kernel.
 */
#ifndef KERNEL_TRIAL_H
#define KERNEL_TRIAL_H

#include "base/error.h"
#include "kernel/backend.h"
#include "kernel/plan.h"
#include "rules/parser.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trial_job {
	const struct rules_text *texts;
	const uint8_t *sections;
	size_t text_count;
	const char *id; /* for the names of chains */
	const char *bundle;
	uint64_t max_rules;
	bool one_sided_refused;
	long long deadline;
};

struct trial {
	bool committed;                /* the kernel has taken them, else it was not asked; not_asked says why */
	char *not_asked;               /* owned */
	char *warning;                 /* something an administrator wants to know, owned, or NULL */
	struct backend_contents meant; /* the chains and rules of both families, with entries */
};

/**
 * Tries some layers.
 * @ret: owned by the caller (trial_free)
 * @return false with @error set to what the hook would say when it refuses them
 */
bool trial_run(const struct trial_job *job, struct trial *ret, struct error **error);

void trial_free(struct trial *trial);

#define cleanup_trial __attribute__((cleanup(trial_free)))

/** One thing that a kernel has or lacks. */
struct trial_probe {
	const char *extension;
	int family;
	enum rules_table table; /* of a table */
	bool is_table;
	bool target; /* of an extension */
	uint8_t revision;
	bool present; /* the answer */
};

/**
 * Asks the kernel for tables and extensions in a throw-away namespace.
 * @return whether it could be asked
 */
bool trial_probe(struct trial_probe *probes, size_t count, long long deadline, struct error **error);

#endif
