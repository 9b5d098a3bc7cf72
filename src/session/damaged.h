/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Containers whose record is damaged. Its file's name tells container and namespace, and the names of chains follow
 * from those with the bundle; but not whether the container lives. So poststop, which knows the bundle and that the
 * container is gone, takes the rules away; others only where nobody is left in the namespace. Rules that stay too long
 * refuse too much; rules that go too early would open a container.
 */
#ifndef SESSION_DAMAGED_H
#define SESSION_DAMAGED_H

#include "base/error.h"
#include "session/gc.h"
#include "state/store.h"

#include <stdbool.h>

/** store_find() that sets damaged records of the filter aside in place of failing because of them. */
bool session_find_records(struct store *store, const struct store_filter *filter, struct record_list *ret,
			  struct error **error);

/**
 * Removes what a container has whose record was set aside: its chains in all tables, and the file.
 * @deadline: milliseconds of CLOCK_MONOTONIC at which waiting ends
 */
bool session_remove_damaged(struct store *store, const char *id, const char *bundle, long long deadline,
			    struct error **error);

/**
 * Removes damaged records, and the rules they leave, where the namespace is gone or nobody is in it; sets the others
 * aside and reports them as errors.
 * @return whether none is left
 */
bool gc_run_damaged(const struct gc_request *request, struct error **error);

#endif
