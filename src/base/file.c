/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

static long long now_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until there is something to read or the end. */
static bool wait_for_bytes(int fd, long long deadline)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	for (;;) {
		long long left = deadline - now_milliseconds();

		if (left <= 0)
			return false;
		if (poll(&poll_fd, 1, left > INT_MAX ? INT_MAX : (int)left) > 0)
			return true;
	}
}

bool file_read_fd(int fd, size_t most, const char *name, char **ret, size_t *ret_length, struct error **error)
{
	return file_read_until(fd, most, FILE_NO_DEADLINE, name, ret, ret_length, error);
}

bool file_read_until(int fd, size_t most, long long deadline, const char *name, char **ret, size_t *ret_length,
		     struct error **error)
{
	cleanup_free char *bytes = NULL;
	size_t capacity = 0, used = 0;
	bool over = false;

	for (;;) {
		ssize_t got;

		if (capacity - used < 2) {
			capacity = capacity == 0 ? 8192 : capacity * 2;
			if (capacity > most + 8192)
				capacity = most + 8192;
			bytes = memory_resize(bytes, capacity, 1);
		}
		if (deadline != FILE_NO_DEADLINE && !wait_for_bytes(fd, deadline))
			return error_set(error, "%s: its end did not come in time", name);
		got = read(fd, bytes + used, capacity - used - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set_errno(error, errno, "%s: cannot be read", name);
		if (got == 0)
			break;
		used += (size_t)got;
		if (used > most) {
			over = true;
			used = 0; /* keep draining into the same room */
		}
	}
	if (over)
		return error_set(error, "%s: longer than the limit of %zu bytes", name, most);
	bytes[used] = '\0';
	if (ret_length != NULL)
		*ret_length = used;
	*ret = STEAL(bytes);
	return true;
}

bool file_read_at(int directory, const char *path, size_t most, const char *name, char **ret, size_t *ret_length,
		  struct stat *ret_status, struct error **error)
{
	cleanup_close int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0) {
		int number = errno;

		if (number == ELOOP)
			error_set(error, "%s: is a symbolic link; name the file itself", name);
		else
			error_set_errno(error, number, "%s: cannot be opened", name);
		errno = number;
		return false;
	}
	errno = 0;
	if (fstat(fd, &status) < 0)
		return error_set_errno(error, errno, "%s: cannot be read", name);
	if (!S_ISREG(status.st_mode))
		return error_set(error, "%s: is not a regular file", name);
	if ((size_t)status.st_size > most)
		return error_set(error, "%s: longer than the limit of %zu bytes", name, most);
	if (ret_status != NULL)
		*ret_status = status;
	return file_read_fd(fd, most, name, ret, ret_length, error);
}

bool file_write_all(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length > 0) {
		ssize_t put = write(fd, at, length);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		at += put;
		length -= (size_t)put;
	}
	return true;
}

bool file_replace_at(int directory, const char *name, mode_t mode, const char *bytes, size_t length,
		     struct error **error)
{
	cleanup_close int fd = -1;
	char temporary[NAME_MAX + 1];

	if (snprintf(temporary, sizeof(temporary), "%s.tmp-%ld", name, (long)getpid()) >= (int)sizeof(temporary))
		return error_set(error, "%s: name too long", name);
	fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno == EEXIST) {
		/* A leftover of a killed process with the same pid is ours to replace: the directory is 0700. */
		unlinkat(directory, temporary, 0);
		fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	}
	if (fd < 0)
		return error_set_errno(error, errno, "%s: cannot be created", name);
	if ((mode != 0600 && fchmod(fd, mode) < 0) || !file_write_all(fd, bytes, length) ||
	    renameat(directory, temporary, directory, name) < 0) {
		int number = errno;

		unlinkat(directory, temporary, 0);
		return error_set_errno(error, number, "%s: cannot be written", name);
	}
	return true;
}

bool file_lock(int fd, long long deadline)
{
	long pause = 100000;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		struct timespec wait = {.tv_nsec = pause};

		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		if (now_milliseconds() >= deadline) {
			errno = ETIMEDOUT;
			return false;
		}
		nanosleep(&wait, NULL);
		if (pause < 5000000)
			pause *= 2;
	}
	return true;
}
