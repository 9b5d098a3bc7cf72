/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/removal.h"

#include "base/cleanup.h"
#include "kernel/worker.h"
#include "session/chains.h"
#include "session/sysctls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool session_find_netns(const struct record *record, struct netns *ret)
{
	char path[64];

	if (record->pid > 0) {
		snprintf(path, sizeof(path), "/proc/%ld/ns/net", (long)record->pid);
		if (netns_open_path(path, ret, NULL)) {
			if (ret->device == record->device && ret->inode == record->inode)
				return !netns_is_own(ret);
			netns_close(ret);
		}
	}
	return netns_find(record->device, record->inode, record->path, ret) && !netns_is_own(ret);
}

static bool remove_chains(struct store *store, const struct record *record, long long deadline, unsigned *ret_removed,
			  struct error **error)
{
	cleanup_netns struct netns netns = {.fd = -1};
	cleanup_free struct backend_name *names = NULL;
	cleanup_forwarding struct forwarding_values sysctls = {0};
	struct worker_removal removal = {.netns = &netns, .cookie = record->cookie, .deadline = deadline};
	size_t count = 0;

	if (!session_find_netns(record, &netns))
		return true;
	names = chains_append_names(NULL, &count, record);
	removal.names = names;
	removal.count = count;
	sysctls = sysctls_to_restore(store, record);
	removal.sysctls = &sysctls;
	/* Another cookie is another namespace on a recycled inode: the one that is meant is gone. */
	return worker_remove(&removal, NULL, ret_removed, error);
}

bool session_remove_locked(struct store *store, const struct record *record, long long deadline, unsigned *ret_removed,
			   struct error **error)
{
	return remove_chains(store, record, deadline, ret_removed, error) && store_remove(store, record, error);
}

/* Under the lock, what the record names now: until it was taken, a hook may have put other chains in its place. */
static bool remove_recorded(struct store *store, const struct record *seen, long long deadline, struct error **error)
{
	struct store_filter filter = {
		.cookie = seen->cookie, .inode = seen->inode, .id = seen->id, .bundle = seen->bundle};
	cleanup_records struct record_list now = {0};

	if (!store_find(store, &filter, &now, error))
		return false;
	for (size_t i = 0; i < now.count; i++) {
		if (!session_remove_locked(store, now.items[i], deadline, NULL, error))
			return false;
	}
	return true;
}

bool session_remove_record(struct store *store, const struct record *record, long long deadline, struct error **error)
{
	struct store_lock lock = {.fd = -1};
	char boot_id[40];
	bool done;

	if (!record_boot_id(boot_id, error))
		return false;
	if (strcmp(boot_id, record->boot_id) != 0)
		return store_remove(store, record, error);
	if (!store_lock(store, record->cookie, deadline, &lock, error))
		return false;
	done = remove_recorded(store, record, deadline, error);
	store_unlock(store, &lock, false);
	return done;
}
