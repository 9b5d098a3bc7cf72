/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/inspect.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "kernel/channel.h"
#include "kernel/confine.h"
#include "kernel/parsers.h"
#include "kernel/privileges.h"
#include "kernel/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/** More than any configuration allows: the texts were judged when they were applied. */
#define MOST_RULES UINT32_MAX

enum inspect_message {
	INSPECT_COOKIE = 1, /* uint64_t */
	INSPECT_FAILURE,    /* text */
	INSPECT_LIVE = 10,  /* and the two behind it: struct backend_contents */
	INSPECT_MEANT = 20, /* the same */
};

static const struct backend *const backend = &backend_iptc;

static _Noreturn void end_failed(int fd, const struct error *error)
{
	const char *text = error_text(error);

	channel_send(fd, INSPECT_FAILURE, text, strlen(text));
	_exit(1);
}

void inspect_send_contents(int fd, uint32_t type, const struct backend_contents *contents)
{
	channel_send(fd, type, contents->chains, contents->chain_count * sizeof(*contents->chains));
	channel_send(fd, type + 1, contents->rules, contents->rule_count * sizeof(*contents->rules));
	channel_send(fd, type + 2, contents->entries, contents->entries_length);
}

bool inspect_receive_contents(int fd, uint32_t type, uint32_t failure, long long deadline, struct backend_contents *ret,
			      struct error **error)
{
	cleanup_message struct channel_message chains = {0};
	cleanup_message struct channel_message rules = {0};
	cleanup_message struct channel_message entries = {0};

	if (!channel_receive_or(fd, type, failure, deadline, &chains, error) ||
	    !channel_receive_or(fd, type + 1, failure, deadline, &rules, error) ||
	    !channel_receive_or(fd, type + 2, failure, deadline, &entries, error))
		return false;
	ret->chain_count = chains.length / sizeof(*ret->chains);
	ret->chains = (struct backend_chain *)STEAL(chains.bytes);
	ret->rule_count = rules.length / sizeof(*ret->rules);
	ret->rules = (struct backend_rule *)STEAL(rules.bytes);
	ret->entries_length = entries.length;
	ret->entries = (unsigned char *)STEAL(entries.bytes);
	return true;
}

static bool enter(const struct netns *netns, uint64_t *ret_cookie, struct error **error)
{
	return privileges_enter_phase(PRIVILEGES_ENTER, error) && netns_enter(netns, error) &&
	       netns_cookie(ret_cookie, error) && privileges_enter_phase(PRIVILEGES_TABLES, error);
}

static bool is_same_chain(const struct plan_chain *left, const struct plan_chain *right)
{
	return left->family == right->family && left->table == right->table && left->layer == right->layer &&
	       strcmp(left->origin, right->origin) == 0 && strcmp(left->builtin, right->builtin) == 0;
}

/* Another version of the hook may have named the chains otherwise; its record says how. */
static void take_recorded_names(struct plan *plan, const struct plan *recorded)
{
	for (size_t i = 0; i < plan->count; i++) {
		for (size_t k = 0; k < recorded->count; k++) {
			if (!is_same_chain(&plan->chains[i], &recorded->chains[k]))
				continue;
			memcpy(plan->chains[i].name, recorded->chains[k].name, sizeof(plan->chains[i].name));
			break;
		}
	}
}

static _Noreturn void run_inspect(const struct inspect_job *job, int fd)
{
	cleanup_error struct error *error = NULL;
	struct ruleset rulesets[2] = {0};
	struct backend_contents live = {0}, meant = {0};
	struct backend_reading reading = {.plan = job->recorded, .rulesets = rulesets, .entries = job->entries};
	struct parsers *parsers = NULL;
	struct plan plan = {0};
	uint64_t cookie;

	if (job->texts != NULL) {
		parsers = parsers_prepare(job->texts, job->text_count, MOST_RULES, backend, &error);
		if (parsers == NULL || !parsers_launch(parsers, &error))
			end_failed(fd, error);
	}
	if (!enter(job->netns, &cookie, &error))
		end_failed(fd, error);
	channel_send(fd, INSPECT_COOKIE, &cookie, sizeof(cookie));
	if (cookie != job->cookie)
		_exit(0);
	backend->prepare();
	if (!confine_worker(false, &error))
		end_failed(fd, error);
	if (parsers != NULL && !parsers_run(parsers, rulesets, &reading.ruleset_count, &error))
		end_failed(fd, error);
	if (!backend->read(&reading, &live, &error))
		end_failed(fd, error);
	if (parsers != NULL) {
		plan_make(rulesets, reading.ruleset_count, job->sections, "000000000", &plan);
		take_recorded_names(&plan, job->recorded);
		for (size_t i = 0; i < reading.ruleset_count; i++)
			backend->expect(&rulesets[i], &plan, &meant);
	}
	inspect_send_contents(fd, INSPECT_LIVE, &live);
	inspect_send_contents(fd, INSPECT_MEANT, &meant);
	_exit(0);
}

void inspect_prepare(void)
{
	backend->prepare();
}

bool inspect_run(const struct inspect_job *job, struct inspection *ret, struct error **error)
{
	cleanup_message struct channel_message cookie = {0};
	cleanup_inspection struct inspection inspection = {0};
	uint64_t value = 0;
	int ends[2];
	pid_t pid;
	bool done;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return error_set_errno(error, errno, "worker: socketpair");
	pid = process_fork(-1, error);
	if (pid == 0) {
		close(ends[0]);
		run_inspect(job, ends[1]);
	}
	close(ends[1]);
	done = pid > 0 && channel_receive_or(ends[0], INSPECT_COOKIE, INSPECT_FAILURE, job->deadline, &cookie, error);
	if (done && cookie.length == sizeof(value))
		memcpy(&value, cookie.bytes, sizeof(value));
	inspection.same = done && value == job->cookie;
	if (inspection.same)
		done = inspect_receive_contents(ends[0], INSPECT_LIVE, INSPECT_FAILURE, job->deadline, &inspection.live,
						error) &&
		       inspect_receive_contents(ends[0], INSPECT_MEANT, INSPECT_FAILURE, job->deadline,
						&inspection.meant, error);
	process_kill(&pid);
	close(ends[0]);
	if (!done)
		return false;
	*ret = inspection;
	inspection = (struct inspection){0};
	return true;
}

bool inspect_cookie(const struct netns *netns, long long deadline, uint64_t *ret, struct error **error)
{
	struct plan none = {0};
	cleanup_message struct channel_message cookie = {0};
	struct inspect_job job = {.netns = netns, .recorded = &none, .deadline = deadline};
	int ends[2];
	pid_t pid;
	bool done;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return error_set_errno(error, errno, "worker: socketpair");
	pid = process_fork(-1, error);
	if (pid == 0) {
		close(ends[0]);
		run_inspect(&job, ends[1]);
	}
	close(ends[1]);
	done = pid > 0 && channel_receive_or(ends[0], INSPECT_COOKIE, INSPECT_FAILURE, deadline, &cookie, error);
	if (done && cookie.length != sizeof(*ret))
		done = error_set(error, "worker: sent an unsound message");
	if (done)
		memcpy(ret, cookie.bytes, sizeof(*ret));
	process_kill(&pid);
	close(ends[0]);
	return done;
}

void inspection_free(struct inspection *inspection)
{
	backend_contents_free(&inspection->live);
	backend_contents_free(&inspection->meant);
}
