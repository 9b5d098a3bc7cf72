/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a program and all processes that it starts under ptrace. Processes are numbered in the order of their start.
 *
 *   phases REPORT COMMAND...
 *     writes what the kernel says of a process whenever that has changed its own privileges: its /proc/PID/status, the
 *     owner of /proc/PID/environ (root, where a process is not dumpable), its limits and what it has open, to
 *     REPORT/PROCESS-NUMBER-CALL
 *
 *   phases PROCESS CALL,ARGUMENT,... COMMAND...
 *     puts this system call, a name or a number, in the place of the first one that the process makes with a filter in
 *     force, as code would that has taken the process over; prints "answer NUMBER", or "ended by NUMBER" for the
 *     process's signal, or "no such call here" where only other architectures have it. An argument that begins with a
 *     slash is a text's address.
 *
 * Ends as the command ends: its exit status, or 128 and its signal.
 */
#include "../lib/tracee.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESS_LIMIT 32
#define STATUS_SIZE 8192
#define PATH_SIZE 64

struct process {
	pid_t pid;
	bool started; /* its first stop is behind it */
	bool inside;  /* a call */
	long call;
	unsigned changes;
};

static struct process processes[PROCESS_LIMIT];
static size_t process_count;
static const char *report;
static struct {
	int process; /* -1: none is forged */
	uint64_t words[7];
	char paths[7][PATH_SIZE];
	enum { FORGE_WAITS, FORGE_SKIPS, FORGE_IS_SET, FORGE_UNDER_WAY, FORGE_IS_OVER } step;
	int64_t answer;
} forged = {.process = -1};

/** What an architecture that has not the call has in its place. */
#define NOT_HERE (-1L)

static const struct call {
	const char *name;
	long number;
} calls[] = {
	{"bind", SYS_bind},
	{"bpf", SYS_bpf},
	{"capset", SYS_capset},
	{"clone", SYS_clone},
	{"clone3", SYS_clone3},
	{"connect", SYS_connect},
	{"execve", SYS_execve},
	{"execveat", SYS_execveat},
	{"fchmodat", SYS_fchmodat},
	{"finit_module", SYS_finit_module},
	{"flock", SYS_flock},
	{"getsockopt", SYS_getsockopt},
	{"io_uring_setup", SYS_io_uring_setup},
	{"keyctl", SYS_keyctl},
	{"kill", SYS_kill},
	{"memfd_create", SYS_memfd_create},
	{"mmap", SYS_mmap},
	{"mount", SYS_mount},
	{"mprotect", SYS_mprotect},
	{"openat", SYS_openat},
	{"perf_event_open", SYS_perf_event_open},
	{"pidfd_open", SYS_pidfd_open},
	{"prctl", SYS_prctl},
	{"process_vm_writev", SYS_process_vm_writev},
	{"ptrace", SYS_ptrace},
	{"renameat", SYS_renameat},
	{"sendmsg", SYS_sendmsg},
	{"sendto", SYS_sendto},
	{"setns", SYS_setns},
	{"setresuid", SYS_setresuid},
	{"setsockopt", SYS_setsockopt},
	{"socket", SYS_socket},
	{"unshare", SYS_unshare},
	{"userfaultfd", SYS_userfaultfd},
#ifdef __x86_64__
	{"chmod", SYS_chmod},
	{"creat", SYS_creat},
	{"fork", SYS_fork},
	{"open", SYS_open},
	{"rename", SYS_rename},
	{"vfork", SYS_vfork},
#else
	{"chmod", NOT_HERE},
	{"creat", NOT_HERE},
	{"fork", NOT_HERE},
	{"open", NOT_HERE},
	{"rename", NOT_HERE},
	{"vfork", NOT_HERE},
#endif
};

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(125);
}

static const struct process *forged_process(void)
{
	return forged.process < 0 ? NULL : &processes[forged.process];
}

static struct process *find(pid_t pid)
{
	for (size_t i = 0; i < process_count; i++) {
		if (processes[i].pid == pid)
			return &processes[i];
	}
	if (process_count == PROCESS_LIMIT) {
		fprintf(stderr, "phases: too many processes\n");
		exit(125);
	}
	processes[process_count].pid = pid;
	return &processes[process_count++];
}

static void read_file(pid_t pid, const char *name, char text[STATUS_SIZE])
{
	char path[64];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, text, STATUS_SIZE - 1);
	if (got < 0)
		die(path);
	text[got] = '\0';
	close(fd);
}

static const char *privilege_call(long call)
{
	switch (call) {
	case SYS_capset:
		return "capset";
	case SYS_setresuid:
		return "setresuid";
	case SYS_setns:
		return "setns";
	case SYS_seccomp:
		return "seccomp";
	case SYS_prlimit64:
		return "prlimit";
	default:
		return NULL;
	}
}

/* "Descriptor:	/run/somewhere" for each */
static void write_descriptors(pid_t pid, FILE *file)
{
	char path[320], link[512];
	const struct dirent *entry;
	DIR *listing;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	listing = opendir(path);
	if (listing == NULL)
		die(path);
	while ((entry = readdir(listing)) != NULL) {
		ssize_t length = readlinkat(dirfd(listing), entry->d_name, link, sizeof(link) - 1);

		if (length > 0)
			fprintf(file, "Descriptor:\t%.*s\n", (int)length, link);
	}
	closedir(listing);
}

static void write_report(struct process *process)
{
	char status[STATUS_SIZE], limits[STATUS_SIZE], path[512];
	struct stat owner;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)process->pid);
	if (stat(path, &owner) < 0)
		die(path);
	read_file(process->pid, "status", status);
	read_file(process->pid, "limits", limits);
	snprintf(path, sizeof(path), "%s/%d-%u-%s", report, (int)(process - processes), process->changes++,
		 privilege_call(process->call));
	file = fopen(path, "we");
	if (file == NULL || fprintf(file, "%sOwner:\t%u\n%s", status, owner.st_uid, limits) < 0)
		die(path);
	write_descriptors(process->pid, file);
	if (fclose(file) != 0)
		die(path);
}

static bool is_filtered(pid_t pid)
{
	char text[STATUS_SIZE];

	read_file(pid, "status", text);
	return strstr(text, "\nSeccomp:\t2\n") != NULL;
}

/* The first call with a filter is left out; at its end the forged one is put into its place. */
static void forge_at_beginning(const struct process *process)
{
	if (forged.step == FORGE_WAITS && is_filtered(process->pid)) {
		tracee_skip_call(process->pid);
		forged.step = FORGE_SKIPS;
	} else if (forged.step == FORGE_IS_SET) {
		forged.step = FORGE_UNDER_WAY;
	}
}

static uint64_t put_path(pid_t pid, unsigned number)
{
	uint64_t address = tracee_free_place(pid) - number * PATH_SIZE;

	for (unsigned i = 0; i < PATH_SIZE; i += sizeof(long)) {
		long word;

		memcpy(&word, forged.paths[number] + i, sizeof(word));
		if (ptrace(PTRACE_POKEDATA, pid, address + i, word) < 0)
			die("PTRACE_POKEDATA");
	}
	return address;
}

/* Even a call that ends the process comes to its end here. */
static void forge_at_end(const struct process *process, int64_t answer)
{
	uint64_t words[7];

	if (forged.step == FORGE_UNDER_WAY)
		forged.answer = answer;
	if (forged.step != FORGE_SKIPS)
		return;
	for (unsigned i = 0; i < 7; i++)
		words[i] = forged.paths[i][0] != '\0' ? put_path(process->pid, i) : forged.words[i];
	tracee_call_again(process->pid, words);
	forged.step = FORGE_IS_SET;
}

/* The process has come to a further call: it lives on. */
static void tell_answer(const struct process *process)
{
	if (forged.step != FORGE_UNDER_WAY)
		return;
	printf("answer %lld\n", (long long)forged.answer);
	forged.step = FORGE_IS_OVER;
	/* The call that was left out would go wrong in its own way. */
	kill(process->pid, SIGKILL);
}

static void at_call(struct process *process)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof(info), &info) < 0)
		return; /* it was killed meanwhile */
	process->inside = info.op == PTRACE_SYSCALL_INFO_ENTRY;
	if (process->inside) {
		process->call = (long)info.entry.nr;
		if (process->call == SYS_prlimit64 && info.entry.args[2] == 0)
			process->call = -1; /* it only asks */
		if (process == forged_process()) {
			tell_answer(process);
			forge_at_beginning(process);
		}
		return;
	}
	if (info.op != PTRACE_SYSCALL_INFO_EXIT)
		return;
	if (process == forged_process())
		forge_at_end(process, info.exit.rval);
	else if (forged.process < 0 && privilege_call(process->call) != NULL && info.exit.rval == 0)
		write_report(process);
}

/* A stop of a process; lets it go on. */
static void go_on(struct process *process, int status)
{
	int signal_number = WSTOPSIG(status);

	if (signal_number == (SIGTRAP | 0x80)) {
		at_call(process);
		signal_number = 0;
	} else if (signal_number == SIGTRAP && status >> 16 != 0) {
		unsigned long child;

		/* Numbered now: the children of several processes may stop for the first time in any order. */
		if (ptrace(PTRACE_GETEVENTMSG, process->pid, NULL, &child) == 0)
			find((pid_t)child);
		signal_number = 0;
	} else if (signal_number == SIGTRAP || (signal_number == SIGSTOP && !process->started)) {
		signal_number = 0;
	}
	process->started = true;
	ptrace(PTRACE_SYSCALL, process->pid, NULL, (void *)(intptr_t)signal_number);
}

static int follow(pid_t command)
{
	int status, ended = -1;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		struct process *process = find(pid);

		if (WIFSTOPPED(status)) {
			go_on(process, status);
			continue;
		}
		if (pid == command)
			ended = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		if (forged.step == FORGE_UNDER_WAY && process == forged_process() && WIFSIGNALED(status)) {
			printf("ended by %d\n", WTERMSIG(status));
			forged.step = FORGE_IS_OVER;
		}
	}
	return ended;
}

/* Where the architecture has not the call, says so and ends. */
static uint64_t call_number(const char *name)
{
	if (isdigit((unsigned char)name[0]))
		return strtoull(name, NULL, 0);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(calls[i].name, name) != 0)
			continue;
		if (calls[i].number != NOT_HERE)
			return (uint64_t)calls[i].number;
		printf("no such call here\n");
		exit(0);
	}
	fprintf(stderr, "phases: no number is known for %s\n", name);
	exit(125);
}

static void read_forged(char **argv)
{
	char *save = NULL;
	const char *name = strtok_r(argv[2], ",", &save);
	unsigned count = 1;

	forged.process = argv[1][0] - '0';
	forged.words[0] = call_number(name);
	for (char *word; count < 7 && (word = strtok_r(NULL, ",", &save)) != NULL;) {
		if (word[0] == '/')
			snprintf(forged.paths[count++], PATH_SIZE, "%s", word);
		else
			forged.words[count++] = strtoull(word, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			     PTRACE_O_EXITKILL;
	char **command = argv + 2;
	int status;
	pid_t pid;

	if (argc < 3)
		return 125;
	report = argv[1];
	if (isdigit((unsigned char)argv[1][0]) && argv[1][1] == '\0' && argc > 3) {
		read_forged(argv);
		command = argv + 3;
	}
	pid = fork();
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(125);
		kill(getpid(), SIGSTOP);
		execv(command[0], command);
		_exit(125);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options) < 0)
		die("ptrace");
	find(pid)->started = true;
	ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	return follow(pid);
}
