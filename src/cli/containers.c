/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/containers.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/output.h"
#include "config-paths.h"
#include "kernel/process.h"
#include "session/chains.h"
#include "session/removal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Milliseconds for looking at one container. */
#define LOOK_MILLISECONDS 10000
/** podman's list of containers. */
#define NAMES_LIMIT ((size_t)64 * 1024 * 1024)
#define BUNDLE_CONFIG_LIMIT ((size_t)16 * 1024 * 1024)

/* A user who is not root looks at the records of the own rootless containers. */
static char *state_directory(const struct config *config)
{
	char path[80];
	struct stat status;

	if (config != NULL && config->state_directory != NULL)
		return memory_copy_string(config->state_directory);
	if (geteuid() == 0)
		return NULL;
	snprintf(path, sizeof(path), "/run/user/%u/oci-iptables", (unsigned)geteuid());
	if (lstat(path, &status) < 0)
		snprintf(path, sizeof(path), "/tmp/oci-iptables-%u", (unsigned)geteuid());
	return memory_copy_string(path);
}

bool containers_open(const struct cli *cli, struct containers *ret, struct error **error)
{
	cleanup_error struct error *configuration = NULL;
	cleanup_error struct error *failure = NULL;
	cleanup_free char *directory = NULL;

	if (!record_boot_id(ret->boot_id, error))
		return false;
	ret->config = config_read(SYSTEM_CONFIG_DIRECTORY, NULL, &configuration);
	/* With a configuration that can't be read the hook keeps its failures in the default directory. */
	if (ret->config == NULL)
		cli_complain(cli, "%s", error_text(configuration));
	directory = state_directory(ret->config);
	ret->store = store_open(directory, false, &failure);
	if (ret->store == NULL && failure != NULL)
		return error_move(error, STEAL(failure));
	if (ret->store == NULL && geteuid() != 0)
		cli_complain(cli, "there are no records of uid %u; those of root's containers need root: use sudo",
			     (unsigned)geteuid());
	if (ret->store != NULL && !listing_read_records(ret->store, &ret->records, &ret->problems, error))
		return false;
	if (ret->records.count > 1)
		inspect_prepare();
	return true;
}

void containers_close(struct containers *containers)
{
	config_free(&containers->config);
	store_close(&containers->store);
	record_list_free(&containers->records);
	listing_problems_free(&containers->problems);
	free(containers->names_path);
	json_free(&containers->names);
}

bool containers_complain(const struct cli *cli, const struct containers *containers)
{
	for (size_t i = 0; i < containers->problems.count; i++)
		cli_complain(cli, "%s", containers->problems.items[i]);
	return containers->problems.count > 0;
}

struct store *containers_need_store(const struct containers *containers, struct error **error)
{
	if (containers->store == NULL)
		error_set(error, "no hook has run on this host yet: there is no state directory");
	return containers->store;
}

static void add_candidate(const char *prefix, const char *id, const char **found, bool *exact, struct text *candidates)
{
	if (!text_has_prefix(id, prefix) || *exact || (*found != NULL && strcmp(*found, id) == 0))
		return;
	if (strcmp(id, prefix) == 0) {
		*exact = true;
		*found = id;
		return;
	}
	text_printf(candidates, "%s%.32s", candidates->length > 0 ? ", " : "", id);
	*found = *found == NULL ? id : "";
}

/* The runtime's name is as good as an id where no id begins so. */
static const char *find_named(struct containers *containers, const char *wanted, struct text *candidates)
{
	const char *found = NULL;
	bool exact = false;

	for (size_t i = 0; i < containers->records.count && wanted[0] != '\0'; i++) {
		const char *id = containers->records.items[i]->id;
		cleanup_free char *name = containers_name(containers, containers->records.items[i]);

		if (name != NULL && strcmp(name, wanted) == 0)
			add_candidate("", id, &found, &exact, candidates);
	}
	return found;
}

const char *containers_find(struct containers *containers, const char *prefix, const char *const *extra,
			    struct error **error)
{
	cleanup_text struct text candidates = {0};
	const char *found = NULL;
	bool exact = false;

	for (size_t i = 0; i < containers->records.count && prefix[0] != '\0'; i++) {
		add_candidate(prefix, containers->records.items[i]->id, &found, &exact, &candidates);
	}
	for (size_t i = 0; extra != NULL && extra[i] != NULL && prefix[0] != '\0'; i++) {
		bool known = false;

		for (size_t k = 0; k < containers->records.count; k++)
			known |= strcmp(containers->records.items[k]->id, extra[i]) == 0;
		if (!known)
			add_candidate(prefix, extra[i], &found, &exact, &candidates);
	}
	if (found == NULL)
		found = find_named(containers, prefix, &candidates);
	if (found == NULL)
		error_set(error,
			  "no container begins with \"%s\" or is called so; `oci-iptables list` shows those with rules",
			  prefix);
	else if (!exact && found[0] == '\0')
		error_set(error, "more than one container begins with \"%s\" or is called so: %s", prefix,
			  text_string(&candidates));
	return found != NULL && found[0] != '\0' ? found : NULL;
}

/* podman: CONTAINERS/ID/userdata is the bundle, and CONTAINERS/containers.json lists ids and names. */
static const struct json *read_names(struct containers *containers, const struct record *record)
{
	const char *id = strstr(record->bundle, record->id);
	cleanup_free char *text = NULL;
	cleanup_free char *path = NULL;
	size_t length;

	if (id == NULL || strcmp(id + strlen(record->id), "/userdata") != 0 ||
	    asprintf(&path, "%.*scontainers.json", (int)(id - record->bundle), record->bundle) < 0)
		return NULL;
	/* All containers of a podman are in one file, which is read once. */
	if (containers->names_path == NULL || strcmp(path, containers->names_path) != 0) {
		json_free(&containers->names);
		free(containers->names_path);
		containers->names_path = memory_copy_string(path);
		if (file_read_at(AT_FDCWD, path, NAMES_LIMIT, path, &text, &length, NULL, NULL))
			containers->names = json_read(text, length, path, NULL);
	}
	return containers->names == NULL ? NULL : json_top(containers->names);
}

static char *podman_name(struct containers *containers, const struct record *record)
{
	const struct json *list = read_names(containers, record);

	for (const struct json *one = list == NULL ? NULL : list->first; one != NULL; one = one->next) {
		const char *id = json_member_string(one, "id");
		const struct json *names = json_member(one, "names");

		if (id == NULL || strcmp(id, record->id) != 0 || names == NULL || names->first == NULL)
			continue;
		return names->first->type == JSON_STRING ? memory_copy_string(names->first->string) : NULL;
	}
	return NULL;
}

/* CRI-O: annotations of config.json. */
static char *kubernetes_name(const struct record *record)
{
	cleanup_json struct json_document *document = NULL;
	cleanup_free char *text = NULL;
	cleanup_free char *path = NULL;
	const struct json *annotations;
	const char *pod, *container;
	char *name = NULL;
	size_t length;

	if (asprintf(&path, "%s/config.json", record->bundle) < 0 ||
	    !file_read_at(AT_FDCWD, path, BUNDLE_CONFIG_LIMIT, path, &text, &length, NULL, NULL) ||
	    strstr(text, "\"io.kubernetes.") == NULL)
		return NULL;
	document = json_read(text, length, path, NULL);
	if (document == NULL)
		return NULL;
	annotations = json_member(json_top(document), "annotations");
	pod = json_member_string(annotations, "io.kubernetes.pod.name");
	container = json_member_string(annotations, "io.kubernetes.container.name");
	if (container == NULL ||
	    asprintf(&name, "%s%s%s", pod == NULL ? "" : pod, pod == NULL ? "" : "/", container) < 0)
		return NULL;
	return name;
}

char *containers_name(struct containers *containers, const struct record *record)
{
	char *name = podman_name(containers, record);

	return name != NULL ? name : kubernetes_name(record);
}

bool containers_look(const struct containers *containers, const struct record *record, bool texts, bool entries,
		     struct container_view *ret, struct error **error)
{
	cleanup_netns struct netns netns = {.fd = -1};
	cleanup_plan struct plan recorded = {0};
	struct inspect_job job = {.netns = &netns,
				  .cookie = record->cookie,
				  .recorded = &recorded,
				  .entries = entries,
				  .deadline = process_now() + LOOK_MILLISECONDS};

	if (strcmp(containers->boot_id, record->boot_id) != 0 || !session_find_netns(record, &netns))
		return true;
	if (texts) {
		if (!session_texts_of_record(containers->store, record, &ret->texts, error))
			return false;
		job.texts = ret->texts.items;
		job.sections = ret->texts.sections;
		job.text_count = ret->texts.count;
	}
	recorded = chains_of_record(record);
	if (!inspect_run(&job, &ret->inspection, error))
		return false;
	ret->reachable = ret->inspection.same;
	return true;
}

void container_view_free(struct container_view *view)
{
	inspection_free(&view->inspection);
	session_texts_free(&view->texts);
}

bool containers_rule_denies(const struct backend_rule *rule)
{
	return strcmp(rule->target, "DROP") == 0 || strcmp(rule->target, "REJECT") == 0;
}

void containers_write_json(struct json_writer *writer, struct containers *containers, const struct record *record)
{
	cleanup_free char *name = containers_name(containers, record);
	char cookie[24];

	json_write_member_string(writer, "id", record->id);
	json_write_member_string(writer, "name", name);
	json_write_member_string(writer, "bundle", record->bundle);
	json_write_member_integer(writer, "pid", (uint64_t)record->pid);
	json_write_member_integer(writer, "since", record->created);
	json_write_key(writer, "namespace");
	json_write_object_begin(writer);
	snprintf(cookie, sizeof(cookie), "%llu", (unsigned long long)record->cookie);
	json_write_member_string(writer, "cookie", cookie);
	json_write_member_integer(writer, "inode", record->inode);
	json_write_member_string(writer, "path", record->path);
	json_write_object_end(writer);
}
