/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of containers: every example of schemas/ is read, or refused, and what is read is written again as it was.
 * Whoever looks for one container's finds no other's, though their files have one name.
 */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "state/record.h"
#include "state/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *examples;

/* Calls @judge for each file of a folder. @return how many there are */
static size_t for_each(const char *folder, void (*judge)(const char *text, size_t length, const char *name))
{
	cleanup_closedir DIR *listing = NULL;
	const struct dirent *entry;
	char path[4096];
	size_t count = 0;

	snprintf(path, sizeof(path), "%s/%s", examples, folder);
	listing = opendir(path);
	assert_non_null(listing);
	while ((entry = readdir(listing)) != NULL) {
		cleanup_free char *text = NULL;
		size_t length = 0;

		if (entry->d_name[0] == '.')
			continue;
		assert_true(
			file_read_at(dirfd(listing), entry->d_name, 65536, entry->d_name, &text, &length, NULL, NULL));
		judge(text, length, entry->d_name);
		count++;
	}
	return count;
}

static void must_read(const char *text, size_t length, const char *name)
{
	cleanup_error struct error *error = NULL;
	cleanup_record struct record *record = record_from_json(text, length, name, &error);
	cleanup_record struct record *again = NULL;
	cleanup_free char *written = NULL;
	cleanup_free char *rewritten = NULL;
	size_t written_length = 0, rewritten_length = 0;

	if (record == NULL) {
		fail_msg("%s", error_text(error));
		return;
	}
	written = record_to_json(record, &written_length);
	again = record_from_json(written, written_length, name, &error);
	if (again == NULL) {
		fail_msg("%s", error_text(error));
		return;
	}
	rewritten = record_to_json(again, &rewritten_length);
	assert_string_equal(written, rewritten);
	assert_int_equal(record->chain_count, again->chain_count);
	assert_int_equal(record->cookie, again->cookie);
}

static void must_refuse(const char *text, size_t length, const char *name)
{
	cleanup_error struct error *error = NULL;
	cleanup_record struct record *record = record_from_json(text, length, name, &error);

	if (record != NULL)
		print_message("%s was taken\n", name);
	assert_null(record);
	assert_non_null(error);
	assert_non_null(strstr(error_text(error), name));
}

static void test_valid(void **state)
{
	(void)state;
	assert_true(for_each("valid", must_read) > 0);
}

static void test_invalid(void **state)
{
	(void)state;
	assert_true(for_each("invalid", must_refuse) > 0);
}

static void test_newer_version_says_so(void **state)
{
	static const char text[] = "{\"version\": 7}";
	cleanup_error struct error *error = NULL;

	(void)state;
	assert_null(record_from_json(text, strlen(text), "r.json", &error));
	assert_string_equal(error_text(error), "r.json: written by a newer version of oci-iptables (record version 7)");
}

/* base/hash.c's step for eight bytes, whose last shift can be taken back: a second text is easily found. */
static uint64_t step(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 29;
}

/* Finds another bundle of two words whose hash behind the id is the same. */
static void find_second_bundle(const char *id, const char bundle[17], char ret[17])
{
	uint64_t start = hash_bytes(HASH_START, id, strlen(id) + 1), words[2], own[2];
	bool plain = false;

	memcpy(words, bundle, sizeof(words));
	for (unsigned number = 0; !plain; number++) {
		snprintf(ret, 9, "/b%06x", number & 0xffffffU);
		memcpy(own, ret, sizeof(own[0]));
		own[1] = step(start, words[0]) ^ words[1] ^ step(start, own[0]);
		memcpy(ret + 8, &own[1], sizeof(own[1]));
		plain = true;
		for (size_t i = 8; i < 16; i++)
			plain = plain && ret[i] > ' ' && ret[i] < 0x7f;
	}
	ret[16] = '\0';
}

static struct record *make_record(const char *id, const char *bundle)
{
	struct record *record = memory_allocate(1, sizeof(*record));

	record->id = memory_copy_string(id);
	record->bundle = memory_copy_string(bundle);
	record->hook_version = memory_copy_string("1");
	record->cookie = 7;
	record->inode = 8;
	return record;
}

static void remove_store(const char *directory)
{
	static const char *const parts[] = {"records", "locks", "failures"};
	char path[128];

	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, parts[i]);
		rmdir(path);
	}
	rmdir(directory);
}

static void test_one_hash_of_two_bundles(void **state)
{
	static const char id[] = "same", bundle[] = "/bundles/of/one1";
	char directory[] = "/tmp/oci-iptables-records-XXXXXX", second[17];
	cleanup_store struct store *store = NULL;
	cleanup_record struct record *one = make_record(id, bundle);
	cleanup_record struct record *other = NULL;
	struct store_filter filter = {.id = id, .bundle = second};
	cleanup_records struct record_list found = {0};

	(void)state;
	find_second_bundle(id, bundle, second);
	other = make_record(id, second);
	assert_string_not_equal(bundle, second);
	assert_true(store_is_same_file(one, other));
	assert_non_null(mkdtemp(directory));
	store = store_open(directory, true, NULL);
	assert_non_null(store);
	assert_true(store_save(store, one, NULL));
	assert_true(store_has(store, &filter));
	assert_true(store_find(store, &filter, &found, NULL));
	assert_int_equal(found.count, 0);
	filter.bundle = bundle;
	assert_true(store_find(store, &filter, &found, NULL));
	assert_int_equal(found.count, 1);
	assert_true(store_remove(store, one, NULL));
	remove_store(directory);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_newer_version_says_so),
		cmocka_unit_test(test_one_hash_of_two_bundles),
	};

	if (argc != 2)
		return 2;
	examples = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
