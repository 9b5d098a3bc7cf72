/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state directory as a whole: for people who look, and for cleaning up. */
#ifndef STATE_LISTING_H
#define STATE_LISTING_H

#include "base/error.h"
#include "state/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Lines about what could not be read; items and array belong to it. */
struct listing_problems {
	char **items;
	size_t count;
};

void listing_problems_free(struct listing_problems *problems);

#define cleanup_problems __attribute__((cleanup(listing_problems_free)))

/**
 * Reads all records that can be read, oldest first.
 * @ret: owned by the caller (record_list_free)
 * @problems: gets a line for each that can't be read; may be NULL
 * @return whether the directory could be listed
 */
bool listing_read_records(struct store *store, struct record_list *ret, struct listing_problems *problems,
			  struct error **error);

/** A container of which a failure is kept. */
struct listing_failure {
	char *id;
	uint64_t when; /* seconds since 1970 */
	char *line;
};

struct listing_failures {
	struct listing_failure *items;
	size_t count;
};

/** Reads all failures that are kept. @ret: owned by the caller (listing_failures_free) */
bool listing_read_failures(struct store *store, struct listing_failures *ret, struct error **error);

void listing_failures_free(struct listing_failures *failures);

#define cleanup_failures __attribute__((cleanup(listing_failures_free)))

/** What listing_clean() found and, unless it only looked, removed. */
struct listing_cleaned {
	size_t locks, failures, leftovers;
};

/**
 * Removes what no record needs any more: lock files of namespaces without a record, failures older than @failure_age
 * seconds, texts without a record and half-written files of processes that are dead.
 * @dry_run: only counts
 */
bool listing_clean(struct store *store, uint64_t failure_age, bool dry_run, struct listing_cleaned *ret,
		   struct error **error);

#endif
