/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a hook needs to know of a container: the runtime's state JSON and the bundle's config.json, read and checked.
 * Nothing here decides about namespaces: runtimes differ in how they read doubtful members (runc and crun take
 * different ones of duplicates), so kernel/ asks the opened namespace itself.
 */
#ifndef OCI_CONTAINER_H
#define OCI_CONTAINER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Largest state JSON and config.json in bytes (interface section 11). */
#define OCI_STATE_LIMIT ((size_t)1024 * 1024)
#define OCI_CONFIG_LIMIT ((size_t)16 * 1024 * 1024)

enum oci_status { OCI_STATUS_CREATING, OCI_STATUS_CREATED, OCI_STATUS_RUNNING, OCI_STATUS_STOPPED, OCI_STATUS_OTHER };

struct oci_annotation {
	char *key;
	char *value;
};

/** One container. Owns what it points to. */
struct container {
	/* From the state: */
	char *id;
	char *bundle; /* absolute path */
	enum oci_status status;
	pid_t pid;                          /* 0: the state has none */
	struct oci_annotation *annotations; /* all of them, in the order of the state */
	size_t annotation_count;

	/* From config.json, filled by oci_read_bundle(): */
	bool has_network_entry; /* linux.namespaces has an entry of type network */
	char *network_path;     /* its path, or NULL */
	bool has_user_entry;
	char *user_path;
	bool private_pid_namespace; /* a pid entry without path: a new one for this container */
	uint64_t capabilities;      /* union of all sets of process.capabilities; bit N is capability N */
	char *resolv_conf;          /* source of the mount on /etc/resolv.conf, or NULL */
};

/**
 * Reads a state JSON (OCI runtime specification, "State").
 * @return owned by the caller (container_free), or NULL with @error set
 */
struct container *oci_read_state(const char *text, size_t length, struct error **error);

/**
 * Finds the id in a state that oci_read_state() refused, for the failure line.
 * @return owned by the caller, or NULL where there is none that could be shown
 */
char *oci_guess_id(const char *text, size_t length);

/**
 * Reads config.json of the container's bundle. Annotations of ours that only config.json has are added; one that it
 * holds with another value than the state is an error, for then it can't be said which is in force.
 * @return whether it could be read and understood
 */
bool oci_read_bundle(struct container *container, struct error **error);

/** oci_read_bundle() for a text, for tests and fuzzers. */
bool oci_read_config(struct container *container, const char *text, size_t length, struct error **error);

/** @return the value of an annotation; belongs to @container; NULL if there is none */
const char *container_annotation(const struct container *container, const char *key);

/** Releases a container and sets the variable to NULL; takes NULL. */
void container_free(struct container **container);

#define cleanup_container __attribute__((cleanup(container_free)))

#endif
