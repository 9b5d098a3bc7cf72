/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order in which the hook does things. Everything here either does all of its work or leaves nothing. */
#ifndef HOOK_HOOK_H
#define HOOK_HOOK_H

#include "base/error.h"
#include "kernel/netns.h"
#include "oci/container.h"
#include "policy/config.h"
#include "policy/policy.h"
#include "state/store.h"

#include <stdbool.h>

/** Milliseconds that the hook works at most; the shipped definition gives it ten seconds. */
#define HOOK_MILLISECONDS 8000

struct hook {
	struct container *container;
	struct config *config;
	char *user_profiles; /* directory of a rootless user's profiles, or NULL */
	struct store *store; /* opened when it is needed first */
	long long deadline;  /* process_now() */
	struct netns netns;
};

/** createRuntime and prestart. @return whether the container may start */
bool hook_apply(struct hook *hook, struct error **error);

/** poststop. @return whether nothing of the container is left, as far as it can be found */
bool hook_remove(struct hook *hook, struct error **error);

/** Opens the state directory when that was not done yet. */
bool hook_open_store(struct hook *hook, struct error **error);

/**
 * Opens the container's network namespace: of its process, else by the path of its configuration.
 * @ret_host: the namespace is the host's (the hook's own), or there is no other
 */
bool hook_open_namespace(struct hook *hook, bool *ret_host, struct error **error);

/**
 * Refuses a workload that could change its rules or pass by them (interface section 7).
 * @filters: a layer denies something, so that packet sockets matter
 */
bool hook_check_workload(struct hook *hook, bool filters, struct error **error);

/**
 * Refuses when a process of another container in the namespace could change the rules or pass by them.
 * @records: of the namespace; the first process of one is judged by what its configuration leaves it
 * @ret_starting: the process that is refused is young enough to be a runtime's, which gives up what it holds
 */
bool hook_check_others(struct hook *hook, bool filters, const struct record_list *records, bool *ret_starting,
		       struct error **error);

#endif
