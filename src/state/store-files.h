/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the state room: the open state directory, for the files that implement store.h and listing.h. */
#ifndef STATE_STORE_FILES_H
#define STATE_STORE_FILES_H

#include "state/store.h"

#include <dirent.h>
#include <limits.h>

/** A record of 256 chains is 60 kB. */
#define RECORD_LIMIT ((size_t)1024 * 1024)

struct store {
	char *path;
	int fd, records, locks, failures;
};

/** Puts the file name of a record into @ret. */
void store_record_name(const struct record *record, char ret[NAME_MAX + 1]);

/** @return whether a file's name is that of a record that matches */
bool store_name_matches(const char *name, const struct store_filter *filter);

/** Lists a directory of the store by a descriptor of its own. @return closed by the caller; NULL with errno */
DIR *store_list_directory(int fd);

#endif
