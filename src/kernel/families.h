/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Both families at the same time. The kernel locks its tables by family, so large rulesets are committed by two
 * processes in little more than half the time; and each holds the rules of one family only.
 */
#ifndef KERNEL_FAMILIES_H
#define KERNEL_FAMILIES_H

#include "base/error.h"
#include "kernel/plan.h"
#include "rules/ruleset.h"

#include <stdbool.h>
#include <stddef.h>

/** Applies what belongs to one ruleset; notes in the plan what was read back. */
typedef bool (*families_function)(void *context, const struct ruleset *ruleset, struct error **error);

/** @return whether there are two rulesets, so large that a second process costs less than it saves */
bool families_are_large(const struct ruleset *rulesets, size_t count);

/**
 * Calls @apply for two rulesets, for the second one in a child process. Returns when both have ended, however: nothing
 * is changed any more when a caller takes back what one of them did. The child keeps this process's descriptors, so
 * that also a lock and a socket of it are let go only when both have ended.
 * @plan: gets what the child noted in it
 */
bool families_apply(const struct ruleset rulesets[2], struct plan *plan, families_function apply, void *context,
		    struct error **error);

#endif
