/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/uncovered.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "kernel/netns.h"
#include "policy/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATUS_LIMIT ((size_t)16 * 1024 * 1024)

/** A container as its runtime keeps it. */
struct running {
	const char *id;
	pid_t pid;
	char *bundle; /* owned */
	bool asks;    /* has an annotation of ours */
};

static bool has_prefix_member(const struct json *annotations)
{
	for (const struct json *one = annotations == NULL ? NULL : annotations->first; one != NULL; one = one->next) {
		if (one->key != NULL && text_has_prefix(one->key, POLICY_ANNOTATION_PREFIX))
			return true;
	}
	return false;
}

/* Labels of runc's state.json: "KEY=VALUE", bundle and annotations alike. */
static void read_labels(const struct json *labels, struct running *ret)
{
	for (const struct json *one = labels == NULL ? NULL : labels->first; one != NULL; one = one->next) {
		if (one->type != JSON_STRING)
			continue;
		if (text_has_prefix(one->string, "bundle=") && ret->bundle == NULL)
			ret->bundle = memory_copy_string(one->string + strlen("bundle="));
		ret->asks |= text_has_prefix(one->string, POLICY_ANNOTATION_PREFIX);
	}
}

static struct json_document *read_json(const char *path)
{
	cleanup_free char *text = NULL;
	size_t length;

	if (!file_read_at(AT_FDCWD, path, STATUS_LIMIT, path, &text, &length, NULL, NULL))
		return NULL;
	return json_read(text, length, path, NULL);
}

static void read_bundle(struct running *ret)
{
	cleanup_json struct json_document *document = NULL;
	cleanup_free char *path = NULL;

	if (ret->bundle == NULL || ret->asks || asprintf(&path, "%s/config.json", ret->bundle) < 0)
		return;
	document = read_json(path);
	if (document != NULL)
		ret->asks = has_prefix_member(json_member(json_top(document), "annotations"));
}

/* runc: ROOT/ID/state.json; crun: ROOT/ID/status. @return whether a container is there and lives */
static bool read_running(const char *root, const char *id, struct running *ret)
{
	cleanup_json struct json_document *document = NULL;
	cleanup_free char *runc = NULL;
	cleanup_free char *crun = NULL;
	const struct json *top;
	uint64_t pid = 0;

	if (asprintf(&runc, "%s/%s/state.json", root, id) < 0 || asprintf(&crun, "%s/%s/status", root, id) < 0)
		return false;
	document = read_json(runc);
	if (document == NULL)
		document = read_json(crun);
	if (document == NULL)
		return false;
	top = json_top(document);
	if (!json_integer(json_member(top, "init_process_pid"), INT_MAX, &pid) &&
	    !json_integer(json_member(top, "pid"), INT_MAX, &pid))
		return false;
	ret->id = id;
	ret->pid = (pid_t)pid;
	read_labels(json_member(json_member(top, "config"), "labels"), ret);
	if (ret->bundle == NULL && json_member_string(top, "bundle") != NULL)
		ret->bundle = memory_copy_string(json_member_string(top, "bundle"));
	read_bundle(ret);
	return pid > 0 && record_process_start((pid_t)pid) != 0;
}

static bool is_recorded(const struct containers *containers, const struct running *running, const struct netns *netns)
{
	for (size_t i = 0; i < containers->records.count; i++) {
		const struct record *record = containers->records.items[i];

		if (strcmp(record->id, running->id) == 0 && strcmp(record->boot_id, containers->boot_id) == 0 &&
		    record->device == netns->device && record->inode == netns->inode && record->active)
			return true;
	}
	return false;
}

static bool is_host_netns(const struct netns *netns)
{
	struct stat status;

	return netns_is_own(netns) || (stat("/proc/1/ns/net", &status) == 0 && status.st_dev == netns->device &&
				       status.st_ino == netns->inode);
}

static void judge(const struct containers *containers, const struct running *running, struct uncovered_list *ret)
{
	cleanup_netns struct netns netns = {.fd = -1};
	const char *reason = NULL;
	bool profiles = containers->config != NULL && containers->config->mandatory_profiles.count > 0;

	ret->looked_at++;
	if (!running->asks && !profiles)
		return;
	if (!netns_open_pid(running->pid, &netns, NULL) || is_recorded(containers, running, &netns))
		return;
	if (is_host_netns(&netns) && !running->asks)
		return;
	reason =
		running->asks ? "asks for rules by its annotations and has none" : "has none of the mandatory profiles";
	ret->items = memory_resize(ret->items, ret->count + 1, sizeof(*ret->items));
	ret->items[ret->count++] = (struct uncovered){
		.id = memory_copy_string(running->id),
		.bundle = memory_copy_string(running->bundle == NULL ? "" : running->bundle),
		.reason = reason,
	};
}

static void look_below(const struct containers *containers, const char *root, struct uncovered_list *ret)
{
	cleanup_closedir DIR *listing = opendir(root);
	const struct dirent *entry;

	while (listing != NULL && (entry = readdir(listing)) != NULL) {
		struct running running = {0};

		if (entry->d_name[0] != '.' && read_running(root, entry->d_name, &running))
			judge(containers, &running, ret);
		free(running.bundle);
	}
}

void uncovered_find(const struct containers *containers, struct uncovered_list *ret)
{
	char path[80];
	uint64_t uid = geteuid();

	if (geteuid() == 0 && !store_is_rootless(&uid)) {
		look_below(containers, "/run/runc", ret);
		look_below(containers, "/run/crun", ret);
		look_below(containers, "/run/containerd/runc/k8s.io", ret);
		look_below(containers, "/run/containerd/runc/default", ret);
		return;
	}
	snprintf(path, sizeof(path), "/run/user/%llu/crun", (unsigned long long)uid);
	look_below(containers, path, ret);
	snprintf(path, sizeof(path), "/run/user/%llu/runc", (unsigned long long)uid);
	look_below(containers, path, ret);
}

void uncovered_free(struct uncovered_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].id);
		free(list->items[i].bundle);
	}
	free(list->items);
	*list = (struct uncovered_list){0};
}
