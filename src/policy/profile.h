/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Named profiles: files NAME.json (a policy document) and NAME.rules (rules text). */
#ifndef POLICY_PROFILE_H
#define POLICY_PROFILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/** Longest profile, in bytes (interface section 11). */
#define PROFILE_MAX_BYTES ((size_t)16 * 1024 * 1024)

struct profile {
	char *text; /* owned */
	size_t length;
	bool rules; /* NAME.rules, not NAME.json */
};

/**
 * Finds and reads a profile in the first directory that has it. Directories and files that others than root can write
 * are refused, and so are symbolic links: a directory that cannot be believed is an error even where the profile would
 * be found later, because it could hide the later one.
 * @directories: ends with NULL; missing ones are skipped
 * @ret: text owned by the caller; untouched on failure
 */
bool profile_read(const char *const *directories, const char *name, struct profile *ret, struct error **error);

#endif
