/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/sysctls.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "session/chains.h"

#include <string.h>

static struct record_sysctl *find(const struct record *record, const char *name)
{
	for (size_t i = 0; i < record->sysctl_count; i++) {
		if (strcmp(record->sysctls[i].name, name) == 0)
			return &record->sysctls[i];
	}
	return NULL;
}

/* Whether a record sets a sysctl of the same family. */
static bool sets_family(const struct record *record, const char *name)
{
	for (size_t i = 0; i < record->sysctl_count; i++) {
		if (strncmp(record->sysctls[i].name, name, strlen("ipv4/")) == 0)
			return true;
	}
	return false;
}

void sysctls_inherit(struct record *record, const struct record_list *others)
{
	for (size_t k = 0; k < others->count; k++) {
		const struct record *other = others->items[k];
		bool same = record_is_same_container(other, record);

		/* Cookies count from the boot on: another namespace. */
		if (strcmp(other->boot_id, record->boot_id) != 0)
			continue;
		for (size_t i = 0; i < other->sysctl_count; i++) {
			const struct record_sysctl *found = &other->sysctls[i];
			struct record_sysctl *own = find(record, found->name);

			if (own == NULL && !same && !sets_family(record, found->name))
				continue;
			if (own == NULL) {
				record->sysctls = memory_resize(record->sysctls, record->sysctl_count + 1,
								sizeof(*record->sysctls));
				own = &record->sysctls[record->sysctl_count++];
			}
			*own = *found;
		}
	}
}

struct forwarding_values sysctls_to_restore(struct store *store, const struct record *record)
{
	struct store_filter filter = {.cookie = record->cookie};
	cleanup_records struct record_list others = {0};
	struct forwarding_values values = sysctls_of_record(record);

	if (values.count == 0 || !store_find(store, &filter, &others, NULL))
		return values;
	for (size_t k = 0; k < others.count; k++) {
		const struct record *other = others.items[k];
		size_t left = 0;

		if (record_is_same_container(other, record) || strcmp(other->boot_id, record->boot_id) != 0)
			continue;
		for (size_t i = 0; i < values.count; i++) {
			if (find(other, values.items[i].name) == NULL)
				values.items[left++] = values.items[i];
		}
		values.count = left;
	}
	return values;
}
