/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network namespaces: opened from a pid or a path, judged by what was opened. Names, pids and inode numbers come back
 * after a namespace has died; device, inode and cookie (SO_NETNS_COOKIE, Linux 5.14) together do not.
 */
#ifndef KERNEL_NETNS_H
#define KERNEL_NETNS_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct netns {
	int fd; /* -1: none */
	uint64_t device, inode;
};

/** Closes the namespace's descriptor. */
void netns_close(struct netns *netns);

#define cleanup_netns __attribute__((cleanup(netns_close)))

/**
 * Opens the network namespace of a process, and makes sure that the process was still the same afterwards.
 * @ret: owned by the caller (netns_close)
 */
bool netns_open_pid(pid_t pid, struct netns *ret, struct error **error);

/** Opens a namespace by path. What is no network namespace is an error. */
bool netns_open_path(const char *path, struct netns *ret, struct error **error);

/**
 * @return whether it is the namespace that the calling process is in, or the host's, in which process 1 is; true also
 * when the former can't be found out
 */
bool netns_is_own(const struct netns *netns);

/** Enters the namespace. */
bool netns_enter(const struct netns *netns, struct error **error);

/** Reads the cookie of the namespace that the calling process is in. */
bool netns_cookie(uint64_t *ret, struct error **error);

/**
 * Looks for a live namespace by device and inode among the processes of the host and the mounts under /run/netns and
 * @hint. The cookie is for the caller to compare after entering: the numbers alone are recycled.
 * @hint: a path where it was once, or NULL
 * @return whether it was found; not found is no error
 */
bool netns_find(uint64_t device, uint64_t inode, const char *hint, struct netns *ret);

/** How the user namespace that owns a network namespace stands to a workload's. */
enum netns_ownership {
	NETNS_OWNER_SAME,       /* the workload's capabilities count in the namespace */
	NETNS_OWNER_DESCENDANT, /* the workload's root created the owner: it holds every capability there */
	NETNS_OWNER_OTHER,      /* the workload's capabilities count for nothing there */
};

/**
 * Compares the owner of a network namespace with a user namespace.
 * @user_fd: of the workload's user namespace
 * @return whether it could be found out
 */
bool netns_ownership(const struct netns *netns, int user_fd, enum netns_ownership *ret, struct error **error);

/** A process that is in a namespace. */
struct netns_process {
	pid_t pid;
	uint64_t capabilities; /* union of its inheritable, permitted, effective, bounding and ambient set */
	bool host_pid_namespace;
	char name[64]; /* /proc/PID/comm, escaped */
	enum netns_ownership ownership;
};

/**
 * Looks at the processes of other containers in a namespace: those with a mount namespace that is neither the caller's
 * nor that of @except. Helpers of the runtime (slirp4netns, rootlessport) live in the caller's.
 * @except: the container's own process, or 0
 * @visit: called per process; returns false to stop with its own @error
 * @return whether all were looked at and accepted
 */
bool netns_visit_processes(const struct netns *netns, pid_t except,
			   bool (*visit)(void *context, const struct netns_process *process, struct error **error),
			   void *context, struct error **error);

/** @return whether two paths of /proc/PID/ns lead to the same namespace; false also when one can't be read */
bool netns_same_link(const char *left, const char *right);

#endif
