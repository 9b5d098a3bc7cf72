/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker: a child process that enters the container's network namespace and is the only one that touches its
 * tables. It starts the parsers, one per family, answers their questions about the kernel, and keeps what they send.
 * The main process hears the namespace's cookie of it, orders the commit, which may be long before the plan is made,
 * hears the plan, and then what was read back. Whoever dies, dies alone: a worker that ends early is a
 * failure, and a worker whose parent ends is killed.
 */
#ifndef KERNEL_WORKER_H
#define KERNEL_WORKER_H

#include "base/error.h"
#include "kernel/backend.h"
#include "kernel/forwarding.h"
#include "kernel/netns.h"
#include "kernel/plan.h"
#include "rules/parser.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a worker is to apply. Belongs to the caller and must stay until worker_free(). */
struct worker_job {
	const struct netns *netns;
	const struct rules_text *texts; /* one per layer */
	const uint8_t *sections;        /* of each layer: 0 policy, 1 rules */
	size_t text_count;
	const char *id; /* container, for the names of chains */
	const char *bundle;
	uint64_t max_rules;     /* per family */
	bool one_sided_refused; /* a chain that denies in one family only is an error, else a warning */
	struct forwarding_request forwarding;
	long long lock_milliseconds; /* how long it waits for the iptables tools' lock */
	long long deadline;          /* process_now() at which waiting ends */
};

struct worker;

/** Starts a worker; it parses at once. @return owned by the caller (worker_free), or NULL with @error set */
struct worker *worker_start(const struct worker_job *job, struct error **error);

/**
 * Waits for the worker to be in the namespace.
 * @ret_cookie: the namespace's
 * @ret_sysctls: the values that forwarding will change, as they are now, owned by the caller (forwarding_free)
 */
bool worker_enter(struct worker *worker, uint64_t *ret_cookie, struct forwarding_values *ret_sysctls,
		  struct error **error);

/**
 * Waits for all texts to be parsed.
 * @ret: the chains that a commit will make, owned by the caller (plan_free)
 * @ret_warning: something an administrator wants to know, owned by the caller, or NULL
 */
bool worker_plan(struct worker *worker, struct plan *ret, char **ret_warning, struct error **error);

/**
 * Lets the worker apply the plan as soon as it has one, and does not wait for it.
 * @stale: chains of containers that are gone, removed in the same commits
 */
void worker_order_commit(struct worker *worker, const struct backend_name *stale, size_t stale_count);

/**
 * Waits for what was ordered, behind worker_plan(). On failure the worker has taken back what it had done.
 * @ret: the plan with what was read back, owned by the caller (plan_free)
 */
bool worker_commit(struct worker *worker, struct plan *ret, struct error **error);

/** @return whether the worker failed before it had changed anything */
bool worker_refused(const struct worker *worker);

/** Ends a worker that is still there, and releases it; takes NULL. */
void worker_free(struct worker **worker);

#define cleanup_worker __attribute__((cleanup(worker_free)))

/** What to take out of a namespace. */
struct worker_removal {
	const struct netns *netns;
	uint64_t cookie; /* the namespace must have this one, else nothing is touched */
	const struct backend_name *names;
	size_t count;
	const struct forwarding_values *sysctls; /* put back; may be NULL */
	long long deadline;
};

/**
 * Removes chains in a worker of its own.
 * @ret_same: false when the namespace had another cookie; may be NULL
 * @ret_removed: number of chains and jumps removed; may be NULL
 */
bool worker_remove(const struct worker_removal *removal, bool *ret_same, unsigned *ret_removed, struct error **error);

#endif
