/* SPDX-License-Identifier: GPL-2.0-or-later */
/* oci-hooks(5) of podman; CRI-O and containerd's hook injector read the same files. */
#include "cli/hooks.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "config-paths.h"
#include "policy/names.h"
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
#define USUAL_DIRECTORY "/usr/share/containers/oci/hooks.d"

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
		if (strcmp(definitions->directories[i].path, directory) == 0)
			return true;
	}
	return false;
}

static void read_directory(struct hook_definitions *definitions, const char *directory, unsigned readers)
{
	cleanup_closedir DIR *listing = opendir(directory);
	const struct dirent *entry;

	if (listing == NULL || is_known(definitions, directory))
		return;
	definitions->directories = memory_resize(definitions->directories, definitions->directory_count + 1,
						 sizeof(*definitions->directories));
	definitions->directories[definitions->directory_count++] =
		(struct hook_directory){.path = memory_copy_string(directory), .readers = readers};
	while ((entry = readdir(listing)) != NULL) {
		size_t length = strlen(entry->d_name);
		struct hook_definition definition = {.readers = readers};

		if (length < 6 || strcmp(entry->d_name + length - 5, ".json") != 0 ||
		    asprintf(&definition.path, "%s/%s", directory, entry->d_name) < 0)
			continue;
		read_definition(&definition);
		definitions->items =
			memory_resize(definitions->items, definitions->count + 1, sizeof(*definitions->items));
		definitions->items[definitions->count++] = definition;
	}
}

/* The strings of a TOML list; {append=true} in it (containers.conf of podman 5) keeps what earlier files said. */
static void take_list(const char *at, struct string_list *directories)
{
	struct string_list named = {0};
	bool append = false;

	for (; *at != '\0' && *at != ']'; at++) {
		const char *close = *at == '"' || *at == '\'' ? strchr(at + 1, *at) : NULL;

		if (*at == '#')
			at += strcspn(at, "\n") - 1;
		else if (text_has_prefix(at, "append"))
			append = text_has_prefix(at + strcspn(at, "tf}\n"), "true");
		if (close == NULL)
			continue;
		string_list_add(&named, at + 1, (size_t)(close - at) - 1);
		at = close;
	}
	if (!append)
		string_list_free(directories);
	for (size_t i = 0; i < named.count; i++)
		string_list_add(directories, named.items[i], strlen(named.items[i]));
	string_list_free(&named);
}

/* hooks_dir = ["A", "B"] of a configuration file replaces what files before it said. */
static void read_setting(const char *path, struct string_list *directories)
{
	cleanup_free char *text = NULL;

	if (!file_read_at(AT_FDCWD, path, DEFINITION_LIMIT, path, &text, NULL, NULL, NULL))
		return;
	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += strspn(line, " \t\r\n");
		if (!text_has_prefix(line, "hooks_dir"))
			continue;
		line += strlen("hooks_dir");
		line += strspn(line, " \t=");
		if (*line == '[')
			take_list(line + 1, directories);
	}
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void read_settings_below(const char *directory, struct string_list *directories)
{
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, is_visible, alphasort);

	for (int i = 0; i < count; i++) {
		cleanup_free char *path = NULL;

		if (asprintf(&path, "%s/%s", directory, entries[i]->d_name) >= 0)
			read_setting(path, directories);
		free(entries[i]);
	}
	free(entries);
}

/* containers.conf(5). Where nobody names a directory, podman 3 to 5 reads the first of oci-hooks(5) alone. */
static void find_podman(struct string_list *directories)
{
	const struct passwd *user = getpwuid(geteuid());
	cleanup_free char *own = NULL;

	string_list_add(directories, USUAL_DIRECTORY, strlen(USUAL_DIRECTORY));
	read_setting("/usr/share/containers/containers.conf", directories);
	read_setting("/etc/containers/containers.conf", directories);
	read_settings_below("/etc/containers/containers.conf.d", directories);
	if (geteuid() != 0 && user != NULL && user->pw_dir != NULL &&
	    asprintf(&own, "%s/.config/containers/containers.conf", user->pw_dir) >= 0)
		read_setting(own, directories);
}

/* crio.conf(5) */
static void find_crio(struct string_list *directories)
{
	string_list_add(directories, USUAL_DIRECTORY, strlen(USUAL_DIRECTORY));
	read_setting("/etc/crio/crio.conf", directories);
	read_settings_below("/etc/crio/crio.conf.d", directories);
}

static void read_directories(struct hook_definitions *ret, const struct string_list *names,
			     const struct string_list *podman, const struct string_list *crio)
{
	for (size_t i = 0; i < names->count; i++)
		read_directory(ret, names->items[i],
			       ret->readers & ((string_list_contains(podman, names->items[i]) ? HOOKS_PODMAN : 0) |
					       (string_list_contains(crio, names->items[i]) ? HOOKS_CRIO : 0)));
}

void hooks_find(struct hook_definitions *ret)
{
	static const char *const usual[] = {HOOK_DEFINITION_DIRECTORY, USUAL_DIRECTORY, "/etc/containers/oci/hooks.d"};
	struct string_list names = {0}, podman = {0}, crio = {0};

	find_podman(&podman);
	find_crio(&crio);
	ret->readers = access("/etc/crio", F_OK) == 0 ? HOOKS_CRIO : 0;
	if (ret->readers == 0 || access("/usr/bin/podman", F_OK) == 0)
		ret->readers |= HOOKS_PODMAN;
	for (size_t i = 0; i < ARRAY_LENGTH(usual); i++)
		string_list_add(&names, usual[i], strlen(usual[i]));
	read_directories(ret, &names, &podman, &crio);
	read_directories(ret, &podman, &podman, &crio);
	if ((ret->readers & HOOKS_CRIO) != 0)
		read_directories(ret, &crio, &podman, &crio);
	string_list_free(&names);
	string_list_free(&podman);
	string_list_free(&crio);
}

bool hooks_has(const struct hook_definitions *definitions, bool always)
{
	unsigned reached = 0;

	for (size_t i = 0; i < definitions->count; i++) {
		const struct hook_definition *definition = &definitions->items[i];

		if (definition->ours && definition->problem == NULL && (!always || definition->always))
			reached |= definition->readers;
	}
	return reached == definitions->readers;
}

void hooks_free(struct hook_definitions *definitions)
{
	for (size_t i = 0; i < definitions->count; i++) {
		free(definitions->items[i].path);
		free(definitions->items[i].problem);
	}
	for (size_t i = 0; i < definitions->directory_count; i++)
		free(definitions->directories[i].path);
	free(definitions->items);
	free(definitions->directories);
	*definitions = (struct hook_definitions){0};
}
