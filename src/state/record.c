/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/record.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void write_chain(struct json_writer *writer, const struct record_chain *chain)
{
	char digest[24];

	snprintf(digest, sizeof(digest), "%016llx", (unsigned long long)chain->digest);
	json_write_object_begin(writer);
	json_write_member_string(writer, "family", chain->family == AF_INET ? "ipv4" : "ipv6");
	json_write_member_string(writer, "table", rules_table_name(chain->table));
	json_write_member_string(writer, "name", chain->name);
	json_write_member_integer(writer, "layer", chain->layer);
	json_write_member_string(writer, "origin", chain->origin);
	if (chain->builtin[0] != '\0')
		json_write_member_string(writer, "builtin", chain->builtin);
	json_write_member_integer(writer, "rules", chain->rule_count);
	json_write_member_string(writer, "digest", digest);
	json_write_object_end(writer);
}

static void write_namespace(struct json_writer *writer, const struct record *record)
{
	char cookie[24];

	/* A string: JSON readers may hold numbers as doubles. */
	snprintf(cookie, sizeof(cookie), "%llu", (unsigned long long)record->cookie);
	json_write_key(writer, "namespace");
	json_write_object_begin(writer);
	json_write_member_string(writer, "cookie", cookie);
	json_write_member_integer(writer, "device", record->device);
	json_write_member_integer(writer, "inode", record->inode);
	json_write_member_string(writer, "boot_id", record->boot_id);
	if (record->path != NULL)
		json_write_member_string(writer, "path", record->path);
	json_write_object_end(writer);
}

char *record_to_json(const struct record *record, size_t *ret_length)
{
	cleanup_json_writer struct json_writer *writer = json_writer_new(false);
	const char *text;
	size_t length;

	json_write_object_begin(writer);
	json_write_member_integer(writer, "version", RECORD_VERSION);
	json_write_member_string(writer, "id", record->id);
	json_write_member_string(writer, "bundle", record->bundle);
	json_write_member_string(writer, "state", record->active ? "active" : "intent");
	json_write_member_integer(writer, "created", record->created);
	json_write_member_string(writer, "hook_version", record->hook_version);
	json_write_member_integer(writer, "pid", (uint64_t)record->pid);
	json_write_member_integer(writer, "pid_start", record->pid_start);
	if (record->pid_namespace != 0)
		json_write_member_integer(writer, "pid_namespace", record->pid_namespace);
	if (record->time_namespace != 0)
		json_write_member_integer(writer, "time_namespace", record->time_namespace);
	if (record->judged)
		json_write_member_integer(writer, "capabilities", record->capabilities);
	write_namespace(writer, record);
	json_write_key(writer, "layers");
	json_write_array_begin(writer);
	for (size_t i = 0; i < record->layer_count; i++) {
		json_write_object_begin(writer);
		json_write_member_string(writer, "kind", record->layers[i].kind);
		json_write_member_string(writer, "source", record->layers[i].source);
		json_write_member_integer(writer, "length", record->layers[i].length);
		json_write_object_end(writer);
	}
	json_write_array_end(writer);
	json_write_key(writer, "chains");
	json_write_array_begin(writer);
	for (size_t i = 0; i < record->chain_count; i++)
		write_chain(writer, &record->chains[i]);
	json_write_array_end(writer);
	json_write_key(writer, "sysctls");
	json_write_array_begin(writer);
	for (size_t i = 0; i < record->sysctl_count; i++) {
		json_write_object_begin(writer);
		json_write_member_string(writer, "name", record->sysctls[i].name);
		json_write_member_string(writer, "old", record->sysctls[i].old);
		json_write_member_string(writer, "new", record->sysctls[i].new_value);
		json_write_object_end(writer);
	}
	json_write_array_end(writer);
	json_write_object_end(writer);
	text = json_writer_text(writer, &length);
	*ret_length = length;
	return memory_copy_bytes(text, length);
}

/* A member that must be a string of at most @size - 1 bytes without control characters. */
static bool take_string(const struct json *object, const char *key, char *ret, size_t size, const char *source,
			struct error **error)
{
	const char *value = json_member_string(object, key);
	size_t length = value == NULL ? 0 : strlen(value);

	if (value == NULL || length >= size)
		return json_fail(object, source, error, "\"%s\" is missing or too long", key);
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)value[i] < 0x20)
			return json_fail(object, source, error, "\"%s\" holds a control character", key);
	}
	memcpy(ret, value, length + 1);
	return true;
}

static bool take_integer(const struct json *object, const char *key, uint64_t most, uint64_t *ret, const char *source,
			 struct error **error)
{
	if (!json_integer(json_member(object, key), most, ret))
		return json_fail(object, source, error, "\"%s\" is missing or no number up to %llu", key,
				 (unsigned long long)most);
	return true;
}

static bool is_chain_of_ours(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	return strncmp(name, "oi-", 3) == 0 && strspn(name, allowed) == strlen(name);
}

static bool read_chain(const struct json *object, struct record_chain *ret, const char *source, struct error **error)
{
	char family[8], table[16], digest[24];
	enum rules_table number;
	uint64_t value;

	if (!take_string(object, "family", family, sizeof(family), source, error) ||
	    !take_string(object, "table", table, sizeof(table), source, error) ||
	    !take_string(object, "name", ret->name, sizeof(ret->name), source, error) ||
	    !take_string(object, "origin", ret->origin, sizeof(ret->origin), source, error) ||
	    !take_string(object, "digest", digest, sizeof(digest), source, error))
		return false;
	if (json_member(object, "builtin") != NULL &&
	    !take_string(object, "builtin", ret->builtin, sizeof(ret->builtin), source, error))
		return false;
	if (strcmp(family, "ipv4") != 0 && strcmp(family, "ipv6") != 0)
		return json_fail(object, source, error, "unknown family");
	ret->family = strcmp(family, "ipv4") == 0 ? AF_INET : AF_INET6;
	if (!rules_table_find(table, &number))
		return json_fail(object, source, error, "unknown table");
	ret->table = (uint8_t)number;
	if (!is_chain_of_ours(ret->name))
		return json_fail(object, source, error, "is no chain of oci-iptables");
	for (const char *at = digest; *at != '\0'; at++) {
		unsigned digit = (unsigned char)*at;

		if (strchr("0123456789abcdef", *at) == NULL)
			return json_fail(object, source, error, "\"digest\" is not hexadecimal");
		ret->digest = ret->digest << 4 | (digit <= '9' ? digit - '0' : digit - 'a' + 10);
	}
	if (!take_integer(object, "layer", UINT16_MAX, &value, source, error))
		return false;
	ret->layer = (uint16_t)value;
	if (!take_integer(object, "rules", UINT32_MAX, &value, source, error))
		return false;
	ret->rule_count = (uint32_t)value;
	return true;
}

static const struct json *take_list(const struct json *top, const char *key, const char *source, struct error **error)
{
	const struct json *list = json_member(top, key);

	if (list == NULL || list->type != JSON_ARRAY) {
		json_fail(top, source, error, "\"%s\" is missing or no list", key);
		return NULL;
	}
	return list;
}

static bool read_chains(struct record *record, const struct json *top, const char *source, struct error **error)
{
	const struct json *list = take_list(top, "chains", source, error);

	if (list == NULL)
		return false;
	record->chains = memory_allocate(list->count, sizeof(*record->chains));
	for (const struct json *one = list->first; one != NULL; one = one->next) {
		if (!read_chain(one, &record->chains[record->chain_count++], source, error))
			return false;
	}
	return true;
}

static bool read_sysctls(struct record *record, const struct json *top, const char *source, struct error **error)
{
	const struct json *list = take_list(top, "sysctls", source, error);

	if (list == NULL)
		return false;
	record->sysctls = memory_allocate(list->count, sizeof(*record->sysctls));
	for (const struct json *one = list->first; one != NULL; one = one->next) {
		struct record_sysctl *sysctl = &record->sysctls[record->sysctl_count++];

		if (!take_string(one, "name", sysctl->name, sizeof(sysctl->name), source, error) ||
		    !take_string(one, "old", sysctl->old, sizeof(sysctl->old), source, error) ||
		    !take_string(one, "new", sysctl->new_value, sizeof(sysctl->new_value), source, error))
			return false;
	}
	return true;
}

static bool read_layers(struct record *record, const struct json *top, const char *source, struct error **error)
{
	const struct json *list = take_list(top, "layers", source, error);

	if (list == NULL)
		return false;
	record->layers = memory_allocate(list->count, sizeof(*record->layers));
	for (const struct json *one = list->first; one != NULL; one = one->next) {
		const char *kind = json_member_string(one, "kind");
		const char *from = json_member_string(one, "source");

		if (kind == NULL || from == NULL)
			return json_fail(one, source, error, "is no layer");
		if (!take_integer(one, "length", UINT32_MAX, &record->layers[record->layer_count].length, source,
				  error))
			return false;
		record->layers[record->layer_count].kind = memory_copy_string(kind);
		record->layers[record->layer_count].source = memory_copy_string(from);
		record->layer_count++;
	}
	return true;
}

static bool read_namespace(struct record *record, const struct json *top, const char *source, struct error **error)
{
	const struct json *namespace = json_member(top, "namespace");
	const char *cookie = json_member_string(namespace, "cookie");
	const char *path = json_member_string(namespace, "path");

	if (namespace == NULL || cookie == NULL || !parse_number_string(cookie, UINT64_MAX, &record->cookie))
		return json_fail(top, source, error, "\"namespace\" has no cookie");
	if (path != NULL)
		record->path = memory_copy_string(path);
	return take_integer(namespace, "device", UINT64_MAX, &record->device, source, error) &&
	       take_integer(namespace, "inode", UINT64_MAX, &record->inode, source, error) &&
	       take_string(namespace, "boot_id", record->boot_id, sizeof(record->boot_id), source, error);
}

static bool read_record(struct record *record, const struct json *top, const char *source, struct error **error)
{
	const char *id = json_member_string(top, "id");
	const char *bundle = json_member_string(top, "bundle");
	const char *state = json_member_string(top, "state");
	const char *version = json_member_string(top, "hook_version");
	uint64_t number;

	if (!take_integer(top, "version", UINT32_MAX, &number, source, error))
		return false;
	if (number > RECORD_VERSION)
		return error_set(error, "%s: written by a newer version of oci-iptables (record version %llu)", source,
				 (unsigned long long)number);
	if (id == NULL || bundle == NULL || state == NULL || version == NULL)
		return error_set(error, "%s: \"id\", \"bundle\", \"state\" or \"hook_version\" is missing", source);
	record->id = memory_copy_string(id);
	record->bundle = memory_copy_string(bundle);
	record->hook_version = memory_copy_string(version);
	record->active = strcmp(state, "active") == 0;
	if (!take_integer(top, "pid", INT_MAX, &number, source, error))
		return false;
	record->pid = (pid_t)number;
	/* Of the first versions' records none has these. */
	if (json_member(top, "pid_namespace") != NULL &&
	    !take_integer(top, "pid_namespace", UINT64_MAX, &record->pid_namespace, source, error))
		return false;
	if (json_member(top, "time_namespace") != NULL &&
	    !take_integer(top, "time_namespace", UINT64_MAX, &record->time_namespace, source, error))
		return false;
	record->judged = json_member(top, "capabilities") != NULL;
	if (record->judged && !take_integer(top, "capabilities", UINT64_MAX, &record->capabilities, source, error))
		return false;
	return take_integer(top, "pid_start", UINT64_MAX, &record->pid_start, source, error) &&
	       take_integer(top, "created", UINT64_MAX, &record->created, source, error) &&
	       read_namespace(record, top, source, error) && read_layers(record, top, source, error) &&
	       read_chains(record, top, source, error) && read_sysctls(record, top, source, error);
}

struct record *record_from_json(const char *text, size_t length, const char *source, struct error **error)
{
	cleanup_json struct json_document *document = json_read(text, length, source, error);
	cleanup_record struct record *record = NULL;

	if (document == NULL)
		return NULL;
	if (json_top(document)->type != JSON_OBJECT) {
		error_set(error, "%s: is %s, not an object", source, json_type_name(json_top(document)->type));
		return NULL;
	}
	record = memory_allocate(1, sizeof(*record));
	if (!read_record(record, json_top(document), source, error))
		return NULL;
	return STEAL(record);
}

void record_free(struct record **record)
{
	struct record *it = *record;

	if (it == NULL)
		return;
	for (size_t i = 0; i < it->layer_count; i++) {
		free(it->layers[i].kind);
		free(it->layers[i].source);
	}
	free(it->layers);
	free(it->chains);
	free(it->sysctls);
	free(it->id);
	free(it->bundle);
	free(it->path);
	free(it->hook_version);
	free(it);
	*record = NULL;
}

/* Puts the start time that /proc/PID/stat tells into *@ret; 0 when the process has ended. @return whether it is known
 */
static bool read_process_start(pid_t pid, uint64_t *ret)
{
	cleanup_free char *text = NULL;
	const char *at;
	char path[64];
	uint64_t threads = 1;
	bool ended = false;

	*ret = 0;
	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	/* A /proc that hides others' processes (hidepid) has no file either. */
	if (!file_read_at(AT_FDCWD, path, 4096, path, &text, NULL, NULL, NULL))
		return errno == ESRCH || (errno == ENOENT && kill(pid, 0) < 0 && errno == ESRCH);
	/* The second field is the name in parentheses and may hold anything; the start time is field 22 (proc(5)). */
	at = strrchr(text, ')');
	for (unsigned field = 2; at != NULL && field < 22; field++) {
		at = strchr(at, ' ');
		at = at == NULL ? NULL : at + 1;
		if (field == 2 && at != NULL)
			ended = *at == 'Z' || *at == 'X';
		else if (field == 19 && at != NULL)
			(void)parse_number(at, strcspn(at, " "), UINT64_MAX, &threads);
	}
	/* A first thread that has ended is dead, only not waited for, and so is the process unless others go on. */
	if (ended && threads < 2)
		return true;
	return at != NULL && parse_number(at, strcspn(at, " \n"), UINT64_MAX, ret);
}

uint64_t record_process_start(pid_t pid)
{
	uint64_t start;

	return read_process_start(pid, &start) ? start : 0;
}

bool record_is_same_container(const struct record *left, const struct record *right)
{
	return strcmp(left->id, right->id) == 0 && strcmp(left->bundle, right->bundle) == 0;
}

static uint64_t inode_of(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? status.st_ino : 0;
}

void record_note_namespaces(struct record *record)
{
	record->pid_namespace = inode_of("/proc/self/ns/pid");
	record->time_namespace = inode_of("/proc/self/ns/time");
}

/* Another process, or none, has its pid here, or its start time looks like another one. */
static bool is_from_elsewhere(const struct record *record)
{
	static struct record here;

	/* A process's own stay what they are. */
	if (here.pid_namespace == 0)
		record_note_namespaces(&here);
	return (record->pid_namespace != 0 && record->pid_namespace != here.pid_namespace) ||
	       (record->time_namespace != 0 && record->time_namespace != here.time_namespace);
}

bool record_is_alive(const struct record *record)
{
	uint64_t start;

	/* Rules of a container that can't be looked at stay. */
	return record->pid == 0 || is_from_elsewhere(record) || !read_process_start(record->pid, &start) ||
	       start == record->pid_start;
}

bool record_boot_id(char ret[40], struct error **error)
{
	static const char path[] = "/proc/sys/kernel/random/boot_id";
	cleanup_free char *text = NULL;

	if (!file_read_at(AT_FDCWD, path, 64, path, &text, NULL, NULL, error))
		return false;
	snprintf(ret, 40, "%.*s", (int)strcspn(text, "\n"), text);
	return true;
}
