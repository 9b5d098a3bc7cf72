/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "oci/container.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SOURCE "config.json"
#define ANNOTATION_PREFIX "io.oci-iptables."

/* Capability numbers by name (linux/capability.h); config.json writes CAP_NET_ADMIN. An unknown name is one that this
 * kernel can't grant either, or a newer one that none of the rules here is about. */
static const char *const capability_names[] = {
	"CHOWN",
	"DAC_OVERRIDE",
	"DAC_READ_SEARCH",
	"FOWNER",
	"FSETID",
	"KILL",
	"SETGID",
	"SETUID",
	"SETPCAP",
	"LINUX_IMMUTABLE",
	"NET_BIND_SERVICE",
	"NET_BROADCAST",
	"NET_ADMIN",
	"NET_RAW",
	"IPC_LOCK",
	"IPC_OWNER",
	"SYS_MODULE",
	"SYS_RAWIO",
	"SYS_CHROOT",
	"SYS_PTRACE",
	"SYS_PACCT",
	"SYS_ADMIN",
	"SYS_BOOT",
	"SYS_NICE",
	"SYS_RESOURCE",
	"SYS_TIME",
	"SYS_TTY_CONFIG",
	"MKNOD",
	"LEASE",
	"AUDIT_WRITE",
	"AUDIT_CONTROL",
	"SETFCAP",
	"MAC_OVERRIDE",
	"MAC_ADMIN",
	"SYSLOG",
	"WAKE_ALARM",
	"BLOCK_SUSPEND",
	"AUDIT_READ",
	"PERFMON",
	"BPF",
	"CHECKPOINT_RESTORE",
};

/* Bytes of a name that Go's encoding/json takes for the letter; 0: none. U+017F and U+212A are s and k to it. */
static size_t folded_length(const char *bytes, char letter)
{
	if (letter == 's' && strncmp(bytes, "\xc5\xbf", 2) == 0)
		return 2;
	if (letter == 'k' && strncmp(bytes, "\xe2\x84\xaa", 3) == 0)
		return 3;
	return (*bytes >= 'A' && *bytes <= 'Z' ? *bytes - 'A' + 'a' : *bytes) == letter ? 1 : 0;
}

static bool is_same_to_go(const char *key, const char *name)
{
	size_t length;

	for (; *name != '\0' && (length = folded_length(key, *name)) != 0; name++)
		key += length;
	return *name == '\0' && *key == '\0';
}

/* runc reads "Capabilities" as "capabilities", and the last of both counts; crun knows the one, as this reader does.
 * @names: in small letters, ends with NULL */
static bool check_spelling(const struct json *object, const char *const *names, struct error **error)
{
	const struct json *member = object != NULL && object->type == JSON_OBJECT ? object->first : NULL;

	for (; member != NULL; member = member->next) {
		for (size_t i = 0; names[i] != NULL; i++) {
			if (strcmp(member->key, names[i]) != 0 && is_same_to_go(member->key, names[i]))
				return json_fail(member, SOURCE, error, "some runtimes take it for \"%s\"; write that",
						 names[i]);
		}
	}
	return true;
}

static bool read_capability_set(struct container *container, const struct json *set, struct error **error)
{
	if (set->type == JSON_NULL)
		return true;
	if (set->type != JSON_ARRAY)
		return json_fail(set, SOURCE, error, "is %s, not a list", json_type_name(set->type));
	for (const struct json *one = set->first; one != NULL; one = one->next) {
		const char *name = one->string;

		if (one->type != JSON_STRING)
			return json_fail(one, SOURCE, error, "is %s, not a string", json_type_name(one->type));
		/* crun's libcap also takes numbers, and stops at the first character that no name has: "12" and
		 * "cap_net_admin,x" are CAP_NET_ADMIN to it. */
		if (name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")] != '\0' ||
		    name[0] == '\0')
			return json_fail(one, SOURCE, error, "is no name of a capability");
		/* crun takes lower case and names without CAP_. */
		if (strncasecmp(name, "CAP_", 4) == 0)
			name += 4;
		for (size_t i = 0; i < ARRAY_LENGTH(capability_names); i++) {
			if (strcasecmp(name, capability_names[i]) == 0)
				container->capabilities |= UINT64_C(1) << i;
		}
	}
	return true;
}

static bool read_process(struct container *container, const struct json *top, struct error **error)
{
	static const char *const names[] = {"capabilities", NULL};
	const struct json *process = json_member(top, "process");
	const struct json *sets = json_member(process, "capabilities");

	if (process != NULL && process->type != JSON_OBJECT && process->type != JSON_NULL)
		return json_fail(process, SOURCE, error, "is %s, not an object", json_type_name(process->type));
	if (!check_spelling(process, names, error))
		return false;
	if (sets == NULL || sets->type == JSON_NULL)
		return true;
	if (sets->type != JSON_OBJECT)
		return json_fail(sets, SOURCE, error, "is %s, not an object", json_type_name(sets->type));
	for (const struct json *set = sets->first; set != NULL; set = set->next) {
		if (!read_capability_set(container, set, error))
			return false;
	}
	return true;
}

static bool read_namespace(struct container *container, const struct json *entry, struct error **error)
{
	static const char *const names[] = {"type", "path", NULL};
	const struct json *path = json_member(entry, "path");
	const char *type = json_member_string(entry, "type");
	const char *place;

	if (!check_spelling(entry, names, error))
		return false;
	if (type == NULL)
		return json_fail(entry, SOURCE, error, "has no \"type\"");
	if (path != NULL && path->type != JSON_STRING && path->type != JSON_NULL)
		return json_fail(path, SOURCE, error, "is %s, not a string", json_type_name(path->type));
	place = path != NULL && path->type == JSON_STRING && path->length > 0 ? path->string : NULL;
	if (strcmp(type, "network") == 0) {
		if (container->has_network_entry)
			return json_fail(entry, SOURCE, error, "is a second network namespace");
		container->has_network_entry = true;
		container->network_path = place == NULL ? NULL : memory_copy_string(place);
	} else if (strcmp(type, "user") == 0) {
		if (container->has_user_entry)
			return json_fail(entry, SOURCE, error, "is a second user namespace");
		container->has_user_entry = true;
		container->user_path = place == NULL ? NULL : memory_copy_string(place);
	} else if (strcmp(type, "pid") == 0) {
		container->private_pid_namespace = place == NULL;
	}
	return true;
}

static bool read_namespaces(struct container *container, const struct json *top, struct error **error)
{
	static const char *const names[] = {"namespaces", NULL};
	const struct json *platform = json_member(top, "linux");
	const struct json *namespaces = json_member(platform, "namespaces");

	if (platform != NULL && platform->type != JSON_OBJECT && platform->type != JSON_NULL)
		return json_fail(platform, SOURCE, error, "is %s, not an object", json_type_name(platform->type));
	if (!check_spelling(platform, names, error))
		return false;
	if (namespaces == NULL || namespaces->type == JSON_NULL)
		return true;
	if (namespaces->type != JSON_ARRAY)
		return json_fail(namespaces, SOURCE, error, "is %s, not a list", json_type_name(namespaces->type));
	for (const struct json *entry = namespaces->first; entry != NULL; entry = entry->next) {
		if (!read_namespace(container, entry, error))
			return false;
	}
	return true;
}

/* The last mount on a destination is the one that the container sees. */
static bool read_mounts(struct container *container, const struct json *top, struct error **error)
{
	const struct json *mounts = json_member(top, "mounts");

	if (mounts == NULL || mounts->type == JSON_NULL)
		return true;
	if (mounts->type != JSON_ARRAY)
		return json_fail(mounts, SOURCE, error, "is %s, not a list", json_type_name(mounts->type));
	for (const struct json *mount = mounts->first; mount != NULL; mount = mount->next) {
		const char *destination = json_member_string(mount, "destination");
		const char *source = json_member_string(mount, "source");

		if (destination == NULL || source == NULL || strcmp(destination, "/etc/resolv.conf") != 0)
			continue;
		free(container->resolv_conf);
		container->resolv_conf = memory_copy_string(source);
	}
	return true;
}

static int compare_keys(const void *left, const void *right)
{
	return strcmp(((const struct oci_annotation *)left)->key, ((const struct oci_annotation *)right)->key);
}

/* Adds one that the state has not. @known: those of the state, in the order of their keys */
static bool merge_annotation(struct container *container, const struct oci_annotation *known, size_t known_count,
			     const struct json *one, struct error **error)
{
	struct oci_annotation *added = &container->annotations[container->annotation_count];
	struct oci_annotation key = {0};
	const struct oci_annotation *same;

	if (one->type != JSON_STRING)
		return json_fail(one, SOURCE, error, "is %s, not a string", json_type_name(one->type));
	key.key = memory_copy_string(one->key);
	same = known_count == 0 ? NULL : bsearch(&key, known, known_count, sizeof(*known), compare_keys);
	if (same != NULL) {
		free(key.key);
		return strcmp(same->value, one->string) == 0 ||
		       json_fail(one, SOURCE, error, "differs from the value in the runtime's state");
	}
	key.value = memory_copy_string(one->string);
	*added = key;
	container->annotation_count++;
	return true;
}

/* Either may hold a hundred thousand: none is compared with each of the others. */
static bool merge_annotations(struct container *container, const struct json *top, struct error **error)
{
	const struct json *annotations = json_member(top, "annotations");
	cleanup_free struct oci_annotation *known = NULL;
	size_t known_count = container->annotation_count;

	if (annotations == NULL || annotations->type == JSON_NULL)
		return true;
	if (annotations->type != JSON_OBJECT)
		return json_fail(annotations, SOURCE, error, "is %s, not an object", json_type_name(annotations->type));
	known = memory_allocate(known_count, sizeof(*known));
	if (known_count > 0) {
		memcpy(known, container->annotations, known_count * sizeof(*known));
		qsort(known, known_count, sizeof(*known), compare_keys);
	}
	container->annotations = memory_resize(container->annotations, known_count + annotations->count,
					       sizeof(*container->annotations));
	for (const struct json *one = annotations->first; one != NULL; one = one->next) {
		if (text_has_prefix(one->key, ANNOTATION_PREFIX) &&
		    !merge_annotation(container, known, known_count, one, error))
			return false;
	}
	return true;
}

bool oci_read_config(struct container *container, const char *text, size_t length, struct error **error)
{
	static const char *const names[] = {"process", "linux", "annotations", "mounts", NULL};
	cleanup_json struct json_document *document = json_read(text, length, SOURCE, error);
	const struct json *top;

	if (document == NULL)
		return false;
	top = json_top(document);
	if (top->type != JSON_OBJECT)
		return error_set(error, SOURCE ": is %s, not an object", json_type_name(top->type));
	return check_spelling(top, names, error) && read_mounts(container, top, error) &&
	       read_process(container, top, error) && read_namespaces(container, top, error) &&
	       merge_annotations(container, top, error);
}

bool oci_read_bundle(struct container *container, struct error **error)
{
	cleanup_close int directory = open(container->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_free char *text = NULL;
	size_t length;

	if (directory < 0)
		return error_set_errno(error, errno, "bundle: %s cannot be opened", container->bundle);
	if (!file_read_at(directory, SOURCE, OCI_CONFIG_LIMIT, SOURCE, &text, &length, NULL, error))
		return error_prefix(error, "bundle: ");
	return oci_read_config(container, text, length, error);
}
