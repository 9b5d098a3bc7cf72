/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/process.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static bool fill_standard_descriptors(struct error **error)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_NOCTTY);
		if (fd < 0)
			return error_set_errno(error, errno, "process: /dev/null cannot be opened");
	} while (fd <= STDERR_FILENO);
	close(fd);
	return true;
}

/* close_range() came with Linux 5.9, glibc's wrapper later; filters of system calls that are older than it deny it. */
static void close_from_to(unsigned from, unsigned to)
{
	cleanup_closedir DIR *listing = NULL;
	const struct dirent *entry;

	if (syscall(SYS_close_range, from, to, 0) == 0)
		return;
	listing = opendir("/proc/self/fd");
	while (listing != NULL && (entry = readdir(listing)) != NULL) {
		uint64_t fd;

		if (parse_number_string(entry->d_name, INT_MAX, &fd) && fd >= from && fd <= to &&
		    (int)fd != dirfd(listing))
			close((int)fd);
	}
}

/* Children that a script had before it became this program; nobody knows when they end. */
static bool has_foreign_children;

bool process_sanitize(struct error **error)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t none;

	if (clearenv() != 0 || setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1) < 0)
		return error_set(error, "process: the environment cannot be cleared");
	if (!fill_standard_descriptors(error))
		return false;
	close_from_to(STDERR_FILENO + 1, ~0U);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0 || sigaction(SIGPIPE, &ignore, NULL) < 0)
		return error_set_errno(error, errno, "process: signals cannot be set");
	/* A parent may have set SIGCHLD to be ignored, and then no child could be waited for. */
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		return error_set_errno(error, errno, "process: SIGCHLD cannot be set");
	/* RLIMIT_FSIZE of the runtime must make a write fail, not the hook die half-way. */
	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return error_set_errno(error, errno, "process: SIGXFSZ cannot be set");
	has_foreign_children = waitpid(-1, NULL, WNOHANG) >= 0;
	/* What a worker leaves behind comes to this process, not to the runtime. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return error_set_errno(error, errno, "process: PR_SET_CHILD_SUBREAPER");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_set_errno(error, errno, "process: prctl");
	umask(077);
	return true;
}

pid_t process_fork(int stderr_fd, struct error **error)
{
	pid_t parent = getpid();
	/* There is one thread only, and what fork() does for the locks of others costs each child page faults. */
	pid_t pid = _Fork();
	int null;

	if (pid < 0) {
		error_set_errno(error, errno, "process: fork");
		return -1;
	}
	if (pid > 0)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(stderr_fd >= 0 ? stderr_fd : null, STDERR_FILENO) < 0)
		_exit(1);
	close(null);
	return 0;
}

bool process_check_proc(struct error **error)
{
	static const char label[] = "\nNSpid:\t";
	cleanup_free char *status = NULL;
	const char *pids;

	if (!file_read_at(AT_FDCWD, "/proc/self/status", 65536, "/proc/self/status", &status, NULL, NULL, error))
		return error_prefix(error, "process: ");
	/* From the pid namespace that /proc is of down to the process's own: one pid where they are the same. */
	pids = strstr(status, label);
	if (pids != NULL && strcspn(pids + strlen(label), "\t") < strcspn(pids + strlen(label), "\n"))
		return error_set(error,
				 "process: /proc shows the processes of another pid namespace; mount the own one");
	return true;
}

static int compare_fds(const void *left, const void *right)
{
	return *(const int *)left - *(const int *)right;
}

void process_keep_only(int *fds, size_t count)
{
	unsigned from = STDERR_FILENO + 1;

	qsort(fds, count, sizeof(*fds), compare_fds);
	for (size_t i = 0; i < count; i++) {
		if ((unsigned)fds[i] > from)
			close_from_to(from, (unsigned)fds[i] - 1);
		from = (unsigned)fds[i] + 1;
	}
	close_from_to(from, ~0U);
}

int process_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return status;
}

void process_kill(pid_t *pid)
{
	if (*pid <= 0)
		return;
	kill(*pid, SIGKILL);
	process_wait(*pid);
	*pid = -1;
}

void process_reap_all(void)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, has_foreign_children ? WNOHANG : 0);
	while (pid > 0 || (pid < 0 && errno == EINTR));
}

long long process_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
