/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/trust.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Lines of uid_map: first id inside, first id outside, count. A map that can't be read maps root as far as we know. */
static bool maps_outer_root(const char *uid_map)
{
	bool any = false;

	for (const char *at = uid_map; *at != '\0';) {
		size_t length = strcspn(at, "\n");
		const char *end = at + length;
		uint64_t number[3];

		for (size_t i = 0; i < 3; i++) {
			size_t digits;

			at += strspn(at, " \t");
			digits = strcspn(at, " \t\n");
			if (at + digits > end || !parse_number(at, digits, UINT32_MAX, &number[i]))
				return true;
			at += digits;
		}
		if (number[1] == 0)
			return true;
		any = true;
		at = *end == '\0' ? end : end + 1;
	}
	return !any;
}

bool trust_owner(uid_t owner, uid_t self, uid_t overflow, const char *uid_map)
{
	if (owner == 0 || owner == self)
		return true;
	return owner == overflow && !maps_outer_root(uid_map);
}

static bool is_trusted_owner(uid_t owner)
{
	cleanup_free char *overflow_text = NULL;
	cleanup_free char *uid_map = NULL;
	cleanup_error struct error *ignored = NULL;
	uint64_t overflow;
	size_t length;

	if (owner == 0 || owner == geteuid())
		return true;
	if (!file_read_at(AT_FDCWD, "/proc/sys/kernel/overflowuid", 64, "overflowuid", &overflow_text, NULL, NULL,
			  &ignored) ||
	    !file_read_at(AT_FDCWD, "/proc/self/uid_map", (size_t)64 * 1024, "uid_map", &uid_map, NULL, NULL, &ignored))
		return false;
	length = strcspn(overflow_text, "\n");
	return parse_number(overflow_text, length, UINT32_MAX, &overflow) &&
	       trust_owner(owner, geteuid(), (uid_t)overflow, uid_map);
}

bool trust_check(const struct stat *status, const char *name, struct error **error)
{
	if (!is_trusted_owner(status->st_uid))
		return error_set(error, "%s: belongs to uid %u, not to root; chown root it", name, status->st_uid);
	if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return error_set(error, "%s: others than its owner can write it; chmod go-w it", name);
	return true;
}

bool trust_open_directory(const char *path, int *ret_fd, struct error **error)
{
	cleanup_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct stat status;

	if (fd < 0 && errno == ENOENT) {
		*ret_fd = -1;
		return true;
	}
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return error_set(error, "%s: is no directory, or a symbolic link to one", path);
	if (fd < 0 || fstat(fd, &status) < 0)
		return error_set_errno(error, errno, "%s: cannot be opened", path);
	if (!trust_check(&status, path, error))
		return false;
	*ret_fd = steal_fd(&fd);
	return true;
}
