/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts the same command many times at once and says how long each took until it was reaped.
 *
 *     parallel COUNT STDIN COMMAND...
 *
 * A % in STDIN and in the words of the command, which begins with an absolute path, stands for the number of the
 * process (0 to COUNT - 1). The processes exist and wait when the clock starts, so that only the commands are measured.
 * Prints a line for each: nanoseconds and "done" or "failed", in the order in which they ended.
 */
#include "base/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_PROCESSES 1000
#define MOST_WORDS 32
#define WORD_SIZE 4096

__attribute__((noreturn)) static void fail(const char *what)
{
	fprintf(stderr, "parallel: %s: %s\n", what, strerror(errno));
	exit(1);
}

/** Where the processes wait: each says 'y' or 'n' in @ready, and goes when nobody can write to @open any more. */
struct gate {
	int ready[2];
	int open[2];
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000U + (uint64_t)time.tv_nsec;
}

/* Copies a word with the number in the place of each %. */
static void expand(const char *word, unsigned number, char *ret)
{
	size_t length = 0;

	for (; *word != '\0' && length < WORD_SIZE - 12; word++) {
		if (*word == '%')
			length += (size_t)snprintf(ret + length, WORD_SIZE - length, "%u", number);
		else
			ret[length++] = *word;
	}
	ret[length] = '\0';
}

__attribute__((noreturn)) static void run(unsigned number, const struct gate *gate, const char *source, int count,
					  char **words)
{
	static char texts[MOST_WORDS + 1][WORD_SIZE];
	char *arguments[MOST_WORDS + 1];
	int input, output;
	bool good;
	char byte;

	/* Two hundred processes must not go on when nobody waits for them any more. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		fail("prctl");
	for (int i = 0; i < count; i++) {
		expand(words[i], number, texts[i]);
		arguments[i] = texts[i];
	}
	arguments[count] = NULL;
	expand(source, number, texts[MOST_WORDS]);
	input = open(texts[MOST_WORDS], O_RDONLY | O_CLOEXEC);
	output = open("/dev/null", O_WRONLY | O_CLOEXEC);
	close(gate->open[1]);
	good = input >= 0 && output >= 0 && dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0;
	if (write(gate->ready[1], good ? "y" : "n", 1) != 1 || !good || read(gate->open[0], &byte, 1) != 0)
		fail(texts[MOST_WORDS]);
	execv(arguments[0], arguments);
	fail(arguments[0]);
}

static void reap(unsigned count, uint64_t begin)
{
	for (unsigned i = 0; i < count; i++) {
		int status;

		if (wait(&status) < 0)
			fail("wait");
		printf("%llu %s\n", (unsigned long long)(now() - begin),
		       WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "done" : "failed");
	}
}

int main(int argc, char **argv)
{
	struct gate gate;
	uint64_t count, begin;
	char byte;

	if (argc < 4 || argc - 3 > MOST_WORDS || !parse_number_string(argv[1], MOST_PROCESSES, &count)) {
		fprintf(stderr, "usage: parallel COUNT STDIN COMMAND...\n");
		return 2;
	}
	if (pipe2(gate.ready, O_CLOEXEC) != 0 || pipe2(gate.open, O_CLOEXEC) != 0)
		fail("pipe");
	for (unsigned i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid < 0)
			fail("fork");
		if (pid == 0)
			run(i, &gate, argv[2], argc - 3, argv + 3);
	}
	for (unsigned i = 0; i < count; i++) {
		if (read(gate.ready[0], &byte, 1) != 1 || byte != 'y')
			fail(argv[2]);
	}
	begin = now();
	close(gate.open[1]);
	reap((unsigned)count, begin);
	return 0;
}
