/* SPDX-License-Identifier: GPL-2.0-or-later */
/* oci-hooks(5) of podman; CRI-O and containerd's hook injector read the same files. */
#include "cli/hooks.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "config-paths.h"
#include "policy/policy.h"
#include "policy/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFINITION_LIMIT ((size_t)1024 * 1024)
#define HOOK_NAME "oci-iptables-hook"

static bool has_string(const struct json *list, const char *string)
{
	if (list == NULL || list->type != JSON_ARRAY)
		return false;
	for (const struct json *one = list->first; one != NULL; one = one->next) {
		if (one->type == JSON_STRING && strcasecmp(one->string, string) == 0)
			return true;
	}
	return false;
}

static char *format(const char *front, const char *word, const char *behind)
{
	char *text = NULL;

	return asprintf(&text, "%s%s%s", front, word, behind) < 0 ? memory_copy_string(front) : text;
}

/* Whoever can write the program or its definition is root with the next container. */
static char *judge_program(const char *path)
{
	cleanup_error struct error *error = NULL;
	struct stat status;

	if (path[0] != '/')
		return format("hook.path \"", path, "\" is not absolute");
	if (stat(path, &status) < 0)
		return format("hook.path ", path, " does not exist; runtimes then start containers without the hook");
	if (!S_ISREG(status.st_mode) || access(path, X_OK) < 0)
		return format("hook.path ", path, " is not executable");
	if (!trust_check(&status, path, &error))
		return memory_copy_string(error_text(error));
	return NULL;
}

static bool matches_our_annotations(const struct json *when)
{
	const struct json *annotations = json_member(when, "annotations");
	bool matches = false;

	if (annotations == NULL || annotations->type != JSON_OBJECT)
		return false;
	for (const struct json *one = annotations->first; one != NULL && !matches; one = one->next) {
		regex_t pattern;

		if (regcomp(&pattern, one->key, REG_EXTENDED | REG_NOSUB) != 0)
			continue;
		matches = regexec(&pattern, POLICY_ANNOTATION_PREFIX "egress", 0, NULL, 0) == 0;
		regfree(&pattern);
	}
	return matches;
}

static char *judge_definition(struct hook_definition *definition, const struct json *top)
{
	const struct json *hook = json_member(top, "hook");
	const struct json *when = json_member(top, "when");
	const struct json *always = json_member(when, "always");
	const struct json *stages = json_member(top, "stages");
	const char *path = json_member_string(hook, "path");

	definition->ours = path != NULL && strlen(path) >= strlen(HOOK_NAME) &&
			   strcmp(path + strlen(path) - strlen(HOOK_NAME), HOOK_NAME) == 0;
	definition->always = always != NULL && always->type == JSON_BOOLEAN && always->boolean;
	if (json_member_string(top, "version") == NULL || path == NULL || when == NULL || stages == NULL)
		return memory_copy_string("\"version\", \"hook.path\", \"when\" or \"stages\" is missing");
	if (!definition->ours)
		return judge_program(path);
	if (!has_string(stages, "createRuntime") && !has_string(stages, "prestart"))
		return memory_copy_string("\"stages\" lacks createRuntime: no rules are applied");
	if (!has_string(stages, "poststop"))
		return memory_copy_string("\"stages\" lacks poststop: rules stay in shared namespaces");
	if (!definition->always && !matches_our_annotations(when))
		return memory_copy_string("\"when\" matches no annotation of io.oci-iptables.");
	if (json_member(hook, "env") == NULL)
		return memory_copy_string("\"hook.env\" is missing: the runtime's whole environment reaches the hook");
	return judge_program(path);
}

static void read_definition(struct hook_definition *definition)
{
	cleanup_error struct error *error = NULL;
	cleanup_json struct json_document *document = NULL;
	cleanup_free char *text = NULL;
	struct stat status;
	size_t length;

	if (file_read_at(AT_FDCWD, definition->path, DEFINITION_LIMIT, definition->path, &text, &length, &status,
			 &error))
		document = json_read(text, length, "not valid", &error);
	if (text != NULL)
		definition->ours = strstr(text, HOOK_NAME) != NULL;
	if (document == NULL) {
		definition->problem =
			format(error_text(error), "", "; CRI-O drops it without a word, or does not start");
		return;
	}
	definition->problem = judge_definition(definition, json_top(document));
	if (definition->problem == NULL && definition->ours && !trust_check(&status, "the definition", &error))
		definition->problem = memory_copy_string(error_text(error));
}

static bool is_known(const struct hook_definitions *definitions, const char *directory)
{
	for (size_t i = 0; i < definitions->directory_count; i++) {
		if (strcmp(definitions->directories[i], directory) == 0)
			return true;
	}
	return false;
}

static void read_directory(struct hook_definitions *definitions, const char *directory)
{
	cleanup_closedir DIR *listing = opendir(directory);
	const struct dirent *entry;

	if (listing == NULL || is_known(definitions, directory))
		return;
	definitions->directories = memory_resize(definitions->directories, definitions->directory_count + 1,
						 sizeof(*definitions->directories));
	definitions->directories[definitions->directory_count++] = memory_copy_string(directory);
	while ((entry = readdir(listing)) != NULL) {
		size_t length = strlen(entry->d_name);
		struct hook_definition definition = {0};

		if (length < 6 || strcmp(entry->d_name + length - 5, ".json") != 0 ||
		    asprintf(&definition.path, "%s/%s", directory, entry->d_name) < 0)
			continue;
		read_definition(&definition);
		definitions->items =
			memory_resize(definitions->items, definitions->count + 1, sizeof(*definitions->items));
		definitions->items[definitions->count++] = definition;
	}
}

/* hooks_dir = ["A", "B"] of containers.conf and crio.conf: TOML, of which no more is needed than the strings. */
static void read_setting(struct hook_definitions *definitions, const char *path)
{
	cleanup_free char *text = NULL;
	const char *at;

	if (!file_read_at(AT_FDCWD, path, DEFINITION_LIMIT, path, &text, NULL, NULL, NULL))
		return;
	for (at = text; (at = strstr(at, "hooks_dir")) != NULL;) {
		const char *line = at;
		const char *end;

		while (line > text && line[-1] != '\n')
			line--;
		line += strspn(line, " \t");
		end = strchr(at, ']');
		if (*line == '#' || end == NULL) {
			at++;
			continue;
		}
		while (at < end) {
			cleanup_free char *directory = NULL;
			const char *quote = memchr(at, '"', (size_t)(end - at));
			const char *close = quote == NULL ? NULL : memchr(quote + 1, '"', (size_t)(end - quote - 1));

			if (close == NULL)
				break;
			directory = memory_copy_bytes(quote + 1, (size_t)(close - quote) - 1);
			read_directory(definitions, directory);
			at = close + 1;
		}
		at = end;
	}
}

static void read_settings_below(struct hook_definitions *definitions, const char *directory)
{
	cleanup_closedir DIR *listing = opendir(directory);
	const struct dirent *entry;

	while (listing != NULL && (entry = readdir(listing)) != NULL) {
		cleanup_free char *path = NULL;

		if (entry->d_name[0] != '.' && asprintf(&path, "%s/%s", directory, entry->d_name) >= 0)
			read_setting(definitions, path);
	}
}

void hooks_find(struct hook_definitions *ret)
{
	const struct passwd *user = getpwuid(geteuid());
	cleanup_free char *own = NULL;

	read_directory(ret, HOOK_DEFINITION_DIRECTORY);
	read_directory(ret, "/usr/share/containers/oci/hooks.d");
	read_directory(ret, "/etc/containers/oci/hooks.d");
	read_setting(ret, "/usr/share/containers/containers.conf");
	read_setting(ret, "/etc/containers/containers.conf");
	read_settings_below(ret, "/etc/containers/containers.conf.d");
	read_setting(ret, "/etc/crio/crio.conf");
	read_settings_below(ret, "/etc/crio/crio.conf.d");
	if (geteuid() != 0 && user != NULL && user->pw_dir != NULL &&
	    asprintf(&own, "%s/.config/containers/containers.conf", user->pw_dir) >= 0)
		read_setting(ret, own);
}

bool hooks_has(const struct hook_definitions *definitions, bool always)
{
	for (size_t i = 0; i < definitions->count; i++) {
		const struct hook_definition *definition = &definitions->items[i];

		if (definition->ours && definition->problem == NULL && (!always || definition->always))
			return true;
	}
	return false;
}

void hooks_free(struct hook_definitions *definitions)
{
	for (size_t i = 0; i < definitions->count; i++) {
		free(definitions->items[i].path);
		free(definitions->items[i].problem);
	}
	for (size_t i = 0; i < definitions->directory_count; i++)
		free(definitions->directories[i]);
	free(definitions->items);
	free(definitions->directories);
	*definitions = (struct hook_definitions){0};
}
