/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fuzz target without a fuzzer: hands it the files that it is given, folders' files included. Linked to each target
 * this makes a unit test that every compiler can build; an input that was a finding once ends the process if it is one
 * again.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define MOST ((size_t)32 * 1024 * 1024)

static unsigned count;

static bool replay(int directory, const char *name)
{
	cleanup_error struct error *error = NULL;
	cleanup_free char *bytes = NULL;
	size_t length;

	if (!file_read_at(directory, name, MOST, name, &bytes, &length, NULL, &error)) {
		fprintf(stderr, "%s\n", error_text(error));
		return false;
	}
	/* What is printed last is the input that ended the process. */
	printf("# %s\n", name);
	fflush(stdout);
	LLVMFuzzerTestOneInput((const uint8_t *)bytes, length);
	count++;
	return true;
}

static bool replay_folder(const char *path, DIR *folder)
{
	const struct dirent *entry;

	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] != '.' && !replay(dirfd(folder), entry->d_name)) {
			fprintf(stderr, "in %s\n", path);
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		cleanup_closedir DIR *folder = opendir(argv[i]);

		/* A target that had no finding has no folder. */
		if (folder == NULL && errno == ENOENT)
			continue;
		if (folder != NULL ? !replay_folder(argv[i], folder) : !replay(AT_FDCWD, argv[i]))
			return 1;
	}
	printf("1..1\n%s 1 %u inputs replayed\n", count > 0 ? "ok" : "not ok", count);
	return count > 0 ? 0 : 1;
}
