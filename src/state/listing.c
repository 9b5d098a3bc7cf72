/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/listing.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/parse.h"
#include "state/damaged.h"
#include "state/store-files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/** Seconds after which a text without a record can't be that of a hook at work. */
#define TEXT_GRACE 60

void listing_problems_free(struct listing_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		free(problems->items[i]);
	free(problems->items);
	*problems = (struct listing_problems){0};
}

static bool has_ending(const char *name, const char *ending)
{
	size_t length = strlen(name);

	return length > strlen(ending) && strcmp(name + length - strlen(ending), ending) == 0;
}

/* NULL with @error, or NULL without: it was removed meanwhile. */
static struct record *read_one(struct store *store, const char *name, struct error **error)
{
	cleanup_error struct error *failure = NULL;
	cleanup_free char *text = NULL;
	char expected[NAME_MAX + 1];
	struct record *record;
	size_t length;

	if (!file_read_at(store->records, name, RECORD_LIMIT, name, &text, &length, NULL, &failure)) {
		if (errno != ENOENT)
			error_move(error, STEAL(failure));
		return NULL;
	}
	record = record_from_json(text, length, name, &failure);
	if (record != NULL)
		store_record_name(record, expected);
	/* By its name it would never be found again, nor removed. */
	if (record != NULL && strcmp(expected, name) != 0) {
		record_free(&record);
		error_set(&failure, "state: %s/records/%s holds the record of another name; remove the file",
			  store->path, name);
	}
	if (record == NULL)
		error_move(error, STEAL(failure));
	return record;
}

static int compare_records(const void *left, const void *right)
{
	const struct record *one = *(struct record *const *)left, *other = *(struct record *const *)right;

	if (one->created != other->created)
		return one->created < other->created ? -1 : 1;
	return strcmp(one->id, other->id);
}

bool listing_read_records(struct store *store, struct record_list *ret, struct listing_problems *problems,
			  struct error **error)
{
	cleanup_closedir DIR *listing = store_list_directory(store->records);
	const struct dirent *entry;
	struct record_list list = {0};
	size_t capacity = 0;

	if (listing == NULL)
		return error_set_errno(error, errno, "state: %s/records cannot be listed", store->path);
	while ((entry = readdir(listing)) != NULL) {
		cleanup_error struct error *failure = NULL;
		struct record *record = NULL;

		if (damaged_is_name(entry->d_name))
			error_set(&failure, "state: %s/records/%s was a record and can't be read", store->path,
				  entry->d_name);
		else if (!has_ending(entry->d_name, ".json"))
			continue;
		else
			record = read_one(store, entry->d_name, &failure);
		if (record != NULL) {
			list.items = memory_grow(list.items, &capacity, list.count, sizeof(struct record *));
			list.items[list.count++] = record;
		} else if (failure != NULL && problems != NULL) {
			problems->items = memory_resize(problems->items, problems->count + 1, sizeof(*problems->items));
			problems->items[problems->count++] = memory_copy_string(error_text(failure));
		}
	}
	if (list.count > 1)
		qsort(list.items, list.count, sizeof(struct record *), compare_records);
	*ret = list;
	return true;
}

/* The file holds "SECONDS LINE\n". */
static bool read_failure(struct store *store, const char *id, struct listing_failure *ret)
{
	cleanup_free char *text = store_read_failure(store, id, NULL);
	size_t digits;

	if (text == NULL)
		return false;
	digits = strcspn(text, " \n");
	if (!parse_number(text, digits, UINT64_MAX, &ret->when) || text[digits] != ' ')
		return false;
	ret->id = memory_copy_string(id);
	ret->line = memory_copy_bytes(text + digits + 1, strcspn(text + digits + 1, "\n"));
	return true;
}

bool listing_read_failures(struct store *store, struct listing_failures *ret, struct error **error)
{
	cleanup_closedir DIR *listing = store_list_directory(store->failures);
	const struct dirent *entry;

	if (listing == NULL)
		return error_set_errno(error, errno, "state: %s/failures cannot be listed", store->path);
	while ((entry = readdir(listing)) != NULL) {
		struct listing_failure failure = {0};

		if (entry->d_name[0] == '.' || !read_failure(store, entry->d_name, &failure))
			continue;
		ret->items = memory_resize(ret->items, ret->count + 1, sizeof(*ret->items));
		ret->items[ret->count++] = failure;
	}
	return true;
}

void listing_failures_free(struct listing_failures *failures)
{
	for (size_t i = 0; i < failures->count; i++) {
		free(failures->items[i].id);
		free(failures->items[i].line);
	}
	free(failures->items);
	*failures = (struct listing_failures){0};
}

/* Whoever waits for the lock looks again whether the file is still the one it has opened, so removing it is safe. */
static bool clean_lock(struct store *store, const char *name, bool dry_run)
{
	cleanup_close int fd = openat(store->locks, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct store_filter filter = {0};

	if (fd < 0 || strlen(name) != 16)
		return false;
	for (const char *at = name; *at != '\0'; at++) {
		unsigned digit = (unsigned char)*at;

		if (strchr("0123456789abcdef", *at) == NULL)
			return false;
		filter.cookie = filter.cookie << 4 | (digit <= '9' ? digit - '0' : digit - 'a' + 10);
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || filter.cookie == 0 || store_has(store, &filter))
		return false;
	return dry_run || unlinkat(store->locks, name, 0) == 0;
}

static bool clean_locks(struct store *store, bool dry_run, size_t *count, struct error **error)
{
	cleanup_closedir DIR *listing = store_list_directory(store->locks);
	const struct dirent *entry;

	if (listing == NULL)
		return error_set_errno(error, errno, "state: %s/locks cannot be listed", store->path);
	while ((entry = readdir(listing)) != NULL)
		*count += entry->d_name[0] != '.' && clean_lock(store, entry->d_name, dry_run);
	return true;
}

static bool is_old(int directory, const char *name, uint64_t age)
{
	struct stat status;
	time_t now = time(NULL);

	return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mtim.tv_sec < now &&
	       (uint64_t)(now - status.st_mtim.tv_sec) > age;
}

static bool clean_failures(struct store *store, uint64_t age, bool dry_run, size_t *count, struct error **error)
{
	cleanup_closedir DIR *listing = store_list_directory(store->failures);
	const struct dirent *entry;

	if (listing == NULL)
		return error_set_errno(error, errno, "state: %s/failures cannot be listed", store->path);
	while ((entry = readdir(listing)) != NULL) {
		if (entry->d_name[0] != '.' && is_old(store->failures, entry->d_name, age))
			*count += dry_run || unlinkat(store->failures, entry->d_name, 0) == 0;
	}
	return true;
}

/* NAME.tmp-PID of a process that is dead. */
static bool is_half_written(const char *name)
{
	const char *mark = strstr(name, ".tmp-");
	uint64_t pid;

	return mark != NULL && parse_number_string(mark + strlen(".tmp-"), INT_MAX, &pid) &&
	       record_process_start((pid_t)pid) == 0;
}

/* Texts whose record is gone. */
static bool is_orphan(struct store *store, const char *name)
{
	char record[NAME_MAX + 1];

	if (!has_ending(name, ".text") || !is_old(store->records, name, TEXT_GRACE))
		return false;
	snprintf(record, sizeof(record), "%.*s.json", (int)(strlen(name) - strlen(".text")), name);
	return faccessat(store->records, record, F_OK, 0) < 0 && errno == ENOENT;
}

static bool clean_leftovers(struct store *store, bool dry_run, size_t *count, struct error **error)
{
	const int directories[] = {store->records, store->failures};
	static const char *const names[] = {"records", "failures"};

	for (size_t i = 0; i < ARRAY_LENGTH(directories); i++) {
		cleanup_closedir DIR *listing = store_list_directory(directories[i]);
		const struct dirent *entry;

		if (listing == NULL)
			return error_set_errno(error, errno, "state: %s/%s cannot be listed", store->path, names[i]);
		while ((entry = readdir(listing)) != NULL) {
			if (is_half_written(entry->d_name) || (i == 0 && is_orphan(store, entry->d_name)))
				*count += dry_run || unlinkat(directories[i], entry->d_name, 0) == 0;
		}
	}
	return true;
}

bool listing_clean(struct store *store, uint64_t failure_age, bool dry_run, struct listing_cleaned *ret,
		   struct error **error)
{
	*ret = (struct listing_cleaned){0};
	return clean_leftovers(store, dry_run, &ret->leftovers, error) &&
	       clean_locks(store, dry_run, &ret->locks, error) &&
	       clean_failures(store, failure_age, dry_run, &ret->failures, error);
}
