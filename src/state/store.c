/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/store-files.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FAILURE_LIMIT 8192
/** Failures kept; the oldest go first. */
#define FAILURE_COUNT 256
/** 64 layers, each a profile of the largest size, would be more; the tables' limit of rules ends far below this. */
#define TEXTS_LIMIT ((size_t)256 * 1024 * 1024)

/* @return whether uid 0 here is another outside, which is *@ret_uid then */
static bool read_uid_map(uint64_t *ret_uid)
{
	cleanup_free char *map = NULL;
	uint64_t fields[3] = {0};
	size_t count = 0;

	if (!file_read_at(AT_FDCWD, "/proc/self/uid_map", 4096, "uid_map", &map, NULL, NULL, NULL))
		return false;
	/* The first line is that of uid 0 in all namespaces that have one: inside, outside, length. */
	for (const char *at = map; count < 3; count++) {
		size_t length;

		at += strspn(at, " ");
		length = strcspn(at, " \n");
		if (!parse_number(at, length, UINT64_MAX, &fields[count]))
			return false;
		at += length;
	}
	if (fields[0] == 0 && fields[1] == 0)
		return false;
	*ret_uid = fields[1];
	return true;
}

bool store_is_rootless(uint64_t *ret_uid)
{
	static bool known, rootless;
	static uint64_t uid;

	/* A process's user namespace stays what it is. */
	if (!known)
		rootless = read_uid_map(&uid);
	known = true;
	*ret_uid = uid;
	return rootless;
}

/* Opens a directory that only this uid may use. @return fd; -1 with @error, or -1 without when it is not there */
static int open_private(int parent, const char *path, const char *name, bool create, struct error **error)
{
	cleanup_close int fd = -1;
	struct stat status;

	fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && create) {
		if (mkdirat(parent, path, 0700) < 0 && errno != EEXIST) {
			error_set_errno(error, errno, "state: %s cannot be made", name);
			return -1;
		}
		fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0 && errno == ENOENT && !create)
		return -1;
	if (fd < 0 || fstat(fd, &status) < 0) {
		error_set_errno(error, errno, "state: %s cannot be opened", name);
		return -1;
	}
	if (status.st_uid != geteuid() || (status.st_mode & 077) != 0) {
		error_set(error, "state: %s must belong to uid %u and have mode 0700", name, (unsigned)geteuid());
		return -1;
	}
	return steal_fd(&fd);
}

static int open_default(bool create, char **ret_path, struct error **error)
{
	cleanup_free char *path = NULL;
	struct stat status;
	uint64_t uid;

	if (!store_is_rootless(&uid)) {
		path = memory_copy_string("/run/oci-iptables");
	} else {
		char text[80];

		snprintf(text, sizeof(text), "/run/user/%llu", (unsigned long long)uid);
		if (stat(text, &status) == 0 && status.st_uid == geteuid() && access(text, W_OK) == 0)
			snprintf(text, sizeof(text), "/run/user/%llu/oci-iptables", (unsigned long long)uid);
		else
			snprintf(text, sizeof(text), "/tmp/oci-iptables-%llu", (unsigned long long)uid);
		path = memory_copy_string(text);
	}
	*ret_path = STEAL(path);
	return open_private(AT_FDCWD, *ret_path, *ret_path, create, error);
}

struct store *store_open(const char *directory, bool create, struct error **error)
{
	cleanup_store struct store *store = memory_allocate(1, sizeof(*store));

	store->records = -1;
	store->locks = -1;
	store->failures = -1;
	if (directory != NULL) {
		store->path = memory_copy_string(directory);
		store->fd = open_private(AT_FDCWD, directory, directory, create, error);
	} else {
		store->fd = open_default(create, &store->path, error);
	}
	if (store->fd < 0)
		return NULL;
	/* Below a directory of our own nothing has to be feared but a missing one. */
	store->records = open_private(store->fd, "records", "records", true, error);
	if (store->records >= 0)
		store->locks = open_private(store->fd, "locks", "locks", true, error);
	if (store->locks >= 0)
		store->failures = open_private(store->fd, "failures", "failures", true, error);
	if (store->failures < 0)
		return NULL;
	return STEAL(store);
}

void store_close(struct store **store)
{
	if (*store == NULL)
		return;
	cleanup_close_fd(&(*store)->fd);
	cleanup_close_fd(&(*store)->records);
	cleanup_close_fd(&(*store)->locks);
	cleanup_close_fd(&(*store)->failures);
	free((*store)->path);
	free(*store);
	*store = NULL;
}

const char *store_path(const struct store *store)
{
	return store->path;
}

static uint64_t owner_hash(const char *id, const char *bundle)
{
	return hash_bytes(hash_bytes(HASH_START, id, strlen(id) + 1), bundle, strlen(bundle));
}

void store_record_name(const struct record *record, char ret[NAME_MAX + 1])
{
	snprintf(ret, NAME_MAX + 1, "%016llx.%llx.%.128s.%016llx.json", (unsigned long long)record->cookie,
		 (unsigned long long)record->inode, record->id,
		 (unsigned long long)owner_hash(record->id, record->bundle));
}

bool store_is_same_file(const struct record *left, const struct record *right)
{
	char one[NAME_MAX + 1], other[NAME_MAX + 1];

	store_record_name(left, one);
	store_record_name(right, other);
	return strcmp(one, other) == 0;
}

bool store_save(struct store *store, const struct record *record, struct error **error)
{
	cleanup_free char *json = NULL;
	char name[NAME_MAX + 1];
	size_t length;

	json = record_to_json(record, &length);
	store_record_name(record, name);
	if (!file_replace_at(store->records, name, 0600, json, length, error))
		return error_prefix(error, "state: %s/records: ", store->path);
	return true;
}

/* The texts stand under the record's name with another ending. */
static void texts_name(const struct record *record, char ret[NAME_MAX + 1])
{
	store_record_name(record, ret);
	memcpy(ret + strlen(ret) - strlen(".json"), ".text", sizeof(".text"));
}

bool store_save_texts(struct store *store, const struct record *record, const char *bytes, size_t length,
		      struct error **error)
{
	char name[NAME_MAX + 1];

	texts_name(record, name);
	if (!file_replace_at(store->records, name, 0600, bytes, length, error))
		return error_prefix(error, "state: %s/records: ", store->path);
	return true;
}

bool store_read_texts(struct store *store, const struct record *record, char **ret, size_t *ret_length,
		      struct error **error)
{
	char name[NAME_MAX + 1];

	texts_name(record, name);
	return file_read_at(store->records, name, TEXTS_LIMIT, name, ret, ret_length, NULL, error) ||
	       error_prefix(error, "state: ");
}

bool store_remove(struct store *store, const struct record *record, struct error **error)
{
	char name[NAME_MAX + 1];

	/* The record goes last: as long as it is there, it names what else has to go. */
	texts_name(record, name);
	if (unlinkat(store->records, name, 0) < 0 && errno != ENOENT)
		return error_set_errno(error, errno, "state: %s/records/%s cannot be removed", store->path, name);
	store_record_name(record, name);
	if (unlinkat(store->records, name, 0) < 0 && errno != ENOENT)
		return error_set_errno(error, errno, "state: %s/records/%s cannot be removed", store->path, name);
	return true;
}

/* Takes COOKIE.INODE.ID.HASH.json apart; the id may hold dots. */
bool store_name_matches(const char *name, const struct store_filter *filter)
{
	char part[64];
	const char *inode, *id, *hash;
	size_t length = strlen(name);

	if (length < 16 + 1 + 1 + 1 + 1 + 1 + 16 + 5 || name[16] != '.' || strcmp(name + length - 5, ".json") != 0)
		return false;
	inode = name + 17;
	id = strchr(inode, '.');
	hash = name + length - 5 - 16;
	if (id == NULL || hash - 1 <= id || hash[-1] != '.')
		return false;
	id++;
	if (filter->cookie != 0) {
		snprintf(part, sizeof(part), "%016llx.", (unsigned long long)filter->cookie);
		if (strncmp(name, part, 17) != 0)
			return false;
	}
	if (filter->inode != 0) {
		snprintf(part, sizeof(part), "%llx.", (unsigned long long)filter->inode);
		if (strncmp(inode, part, strlen(part)) != 0)
			return false;
	}
	if (filter->id != NULL &&
	    (strlen(filter->id) != (size_t)(hash - 1 - id) || strncmp(id, filter->id, strlen(filter->id)) != 0))
		return false;
	if (filter->id != NULL && filter->bundle != NULL) {
		snprintf(part, sizeof(part), "%016llx", (unsigned long long)owner_hash(filter->id, filter->bundle));
		if (strncmp(hash, part, 16) != 0)
			return false;
	}
	return true;
}

DIR *store_list_directory(int fd)
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing;

	if (own < 0)
		return NULL;
	listing = fdopendir(own);
	if (listing == NULL)
		close(own);
	return listing;
}

bool store_has(struct store *store, const struct store_filter *filter)
{
	cleanup_closedir DIR *listing = store_list_directory(store->records);
	const struct dirent *entry;

	if (listing == NULL)
		return true;
	while ((entry = readdir(listing)) != NULL) {
		if (store_name_matches(entry->d_name, filter))
			return true;
	}
	return false;
}

/* Id and bundle of different containers may have one hash: then the name is not enough. */
static bool is_of_owner(const struct record *record, const struct store_filter *filter)
{
	return (filter->id == NULL || strcmp(filter->id, record->id) == 0) &&
	       (filter->id == NULL || filter->bundle == NULL || strcmp(filter->bundle, record->bundle) == 0);
}

static bool read_record(struct store *store, const char *name, const struct store_filter *filter,
			struct record_list *list, struct error **error)
{
	cleanup_free char *text = NULL;
	struct record *record;
	size_t length;

	if (!file_read_at(store->records, name, RECORD_LIMIT, name, &text, &length, NULL, error))
		return errno == ENOENT ? true : error_prefix(error, "state: ");
	record = record_from_json(text, length, name, error);
	if (record == NULL)
		return error_prefix(error, "state: ");
	if (!is_of_owner(record, filter)) {
		record_free(&record);
		return true;
	}
	list->items = memory_resize(list->items, list->count + 1, sizeof(struct record *));
	list->items[list->count++] = record;
	return true;
}

bool store_find(struct store *store, const struct store_filter *filter, struct record_list *ret, struct error **error)
{
	cleanup_closedir DIR *listing = store_list_directory(store->records);
	cleanup_records struct record_list list = {0};
	const struct dirent *entry;

	if (listing == NULL)
		return error_set_errno(error, errno, "state: %s/records cannot be listed", store->path);
	while ((entry = readdir(listing)) != NULL) {
		cleanup_error struct error *failure = NULL;

		if (!store_name_matches(entry->d_name, filter))
			continue;
		if (read_record(store, entry->d_name, filter, &list, &failure) || failure == NULL || error == NULL)
			continue;
		return error_move(error, STEAL(failure));
	}
	*ret = list;
	list = (struct record_list){0};
	return true;
}

void record_list_free(struct record_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		record_free(&list->items[i]);
	free(list->items);
	list->items = NULL;
	list->count = 0;
}

static int lock_own(struct store *store, uint64_t cookie, long long deadline, struct error **error)
{
	char name[32];

	snprintf(name, sizeof(name), "%016llx", (unsigned long long)cookie);
	for (;;) {
		cleanup_close int fd = openat(store->locks, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		struct stat mine, there;

		if (fd < 0) {
			error_set_errno(error, errno, "state: %s/locks/%s cannot be made", store->path, name);
			return -1;
		}
		if (!file_lock(fd, deadline)) {
			error_set_errno(error, errno, "lock: the namespace's lock %s/locks/%s is held by another hook",
					store->path, name);
			return -1;
		}
		/* Its holder may have removed the file while we waited: then another one stands there. */
		if (fstat(fd, &mine) == 0 && fstatat(store->locks, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
		    mine.st_ino == there.st_ino)
			return steal_fd(&fd);
	}
}

bool store_lock(struct store *store, uint64_t cookie, long long deadline, struct store_lock *ret, struct error **error)
{
	ret->cookie = cookie;
	ret->fd = lock_own(store, cookie, deadline, error);
	return ret->fd >= 0;
}

void store_unlock(struct store *store, struct store_lock *lock, bool recorded)
{
	struct store_filter filter = {.cookie = lock->cookie};
	char name[32];

	if (lock->fd < 0)
		return;
	if (!recorded && !store_has(store, &filter)) {
		snprintf(name, sizeof(name), "%016llx", (unsigned long long)lock->cookie);
		unlinkat(store->locks, name, 0);
	}
	cleanup_close_fd(&lock->fd);
	lock->fd = -1;
}

/* Removes the oldest failure when there are too many: hostile ids must not fill the memory that /run is. */
static void prune_failures(struct store *store)
{
	cleanup_closedir DIR *listing = store_list_directory(store->failures);
	char oldest[NAME_MAX + 1] = "";
	struct timespec least = {0};
	const struct dirent *entry;
	size_t count = 0;

	while (listing != NULL && (entry = readdir(listing)) != NULL) {
		struct stat status;

		if (entry->d_name[0] == '.' || fstatat(store->failures, entry->d_name, &status, 0) < 0)
			continue;
		count++;
		if (oldest[0] != '\0' &&
		    (status.st_mtim.tv_sec > least.tv_sec ||
		     (status.st_mtim.tv_sec == least.tv_sec && status.st_mtim.tv_nsec >= least.tv_nsec)))
			continue;
		least = status.st_mtim;
		snprintf(oldest, sizeof(oldest), "%s", entry->d_name);
	}
	if (count > FAILURE_COUNT)
		unlinkat(store->failures, oldest, 0);
}

bool store_save_failure(struct store *store, const char *id, const char *line, struct error **error)
{
	cleanup_text struct text text = {0};

	text_printf(&text, "%lld %s\n", (long long)time(NULL), line);
	if (!file_replace_at(store->failures, id, 0600, text.data, text.length, error))
		return error_prefix(error, "state: %s/failures: ", store->path);
	prune_failures(store);
	return true;
}

void store_remove_failure(struct store *store, const char *id)
{
	unlinkat(store->failures, id, 0);
}

char *store_read_failure(struct store *store, const char *id, struct error **error)
{
	char *text = NULL;
	cleanup_error struct error *failure = NULL;

	if (!file_read_at(store->failures, id, FAILURE_LIMIT, id, &text, NULL, NULL, &failure)) {
		if (errno != ENOENT)
			error_move(error, STEAL(failure));
		return NULL;
	}
	return text;
}
