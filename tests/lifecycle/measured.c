// SPDX-License-Identifier: GPL-2.0-or-later
//
// Runs a command and says what it took: measured REPORT DELAY VICTIM COMMAND...
//
// DELAY: microseconds after which VICTIM is killed with SIGKILL; 0: nobody is
// VICTIM: 0 the command itself; -N the Nth of its children, counted round; else the process of that id
//
// The report is one line: exit status (128 + signal), KiB of the largest process, microseconds of processor and of wall
// time, 1 when somebody was killed. The command is forked by a program as small as this one, because a process counts
// the memory of whoever forked it as its own.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// The child that comes first when counting round to `number`, 0 when there is none.
static pid_t find_child(pid_t parent, long number)
{
	char path[64];
	int children[64], count = 0;
	FILE *list;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	list = fopen(path, "r");
	if (list == NULL)
		return 0;
	while (count < 64 && fscanf(list, "%d", &children[count]) == 1)
		count++;
	fclose(list);
	return count == 0 ? 0 : children[(number - 1) % count];
}

static int kill_victim(pid_t command, long delay, long victim)
{
	struct timespec wait = {.tv_sec = delay / 1000000, .tv_nsec = delay % 1000000 * 1000};
	pid_t pid = command;

	if (delay == 0)
		return 0;
	nanosleep(&wait, NULL);
	if (victim < 0)
		pid = find_child(command, -victim);
	else if (victim > 0)
		pid = (pid_t)victim;
	// The command is not waited for yet, so its id is not another process's.
	return pid > 0 && kill(pid, SIGKILL) == 0;
}

int main(int argc, char **argv)
{
	long long began = microseconds(), cpu;
	struct rusage usage;
	int status, killed;
	FILE *report;
	pid_t pid;

	if (argc < 5)
		return 125;
	pid = fork();
	if (pid < 0)
		return 125;
	if (pid == 0) {
		execv(argv[4], argv + 4);
		_exit(125);
	}
	killed = kill_victim(pid, strtol(argv[2], NULL, 10), strtol(argv[3], NULL, 10));
	if (wait4(pid, &status, 0, &usage) != pid)
		return 125;
	status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	cpu = (long long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
	      usage.ru_stime.tv_usec;
	report = fopen(argv[1], "w");
	if (report == NULL)
		return 125;
	fprintf(report, "%d %ld %lld %lld %d\n", status, usage.ru_maxrss, cpu, microseconds() - began, killed);
	return fclose(report) == 0 ? status : 125;
}
