/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libiptc has one set of functions per family, alike but for the types. This makes one table of both, so that iptc.c is
 * written once.
 */
#ifndef KERNEL_IPTC_FAMILY_H
#define KERNEL_IPTC_FAMILY_H

#include "base/error.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

/* The kernel's <linux/if.h> clashes with <net/if.h> unless libiptc brought it in first. */
#include <libiptc/libip6tc.h>
#include <libiptc/libiptc.h>

struct iptc_family {
	int family;
	size_t entry_size; /* of the entry without matches */
	size_t ip_size;    /* of its first part: addresses, interfaces, protocol, flags */
	struct xtc_handle *(*init)(const char *table);
	void (*free)(struct xtc_handle *handle);
	int (*commit)(struct xtc_handle *handle);
	int (*is_chain)(const char *chain, struct xtc_handle *handle);
	int (*create_chain)(const char *chain, struct xtc_handle *handle);
	int (*delete_chain)(const char *chain, struct xtc_handle *handle);
	int (*flush)(const char *chain, struct xtc_handle *handle);
	int (*append)(const char *chain, const void *entry, struct xtc_handle *handle);
	int (*insert)(const char *chain, const void *entry, unsigned position, struct xtc_handle *handle);
	int (*delete_number)(const char *chain, unsigned position, struct xtc_handle *handle);
	const void *(*first_rule)(const char *chain, struct xtc_handle *handle);
	const void *(*next_rule)(const void *before, struct xtc_handle *handle);
	const char *(*target_name)(const void *entry, struct xtc_handle *handle);
	const char *(*first_chain)(struct xtc_handle *handle);
	const char *(*next_chain)(struct xtc_handle *handle);
	const char *(*strerror)(int number);
	unsigned (*target_offset)(const void *entry);
	unsigned (*next_offset)(const void *entry);
	void (*set_offsets)(void *entry, unsigned target_offset, unsigned next_offset);
};

extern const struct iptc_family iptc_ipv4;
extern const struct iptc_family iptc_ipv6;

/**
 * Loads libiptc for a family, before anything is called that takes or makes a handle. It is loaded when a worker needs
 * it, not when the hook starts: mapping a library costs every process that is forked afterwards, and of the hook's four
 * only one opens tables.
 * @return whether it is there; a second call costs nothing
 */
bool iptc_family_load(int family, struct error **error);

#endif
