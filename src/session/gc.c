/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/gc.h"

#include "base/cleanup.h"
#include "kernel/inspect.h"
#include "kernel/process.h"
#include "session/removal.h"

#include <string.h>

/** Milliseconds that removing the rules of one container may take. */
#define REMOVAL_MILLISECONDS 5000

const char *gc_verdict_text(enum gc_verdict verdict)
{
	switch (verdict) {
	case GC_OTHER_BOOT:
		return "the host was rebooted since";
	case GC_NAMESPACE_GONE:
		return "its namespace is gone";
	case GC_PROCESS_DEAD:
		return "its process is gone, the namespace lives on";
	case GC_NAMESPACE_EMPTY:
		return "its record is damaged, and nobody is in its namespace";
	case GC_LIVE:
		break;
	}
	return "alive";
}

bool gc_judge(const struct record *record, enum gc_verdict *ret, struct error **error)
{
	cleanup_netns struct netns netns = {.fd = -1};
	char boot_id[40];
	uint64_t cookie;

	if (!process_check_proc(error) || !record_boot_id(boot_id, error))
		return false;
	if (strcmp(boot_id, record->boot_id) != 0) {
		*ret = GC_OTHER_BOOT;
		return true;
	}
	/* Without a start time the process can't be told from another one: then the namespace alone decides. */
	if (record->pid > 0 && record->pid_start > 0 && record_is_alive(record)) {
		*ret = GC_LIVE;
		return true;
	}
	if (!session_find_netns(record, &netns)) {
		/* Found and not taken: rules are never changed in the own network, which is the host's to all else. */
		if (netns.fd >= 0)
			return error_set(error, "the container's network is this command's own; call it in the host's");
		*ret = GC_NAMESPACE_GONE;
		return true;
	}
	if (!inspect_cookie(&netns, process_now() + REMOVAL_MILLISECONDS, &cookie, error))
		return false;
	if (cookie != record->cookie)
		*ret = GC_NAMESPACE_GONE;
	else
		*ret = record->pid > 0 && record->pid_start > 0 ? GC_PROCESS_DEAD : GC_LIVE;
	return true;
}

/* Under the lock, with what the record says now: a new attempt of the container may have written it meanwhile. */
static bool remove_if_garbage(const struct gc_request *request, const struct record *seen, struct error **error)
{
	struct store_filter filter = {.cookie = seen->cookie, .id = seen->id, .bundle = seen->bundle};
	cleanup_records struct record_list now = {0};

	if (!store_find(request->store, &filter, &now, error))
		return false;
	for (size_t i = 0; i < now.count; i++) {
		enum gc_verdict verdict;

		if (now.items[i]->inode != seen->inode)
			continue;
		if (!gc_judge(now.items[i], &verdict, error))
			return false;
		if (verdict != GC_LIVE && !session_remove_locked(request->store, now.items[i],
								 process_now() + REMOVAL_MILLISECONDS, NULL, error))
			return false;
	}
	return true;
}

static bool collect(const struct gc_request *request, const struct record *record, enum gc_verdict verdict,
		    struct error **error)
{
	struct store_lock lock = {.fd = -1};
	bool done;

	if (request->dry_run)
		return true;
	if (verdict == GC_OTHER_BOOT)
		return store_remove(request->store, record, error);
	if (!store_lock(request->store, record->cookie, process_now() + request->lock_milliseconds, &lock, error))
		return false;
	done = remove_if_garbage(request, record, error);
	store_unlock(request->store, &lock, false);
	return done;
}

bool gc_run(const struct gc_request *request, const struct record_list *records)
{
	bool all = true;

	for (size_t i = 0; i < records->count; i++) {
		cleanup_error struct error *error = NULL;
		enum gc_verdict verdict = GC_LIVE;

		if (request->progress != NULL)
			request->progress(request->context, i, records->count);
		if (gc_judge(records->items[i], &verdict, &error) && verdict == GC_LIVE)
			continue;
		if (error == NULL)
			collect(request, records->items[i], verdict, &error);
		all = all && error == NULL;
		request->report(request->context, records->items[i], verdict, error == NULL ? NULL : error_text(error));
	}
	return all;
}
