/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is remembered of a container while its rules are in a kernel: enough to take them away again, whatever version
 * of the hook does that. Written before the first commit (state "intent"), again after the last ("active").
 */
#ifndef STATE_RECORD_H
#define STATE_RECORD_H

#include "base/error.h"
#include "rules/ruleset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Version of the format; a reader takes older ones and says so when it meets a newer one. */
#define RECORD_VERSION 1

/** One chain in the kernel. */
struct record_chain {
	uint8_t family; /* AF_INET or AF_INET6 */
	uint8_t table;  /* enum rules_table */
	uint16_t layer;
	uint32_t rule_count;
	uint64_t digest; /* of its rules as read back */
	char name[RULES_CHAIN_NAME + 1];
	char builtin[RULES_CHAIN_NAME + 1]; /* built-in chain that leads to it, or "" */
	char origin[RULES_CHAIN_NAME + 1];  /* name in the layer's text */
};

/** One sysctl that was changed, and the value it had before. */
struct record_sysctl {
	char name[80];
	char old[8];
	char new_value[8];
};

struct record_layer {
	char *kind;
	char *source;
	uint64_t length; /* bytes of its text in the file beside the record (store_read_texts()) */
};

/** A record. Owns what it points to. */
struct record {
	char *id;
	char *bundle;
	bool active;
	uint64_t cookie; /* of the network namespace */
	uint64_t device, inode;
	char boot_id[40];
	char *path;              /* where the namespace was, or NULL */
	pid_t pid;               /* of the container, or 0 */
	uint64_t pid_start;      /* its start time in clock ticks after boot */
	uint64_t pid_namespace;  /* in which pid is its number; 0: not known */
	uint64_t time_namespace; /* whose boot pid_start counts from; 0: not known */
	bool judged;             /* its workload's capabilities are known */
	uint64_t capabilities;   /* all that its configuration names, in any set */
	uint64_t created;        /* seconds since 1970 */
	char *hook_version;
	struct record_layer *layers;
	size_t layer_count;
	struct record_chain *chains;
	size_t chain_count;
	struct record_sysctl *sysctls;
	size_t sysctl_count;
};

/** @return the record as JSON (schemas/record.schema.json), owned by the caller */
char *record_to_json(const struct record *record, size_t *ret_length);

/**
 * Reads a record and checks it like any input: a chain that can't be ours is an error.
 * @source: for messages
 * @return owned by the caller (record_free), or NULL with @error set
 */
struct record *record_from_json(const char *text, size_t length, const char *source, struct error **error);

/** Releases a record and sets the variable to NULL; takes NULL. */
void record_free(struct record **record);

#define cleanup_record __attribute__((cleanup(record_free)))

/** @return whether both are about one container: ids repeat across runtimes' directories, bundles don't */
bool record_is_same_container(const struct record *left, const struct record *right);

/** @return whether the container's process is alive; true where the record names none, or one of other pid namespaces
 */
bool record_is_alive(const struct record *record);

/** Reads when a process began. @return clock ticks after boot; 0 when it is gone */
uint64_t record_process_start(pid_t pid);

/** Notes in a record for which processes its pid and pid_start hold: those that share this one's pid and time
 * namespaces.
 */
void record_note_namespaces(struct record *record);

/** Puts the boot id of the running kernel into @ret. */
bool record_boot_id(char ret[40], struct error **error);

#endif
