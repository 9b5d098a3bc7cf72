/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Putting the recorded layers of a running container back, after somebody took them away or changed them. */
#ifndef SESSION_REAPPLY_H
#define SESSION_REAPPLY_H

#include "base/error.h"
#include "state/store.h"

#include <stdbool.h>

/**
 * Commits the layers that are kept with a record again: what is left of the container's chains goes in the same
 * commits, so that no packet finds the table without them. The record gets the new digests.
 * @record: of a live container
 * @deadline: milliseconds of CLOCK_MONOTONIC at which waiting ends
 */
bool session_reapply(struct store *store, struct record *record, long long deadline, struct error **error);

#endif
