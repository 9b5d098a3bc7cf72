/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poststop. All that counts is the record: the state has no pid any more, annotations may be missing, the namespace's
 * path and inode may be somebody else's by now. What can't be found is gone, and that is what is wanted.
 */
#include "hook/hook.h"

#include "base/cleanup.h"
#include "kernel/privileges.h"
#include "session/damaged.h"
#include "session/removal.h"

bool hook_remove(struct hook *hook, struct error **error)
{
	struct store_filter filter = {.id = hook->container->id, .bundle = hook->container->bundle};
	cleanup_records struct record_list records = {0};

	if (!privileges_enter_phase(PRIVILEGES_NAMESPACE, error))
		return false;
	hook->store = store_open(hook->config->state_directory, false, error);
	if (hook->store == NULL)
		return error == NULL || *error == NULL;
	if (!session_find_records(hook->store, &filter, &records, error))
		return false;
	for (size_t i = 0; i < records.count; i++) {
		if (!session_remove_record(hook->store, records.items[i], hook->deadline, error))
			return false;
	}
	return session_remove_damaged(hook->store, filter.id, filter.bundle, hook->deadline, error);
}
