/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/damaged.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "state/store-files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Takes the place of ".json", and is not longer, so that the name stays within NAME_MAX. */
#define ASIDE ".bad"

bool damaged_is_name(const char *name)
{
	size_t length = strlen(name);

	return length > strlen(ASIDE) && strcmp(name + length - strlen(ASIDE), ASIDE) == 0;
}

/* The name that a record has where it can be read. */
static void sound_name(const char *name, char ret[NAME_MAX + 1])
{
	size_t length = strlen(name);

	if (damaged_is_name(name))
		snprintf(ret, NAME_MAX + 1, "%.*s.json", (int)(length - strlen(ASIDE)), name);
	else
		snprintf(ret, NAME_MAX + 1, "%s", name);
}

static void aside_name(const char *sound, char ret[NAME_MAX + 1])
{
	snprintf(ret, NAME_MAX + 1, "%.*s" ASIDE, (int)(strlen(sound) - strlen(".json")), sound);
}

static bool is_newer(const char *text, size_t length)
{
	cleanup_json struct json_document *document = json_read(text, length, "record", NULL);
	uint64_t version;

	return document != NULL && json_top(document)->type == JSON_OBJECT &&
	       json_integer(json_member(json_top(document), "version"), UINT32_MAX, &version) &&
	       version > RECORD_VERSION;
}

/* What can't be read for another reason than its contents may be sound tomorrow. */
static bool is_damaged(struct store *store, const char *name)
{
	cleanup_error struct error *failure = NULL;
	cleanup_record struct record *record = NULL;
	cleanup_free char *text = NULL;
	size_t length;

	if (!file_read_at(store->records, name, RECORD_LIMIT, name, &text, &length, NULL, &failure))
		return errno == 0 || errno == ELOOP; /* a link, a directory, too long */
	record = record_from_json(text, length, name, &failure);
	return record == NULL && !is_newer(text, length);
}

/* A number of at most 16 hexadecimal digits; 0, which no namespace has, for anything else. */
static uint64_t read_hexadecimal(const char *text)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t value = 0;

	for (size_t i = 0; text[i] != '.'; i++) {
		const char *digit = text[i] == '\0' ? NULL : strchr(digits, text[i]);

		if (digit == NULL || i >= 16)
			return 0;
		value = value << 4 | (uint64_t)(digit - digits);
	}
	return value;
}

/* Takes COOKIE.INODE.ID.HASH.json apart, which store_name_matches() has seen. */
static void read_name(const char *name, const char *sound, struct damaged_record *ret)
{
	const char *inode = sound + 17;
	const char *id = strchr(inode, '.') + 1;

	ret->name = memory_copy_string(name);
	ret->id = memory_copy_bytes(id, strlen(id) - strlen(".0123456789abcdef.json"));
	ret->cookie = read_hexadecimal(sound);
	ret->inode = read_hexadecimal(inode);
}

bool damaged_find(struct store *store, const struct store_filter *filter, struct damaged_list *ret,
		  struct error **error)
{
	cleanup_closedir DIR *listing = store_list_directory(store->records);
	const struct dirent *entry;
	size_t capacity = 0;

	*ret = (struct damaged_list){0};
	if (listing == NULL)
		return error_set_errno(error, errno, "state: %s/records cannot be listed", store->path);
	while ((entry = readdir(listing)) != NULL) {
		char sound[NAME_MAX + 1];

		sound_name(entry->d_name, sound);
		if (!store_name_matches(sound, filter) ||
		    (!damaged_is_name(entry->d_name) && !is_damaged(store, entry->d_name)))
			continue;
		ret->items = memory_grow(ret->items, &capacity, ret->count, sizeof(*ret->items));
		read_name(entry->d_name, sound, &ret->items[ret->count++]);
	}
	return true;
}

bool damaged_set_aside(struct store *store, const struct store_filter *filter, struct error **error)
{
	cleanup_damaged struct damaged_list list = {0};

	if (!damaged_find(store, filter, &list, error))
		return false;
	for (size_t i = 0; i < list.count; i++) {
		const char *name = list.items[i].name;
		char aside[NAME_MAX + 1];

		if (damaged_is_name(name))
			continue;
		aside_name(name, aside);
		if (renameat(store->records, name, store->records, aside) < 0 && errno != ENOENT)
			return error_set_errno(error, errno, "state: %s/records/%s is damaged and cannot be renamed",
					       store->path, name);
	}
	return true;
}

bool damaged_forget(struct store *store, const struct damaged_record *damaged, struct error **error)
{
	char sound[NAME_MAX + 1], texts[NAME_MAX + 1];

	sound_name(damaged->name, sound);
	snprintf(texts, sizeof(texts), "%.*s.text", (int)(strlen(sound) - strlen(".json")), sound);
	/* The texts are those of a later record of the container, where there is one. */
	if ((!damaged_is_name(damaged->name) || faccessat(store->records, sound, F_OK, AT_SYMLINK_NOFOLLOW) < 0) &&
	    unlinkat(store->records, texts, 0) < 0 && errno != ENOENT)
		return error_set_errno(error, errno, "state: %s/records/%s cannot be removed", store->path, texts);
	if (unlinkat(store->records, damaged->name, 0) < 0 && errno != ENOENT)
		return error_set_errno(error, errno, "state: %s/records/%s cannot be removed", store->path,
				       damaged->name);
	return true;
}

bool damaged_has(struct store *store, const struct record *record)
{
	char sound[NAME_MAX + 1], aside[NAME_MAX + 1];

	store_record_name(record, sound);
	aside_name(sound, aside);
	return faccessat(store->records, aside, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void damaged_forget_of(struct store *store, const struct record *record)
{
	char sound[NAME_MAX + 1], aside[NAME_MAX + 1];

	store_record_name(record, sound);
	aside_name(sound, aside);
	unlinkat(store->records, aside, 0);
}

void damaged_list_free(struct damaged_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].name);
		free(list->items[i].id);
	}
	free(list->items);
	*list = (struct damaged_list){0};
}
