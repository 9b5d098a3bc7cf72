/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poststop. All that counts is the record: the state has no pid any more, annotations may be missing, the namespace's
 * path and inode may be somebody else's by now. What can't be found is gone, and that is what is wanted.
 */
#include "hook/hook.h"

#include "base/cleanup.h"
#include "hook/chains.h"
#include "kernel/privileges.h"
#include "kernel/process.h"
#include "kernel/worker.h"

#include <stdlib.h>
#include <string.h>

/* Sysctls go back with the last container of the namespace that wanted them. */
static bool others_forward(struct hook *hook, const struct record *record)
{
	struct store_filter filter = {.cookie = record->cookie};
	cleanup_records struct record_list others = {0};

	if (!store_find(hook->store, &filter, &others, NULL))
		return false;
	for (size_t i = 0; i < others.count; i++) {
		const struct record *other = others.items[i];

		if (other->sysctl_count > 0 &&
		    (strcmp(other->id, record->id) != 0 || strcmp(other->bundle, record->bundle) != 0))
			return true;
	}
	return false;
}

static bool remove_chains(struct hook *hook, const struct record *record, struct error **error)
{
	cleanup_netns struct netns netns = {.fd = -1};
	cleanup_free struct backend_name *names = NULL;
	cleanup_forwarding struct forwarding_values sysctls = {0};
	struct worker_removal removal = {.netns = &netns, .cookie = record->cookie, .deadline = hook->deadline};
	size_t count = 0;

	if (!netns_find(record->device, record->inode, record->path, &netns) || netns_is_own(&netns))
		return true;
	names = chains_append_names(NULL, &count, record);
	removal.names = names;
	removal.count = count;
	if (!others_forward(hook, record)) {
		sysctls = sysctls_of_record(record);
		removal.sysctls = &sysctls;
	}
	/* Another cookie is another namespace on a recycled inode: the one that is meant is gone. */
	return worker_remove(&removal, NULL, NULL, error);
}

static bool remove_record(struct hook *hook, const struct record *record, struct error **error)
{
	struct store_lock lock = {.own = -1, .foreign = -1};
	char boot_id[40];
	bool done;

	if (!record_boot_id(boot_id, error))
		return false;
	if (strcmp(boot_id, record->boot_id) != 0)
		return store_remove(hook->store, record, error);
	if (!store_lock(hook->store, record->cookie, hook->deadline, &lock, error))
		return false;
	done = remove_chains(hook, record, error) && store_remove(hook->store, record, error);
	store_unlock(hook->store, &lock);
	return done;
}

bool hook_remove(struct hook *hook, struct error **error)
{
	struct store_filter filter = {.id = hook->container->id, .bundle = hook->container->bundle};
	cleanup_records struct record_list records = {0};

	if (!privileges_enter_phase(PRIVILEGES_NAMESPACE, error))
		return false;
	hook->store = store_open(hook->config->state_directory, false, error);
	if (hook->store == NULL)
		return error == NULL || *error == NULL;
	if (!store_find(hook->store, &filter, &records, error))
		return false;
	for (size_t i = 0; i < records.count; i++) {
		if (!remove_record(hook, records.items[i], error))
			return false;
	}
	return true;
}
