/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading files with a cap, and replacing them whole. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/**
 * Reads a file descriptor to its end.
 * @fd: stays open
 * @most: bytes allowed; what is beyond is read and thrown away, so that a writer on a pipe is not killed by SIGPIPE
 *        (crun dies of it when a hook does not drain its stdin), then an error says so
 * @name: for messages
 * @ret: the bytes with a NUL behind them, owned by the caller
 * @ret_length: bytes without that NUL; may be NULL
 * @return whether it was read; otherwise @ret is untouched and @error set
 */
bool file_read_fd(int fd, size_t most, const char *name, char **ret, size_t *ret_length, struct error **error);

#define FILE_NO_DEADLINE LLONG_MAX

/**
 * The same, of a writer that may never come to its end.
 * @deadline: milliseconds of CLOCK_MONOTONIC, or FILE_NO_DEADLINE
 */
bool file_read_until(int fd, size_t most, long long deadline, const char *name, char **ret, size_t *ret_length,
		     struct error **error);

/**
 * Opens a regular file below a directory and reads it. The last component must not be a symbolic link.
 * @directory: fd of the directory, or AT_FDCWD
 * @ret_status: where the file's stat goes; may be NULL
 * @return as file_read_fd(); errno of the open is kept in errno when the file could not be opened
 */
bool file_read_at(int directory, const char *path, size_t most, const char *name, char **ret, size_t *ret_length,
		  struct stat *ret_status, struct error **error);

/**
 * Replaces a file: writes NAME.tmp-PID and renames it, so that a process that dies leaves the old or the new one. No
 * fsync: what is written with this describes a running kernel and means nothing after a power failure, while waiting
 * for a disk would be the dearest thing that the hook does.
 * @directory: fd of the directory
 * @mode: permission bits, not narrowed by the umask
 * @return whether the file stands complete under its name; on failure nothing is left of it
 */
bool file_replace_at(int directory, const char *name, mode_t mode, const char *bytes, size_t length,
		     struct error **error);

/** Writes all bytes to a descriptor, also over short writes. @return whether it could; errno says why not */
bool file_write_all(int fd, const void *bytes, size_t length);

/**
 * flock(LOCK_EX) with an end: flock() has no time-out of its own, and signals may be blocked by whoever started us.
 * @deadline: milliseconds of CLOCK_MONOTONIC at which waiting ends
 * @return whether it is locked; errno is ETIMEDOUT when it was held until the end
 */
bool file_lock(int fd, long long deadline);

#endif
