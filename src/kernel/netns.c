/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/netns.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/magic.h>
#include <linux/nsfs.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/** User namespaces nest at most 32 deep (kernel/user_namespace.c). */
#define USER_NAMESPACE_DEPTH 33

void netns_close(struct netns *netns)
{
	if (netns->fd >= 0)
		close(netns->fd);
	netns->fd = -1;
}

/* Takes @fd over. */
static bool adopt(int fd, const char *name, struct netns *ret, struct error **error)
{
	cleanup_close int owned = fd;
	struct statfs filesystem;
	struct stat status;

	if (fstatfs(owned, &filesystem) < 0 || fstat(owned, &status) < 0)
		return error_set_errno(error, errno, "namespace: %s", name);
	if (filesystem.f_type != NSFS_MAGIC || ioctl(owned, NS_GET_NSTYPE) != CLONE_NEWNET)
		return error_set(error, "namespace: %s is not a network namespace", name);
	ret->device = status.st_dev;
	ret->inode = status.st_ino;
	ret->fd = steal_fd(&owned);
	return true;
}

bool netns_open_path(const char *path, struct netns *ret, struct error **error)
{
	/* O_NONBLOCK: a FIFO in the place of the namespace must not hang a container's start. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return error_set_errno(error, errno, "namespace: %s cannot be opened", path);
	return adopt(fd, path, ret, error);
}

static bool pidfd_is_alive(int pidfd)
{
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 0;
}

bool netns_open_pid(pid_t pid, struct netns *ret, struct error **error)
{
	cleanup_close int pidfd = (int)syscall(SYS_pidfd_open, pid, 0U);
	cleanup_netns struct netns netns = {.fd = -1};
	char path[64];

	if (pidfd < 0)
		return error_set_errno(error, errno, "namespace: process %ld of the state", (long)pid);
	snprintf(path, sizeof(path), "/proc/%ld/ns/net", (long)pid);
	if (!netns_open_path(path, &netns, error))
		return false;
	/* The path named this process only if it lived on until after the open: its pid was not free before. */
	if (!pidfd_is_alive(pidfd))
		return error_set(error, "namespace: process %ld of the state has ended", (long)pid);
	*ret = netns;
	netns.fd = -1;
	return true;
}

bool netns_is_own(const struct netns *netns)
{
	struct stat own;

	if (stat("/proc/self/ns/net", &own) < 0 || (own.st_dev == netns->device && own.st_ino == netns->inode))
		return true;
	/* A runtime may run in a network of its own. Without root that of process 1 can't be seen, nor entered. */
	return stat("/proc/1/ns/net", &own) == 0 && own.st_dev == netns->device && own.st_ino == netns->inode;
}

bool netns_enter(const struct netns *netns, struct error **error)
{
	if (setns(netns->fd, CLONE_NEWNET) < 0)
		return error_set_errno(error, errno, "namespace: cannot be entered");
	return true;
}

bool netns_cookie(uint64_t *ret, struct error **error)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t length = sizeof(cookie);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length) < 0)
		return error_set_errno(error, errno, "namespace: SO_NETNS_COOKIE (Linux 5.14 or later is needed)");
	*ret = cookie;
	return true;
}

static bool is_at(const char *path, uint64_t device, uint64_t inode, struct netns *ret)
{
	struct stat status;

	if (stat(path, &status) < 0 || status.st_dev != device || status.st_ino != inode)
		return false;
	if (!netns_open_path(path, ret, NULL))
		return false;
	/* Opened may be another than was looked at. */
	if (ret->device == device && ret->inode == inode)
		return true;
	netns_close(ret);
	return false;
}

static bool is_number(const char *name)
{
	return name[0] >= '1' && name[0] <= '9' && strspn(name, "0123456789") == strlen(name);
}

/* Whether a process seems to be in a namespace. Reading the link costs half of what following it does, and almost all
 * processes are elsewhere; a namespace has no other number than its inode there ("net:[4026531840]"). */
static bool may_be_in(int proc, const char *pid, uint64_t inode)
{
	char path[64], link[64], wanted[64];
	ssize_t length;

	snprintf(path, sizeof(path), "%.20s/ns/net", pid);
	length = readlinkat(proc, path, link, sizeof(link));
	return length == (ssize_t)snprintf(wanted, sizeof(wanted), "net:[%llu]", (unsigned long long)inode) &&
	       memcmp(link, wanted, (size_t)length) == 0;
}

/* Tries the names under which namespaces are mounted. */
static bool find_mounted(const char *directory, uint64_t device, uint64_t inode, struct netns *ret)
{
	cleanup_closedir DIR *listing = opendir(directory);
	const struct dirent *entry;

	if (listing == NULL)
		return false;
	while ((entry = readdir(listing)) != NULL) {
		char path[PATH_MAX];

		if (entry->d_name[0] == '.' ||
		    snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name) >= (int)sizeof(path))
			continue;
		if (is_at(path, device, inode, ret))
			return true;
	}
	return false;
}

/* @return a thread in the namespace of a process whose first is not, or 0 */
static pid_t find_thread_in(int proc, const char *pid, uint64_t inode)
{
	cleanup_close int fd = -1;
	cleanup_closedir DIR *listing = NULL;
	const struct dirent *entry;
	struct stat status;
	char path[64];

	snprintf(path, sizeof(path), "%.20s/task", pid);
	/* Each thread is one link more than a directory's two. */
	if (fstatat(proc, path, &status, 0) < 0 || status.st_nlink <= 3)
		return 0;
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	listing = fd < 0 ? NULL : fdopendir(fd);
	if (listing == NULL)
		return 0;
	fd = -1; /* the listing's now */
	while ((entry = readdir(listing)) != NULL) {
		uint64_t thread;

		if (is_number(entry->d_name) && strcmp(entry->d_name, pid) != 0 &&
		    may_be_in(dirfd(listing), entry->d_name, inode) &&
		    parse_number_string(entry->d_name, INT_MAX, &thread))
			return (pid_t)thread;
	}
	return 0;
}

/* A process whose first thread has ended is in it by its others. */
static bool find_process(uint64_t device, uint64_t inode, struct netns *ret)
{
	cleanup_closedir DIR *listing = opendir("/proc");
	const struct dirent *entry;

	if (listing == NULL)
		return false;
	while ((entry = readdir(listing)) != NULL) {
		char path[64];
		pid_t thread = 0;

		if (!is_number(entry->d_name))
			continue;
		if (!may_be_in(dirfd(listing), entry->d_name, inode)) {
			thread = find_thread_in(dirfd(listing), entry->d_name, inode);
			if (thread == 0)
				continue;
		}
		if (thread == 0)
			snprintf(path, sizeof(path), "/proc/%.20s/ns/net", entry->d_name);
		else
			snprintf(path, sizeof(path), "/proc/%.20s/task/%ld/ns/net", entry->d_name, (long)thread);
		if (is_at(path, device, inode, ret))
			return true;
	}
	return false;
}

bool netns_find(uint64_t device, uint64_t inode, const char *hint, struct netns *ret)
{
	if (hint != NULL && is_at(hint, device, inode, ret))
		return true;
	return find_mounted("/run/netns", device, inode, ret) || find_process(device, inode, ret);
}

static bool same_file(const struct stat *left, const struct stat *right)
{
	return left->st_dev == right->st_dev && left->st_ino == right->st_ino;
}

bool netns_same_link(const char *left, const char *right)
{
	struct stat one, two;

	return stat(left, &one) == 0 && stat(right, &two) == 0 && same_file(&one, &two);
}

bool netns_ownership(const struct netns *netns, int user_fd, enum netns_ownership *ret, struct error **error)
{
	cleanup_close int owner = ioctl(netns->fd, NS_GET_USERNS);
	struct stat workload, status;

	if (owner < 0)
		return error_set_errno(error, errno, "namespace: its owning user namespace is not this one's to judge");
	if (fstat(user_fd, &workload) < 0 || fstat(owner, &status) < 0)
		return error_set_errno(error, errno, "namespace: its owning user namespace");
	if (same_file(&workload, &status)) {
		*ret = NETNS_OWNER_SAME;
		return true;
	}
	for (unsigned depth = 0; depth < USER_NAMESPACE_DEPTH; depth++) {
		int parent = ioctl(owner, NS_GET_PARENT);

		/* EPERM: the parent is the initial user namespace's or lies outside of what may be seen. */
		if (parent < 0 && errno == EPERM)
			break;
		if (parent < 0 || fstat(parent, &status) < 0)
			return error_set_errno(error, errno, "namespace: the parent of its owning user namespace");
		close(owner);
		owner = parent;
		if (same_file(&workload, &status)) {
			*ret = NETNS_OWNER_DESCENDANT;
			return true;
		}
	}
	*ret = NETNS_OWNER_OTHER;
	return true;
}

/* Takes the hexadecimal sets CapInh, CapPrm, CapEff, CapBnd and CapAmb out of /proc/PID/status. */
static uint64_t read_capabilities(const char *status)
{
	static const char *const sets[] = {"\nCapInh:\t", "\nCapPrm:\t", "\nCapEff:\t", "\nCapBnd:\t", "\nCapAmb:\t"};
	uint64_t all = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(sets); i++) {
		const char *at = strstr(status, sets[i]);
		uint64_t set = 0;

		if (at == NULL)
			return UINT64_MAX;
		for (at += strlen(sets[i]); *at != '\n' && *at != '\0'; at++) {
			unsigned digit = (unsigned char)*at;

			set = set << 4 | (digit <= '9' ? digit - '0' : digit - 'a' + 10);
		}
		all |= set;
	}
	return all;
}

/* Adds the capabilities of all threads: each has its own, and a first thread that has given up or ended says nothing.
 */
static bool add_thread_capabilities(pid_t pid, uint64_t *capabilities, struct error **error)
{
	cleanup_closedir DIR *listing = NULL;
	const struct dirent *entry;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/task", (long)pid);
	listing = opendir(path);
	if (listing == NULL)
		return error_set_errno(error, errno, "namespace: process %ld in it", (long)pid);
	while ((entry = readdir(listing)) != NULL) {
		cleanup_free char *status = NULL;

		if (!is_number(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%.20s/status", entry->d_name);
		/* A thread that ended meanwhile holds nothing. */
		if (file_read_at(dirfd(listing), path, 65536, path, &status, NULL, NULL, NULL))
			*capabilities |= read_capabilities(status);
	}
	return true;
}

static bool describe_process(const struct netns *netns, pid_t pid, struct netns_process *ret, struct error **error)
{
	cleanup_close int user_fd = -1;
	cleanup_free char *name = NULL;
	cleanup_text struct text escaped = {0};
	char path[64];

	ret->pid = pid;
	if (!add_thread_capabilities(pid, &ret->capabilities, error))
		return false;
	snprintf(path, sizeof(path), "/proc/%ld/comm", (long)pid);
	if (file_read_at(AT_FDCWD, path, 256, path, &name, NULL, NULL, NULL))
		text_append_escaped(&escaped, name, strcspn(name, "\n"));
	snprintf(ret->name, sizeof(ret->name), "%s", text_string(&escaped));
	snprintf(path, sizeof(path), "/proc/%ld/ns/pid", (long)pid);
	ret->host_pid_namespace = netns_same_link(path, "/proc/self/ns/pid");
	snprintf(path, sizeof(path), "/proc/%ld/ns/user", (long)pid);
	user_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (user_fd < 0)
		return error_set_errno(error, errno, "namespace: process %ld in it", (long)pid);
	return netns_ownership(netns, user_fd, &ret->ownership, error);
}

/* A mount namespace as its link in /proc names it ("mnt:[4026531841]"): reading is cheaper than following. */
struct mounts {
	char link[64];
};

static bool read_mounts_link(int proc, const char *path, struct mounts *ret)
{
	ssize_t length = readlinkat(proc, path, ret->link, sizeof(ret->link) - 1);

	ret->link[length < 0 ? 0 : length] = '\0';
	return length > 0;
}

/* Is it a process of another container? Its mount namespace says so. */
static bool is_foreign_workload(int proc, pid_t pid, const struct mounts *own, const struct mounts *except)
{
	struct mounts mounts;
	char path[64];

	snprintf(path, sizeof(path), "%ld/ns/mnt", (long)pid);
	if (!read_mounts_link(proc, path, &mounts))
		return true; /* what can't be looked at is looked at closer */
	return strcmp(mounts.link, own->link) != 0 && strcmp(mounts.link, except->link) != 0;
}

/* Pids of kernel threads, which are most of a host's processes and never in a container's namespace: kthreadd and its
 * children. What is not certain is looked at. */
struct kernel_threads {
	uint64_t *pids; /* ascending */
	size_t count;
};

/* PF_KTHREAD in the flags, field 9 of /proc/PID/stat: in a pid namespace of its own, process 2 may be anybody. */
static bool is_kernel_thread(const char *stat_text)
{
	const char *at = strrchr(stat_text, ')');
	uint64_t flags;

	for (unsigned field = 2; at != NULL && field < 9; field++) {
		at = strchr(at, ' ');
		at = at == NULL ? NULL : at + 1;
	}
	return at != NULL && parse_number(at, strcspn(at, " "), UINT32_MAX, &flags) && (flags & 0x00200000U) != 0;
}

static int compare_pids(const void *left, const void *right)
{
	uint64_t one = *(const uint64_t *)left, two = *(const uint64_t *)right;

	return one < two ? -1 : one > two;
}

static void read_kernel_threads(struct kernel_threads *ret)
{
	cleanup_free char *text = NULL;
	cleanup_free char *list = NULL;
	size_t length;

	if (!file_read_at(AT_FDCWD, "/proc/2/stat", 4096, "stat", &text, NULL, NULL, NULL) || !is_kernel_thread(text) ||
	    !file_read_at(AT_FDCWD, "/proc/2/task/2/children", 1 << 20, "children", &list, &length, NULL, NULL))
		return;
	ret->pids = memory_allocate(length / 2 + 2, sizeof(*ret->pids));
	ret->pids[ret->count++] = 2;
	for (const char *at = list; *at != '\0'; at += strspn(at, " ")) {
		size_t digits = strcspn(at, " ");

		if (parse_number(at, digits, INT_MAX, &ret->pids[ret->count]))
			ret->count++;
		at += digits;
	}
	/* By the order of their birth, which is that of the numbers until those wrap around. */
	qsort(ret->pids, ret->count, sizeof(*ret->pids), compare_pids);
}

static bool is_one_of(const struct kernel_threads *threads, uint64_t pid)
{
	return threads->count > 0 &&
	       bsearch(&pid, threads->pids, threads->count, sizeof(*threads->pids), compare_pids) != NULL;
}

static void kernel_threads_free(struct kernel_threads *threads)
{
	free(threads->pids);
}

bool netns_visit_processes(const struct netns *netns, pid_t except,
			   bool (*visit)(void *context, const struct netns_process *process, struct error **error),
			   void *context, struct error **error)
{
	cleanup_closedir DIR *listing = opendir("/proc");
	__attribute__((cleanup(kernel_threads_free))) struct kernel_threads threads = {0};
	struct mounts own_mounts, except_mounts = {0};
	const struct dirent *entry;
	char path[64];

	if (listing == NULL || !read_mounts_link(dirfd(listing), "self/ns/mnt", &own_mounts))
		return error_set_errno(error, errno, "namespace: /proc cannot be read");
	if (except > 0) {
		snprintf(path, sizeof(path), "%ld/ns/mnt", (long)except);
		(void)read_mounts_link(dirfd(listing), path, &except_mounts);
	}
	read_kernel_threads(&threads);
	while ((entry = readdir(listing)) != NULL) {
		cleanup_error struct error *gone = NULL;
		struct netns_process process = {0};
		struct stat status;
		uint64_t number;
		pid_t pid;

		if (!is_number(entry->d_name) || !parse_number_string(entry->d_name, INT_MAX, &number) ||
		    (pid_t)number == except || is_one_of(&threads, number))
			continue;
		/* The host's own processes are most of them: one link of each is enough. */
		if (!is_foreign_workload(dirfd(listing), (pid_t)number, &own_mounts, &except_mounts))
			continue;
		/* Threads of a container's process may be in other namespaces than its first one, which shows none when
		 * it has ended. */
		pid = may_be_in(dirfd(listing), entry->d_name, netns->inode)
			      ? (pid_t)number
			      : find_thread_in(dirfd(listing), entry->d_name, netns->inode);
		if (pid == 0)
			continue;
		snprintf(path, sizeof(path), "%ld/ns/net", (long)pid);
		if (fstatat(dirfd(listing), path, &status, 0) < 0 || status.st_dev != netns->device ||
		    status.st_ino != netns->inode)
			continue;
		if (pid != (pid_t)number && !is_foreign_workload(dirfd(listing), pid, &own_mounts, &except_mounts))
			continue;
		if (!describe_process(netns, pid, &process, &gone)) {
			/* One that ended meanwhile holds nothing any more. */
			if (fstatat(dirfd(listing), path, &status, 0) < 0 && errno == ENOENT)
				continue;
			return error_move(error, STEAL(gone));
		}
		if (!visit(context, &process, error))
			return false;
	}
	return true;
}
