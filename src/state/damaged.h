/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records that can't be read any more: cut off, overwritten, of wrong types. Their names still say of which container
 * and namespace they are (store.h). They are set aside under another ending, so that they keep nobody from starting or
 * stopping a container, until somebody knows that nobody needs the rules that they named.
 *
 * A record of a newer version is not damaged: it stays where it is.
 */
#ifndef STATE_DAMAGED_H
#define STATE_DAMAGED_H

#include "base/error.h"
#include "state/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What the name of a damaged record's file says. */
struct damaged_record {
	char *name; /* of its file */
	char *id;
	uint64_t cookie, inode; /* of the network namespace */
};

/** Owns its items. */
struct damaged_list {
	struct damaged_record *items;
	size_t count;
};

/**
 * Lists damaged records: those that were set aside, and those that should be.
 * @filter: which; the namespace's lock keeps others from changing them meanwhile
 * @ret: owned by the caller (damaged_list_free)
 */
bool damaged_find(struct store *store, const struct store_filter *filter, struct damaged_list *ret,
		  struct error **error);

/** Sets the damaged records that match aside. @return whether all are; none is fine */
bool damaged_set_aside(struct store *store, const struct store_filter *filter, struct error **error);

/** Removes the file of a damaged record. */
bool damaged_forget(struct store *store, const struct damaged_record *damaged, struct error **error);

/** @return whether a damaged record of this container and namespace was set aside */
bool damaged_has(struct store *store, const struct record *record);

/** Removes the file of a damaged record of this container and namespace that was set aside; none is fine. */
void damaged_forget_of(struct store *store, const struct record *record);

/** @return whether a name in the records' directory is that of a record that was set aside */
bool damaged_is_name(const char *name);

void damaged_list_free(struct damaged_list *list);

#define cleanup_damaged __attribute__((cleanup(damaged_list_free)))

#endif
