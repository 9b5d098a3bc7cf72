/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The containers that have a record: found by id or prefix, named as their runtime names them, looked at in the kernel.
 */
#ifndef CLI_CONTAINERS_H
#define CLI_CONTAINERS_H

#include "base/json.h"
#include "cli/cli.h"
#include "kernel/inspect.h"
#include "policy/config.h"
#include "session/texts.h"
#include "state/listing.h"
#include "state/store.h"

#include <stdbool.h>
#include <stddef.h>

struct containers {
	struct config *config; /* NULL where it can't be read */
	struct store *store;   /* NULL: there is no state directory yet */
	struct record_list records;
	struct listing_problems problems;
	char boot_id[40];
	char *names_path; /* of the file of names that was read last */
	struct json_document *names;
};

/**
 * Reads configuration and records.
 * @ret: owned by the caller (containers_close)
 * @return false with @error set when records cannot be had at all; those that can't be read are problems
 */
bool containers_open(const struct cli *cli, struct containers *ret, struct error **error);

void containers_close(struct containers *containers);

#define cleanup_containers __attribute__((cleanup(containers_close)))

/** Complains of the records that could not be read. @return whether there was any */
bool containers_complain(const struct cli *cli, const struct containers *containers);

/** @return the store; NULL with @error set to where it should be */
struct store *containers_need_store(const struct containers *containers, struct error **error);

/**
 * Finds the one id that @prefix is or begins, else that of the container whose name @prefix is.
 * @extra: more ids that count, ends with NULL; may be NULL
 * @return the id, belongs to @containers or @extra; NULL with @error that names the candidates
 */
const char *containers_find(struct containers *containers, const char *prefix, const char *const *extra,
			    struct error **error);

/** @return the name that podman or CRI-O gave the container, owned by the caller; NULL without one */
char *containers_name(struct containers *containers, const struct record *record);

/** What can be said of a container beside its record. */
struct container_view {
	bool reachable; /* its namespace is there and could be looked at */
	struct inspection inspection;
	struct session_texts texts; /* of its layers; empty unless asked for */
};

/**
 * Looks at a container in the kernel.
 * @texts: also read its layers' texts and make what should be there
 * @entries: also read the rules' entries
 * @ret: owned by the caller (container_view_free)
 * @return false with @error set when something went wrong; a namespace that is gone is only not reachable
 */
bool containers_look(const struct containers *containers, const struct record *record, bool texts, bool entries,
		     struct container_view *ret, struct error **error);

void container_view_free(struct container_view *view);

#define cleanup_view __attribute__((cleanup(container_view_free)))

/** @return whether a rule of some contents drops or rejects */
bool containers_rule_denies(const struct backend_rule *rule);

/** Writes the members that every list of containers begins with: id, name, bundle, layers, namespace, since. */
void containers_write_json(struct json_writer *writer, struct containers *containers, const struct record *record);

#endif
