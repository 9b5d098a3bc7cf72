/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/profile.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "policy/names.h"
#include "policy/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* @ret_found: whether there is such a file at all. */
static bool read_form(int directory, const char *path, const char *name, const char *ending, struct profile *ret,
		      bool *ret_found, struct error **error)
{
	cleanup_error struct error *reason = NULL;
	cleanup_free char *file = NULL;
	cleanup_free char *shown = NULL;
	cleanup_free char *text = NULL;
	struct stat status;
	size_t length = 0;

	if (asprintf(&file, "%s%s", name, ending) < 0 || asprintf(&shown, "%s/%s%s", path, name, ending) < 0)
		return error_set(error, "out of memory");
	if (!file_read_at(directory, file, PROFILE_MAX_BYTES, shown, &text, &length, &status, &reason)) {
		*ret_found = errno != ENOENT;
		return !*ret_found || error_move(error, STEAL(reason));
	}
	*ret_found = true;
	if (!trust_check(&status, shown, error))
		return false;
	if (length != strlen(text))
		return error_set(error, "%s: holds a NUL byte", shown);
	free(ret->text);
	ret->text = STEAL(text);
	ret->length = length;
	ret->rules = strcmp(ending, ".rules") == 0;
	return true;
}

static bool read_from(const char *path, const char *name, struct profile *ret, bool *ret_found, struct error **error)
{
	cleanup_close int directory = -1;
	bool json = false, rules = false;

	*ret_found = false;
	if (!trust_open_directory(path, &directory, error))
		return false;
	if (directory < 0)
		return true;
	if (!read_form(directory, path, name, ".json", ret, &json, error) ||
	    !read_form(directory, path, name, ".rules", ret, &rules, error))
		return false;
	if (json && rules)
		return error_set(error, "%s has both %s.json and %s.rules; remove one", path, name, name);
	*ret_found = json || rules;
	return true;
}

bool profile_read(const char *const *directories, const char *name, struct profile *ret, struct error **error)
{
	struct profile found = {0};
	bool here = false;

	if (!name_is_profile(name, strlen(name)))
		return error_set(error, "not a profile's name: 1 to 64 of A-Z a-z 0-9 _ . - and no dot in front");
	for (size_t i = 0; directories != NULL && directories[i] != NULL && !here; i++) {
		if (!read_from(directories[i], name, &found, &here, error)) {
			free(found.text);
			return false;
		}
	}
	if (!here)
		return error_set(error, "there is no such profile in %s",
				 directories == NULL || directories[0] == NULL ? "any directory" : directories[0]);
	*ret = found;
	return true;
}
