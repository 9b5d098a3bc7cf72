/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a program and all processes that it starts under ptrace, and does one thing to one of them at one system call:
 * kills it, or makes the call fail. Processes are numbered in the order in which they are started, from 0.
 *
 *   fault-at -o REPORT [-c CLASS] [-p PROCESS -n CALL (-k VICTIM | -e ERRNO | -a ERRNO)] COMMAND...
 *     -o  writes "calls PROCESS NUMBER" for each process, and "hit" when the fault was made
 *     -c  which calls are counted: all; state (those that write to the directory named by -d); commit (setsockopt of
 *         the legacy tables)
 *     -k  after the call, kills the process of this number with SIGKILL
 *     -e  the call is not made and returns ERRNO
 *     -a  the call is made and returns ERRNO all the same
 *
 * Ends as the command ends: its exit status, or 128 and its signal.
 */
#include "../lib/tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#define PROCESS_LIMIT 64
/** IPT_SO_SET_REPLACE and IPT_SO_SET_ADD_COUNTERS; IPv6 has the same numbers. */
#define SET_REPLACE 64
#define SET_ADD_COUNTERS 65

enum call_class { CLASS_ALL, CLASS_STATE, CLASS_COMMIT };

enum fault { FAULT_NONE, FAULT_KILL, FAULT_BEFORE, FAULT_AFTER };

struct process {
	pid_t pid;
	unsigned long calls;
	bool started; /* its first stop is behind it */
	bool counts;  /* the call that it is in is counted */
	bool hit;     /* and is the one */
};

static struct process processes[PROCESS_LIMIT];
static size_t process_count;

static struct {
	const char *report;
	const char *directory;
	enum call_class call_class;
	enum fault fault;
	size_t process;
	unsigned long call;
	size_t victim;
	int number;
} options = {.directory = "/run/oci-iptables"};

static bool was_hit;

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(125);
}

static struct process *find(pid_t pid)
{
	for (size_t i = 0; i < process_count; i++) {
		if (processes[i].pid == pid)
			return &processes[i];
	}
	if (process_count == PROCESS_LIMIT) {
		fprintf(stderr, "fault-at: too many processes\n");
		exit(125);
	}
	processes[process_count].pid = pid;
	return &processes[process_count++];
}

static bool is_below(const char *path)
{
	size_t length = strlen(options.directory);

	return strncmp(path, options.directory, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static bool descriptor_is_below(pid_t pid, uint64_t fd)
{
	char link[64], path[4096];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, (int)fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		return false;
	path[length] = '\0';
	return is_below(path);
}

static bool path_is_below(pid_t pid, uint64_t address)
{
	char path[256] = "";
	struct iovec mine = {path, sizeof(path) - 1};
	struct iovec theirs = {(void *)(uintptr_t)address, sizeof(path) - 1};

	/* The text may lie at the end of a page: what can be read is enough. */
	while (process_vm_readv(pid, &mine, 1, &theirs, 1, 0) < 0 && theirs.iov_len > 32)
		theirs.iov_len /= 2;
	return is_below(path);
}

static bool is_counted(pid_t pid, const struct ptrace_syscall_info *info)
{
	const __u64 *args = info->entry.args;

	if (options.call_class == CLASS_ALL)
		return true;
	if (options.call_class == CLASS_COMMIT)
		return info->entry.nr == SYS_setsockopt && (args[1] == 0 || args[1] == 41) &&
		       (args[2] == SET_REPLACE || args[2] == SET_ADD_COUNTERS);
	switch (info->entry.nr) {
	case SYS_write:
	case SYS_flock:
	case SYS_fchmod:
		return descriptor_is_below(pid, args[0]);
	case SYS_openat:
	case SYS_mkdirat:
	case SYS_unlinkat:
	case SYS_renameat:
	case SYS_renameat2:
		return path_is_below(pid, args[1]) || descriptor_is_below(pid, args[0]);
	default:
		return false;
	}
}

static void at_call(struct process *process)
{
	struct ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, (void *)sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		process->counts = is_counted(process->pid, &info);
		if (!process->counts)
			return;
		process->calls++;
		process->hit = options.fault != FAULT_NONE && process == &processes[options.process] &&
			       process->calls == options.call;
		if (process->hit && options.fault == FAULT_BEFORE)
			tracee_skip_call(process->pid);
		return;
	}
	if (info.op != PTRACE_SYSCALL_INFO_EXIT || !process->hit)
		return;
	process->hit = false;
	was_hit = true;
	if (options.fault == FAULT_KILL) {
		if (options.victim < process_count)
			kill(processes[options.victim].pid, SIGKILL);
	} else {
		tracee_set_answer(process->pid, -options.number);
	}
}

static void go_on(pid_t pid, int signal_number)
{
	if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)signal_number) < 0 && errno != ESRCH)
		die("PTRACE_SYSCALL");
}

/* Gives a new process its number when its parent reports it: its own first stop may come after a younger one's. */
static void number_child(pid_t parent, int event)
{
	unsigned long child;

	if ((event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) &&
	    ptrace(PTRACE_GETEVENTMSG, parent, NULL, &child) == 0)
		find((pid_t)child);
}

/* @return wait status of the first process */
static int watch(pid_t first)
{
	int first_status = 0, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		struct process *process = find(pid);
		int signal_number;

		if (!WIFSTOPPED(status)) {
			if (pid == first)
				first_status = status;
			continue;
		}
		signal_number = WSTOPSIG(status);
		if (signal_number == (SIGTRAP | 0x80)) {
			at_call(process);
			signal_number = 0;
		} else if (status >> 16 != 0) {
			number_child(pid, status >> 16);
			signal_number = 0;
		} else if (signal_number == SIGSTOP && !process->started) {
			process->started = true;
			signal_number = 0;
		}
		go_on(pid, signal_number);
	}
	return first_status;
}

static void write_report(void)
{
	FILE *report = fopen(options.report, "w");

	if (report == NULL)
		die(options.report);
	for (size_t i = 0; i < process_count; i++)
		fprintf(report, "calls %zu %lu\n", i, processes[i].calls);
	if (was_hit)
		fprintf(report, "hit\n");
	fclose(report);
}

static pid_t start(char **command)
{
	const long wanted = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			    PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise(SIGSTOP) != 0)
			die("PTRACE_TRACEME");
		execv(command[0], command);
		die(command[0]);
	}
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		die("waitpid");
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)wanted) < 0)
		die("PTRACE_SETOPTIONS");
	find(pid)->started = true;
	go_on(pid, 0);
	return pid;
}

static void read_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+o:d:c:p:n:k:e:a:")) != -1) {
		switch (option) {
		case 'o':
			options.report = optarg;
			break;
		case 'd':
			options.directory = optarg;
			break;
		case 'c':
			options.call_class = optarg[0] == 's'   ? CLASS_STATE
					     : optarg[0] == 'c' ? CLASS_COMMIT
								: CLASS_ALL;
			break;
		case 'p':
			options.process = strtoul(optarg, NULL, 10);
			break;
		case 'n':
			options.call = strtoul(optarg, NULL, 10);
			break;
		case 'k':
			options.fault = FAULT_KILL;
			options.victim = strtoul(optarg, NULL, 10);
			break;
		case 'e':
		case 'a':
			options.fault = option == 'e' ? FAULT_BEFORE : FAULT_AFTER;
			options.number = (int)strtoul(optarg, NULL, 10);
			break;
		default:
			exit(125);
		}
	}
	if (options.report == NULL || optind >= argc) {
		fprintf(stderr, "fault-at: no report or no command\n");
		exit(125);
	}
}

int main(int argc, char **argv)
{
	int status;

	read_options(argc, argv);
	status = watch(start(argv + optind));
	write_report();
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
