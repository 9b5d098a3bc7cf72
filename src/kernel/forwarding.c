/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/forwarding.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the process that has entered the namespace: /proc/sys/net is the reader's. */
#define ROOT "/proc/sys/net"

static bool read_value(const char *name, char *ret, size_t size, struct error **error)
{
	cleanup_free char *text = NULL;
	char path[128];

	snprintf(path, sizeof(path), ROOT "/%s", name);
	if (!file_read_at(AT_FDCWD, path, 64, path, &text, NULL, NULL, error))
		return false;
	text[strcspn(text, "\n")] = '\0';
	if (snprintf(ret, size, "%s", text) >= (int)size)
		return error_set(error, "sysctl: %s holds no small number", path);
	return true;
}

/* Looks at what it is now: other containers of the namespace set and restore the same. */
static bool write_value(const char *name, const char *value, struct error **error)
{
	cleanup_close int fd = -1;
	char path[128], now[16];

	if (read_value(name, now, sizeof(now), NULL) && strcmp(now, value) == 0)
		return true;
	snprintf(path, sizeof(path), ROOT "/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || !file_write_all(fd, value, strlen(value)))
		return error_set_errno(error, errno, "sysctl: %s cannot be set", path);
	return true;
}

static bool add_value(struct forwarding_values *values, const char *name, const char *new_value, struct error **error)
{
	struct forwarding_value value = {0};

	snprintf(value.name, sizeof(value.name), "%s", name);
	snprintf(value.new_value, sizeof(value.new_value), "%s", new_value);
	if (!read_value(name, value.old, sizeof(value.old), error))
		return false;
	values->items = memory_resize(values->items, values->count + 1, sizeof(*values->items));
	values->items[values->count++] = value;
	return true;
}

/* With forwarding on, the kernel ignores router advertisements unless accept_ra is 2, and the default route expires. */
static bool add_accept_ra(struct forwarding_values *values, struct error **error)
{
	cleanup_closedir DIR *listing = opendir(ROOT "/ipv6/conf");
	const struct dirent *entry;

	if (listing == NULL)
		return error_set_errno(error, errno, "sysctl: " ROOT "/ipv6/conf");
	while ((entry = readdir(listing)) != NULL) {
		char name[80];
		char old[8];

		if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lo") == 0)
			continue;
		if (snprintf(name, sizeof(name), "ipv6/conf/%s/accept_ra", entry->d_name) >= (int)sizeof(name))
			continue;
		if (!read_value(name, old, sizeof(old), error))
			return false;
		if (strcmp(old, "1") == 0 && !add_value(values, name, "2", error))
			return false;
	}
	return true;
}

bool forwarding_read(const struct forwarding_request *request, struct forwarding_values *ret, struct error **error)
{
	cleanup_forwarding struct forwarding_values values = {0};

	if (request->ipv4 && !add_value(&values, "ipv4/ip_forward", "1", error))
		return false;
	if (request->ipv6 &&
	    (!add_accept_ra(&values, error) || !add_value(&values, "ipv6/conf/all/forwarding", "1", error)))
		return false;
	*ret = values;
	values = (struct forwarding_values){0};
	return true;
}

bool forwarding_set(const struct forwarding_values *values, struct error **error)
{
	for (size_t i = 0; i < values->count; i++) {
		const struct forwarding_value *value = &values->items[i];

		if (!write_value(value->name, value->new_value, error))
			return false;
	}
	return true;
}

bool forwarding_restore(const struct forwarding_values *values, struct error **error)
{
	for (size_t i = values->count; i > 0; i--) {
		const struct forwarding_value *value = &values->items[i - 1];
		char path[128];

		snprintf(path, sizeof(path), ROOT "/%s", value->name);
		if (strcmp(value->old, value->new_value) == 0 || (access(path, F_OK) < 0 && errno == ENOENT))
			continue;
		if (!write_value(value->name, value->old, error))
			return false;
	}
	return true;
}

bool forwarding_name_is_sound(const char *name)
{
	size_t length = strlen(name);
	static const char prefix[] = "ipv6/conf/", suffix[] = "/accept_ra";

	if (strcmp(name, "ipv4/ip_forward") == 0 || strcmp(name, "ipv6/conf/all/forwarding") == 0)
		return true;
	if (!text_has_prefix(name, prefix) || length <= sizeof(prefix) + sizeof(suffix) - 2 ||
	    strcmp(name + length - strlen(suffix), suffix) != 0)
		return false;
	/* One interface name between the two. */
	return memchr(name + strlen(prefix), '/', length - strlen(prefix) - strlen(suffix)) == NULL &&
	       name[strlen(prefix)] != '.';
}

void forwarding_free(struct forwarding_values *values)
{
	free(values->items);
	values->items = NULL;
	values->count = 0;
}
