/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/tables_lock.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#define XTABLES_LOCK "/run/xtables.lock"

int tables_lock_open(void)
{
	return open(XTABLES_LOCK, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

bool tables_lock_take(int fd, long long deadline, struct error **error)
{
	if (fd < 0 || file_lock(fd, deadline))
		return true;
	return error_set_errno(error, errno, "lock: " XTABLES_LOCK " is held by another program");
}

void tables_lock_release(int fd)
{
	if (fd >= 0)
		flock(fd, LOCK_UN);
}
