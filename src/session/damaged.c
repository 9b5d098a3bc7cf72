/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/damaged.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "kernel/inspect.h"
#include "kernel/process.h"
#include "kernel/worker.h"
#include "session/chains.h"
#include "session/removal.h"
#include "state/damaged.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/** Milliseconds that removing the rules of one container may take. */
#define REMOVAL_MILLISECONDS 5000

bool session_find_records(struct store *store, const struct store_filter *filter, struct record_list *ret,
			  struct error **error)
{
	cleanup_error struct error *failure = NULL;

	if (store_find(store, filter, ret, &failure))
		return true;
	/* Whatever it was that is not damage stays what the caller hears of. */
	return damaged_set_aside(store, filter, error) && store_find(store, filter, ret, error);
}

/* A record as far as the name of its file tells it; @bundle may be NULL. */
static struct record *make_stand_in(const struct damaged_record *damaged, const char *bundle)
{
	struct record *record = memory_allocate(1, sizeof(*record));
	struct stat status;

	record->id = memory_copy_string(damaged->id);
	record->bundle = bundle == NULL ? NULL : memory_copy_string(bundle);
	record->cookie = damaged->cookie;
	record->inode = damaged->inode;
	/* All namespaces are in one file system (nsfs). */
	if (stat("/proc/self/ns/net", &status) == 0)
		record->device = status.st_dev;
	return record;
}

static bool remove_chains(const struct record *record, const struct netns *netns, long long deadline,
			  struct error **error)
{
	size_t count = 0;
	cleanup_free struct backend_name *names = chains_append_names(NULL, &count, record);
	struct worker_removal removal = {
		.netns = netns, .cookie = record->cookie, .names = names, .count = count, .deadline = deadline};

	return worker_remove(&removal, NULL, NULL, error);
}

/* Under the namespace's lock. */
static bool remove_stopped(struct store *store, const struct damaged_record *damaged, const char *bundle,
			   long long deadline, struct error **error)
{
	cleanup_record struct record *record = make_stand_in(damaged, bundle);
	cleanup_netns struct netns netns = {.fd = -1};

	chains_of_all_plans(record);
	if (session_find_netns(record, &netns) && !remove_chains(record, &netns, deadline, error))
		return false;
	return damaged_forget(store, damaged, error);
}

bool session_remove_damaged(struct store *store, const char *id, const char *bundle, long long deadline,
			    struct error **error)
{
	struct store_filter filter = {.id = id, .bundle = bundle};
	cleanup_damaged struct damaged_list list = {0};

	if (!damaged_find(store, &filter, &list, error))
		return false;
	for (size_t i = 0; i < list.count; i++) {
		struct store_lock lock = {.fd = -1};
		bool done;

		if (!store_lock(store, list.items[i].cookie, deadline, &lock, error))
			return false;
		done = remove_stopped(store, &list.items[i], bundle, deadline, error);
		store_unlock(store, &lock, false);
		if (!done)
			return false;
	}
	return true;
}

static bool see_process(void *context, const struct netns_process *process, struct error **error)
{
	(void)process;
	*(bool *)context = true;
	return error_set(error, "one is enough");
}

/* Whether somebody may need the rules: a process of a container, or a container that is not started yet. */
static bool is_used(const struct gc_request *request, const struct record *record, const struct netns *netns)
{
	struct store_filter filter = {.cookie = record->cookie};
	cleanup_records struct record_list others = {0};
	bool seen = false;

	/* Without setting aside, a damaged record has the name of a sound one. */
	if (request->dry_run ? !store_find(request->store, &filter, &others, NULL) || others.count > 0
			     : store_has(request->store, &filter))
		return true;
	return !netns_visit_processes(netns, 0, see_process, &seen, NULL) || seen;
}

/* Judges one under the namespace's lock. @ret_used: its rules must stay */
static bool collect_one(const struct gc_request *request, const struct damaged_record *damaged,
			enum gc_verdict *ret_verdict, bool *ret_used, struct error **error)
{
	cleanup_record struct record *record = make_stand_in(damaged, NULL);
	cleanup_netns struct netns netns = {.fd = -1};
	long long deadline = process_now() + REMOVAL_MILLISECONDS;
	uint64_t cookie = 0;

	*ret_used = false;
	*ret_verdict = GC_NAMESPACE_GONE;
	if (session_find_netns(record, &netns) && !inspect_cookie(&netns, deadline, &cookie, error))
		return false;
	if (netns.fd >= 0 && cookie == record->cookie) {
		*ret_verdict = GC_NAMESPACE_EMPTY;
		*ret_used = is_used(request, record, &netns);
		if (*ret_used || request->dry_run)
			return true;
		/* Nobody is there whose chains could be meant by this. */
		chains_of_everybody(record);
		if (!remove_chains(record, &netns, deadline, error))
			return false;
	}
	return request->dry_run || damaged_forget(request->store, damaged, error);
}

/* @return whether it is gone, or would be */
static bool collect(const struct gc_request *request, const struct damaged_record *damaged)
{
	cleanup_error struct error *error = NULL;
	struct record shown = {.id = damaged->id};
	struct store_lock lock = {.fd = -1};
	enum gc_verdict verdict = GC_NAMESPACE_GONE;
	bool used = false;

	if (store_lock(request->store, damaged->cookie, process_now() + request->lock_milliseconds, &lock, &error)) {
		collect_one(request, damaged, &verdict, &used, &error);
		store_unlock(request->store, &lock, false);
	}
	if (error == NULL && used)
		error_set(&error,
			  "state: records/%s is damaged, and others are in the container's namespace: its rules stay "
			  "until it is stopped or they are gone; stop and start the container",
			  damaged->name);
	request->report(request->context, &shown, verdict, error == NULL ? NULL : error_text(error));
	return error == NULL;
}

bool gc_run_damaged(const struct gc_request *request, struct error **error)
{
	struct store_filter all = {0};
	cleanup_damaged struct damaged_list list = {0};
	bool done = true;

	if ((!request->dry_run && !damaged_set_aside(request->store, &all, error)) ||
	    !damaged_find(request->store, &all, &list, error))
		return false;
	for (size_t i = 0; i < list.count; i++)
		done &= collect(request, &list.items[i]);
	return done;
}
