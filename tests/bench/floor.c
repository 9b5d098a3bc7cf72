/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The least that libiptc can do for rules of both families: enters a network namespace, appends entries that were made
 * before, and commits once per family. No text, no libxtables, no check, no record, no second process: what any program
 * that fills these tables pays to the kernel and to libiptc.
 *
 *     floor save NAMESPACE FILE4 FILE6     writes the entries of the OUTPUT chains of table filter, as they stand
 *     floor apply NAMESPACE FILE4 FILE6    appends them
 */
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <libiptc/libip6tc.h>
#include <libiptc/libiptc.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const ipt_chainlabel chain = "OUTPUT";

__attribute__((noreturn)) static void fail(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void enter(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET) != 0)
		fail(path);
}

static void write_all(int fd, const void *bytes, size_t length)
{
	if (write(fd, bytes, length) != (ssize_t)length)
		fail("write");
}

static char *read_all(const char *path, size_t *ret_length)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	char *bytes;

	if (fd < 0 || fstat(fd, &status) != 0)
		fail(path);
	*ret_length = (size_t)status.st_size;
	bytes = malloc(*ret_length + 1);
	if (bytes == NULL || read(fd, bytes, *ret_length) != (ssize_t)*ret_length)
		fail(path);
	return bytes;
}

/*
 * One family: what its functions and structures are called is all that differs. An entry as read says where its verdict
 * lies in the table; as appended, its target has the verdict's name.
 */
#define DEFINE_FAMILY(prefix, entry_type)                                                                              \
	static void prefix##_save(const char *path)                                                                    \
	{                                                                                                              \
		cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);                     \
		struct xtc_handle *handle = prefix##_init("filter");                                                   \
                                                                                                                       \
		if (fd < 0 || handle == NULL)                                                                          \
			fail(path);                                                                                    \
		for (const entry_type *entry = prefix##_first_rule(chain, handle); entry != NULL;                      \
		     entry = prefix##_next_rule(entry, handle)) {                                                      \
			char *copy = malloc(entry->next_offset);                                                       \
			struct xt_entry_target *target;                                                                \
                                                                                                                       \
			if (copy == NULL)                                                                              \
				fail("malloc");                                                                        \
			memcpy(copy, entry, entry->next_offset);                                                       \
			target = (struct xt_entry_target *)(void *)(copy + entry->target_offset);                      \
			snprintf(target->u.user.name, sizeof(target->u.user.name), "%s",                               \
				 prefix##_get_target(entry, handle));                                                  \
			write_all(fd, copy, entry->next_offset);                                                       \
			free(copy);                                                                                    \
		}                                                                                                      \
		prefix##_free(handle);                                                                                 \
	}                                                                                                              \
                                                                                                                       \
	static void prefix##_apply(const char *path)                                                                   \
	{                                                                                                              \
		size_t length;                                                                                         \
		cleanup_free char *bytes = read_all(path, &length);                                                    \
		struct xtc_handle *handle = prefix##_init("filter");                                                   \
                                                                                                                       \
		if (handle == NULL)                                                                                    \
			fail(path);                                                                                    \
		for (size_t at = 0; at < length;) {                                                                    \
			const entry_type *entry = (const entry_type *)(const void *)(bytes + at);                      \
                                                                                                                       \
			if (!prefix##_append_entry(chain, entry, handle))                                              \
				fail(path);                                                                            \
			at += entry->next_offset;                                                                      \
		}                                                                                                      \
		if (!prefix##_commit(handle))                                                                          \
			fail(path);                                                                                    \
		prefix##_free(handle);                                                                                 \
	}

DEFINE_FAMILY(iptc, struct ipt_entry)
DEFINE_FAMILY(ip6tc, struct ip6t_entry)

int main(int argc, char **argv)
{
	bool save = argc == 5 && strcmp(argv[1], "save") == 0;

	if (!save && (argc != 5 || strcmp(argv[1], "apply") != 0)) {
		fprintf(stderr, "usage: floor save|apply NAMESPACE FILE4 FILE6\n");
		return 2;
	}
	enter(argv[2]);
	(save ? iptc_save : iptc_apply)(argv[3]);
	(save ? ip6tc_save : ip6tc_apply)(argv[4]);
	return 0;
}
