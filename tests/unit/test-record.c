/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of containers: every example of schemas/ is read, or refused, and what is read is written again as it was. */
#include "base/cleanup.h"
#include "base/file.h"
#include "state/record.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_newer_version_says_so),
	};

	if (argc != 2)
		return 2;
	examples = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
