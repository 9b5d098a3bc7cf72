/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state directory: records, locks and the last failure of each container.
 *
 *   records/COOKIE.INODE.ID.HASH.json   one per container and namespace; HASH is of id and bundle
 *   records/COOKIE.INODE.ID.HASH.text   the texts of its layers, one behind the other
 *   records/COOKIE.INODE.ID.HASH.bad    a record that can't be read any more (damaged.h)
 *   locks/COOKIE			 held while a namespace's tables are changed; gone with its last record
 *   failures/ID			 the last line that the hook said of a container
 */
#ifndef STATE_STORE_H
#define STATE_STORE_H

#include "base/error.h"
#include "state/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

/** @return whether the process is in a user namespace of a user; @ret_uid is the user's uid outside */
bool store_is_rootless(uint64_t *ret_uid);

/**
 * Opens the state directory, and makes it where it is not there.
 * @directory: as configured, or NULL for the default: /run/oci-iptables; rootless /run/user/UID/oci-iptables, else
 *	       /tmp/oci-iptables-UID. It must belong to the process's uid and be closed to all others.
 * @create: false: a directory that is not there gives NULL without @error
 * @return owned by the caller (store_close)
 */
struct store *store_open(const char *directory, bool create, struct error **error);

/** Closes the store; takes NULL. */
void store_close(struct store **store);

#define cleanup_store __attribute__((cleanup(store_close)))

/** @return the path of the directory, for messages; belongs to @store */
const char *store_path(const struct store *store);

/** @return whether two records would be kept in one file: the hash in its name may be that of two bundles */
bool store_is_same_file(const struct record *left, const struct record *right);

/** Writes a record, in the place of an older one of the same container and namespace. */
bool store_save(struct store *store, const struct record *record, struct error **error);

/** Writes the texts of a record's layers beside it; before the record, which holds their lengths. */
bool store_save_texts(struct store *store, const struct record *record, const char *bytes, size_t length,
		      struct error **error);

/** Reads the texts of a record's layers. @ret: owned by the caller; untouched on failure */
bool store_read_texts(struct store *store, const struct record *record, char **ret, size_t *ret_length,
		      struct error **error);

/** Removes a record and its texts; one that is not there is fine. */
bool store_remove(struct store *store, const struct record *record, struct error **error);

/** Which records are looked for; zero or NULL members match all. */
struct store_filter {
	uint64_t cookie;
	uint64_t inode;
	const char *id;
	const char *bundle;
};

struct record_list {
	struct record **items;
	size_t count;
};

/**
 * Reads the records that match. One that can't be read is skipped, unless @error is not NULL: then it is an error.
 * @ret: owned by the caller (record_list_free)
 */
bool store_find(struct store *store, const struct store_filter *filter, struct record_list *ret, struct error **error);

/** @return whether any record's file name matches; does not read them */
bool store_has(struct store *store, const struct store_filter *filter);

void record_list_free(struct record_list *list);

#define cleanup_records __attribute__((cleanup(record_list_free)))

struct store_lock {
	int fd; /* locks/COOKIE; -1: not held */
	uint64_t cookie;
};

/**
 * Takes the lock of a namespace, which keeps other hooks out of its records; the worker takes the iptables tools' lock.
 * @deadline: milliseconds of CLOCK_MONOTONIC at which waiting ends
 */
bool store_lock(struct store *store, uint64_t cookie, long long deadline, struct store_lock *ret, struct error **error);

/**
 * Lets the lock go; its file goes with the last record of the namespace.
 * @recorded: the caller knows that there is a record; otherwise the directory is searched
 */
void store_unlock(struct store *store, struct store_lock *lock, bool recorded);

/** Keeps the line that the hook said of a container, for `oci-iptables why`. */
bool store_save_failure(struct store *store, const char *id, const char *line, struct error **error);

/** Forgets a container's failure. */
void store_remove_failure(struct store *store, const char *id);

/** Reads a container's failure. @return owned by the caller, or NULL: none, or @error is set */
char *store_read_failure(struct store *store, const char *id, struct error **error);

#endif
