/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "oci/container.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "base/memory.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE "state"
/** Longest container id; runtimes make 64 characters, file names in the state directory hold 255. */
#define ID_LIMIT 128

/* The id becomes part of file names and log lines. runc allows [A-Za-z0-9_+.-], crun anything without a slash. */
static bool id_is_sound(const char *id)
{
	size_t length = strlen(id);

	if (length == 0 || length > ID_LIMIT || id[0] == '.')
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)id[i];

		if (c <= 0x20 || c >= 0x7f || c == '/' || c == '\\')
			return false;
	}
	return true;
}

static enum oci_status status_from(const char *name)
{
	if (strcmp(name, "creating") == 0)
		return OCI_STATUS_CREATING;
	if (strcmp(name, "created") == 0)
		return OCI_STATUS_CREATED;
	if (strcmp(name, "running") == 0)
		return OCI_STATUS_RUNNING;
	return strcmp(name, "stopped") == 0 ? OCI_STATUS_STOPPED : OCI_STATUS_OTHER;
}

static bool read_id(struct container *container, const struct json *top, struct error **error)
{
	const struct json *id = json_member(top, "id");

	if (id == NULL)
		return error_set(error, SOURCE ": no member \"id\"");
	if (id->type != JSON_STRING)
		return json_fail(id, SOURCE, error, "is %s, not a string", json_type_name(id->type));
	if (!id_is_sound(id->string))
		return json_fail(
			id, SOURCE, error,
			"is no container id: 1 to %d printable ASCII characters, no slash, backslash or leading dot",
			ID_LIMIT);
	container->id = memory_copy_string(id->string);
	return true;
}

static bool read_bundle_path(struct container *container, const struct json *top, struct error **error)
{
	const struct json *bundle = json_member(top, "bundle");

	if (bundle == NULL)
		return error_set(error, SOURCE ": no member \"bundle\"");
	if (bundle->type != JSON_STRING)
		return json_fail(bundle, SOURCE, error, "is %s, not a string", json_type_name(bundle->type));
	if (bundle->string[0] != '/' || bundle->length >= PATH_MAX)
		return json_fail(bundle, SOURCE, error, "is not an absolute path");
	container->bundle = memory_copy_string(bundle->string);
	return true;
}

static bool read_pid(struct container *container, const struct json *top, struct error **error)
{
	const struct json *pid = json_member(top, "pid");
	uint64_t number;

	if (pid == NULL)
		return true;
	if (!json_integer(pid, INT_MAX, &number))
		return json_fail(pid, SOURCE, error, "is not a process id");
	container->pid = (pid_t)number;
	return true;
}

static bool read_annotations(struct container *container, const struct json *top, struct error **error)
{
	const struct json *annotations = json_member(top, "annotations");

	if (annotations == NULL || annotations->type == JSON_NULL)
		return true;
	if (annotations->type != JSON_OBJECT)
		return json_fail(annotations, SOURCE, error, "is %s, not an object", json_type_name(annotations->type));
	container->annotations = memory_allocate(annotations->count, sizeof(*container->annotations));
	for (const struct json *one = annotations->first; one != NULL; one = one->next) {
		if (one->type != JSON_STRING)
			return json_fail(one, SOURCE, error, "is %s, not a string", json_type_name(one->type));
		container->annotations[container->annotation_count].key = memory_copy_string(one->key);
		container->annotations[container->annotation_count].value = memory_copy_string(one->string);
		container->annotation_count++;
	}
	return true;
}

struct container *oci_read_state(const char *text, size_t length, struct error **error)
{
	cleanup_container struct container *container = NULL;
	cleanup_json struct json_document *document = json_read(text, length, SOURCE, error);
	const struct json *top, *status;

	if (document == NULL)
		return NULL;
	top = json_top(document);
	if (top->type != JSON_OBJECT) {
		error_set(error, SOURCE ": is %s, not an object", json_type_name(top->type));
		return NULL;
	}
	container = memory_allocate(1, sizeof(*container));
	if (!read_id(container, top, error) || !read_bundle_path(container, top, error) ||
	    !read_pid(container, top, error) || !read_annotations(container, top, error))
		return NULL;
	status = json_member(top, "status");
	if (status != NULL && status->type != JSON_STRING) {
		json_fail(status, SOURCE, error, "is %s, not a string", json_type_name(status->type));
		return NULL;
	}
	container->status = status == NULL ? OCI_STATUS_OTHER : status_from(status->string);
	return STEAL(container);
}

char *oci_guess_id(const char *text, size_t length)
{
	cleanup_json struct json_document *document = json_read(text, length, SOURCE, NULL);
	const char *id = document == NULL ? NULL : json_member_string(json_top(document), "id");

	return id != NULL && id_is_sound(id) ? memory_copy_string(id) : NULL;
}

const char *container_annotation(const struct container *container, const char *key)
{
	for (size_t i = 0; i < container->annotation_count; i++) {
		if (strcmp(container->annotations[i].key, key) == 0)
			return container->annotations[i].value;
	}
	return NULL;
}

void container_free(struct container **container)
{
	struct container *it = *container;

	if (it == NULL)
		return;
	for (size_t i = 0; i < it->annotation_count; i++) {
		free(it->annotations[i].key);
		free(it->annotations[i].value);
	}
	free(it->annotations);
	free(it->id);
	free(it->bundle);
	free(it->network_path);
	free(it->user_path);
	free(it->resolv_conf);
	free(it);
	*container = NULL;
}
