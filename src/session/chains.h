/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the words of kernel/ (plans, names, sysctls) and those of state/ (records): two rooms that don't know each
 * other. */
#ifndef SESSION_CHAINS_H
#define SESSION_CHAINS_H

#include "kernel/backend.h"
#include "kernel/forwarding.h"
#include "kernel/plan.h"
#include "state/record.h"

#include <stddef.h>

/**
 * Makes a record name whatever chains a plan for its container could make, in every table: with that it can be written
 * before there is a plan. Needs id, bundle and cookie.
 */
void chains_of_all_plans(struct record *record);

/** Makes a record name all chains of all containers, in every table. Needs nothing. */
void chains_of_everybody(struct record *record);

/** Puts the chains of a plan into a record, in the place of those that it had. */
void chains_to_record(const struct plan *plan, struct record *record);

/** @return the chains of a record in the words of kernel/, owned by the caller (plan_free) */
struct plan chains_of_record(const struct record *record);

/** Puts sysctls into a record, in the place of those that it had. */
void sysctls_to_record(const struct forwarding_values *values, struct record *record);

/** Adds the names of a record's chains to an array. @return the array, perhaps moved, owned by the caller */
struct backend_name *chains_append_names(struct backend_name *names, size_t *count, const struct record *record);

/** @return the record's sysctls, owned by the caller (forwarding_free); names that are none of ours are left out */
struct forwarding_values sysctls_of_record(const struct record *record);

#endif
