/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process that a container runtime starts must set right before it does anything, and child processes. */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/**
 * First statement of the hook. The caller of a runtime has the environment, descriptors, signal mask and limits in its
 * hand: XTABLES_LIBDIR alone would load its code. Clears the environment, fills descriptors 0 to 2, closes all others,
 * unblocks all signals (crun blocks them), ignores SIGPIPE and SIGXFSZ, sets no_new_privs, and makes the process
 * undumpable and the parent of what its children leave.
 * @return whether all of it was done
 */
bool process_sanitize(struct error **error);

/**
 * Looks whether /proc shows this process's own pid namespace: in another one a pid is somebody else's, and what is read
 * of it, its network above all, is theirs (a runtime in `unshare --pid` without `--mount-proc`; NSpid in proc(5)).
 */
bool process_check_proc(struct error **error);

/**
 * Forks. The child dies with its parent, holds neither the runtime's stdin, stdout nor stderr, and
 * its stderr is @stderr_fd, or /dev/null when that is negative.
 * @return the pid in the parent, 0 in the child, -1 with @error set
 */
pid_t process_fork(int stderr_fd, struct error **error);

/**
 * Closes all descriptors but the standard ones and some.
 * @fds: comes back in ascending order
 */
void process_keep_only(int *fds, size_t count);

/** Waits for a child. @return its wait status, or -1 */
int process_wait(pid_t pid);

/** Kills a child with SIGKILL and waits for it; nothing for pid <= 0. */
void process_kill(pid_t *pid);

/**
 * Waits for all children, and those that they left; each has ended or been killed by then. Does not wait where
 * process_sanitize() found children of somebody's.
 */
void process_reap_all(void);

/** Milliseconds of CLOCK_MONOTONIC. */
long long process_now(void);

#endif
