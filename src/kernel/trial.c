/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/trial.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "kernel/channel.h"
#include "kernel/confine.h"
#include "kernel/diagnose.h"
#include "kernel/inspect.h"
#include "kernel/parsers.h"
#include "kernel/process.h"
#include "rules/lines.h"

#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum trial_message {
	TRIAL_FAILURE = 1, /* text */
	TRIAL_WARNING,     /* text, perhaps empty */
	TRIAL_NOT_ASKED,   /* text; empty: committed */
	TRIAL_ANSWERS,     /* struct trial_probe [] */
	TRIAL_MEANT = 10,  /* and the two behind it: struct backend_contents */
};

static bool any_family(int family, int *ret_error_number)
{
	(void)family;
	*ret_error_number = 0;
	return true;
}

static uint8_t any_revision(int family, bool target, const char *name, uint8_t revision)
{
	(void)family;
	(void)target;
	(void)name;
	(void)revision;
	return 1;
}

/* For parsing where no namespace can be made: the newest kernel there could be. */
static const struct backend backend_assumed = {.has_family = any_family, .has_revision = any_revision};

static _Noreturn void end_failed(int fd, const struct error *error)
{
	const char *text = error_text(error);

	channel_send(fd, TRIAL_FAILURE, text, strlen(text));
	_exit(1);
}

/* NULL, or why there is no namespace to try in. */
static const char *leave_namespaces(bool *ret_mapped)
{
	*ret_mapped = true;
	if (unshare(CLONE_NEWNET) == 0)
		return NULL;
	*ret_mapped = false;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)
		return NULL;
	return "no network namespace can be made here to try them in";
}

static bool uses_owner(const struct ruleset *rulesets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < rulesets[i].extension_count; k++) {
			if (strcmp(rulesets[i].extensions[k].name, "owner") == 0)
				return true;
		}
	}
	return false;
}

/* NULL, or why the kernel's word would not be about these rules. */
static const char *unasked_reason(const struct ruleset *rulesets, size_t count, const struct plan *plan, bool mapped)
{
	static char reason[160];

	if (!mapped && uses_owner(rulesets, count))
		return "they name users, whom the namespace that can be made here does not know";
	for (size_t i = 0; i < count; i++) {
		for (int table = 0; table < RULES_TABLE_COUNT; table++) {
			cleanup_error struct error *error = NULL;

			if (!plan_has_table(plan, rulesets[i].family, (enum rules_table)table) ||
			    backend_iptc.has_table(rulesets[i].family, (enum rules_table)table, &error))
				continue;
			snprintf(reason, sizeof(reason), "%s", error_text(error));
			return reason;
		}
	}
	return NULL;
}

static bool commit_tables(const struct trial_job *job, const struct ruleset *rulesets, size_t count, struct plan *plan,
			  struct error **error)
{
	for (int table = 0; table < RULES_TABLE_COUNT; table++) {
		for (size_t i = 0; i < count; i++) {
			struct backend_change change = {.family = rulesets[i].family,
							.table = (enum rules_table)table,
							.ruleset = &rulesets[i],
							.plan = plan};
			struct rules_lines lines;
			uint16_t layer;
			uint32_t line;

			if (!plan_has_table(plan, change.family, change.table) || backend_iptc.apply(&change, error))
				continue;
			if (diagnose_refusal(&backend_iptc, &change, &layer, &line) && layer < job->text_count &&
			    rules_lines_begin(&lines, job->texts[layer].text, job->texts[layer].length, NULL)) {
				rules_line_prefix(&lines, line, error);
				error_prefix(error, "%s: ", job->texts[layer].source);
			}
			return false;
		}
	}
	return true;
}

static bool check_families(const struct trial_job *job, const struct ruleset *rulesets, size_t count,
			   struct text *warning, struct error **error)
{
	const struct rules_chain *chain;
	int family;

	if (count < 2 || !ruleset_find_one_sided_denial(&rulesets[0], &rulesets[1], &chain, &family))
		return true;
	text_printf(warning, "%s: chain %s of table %s ends in a denial for %s but leaves %s open; deny both",
		    job->texts[chain->layer].source, chain->name, rules_table_name(chain->table),
		    family == AF_INET ? "IPv4" : "IPv6", family == AF_INET ? "IPv6" : "IPv4");
	return !job->one_sided_refused || error_set(error, "%s", text_string(warning));
}

static _Noreturn void run_trial(const struct trial_job *job, int fd)
{
	cleanup_error struct error *error = NULL;
	struct ruleset rulesets[2] = {0};
	struct backend_contents meant = {0};
	struct text warning = {0};
	struct plan plan = {0};
	char digest[PLAN_DIGEST_LENGTH + 1];
	struct parsers *parsers;
	size_t count = 0;
	bool mapped;
	const char *not_asked = leave_namespaces(&mapped);

	parsers = parsers_prepare(job->texts, job->text_count, job->max_rules,
				  not_asked == NULL ? &backend_iptc : &backend_assumed, &error);
	backend_iptc.prepare();
	if (parsers == NULL || !parsers_launch(parsers, &error) || !confine_worker(false, &error) ||
	    !parsers_run(parsers, rulesets, &count, &error) || !check_families(job, rulesets, count, &warning, &error))
		end_failed(fd, error);
	plan_digest(job->id, job->bundle, 0, digest);
	plan_make(rulesets, count, job->sections, digest, &plan);
	if (not_asked == NULL)
		not_asked = unasked_reason(rulesets, count, &plan, mapped);
	if (not_asked == NULL && !commit_tables(job, rulesets, count, &plan, &error))
		end_failed(fd, error);
	for (size_t i = 0; i < count; i++)
		backend_iptc.expect(&rulesets[i], &plan, &meant);
	channel_send(fd, TRIAL_WARNING, text_string(&warning), warning.length);
	channel_send(fd, TRIAL_NOT_ASKED, not_asked, not_asked == NULL ? 0 : strlen(not_asked));
	inspect_send_contents(fd, TRIAL_MEANT, &meant);
	_exit(0);
}

bool trial_run(const struct trial_job *job, struct trial *ret, struct error **error)
{
	cleanup_message struct channel_message warning = {0};
	cleanup_message struct channel_message not_asked = {0};
	cleanup_trial struct trial trial = {0};
	int ends[2];
	pid_t pid;
	bool done;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return error_set_errno(error, errno, "worker: socketpair");
	pid = process_fork(-1, error);
	if (pid == 0) {
		close(ends[0]);
		run_trial(job, ends[1]);
	}
	close(ends[1]);
	done = pid > 0 && channel_receive_or(ends[0], TRIAL_WARNING, TRIAL_FAILURE, job->deadline, &warning, error) &&
	       channel_receive_or(ends[0], TRIAL_NOT_ASKED, TRIAL_FAILURE, job->deadline, &not_asked, error) &&
	       inspect_receive_contents(ends[0], TRIAL_MEANT, TRIAL_FAILURE, job->deadline, &trial.meant, error);
	process_kill(&pid);
	close(ends[0]);
	if (!done)
		return false;
	trial.warning = warning.length > 0 ? (char *)STEAL(warning.bytes) : NULL;
	trial.committed = not_asked.length == 0;
	trial.not_asked = trial.committed ? NULL : (char *)STEAL(not_asked.bytes);
	*ret = trial;
	trial = (struct trial){0};
	return true;
}

void trial_free(struct trial *trial)
{
	free(trial->not_asked);
	free(trial->warning);
	backend_contents_free(&trial->meant);
}

static _Noreturn void run_probes(struct trial_probe *probes, size_t count, int fd)
{
	cleanup_error struct error *error = NULL;
	const char *reason;
	bool mapped;

	reason = leave_namespaces(&mapped);
	if (reason != NULL) {
		error_set(&error, "%s", reason);
		end_failed(fd, error);
	}
	for (size_t i = 0; i < count; i++) {
		struct trial_probe *probe = &probes[i];
		int number;

		if (!backend_iptc.has_family(probe->family, &number))
			probe->present = false;
		else if (probe->is_table)
			probe->present = backend_iptc.has_table(probe->family, probe->table, NULL);
		else
			probe->present = backend_iptc.has_revision(probe->family, probe->target, probe->extension,
								   probe->revision) == 1;
	}
	channel_send(fd, TRIAL_ANSWERS, probes, count * sizeof(*probes));
	_exit(0);
}

bool trial_probe(struct trial_probe *probes, size_t count, long long deadline, struct error **error)
{
	cleanup_message struct channel_message answers = {0};
	int ends[2];
	pid_t pid;
	bool done;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return error_set_errno(error, errno, "worker: socketpair");
	pid = process_fork(-1, error);
	if (pid == 0) {
		close(ends[0]);
		run_probes(probes, count, ends[1]);
	}
	close(ends[1]);
	done = pid > 0 && channel_receive_or(ends[0], TRIAL_ANSWERS, TRIAL_FAILURE, deadline, &answers, error);
	if (done && answers.length != count * sizeof(*probes))
		done = error_set(error, "worker: sent an unsound message");
	if (done)
		memcpy(probes, answers.bytes, count * sizeof(*probes));
	process_kill(&pid);
	close(ends[0]);
	return done;
}
