/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/diagnose.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

struct finding {
	uint32_t line;
	uint16_t layer;
};

/* The first @count rules of the change's table, with all chains. */
static bool applies(const struct backend *backend, const struct backend_change *change, size_t count)
{
	struct ruleset part = *change->ruleset;
	struct backend_change smaller = *change;
	struct rules_cursor cursor = {0};
	const struct rules_rule *rule;
	cleanup_free struct backend_name *names = memory_allocate(change->plan->count, sizeof(*names));
	size_t name_count = 0;
	bool done;

	part.first = NULL;
	part.last = NULL;
	part.rule_count = 0;
	part.entry_bytes = 0;
	while (count > 0 && (rule = ruleset_next(change->ruleset, &cursor)) != NULL) {
		if (change->ruleset->chains[rule->chain].table != (uint8_t)change->table)
			continue;
		ruleset_add_rule(&part, rule, rule->entry);
		count--;
	}
	smaller.ruleset = &part;
	smaller.stale = NULL;
	smaller.stale_count = 0;
	done = backend->apply(&smaller, NULL);
	for (size_t i = 0; i < change->plan->count; i++) {
		const struct plan_chain *chain = &change->plan->chains[i];

		if (chain->family != (uint8_t)change->family || chain->table != (uint8_t)change->table)
			continue;
		names[name_count].family = chain->family;
		names[name_count].table = chain->table;
		memcpy(names[name_count].name, chain->name, sizeof(names[name_count].name));
		name_count++;
	}
	/* The process ends soon: the partial ruleset is not worth releasing. */
	return backend->remove(names, name_count, NULL, NULL) && done;
}

static const struct rules_rule *nth_rule(const struct backend_change *change, size_t number)
{
	struct rules_cursor cursor = {0};
	const struct rules_rule *rule;

	while ((rule = ruleset_next(change->ruleset, &cursor)) != NULL) {
		if (change->ruleset->chains[rule->chain].table == (uint8_t)change->table && --number == 0)
			return rule;
	}
	return NULL;
}

/* Smallest number of rules that the kernel refuses. */
static _Noreturn void search(const struct backend *backend, const struct backend_change *change, int fd)
{
	size_t good = 0, bad = 0;
	struct rules_cursor cursor = {0};
	const struct rules_rule *rule;
	struct finding finding;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		_exit(1);
	while ((rule = ruleset_next(change->ruleset, &cursor)) != NULL)
		bad += change->ruleset->chains[rule->chain].table == (uint8_t)change->table;
	if (bad == 0 || !applies(backend, change, 0) || applies(backend, change, bad))
		_exit(1);
	while (bad - good > 1) {
		size_t middle = good + (bad - good) / 2;

		if (applies(backend, change, middle))
			good = middle;
		else
			bad = middle;
	}
	rule = nth_rule(change, bad);
	if (rule == NULL)
		_exit(1);
	finding.line = rule->line;
	finding.layer = change->ruleset->chains[rule->chain].layer;
	_exit(file_write_all(fd, &finding, sizeof(finding)) ? 0 : 1);
}

bool diagnose_refusal(const struct backend *backend, const struct backend_change *change, uint16_t *ret_layer,
		      uint32_t *ret_line)
{
	struct finding finding;
	ssize_t got;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	/* Its standard descriptors are the worker's, which are /dev/null: a confined worker could not open that again.
	 */
	pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
			_exit(1);
		close(ends[0]);
		search(backend, change, ends[1]);
	}
	close(ends[1]);
	do {
		got = read(ends[0], &finding, sizeof(finding));
	} while (got < 0 && errno == EINTR);
	close(ends[0]);
	if (pid < 0 || process_wait(pid) != 0 || got != (ssize_t)sizeof(finding))
		return false;
	*ret_layer = finding.layer;
	*ret_line = finding.line;
	return true;
}
