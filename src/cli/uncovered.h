/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Containers that run, should have rules, and have no record: their runtime did not call the hook, or restored them. */
#ifndef CLI_UNCOVERED_H
#define CLI_UNCOVERED_H

#include "cli/containers.h"

#include <stdbool.h>
#include <stddef.h>

struct uncovered {
	char *id;
	char *bundle;
	const char *reason; /* a constant */
};

struct uncovered_list {
	struct uncovered *items;
	size_t count;
	size_t looked_at; /* running containers that were found */
};

/** Looks into the state directories of runc and crun, which podman and CRI-O use too. @ret: owned (uncovered_free) */
void uncovered_find(const struct containers *containers, struct uncovered_list *ret);

void uncovered_free(struct uncovered_list *list);

#define cleanup_uncovered __attribute__((cleanup(uncovered_free)))

#endif
