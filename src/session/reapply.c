/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/reapply.h"

#include "base/cleanup.h"
#include "kernel/process.h"
#include "kernel/worker.h"
#include "session/chains.h"
#include "session/removal.h"
#include "session/texts.h"

#include <stdlib.h>
#include <string.h>

/** Judged when the layers were applied first. */
#define MOST_RULES UINT32_MAX

/* Whether the container is the one whose texts were read: it may have been stopped, or started again, until now. */
static bool is_unchanged(struct store *store, const struct record *record, struct error **error)
{
	struct store_filter filter = {
		.cookie = record->cookie, .inode = record->inode, .id = record->id, .bundle = record->bundle};
	cleanup_records struct record_list now = {0};
	cleanup_free char *seen = record_to_json(record, &(size_t){0});

	if (!store_find(store, &filter, &now, error))
		return false;
	for (size_t i = 0; i < now.count; i++) {
		cleanup_free char *json = record_to_json(now.items[i], &(size_t){0});

		if (strcmp(json, seen) == 0)
			return true;
	}
	return error_set(error, "state: the container was stopped or started again meanwhile");
}

/* Under the lock. */
static bool commit(struct store *store, struct worker *worker, struct record *record, struct error **error)
{
	cleanup_free struct backend_name *stale = NULL;
	cleanup_plan struct plan plan = {0};
	cleanup_plan struct plan done = {0};
	cleanup_free char *warning = NULL;
	size_t stale_count = 0;

	if (!is_unchanged(store, record, error) || !worker_plan(worker, &plan, &warning, error))
		return false;
	stale = chains_append_names(NULL, &stale_count, record);
	worker_order_commit(worker, stale, stale_count);
	if (!worker_commit(worker, &done, error))
		return error_prefix(error, "the rules could not be put back, and the container may have none now: ");
	/* The sysctls' old values stay those that the first hook found. */
	chains_to_record(&done, record);
	record->active = true;
	return store_save(store, record, error);
}

bool session_reapply(struct store *store, struct record *record, long long deadline, struct error **error)
{
	cleanup_texts struct session_texts texts = {0};
	cleanup_netns struct netns netns = {.fd = -1};
	cleanup_worker struct worker *worker = NULL;
	cleanup_forwarding struct forwarding_values sysctls = {0};
	struct store_lock lock = {.fd = -1};
	struct worker_job job = {.netns = &netns,
				 .id = record->id,
				 .bundle = record->bundle,
				 .max_rules = MOST_RULES,
				 .lock_milliseconds = deadline - process_now(),
				 .deadline = deadline};
	uint64_t cookie;
	bool done;

	if (!session_texts_of_record(store, record, &texts, error))
		return false;
	if (!session_find_netns(record, &netns))
		return error_set(error, "namespace: the container's is gone");
	job.texts = texts.items;
	job.sections = texts.sections;
	job.text_count = texts.count;
	job.forwarding = texts.forwarding;
	worker = worker_start(&job, error);
	if (worker == NULL || !worker_enter(worker, &cookie, &sysctls, error))
		return false;
	if (cookie != record->cookie)
		return error_set(error, "namespace: the container's is gone");
	if (!store_lock(store, cookie, deadline, &lock, error))
		return false;
	done = commit(store, worker, record, error);
	store_unlock(store, &lock, false);
	return done;
}
