/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/worker.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "kernel/channel.h"
#include "kernel/confine.h"
#include "kernel/diagnose.h"
#include "kernel/families.h"
#include "kernel/parsers.h"
#include "kernel/privileges.h"
#include "kernel/process.h"
#include "kernel/tables_lock.h"
#include "rules/lines.h"

#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Between main process and worker, in this order; a failure may come in the place of each answer. */
enum worker_message {
	WORKER_COOKIE = 1, /* uint64_t */
	WORKER_SYSCTLS,    /* struct forwarding_value [] */
	WORKER_PLAN,       /* struct plan_chain [] */
	WORKER_WARNING,    /* text, perhaps empty */
	WORKER_COMMIT,     /* to the worker: struct backend_name [] */
	WORKER_DONE,       /* struct plan_chain [] with what was read back */
	WORKER_REMOVED,    /* uint32_t [2]: same namespace, number removed */
	WORKER_REFUSAL,    /* text; nothing was changed */
	WORKER_FAILURE,    /* text; what was changed has been taken back, unless the text says otherwise */
};

/** Milliseconds before the end of waiting in which a worker can still say why it failed. */
#define LAST_WORDS_MILLISECONDS 200

static const struct backend *const backend = &backend_iptc;

static _Noreturn void end_failed(int fd, enum worker_message message, const struct error *error)
{
	const char *text = error_text(error);

	channel_send(fd, message, text, strlen(text));
	_exit(1);
}

static bool enter(const struct netns *netns, uint64_t *ret_cookie, struct error **error)
{
	return privileges_enter_phase(PRIVILEGES_ENTER, error) && netns_enter(netns, error) &&
	       netns_cookie(ret_cookie, error) && privileges_enter_phase(PRIVILEGES_TABLES, error);
}

static bool change_touches(const struct plan *plan, const struct backend_name *stale, size_t count, int family,
			   enum rules_table table, struct backend_name *here, size_t *ret_count)
{
	*ret_count = 0;
	for (size_t i = 0; i < count; i++) {
		if (stale[i].family == (uint8_t)family && stale[i].table == (uint8_t)table)
			here[(*ret_count)++] = stale[i];
	}
	return plan_has_table(plan, family, table);
}

/* Says which line of which text the kernel refuses, where that can be found out. */
static void name_the_rule(const struct worker_job *job, const struct backend_change *change, struct error **error)
{
	struct rules_lines lines;
	uint16_t layer;
	uint32_t line;

	if (!diagnose_refusal(backend, change, &layer, &line) || layer >= job->text_count ||
	    !rules_lines_begin(&lines, job->texts[layer].text, job->texts[layer].length, NULL))
		return;
	rules_line_prefix(&lines, line, error);
	error_prefix(error, "%s: ", job->texts[layer].source);
}

/* What is to be committed. */
struct order {
	const struct worker_job *job;
	const struct ruleset *rulesets;
	size_t ruleset_count;
	struct plan *plan;
	const struct backend_name *stale; /* chains of containers that are gone */
	size_t stale_count;
	struct backend_name *here; /* room for those of one table */
};

static bool apply_table(const struct order *order, const struct ruleset *ruleset, enum rules_table table,
			struct error **error)
{
	struct backend_change change = {.family = ruleset->family,
					.table = table,
					.ruleset = ruleset,
					.plan = order->plan,
					.stale = order->here};

	if (!change_touches(order->plan, order->stale, order->stale_count, change.family, table, order->here,
			    &change.stale_count) ||
	    backend->apply(&change, error))
		return true;
	name_the_rule(order->job, &change, error);
	return false;
}

static bool apply_family(void *context, const struct ruleset *ruleset, struct error **error)
{
	const struct order *order = context;

	for (int table = 0; table < RULES_TABLE_COUNT; table++) {
		if (!apply_table(order, ruleset, (enum rules_table)table, error))
			return false;
	}
	return true;
}

static bool apply_tables(struct order *order, struct error **error)
{
	size_t left = 0;

	if (families_are_large(order->rulesets, order->ruleset_count)) {
		if (!families_apply(order->rulesets, order->plan, apply_family, order, error))
			return false;
	} else {
		for (int table = 0; table < RULES_TABLE_COUNT; table++) {
			for (size_t i = 0; i < order->ruleset_count; i++) {
				if (!apply_table(order, &order->rulesets[i], (enum rules_table)table, error))
					return false;
			}
		}
	}
	/* Only what is in tables that the plan does not use: an attempt that broke off left chains of the very names
	 * that the plan has just made. */
	for (size_t i = 0; i < order->stale_count; i++) {
		if (!plan_has_table(order->plan, order->stale[i].family, (enum rules_table)order->stale[i].table))
			order->here[left++] = order->stale[i];
	}
	return left == 0 || backend->remove(order->here, left, NULL, error);
}

static struct backend_name *plan_names(const struct plan *plan)
{
	struct backend_name *names = memory_allocate(plan->count, sizeof(*names));

	for (size_t i = 0; i < plan->count; i++) {
		names[i].family = plan->chains[i].family;
		names[i].table = plan->chains[i].table;
		memcpy(names[i].name, plan->chains[i].name, sizeof(names[i].name));
	}
	return names;
}

/* All tables of all families, or none. */
static bool apply_all(const struct worker_job *job, const struct ruleset *rulesets, size_t ruleset_count,
		      struct plan *plan, const struct forwarding_values *sysctls, const struct backend_name *stale,
		      size_t stale_count, struct error **error)
{
	cleanup_free struct backend_name *here = memory_allocate(stale_count, sizeof(*here));
	cleanup_free struct backend_name *names = NULL;
	cleanup_error struct error *undo = NULL;
	struct order order = {.job = job,
			      .rulesets = rulesets,
			      .ruleset_count = ruleset_count,
			      .plan = plan,
			      .stale = stale,
			      .stale_count = stale_count,
			      .here = here};

	/* Forwarding comes last: nothing may pass before the rules about it stand. */
	if (apply_tables(&order, error)) {
		if (forwarding_set(sysctls, error))
			return true;
		/* Not before: another container of the namespace may have begun to forward since they were read. */
		forwarding_restore(sysctls, NULL);
	}
	names = plan_names(plan);
	if (!backend->remove(names, plan->count, NULL, &undo))
		error_prefix(error, "(and what was done before cannot be taken back: %s) ", error_text(undo));
	return false;
}

static bool check_families(const struct worker_job *job, const struct ruleset *rulesets, size_t ruleset_count,
			   struct text *warning, struct error **error)
{
	const struct rules_chain *chain;
	const char *here, *there;
	int family;

	if (ruleset_count < 2 || !ruleset_find_one_sided_denial(&rulesets[0], &rulesets[1], &chain, &family))
		return true;
	here = family == AF_INET ? "IPv4" : "IPv6";
	there = family == AF_INET ? "IPv6" : "IPv4";
	text_printf(warning, "%s: chain %s of table %s ends in a denial for %s but leaves %s open; deny both",
		    job->texts[chain->layer].source, chain->name, rules_table_name(chain->table), here, there);
	if (!job->one_sided_refused)
		return true;
	return error_set(error, "%s", text_string(warning));
}

/* Parses while it enters. Nothing of the namespace is changed. */
static bool parse_and_plan(const struct worker_job *job, int fd, struct ruleset rulesets[2], size_t *ret_count,
			   struct forwarding_values *ret_sysctls, struct plan *ret_plan, struct error **error)
{
	struct parsers *parsers = parsers_prepare(job->texts, job->text_count, job->max_rules, backend, error);
	cleanup_text struct text warning = {0}, batch = {0};
	char digest[PLAN_DIGEST_LENGTH + 1];
	uint64_t cookie;

	/* The parsers' way is the longest: they start first, and their questions are answered before they ask. */
	if (parsers == NULL || !parsers_launch(parsers, error) || !enter(job->netns, &cookie, error))
		return false;
	parsers_answer_ahead(parsers);
	if (!forwarding_read(&job->forwarding, ret_sysctls, error))
		return false;
	channel_add(&batch, WORKER_COOKIE, &cookie, sizeof(cookie));
	channel_add(&batch, WORKER_SYSCTLS, ret_sysctls->items, ret_sysctls->count * sizeof(*ret_sysctls->items));
	channel_flush(fd, &batch);
	/* Where processors are few, the parsers go first: there will be time to prepare while they read. */
	sched_yield();
	backend->prepare();
	if (!confine_worker(ret_sysctls->count > 0, error) || !parsers_run(parsers, rulesets, ret_count, error) ||
	    !check_families(job, rulesets, *ret_count, &warning, error))
		return false;
	plan_digest(job->id, job->bundle, cookie, digest);
	plan_make(rulesets, *ret_count, job->sections, digest, ret_plan);
	channel_add(&batch, WORKER_PLAN, ret_plan->chains, ret_plan->count * sizeof(*ret_plan->chains));
	channel_add(&batch, WORKER_WARNING, text_string(&warning), warning.length);
	channel_flush(fd, &batch);
	return true;
}

/* When waiting for the iptables tools' lock ends: at @deadline the caller would not hear why any more. */
static long long lock_deadline(long long milliseconds, long long deadline)
{
	long long last = deadline - LAST_WORDS_MILLISECONDS, configured = process_now() + milliseconds;

	return configured < last ? configured : last;
}

static _Noreturn void run_apply(const struct worker_job *job, int fd)
{
	cleanup_error struct error *error = NULL;
	struct ruleset rulesets[2] = {0};
	struct forwarding_values sysctls = {0};
	struct channel_message order;
	struct plan plan = {0};
	size_t ruleset_count = 0;
	int lock = tables_lock_open();

	if (!parse_and_plan(job, fd, rulesets, &ruleset_count, &sysctls, &plan, &error) ||
	    !channel_receive_or(fd, WORKER_COMMIT, WORKER_FAILURE, job->deadline, &order, &error) ||
	    !tables_lock_take(lock, lock_deadline(job->lock_milliseconds, job->deadline), &error))
		end_failed(fd, WORKER_REFUSAL, error);
	if (!apply_all(job, rulesets, ruleset_count, &plan, &sysctls, order.bytes,
		       order.length / sizeof(struct backend_name), &error))
		end_failed(fd, WORKER_FAILURE, error);
	tables_lock_release(lock);
	channel_send(fd, WORKER_DONE, plan.chains, plan.count * sizeof(*plan.chains));
	_exit(0);
}

struct worker {
	pid_t pid;
	int fd;
	long long deadline;
	bool refused; /* it ended and had changed nothing */
};

/* Waits for a message; a worker that failed or ended sets the error. */
static bool receive(struct worker *worker, enum worker_message type, struct channel_message *ret, struct error **error)
{
	cleanup_error struct error *failure = NULL;
	int status;

	if (channel_receive(worker->fd, worker->deadline, ret, &failure)) {
		if (ret->type == (uint32_t)type)
			return true;
		worker->refused = ret->type == WORKER_REFUSAL;
		if (ret->type == WORKER_REFUSAL || ret->type == WORKER_FAILURE)
			return error_set(error, "%s", (const char *)ret->bytes);
		return error_set(error, "worker: message %u in the place of %u", ret->type, (unsigned)type);
	}
	if (!channel_ended(failure))
		return error_move(error, STEAL(failure));
	status = process_wait(worker->pid);
	worker->pid = -1;
	return error_set(error, "worker: it %s, before its work was done", confine_explain_end(status));
}

struct worker *worker_start(const struct worker_job *job, struct error **error)
{
	struct worker *worker;
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		error_set_errno(error, errno, "worker: socketpair");
		return NULL;
	}
	pid = process_fork(-1, error);
	if (pid == 0) {
		/* Not the state directory, above all. */
		process_keep_only((int[]){ends[1], job->netns->fd}, 2);
		run_apply(job, ends[1]);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return NULL;
	}
	worker = memory_allocate(1, sizeof(*worker));
	worker->pid = pid;
	worker->fd = ends[0];
	worker->deadline = job->deadline;
	return worker;
}

bool worker_enter(struct worker *worker, uint64_t *ret_cookie, struct forwarding_values *ret_sysctls,
		  struct error **error)
{
	cleanup_message struct channel_message cookie = {0};
	cleanup_message struct channel_message sysctls = {0};

	if (!receive(worker, WORKER_COOKIE, &cookie, error) || !receive(worker, WORKER_SYSCTLS, &sysctls, error))
		return false;
	if (cookie.length != sizeof(*ret_cookie))
		return error_set(error, "worker: sent an unsound message");
	memcpy(ret_cookie, cookie.bytes, sizeof(*ret_cookie));
	ret_sysctls->count = sysctls.length / sizeof(struct forwarding_value);
	ret_sysctls->items = (struct forwarding_value *)STEAL(sysctls.bytes);
	return true;
}

static bool receive_plan(struct worker *worker, enum worker_message type, struct plan *ret, struct error **error)
{
	cleanup_message struct channel_message message = {0};

	if (!receive(worker, type, &message, error))
		return false;
	if (message.length % sizeof(struct plan_chain) != 0)
		return error_set(error, "worker: sent an unsound message");
	ret->count = message.length / sizeof(struct plan_chain);
	ret->chains = (struct plan_chain *)STEAL(message.bytes);
	return true;
}

bool worker_plan(struct worker *worker, struct plan *ret, char **ret_warning, struct error **error)
{
	cleanup_message struct channel_message warning = {0};
	cleanup_plan struct plan plan = {0};

	if (!receive_plan(worker, WORKER_PLAN, &plan, error) || !receive(worker, WORKER_WARNING, &warning, error))
		return false;
	*ret = plan;
	plan = (struct plan){0};
	*ret_warning = warning.length > 0 ? (char *)STEAL(warning.bytes) : NULL;
	return true;
}

bool worker_refused(const struct worker *worker)
{
	return worker->refused;
}

void worker_order_commit(struct worker *worker, const struct backend_name *stale, size_t stale_count)
{
	channel_send(worker->fd, WORKER_COMMIT, stale, stale_count * sizeof(*stale));
}

bool worker_commit(struct worker *worker, struct plan *ret, struct error **error)
{
	return receive_plan(worker, WORKER_DONE, ret, error);
}

void worker_free(struct worker **worker)
{
	if (*worker == NULL)
		return;
	process_kill(&(*worker)->pid);
	close((*worker)->fd);
	free(*worker);
	*worker = NULL;
}

static _Noreturn void run_remove(const struct worker_removal *removal, int fd)
{
	cleanup_error struct error *error = NULL;
	uint32_t answer[2] = {0, 0};
	uint64_t cookie;
	int lock = tables_lock_open();

	if (!enter(removal->netns, &cookie, &error))
		end_failed(fd, WORKER_REFUSAL, error);
	if (cookie == removal->cookie) {
		unsigned removed = 0;

		answer[0] = 1;
		if (!tables_lock_take(lock, removal->deadline - LAST_WORDS_MILLISECONDS, &error))
			end_failed(fd, WORKER_REFUSAL, error);
		/* First the forwarding, then the rules that restrict it. */
		if ((removal->sysctls != NULL && !forwarding_restore(removal->sysctls, &error)) ||
		    !backend->remove(removal->names, removal->count, &removed, &error))
			end_failed(fd, WORKER_FAILURE, error);
		answer[1] = removed;
	}
	channel_send(fd, WORKER_REMOVED, answer, sizeof(answer));
	_exit(0);
}

bool worker_remove(const struct worker_removal *removal, bool *ret_same, unsigned *ret_removed, struct error **error)
{
	cleanup_message struct channel_message message = {0};
	struct worker worker = {.deadline = removal->deadline};
	uint32_t answer[2];
	int ends[2];
	bool done;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return error_set_errno(error, errno, "worker: socketpair");
	worker.fd = ends[0];
	worker.pid = process_fork(-1, error);
	if (worker.pid == 0) {
		process_keep_only((int[]){ends[1], removal->netns->fd}, 2);
		run_remove(removal, ends[1]);
	}
	close(ends[1]);
	done = worker.pid > 0 && receive(&worker, WORKER_REMOVED, &message, error);
	if (done && message.length != sizeof(answer))
		done = error_set(error, "worker: sent an unsound message");
	if (done) {
		memcpy(answer, message.bytes, sizeof(answer));
		if (ret_same != NULL)
			*ret_same = answer[0] == 1;
		if (ret_removed != NULL)
			*ret_removed = answer[1];
	}
	process_kill(&worker.pid);
	close(ends[0]);
	return done;
}
