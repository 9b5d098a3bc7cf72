/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking a container's rules away by its record: what poststop and garbage collection have in common. */
#ifndef SESSION_REMOVAL_H
#define SESSION_REMOVAL_H

#include "base/error.h"
#include "kernel/netns.h"
#include "state/store.h"

#include <stdbool.h>

/**
 * Finds the namespace of a record: by its process, by the path where it was, or anywhere on the host.
 * @ret: owned by the caller (netns_close). The cookie is still to be compared: device and inode are recycled.
 * @return whether a namespace with the record's numbers is there and is not the caller's own; the own one is left open
 */
bool session_find_netns(const struct record *record, struct netns *ret);

/**
 * Removes the chains that a record names from its namespace, puts sysctls back when no other container of the namespace
 * wants them, and removes the record, all under the namespace's lock. A namespace that is gone is fine.
 * @deadline: milliseconds of CLOCK_MONOTONIC at which waiting ends
 */
bool session_remove_record(struct store *store, const struct record *record, long long deadline, struct error **error);

/** session_remove_record() for a caller that holds the lock; @ret_removed counts chains and jumps, may be NULL. */
bool session_remove_locked(struct store *store, const struct record *record, long long deadline, unsigned *ret_removed,
			   struct error **error);

#endif
