/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may have written a file that the privileged hook is about to believe. */
#ifndef POLICY_TRUST_H
#define POLICY_TRUST_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/stat.h>

/**
 * Checks that nobody but root, or the user who runs the program, can write a file or directory.
 * In a user namespace that does not map the uid 0 outside, real root's files show the overflow uid of
 * /proc/sys/kernel/overflowuid (user_namespaces(7)); that owner counts as root there, and only there.
 * @name: for messages
 * @return whether it is so; otherwise @error says who could write it
 */
bool trust_check(const struct stat *status, const char *name, struct error **error);

/**
 * Opens a directory whose last component is no symbolic link, and checks it.
 * @ret_fd: owned by the caller; -1 when there is no such directory
 * @return false with @error set when it is there and cannot be believed
 */
bool trust_open_directory(const char *path, int *ret_fd, struct error **error);

/** The owner check of trust_check() as a function of its inputs, for tests. */
bool trust_owner(uid_t owner, uid_t self, uid_t overflow, const char *uid_map);

#endif
