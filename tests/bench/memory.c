/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a command and says how much memory each of its processes had at most. The kernel's own figure (VmHWM, what
 * `time` prints) counts pages of files that every process on the machine shares; so this one looks at a process
 * whenever it is about to give memory back or to end, which is when it has most, and reads what is its own.
 *
 *     memory COMMAND...            the first word is an absolute path
 *
 * Prints a line for each process: KiB of VmHWM, of private dirty pages, of pages counted by their share (Pss), and the
 * name. Fails when the command fails.
 */
#include "base/cleanup.h"
#include "base/parse.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_PROCESSES 512
#define OPTIONS                                                                                                        \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT | PTRACE_O_TRACEEXEC |    \
	 PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)

struct process {
	pid_t pid;
	uint64_t high_water, private_dirty, share;
	char name[32];
};

static struct process processes[MOST_PROCESSES];
static size_t process_count;

__attribute__((noreturn)) static void fail(const char *what)
{
	fprintf(stderr, "memory: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct process *find(pid_t pid)
{
	for (size_t i = 0; i < process_count; i++) {
		if (processes[i].pid == pid)
			return &processes[i];
	}
	errno = E2BIG;
	if (process_count == MOST_PROCESSES)
		fail("processes");
	processes[process_count].pid = pid;
	return &processes[process_count++];
}

/* Raises @most to the number of KiB in a line that begins with the name. */
static void raise_to(const char *line, const char *name, uint64_t *most)
{
	size_t length = strlen(name), blanks;
	uint64_t value;

	if (strncmp(line, name, length) != 0)
		return;
	line += length;
	blanks = strspn(line, " \t");
	if (parse_number(line + blanks, strcspn(line + blanks, " \n"), UINT64_MAX, &value) && value > *most)
		*most = value;
}

static void look(struct process *process, const char *file)
{
	char path[64], line[256];
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/%d/%s", process->pid, file);
	stream = fopen(path, "re");
	if (stream == NULL)
		return;
	while (fgets(line, sizeof(line), stream) != NULL) {
		raise_to(line, "VmHWM:", &process->high_water);
		raise_to(line, "Private_Dirty:", &process->private_dirty);
		raise_to(line, "Pss:", &process->share);
		if (strncmp(line, "Name:\t", 6) == 0)
			snprintf(process->name, sizeof(process->name), "%.*s", (int)strcspn(line + 6, "\n"), line + 6);
	}
	fclose(stream);
}

/* Whether a process that begins this system call may have less memory afterwards. */
static bool gives_back(pid_t pid)
{
	struct __ptrace_syscall_info info = {0};

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
	switch (info.entry.nr) {
	case SYS_munmap:
	case SYS_mremap:
	case SYS_madvise:
	case SYS_brk:
	case SYS_execve:
		return true;
	default:
		return false;
	}
}

/* One stop of one process. @return the signal to hand on */
static int handle_stop(pid_t pid, int status)
{
	int number = WSTOPSIG(status), event = status >> 16;
	struct process *process = find(pid);

	if (number == (SIGTRAP | 0x80)) {
		if (gives_back(pid))
			look(process, "smaps_rollup");
		return 0;
	}
	if (event == PTRACE_EVENT_EXIT) {
		look(process, "smaps_rollup");
		look(process, "status");
	}
	/* A new process stops once by SIGSTOP, and everything traced at events by SIGTRAP. */
	return event != 0 || number == SIGSTOP || number == SIGTRAP ? 0 : number;
}

static int trace(pid_t first)
{
	int status, result = 1;
	pid_t pid;

	if (waitpid(first, &status, 0) != first || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, first, 0, OPTIONS) != 0 || ptrace(PTRACE_SYSCALL, first, 0, 0) != 0)
		fail("ptrace");
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status)) {
			int number = handle_stop(pid, status);

			/* It may have been killed meanwhile. */
			(void)ptrace(PTRACE_SYSCALL, pid, 0, number);
		} else if (pid == first) {
			result = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
		}
	}
	return result;
}

int main(int argc, char **argv)
{
	pid_t pid;
	int result;

	if (argc < 2) {
		fprintf(stderr, "usage: memory COMMAND...\n");
		return 2;
	}
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0 || raise(SIGSTOP) != 0)
			fail("ptrace");
		execv(argv[1], argv + 1);
		fail(argv[1]);
	}
	result = trace(pid);
	for (size_t i = 0; i < process_count; i++)
		printf("%llu %llu %llu %s\n", (unsigned long long)processes[i].high_water,
		       (unsigned long long)processes[i].private_dirty, (unsigned long long)processes[i].share,
		       processes[i].name);
	return result;
}
