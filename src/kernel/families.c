/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/families.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/** Rules of each family from which on a process more pays: below, its start costs more than a commit. */
#define LARGE_RULESET 512

/* What the child says: one letter, then its plan or its failure. */
#define DONE 'D'
#define FAILED 'F'

bool families_are_large(const struct ruleset *rulesets, size_t count)
{
	return count == 2 && rulesets[0].rule_count >= LARGE_RULESET && rulesets[1].rule_count >= LARGE_RULESET;
}

static _Noreturn void run_second(pid_t parent, const struct ruleset *ruleset, const struct plan *plan,
				 families_function apply, void *context, int fd)
{
	cleanup_error struct error *error = NULL;
	cleanup_text struct text answer = {0};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	if (apply(context, ruleset, &error)) {
		text_append_char(&answer, DONE);
		text_append_bytes(&answer, plan->chains, plan->count * sizeof(*plan->chains));
	} else {
		text_append_char(&answer, FAILED);
		text_append(&answer, error_text(error));
	}
	_exit(file_write_all(fd, answer.data, answer.length) ? 0 : 1);
}

/* Reads until the child has ended or says no more. */
static void receive(int fd, struct text *ret)
{
	char bytes[4096];
	ssize_t got;

	for (;;) {
		got = read(fd, bytes, sizeof(bytes));
		if (got > 0)
			text_append_bytes(ret, bytes, (size_t)got);
		else if (got == 0 || errno != EINTR)
			return;
	}
}

/* Takes over what the child noted in its copy of the plan. */
static bool take_answer(const struct text *answer, int family, struct plan *plan, struct error **error)
{
	const char *name = family == AF_INET ? "IPv4" : "IPv6";
	const size_t size = sizeof(*plan->chains);

	if (answer->length > 1 && answer->data[0] == FAILED)
		return error_set(error, "%s", answer->data + 1);
	if (answer->length == 0 || answer->length != 1 + plan->count * size || answer->data[0] != DONE)
		return error_set(error, "worker: its process for %s ended before its work was done", name);
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->chains[i].family == (uint8_t)family)
			memcpy(&plan->chains[i], answer->data + 1 + i * size, size);
	}
	return true;
}

bool families_apply(const struct ruleset rulesets[2], struct plan *plan, families_function apply, void *context,
		    struct error **error)
{
	cleanup_text struct text answer = {0};
	pid_t parent = getpid(), pid;
	bool done;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set_errno(error, errno, "worker: pipe");
	/* Not process_fork(): the worker's standard descriptors lead nowhere already, and it may open nothing any more.
	 */
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		run_second(parent, &rulesets[1], plan, apply, context, ends[1]);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return error_set_errno(error, errno, "worker: fork");
	}
	done = apply(context, &rulesets[0], error);
	receive(ends[0], &answer);
	close(ends[0]);
	process_wait(pid);
	return done && take_answer(&answer, rulesets[1].family, plan, error);
}
