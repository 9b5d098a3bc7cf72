/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hook definitions that podman and CRI-O read: which there are, and whether they lead to the hook. */
#ifndef CLI_HOOKS_H
#define CLI_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

struct hook_definition {
	char *path;
	char *problem; /* NULL: it is as it should be */
	bool ours;     /* leads to oci-iptables-hook */
	bool always;   /* for containers without annotations too */
};

struct hook_definitions {
	struct hook_definition *items;
	size_t count;
	char **directories; /* that were looked into and are there */
	size_t directory_count;
};

/**
 * Looks into podman's and CRI-O's default directories and those that their configuration files name.
 * @ret: owned by the caller (hooks_free)
 */
void hooks_find(struct hook_definitions *ret);

/** @return whether there is a sound definition of ours; @always: one for containers without annotations */
bool hooks_has(const struct hook_definitions *definitions, bool always);

void hooks_free(struct hook_definitions *definitions);

#define cleanup_hooks __attribute__((cleanup(hooks_free)))

#endif
