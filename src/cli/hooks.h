/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hook definitions that podman and CRI-O read: which there are, and whether they lead to the hook. */
#ifndef CLI_HOOKS_H
#define CLI_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

/** Who reads a directory: bits. */
#define HOOKS_PODMAN 1U
#define HOOKS_CRIO 2U

struct hook_definition {
	char *path;
	char *problem;    /* NULL: it is as it should be */
	bool ours;        /* leads to oci-iptables-hook */
	bool always;      /* for containers without annotations too */
	unsigned readers; /* of its directory, of those that are on this host */
};

struct hook_directory {
	char *path;
	unsigned readers;
};

struct hook_definitions {
	struct hook_definition *items;
	size_t count;
	struct hook_directory *directories; /* that were looked into and are there */
	size_t directory_count;
	unsigned readers; /* that are on this host */
};

/**
 * Looks into podman's and CRI-O's usual directories and those that their configuration files name.
 * @ret: owned by the caller (hooks_free)
 */
void hooks_find(struct hook_definitions *ret);

/** @return whether everybody on this host reads a sound definition of ours; @always: one for all containers */
bool hooks_has(const struct hook_definitions *definitions, bool always);

void hooks_free(struct hook_definitions *definitions);

#define cleanup_hooks __attribute__((cleanup(hooks_free)))

#endif
