/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forwarding between the interfaces of a namespace: its sysctls, read before they are changed so that they can go back.
 */
#ifndef KERNEL_FORWARDING_H
#define KERNEL_FORWARDING_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct forwarding_request {
	bool ipv4; /* net.ipv4.ip_forward = 1 */
	bool ipv6; /* net.ipv6.conf.all.forwarding = 1, and accept_ra = 2 where router advertisements were accepted */
};

/** One sysctl below /proc/sys/net and the value it had. */
struct forwarding_value {
	char name[80]; /* "ipv4/ip_forward" */
	char old[8];
	char new_value[8];
};

struct forwarding_values {
	struct forwarding_value *items;
	size_t count;
};

/** Reads what a request will change; what has the wanted value already is listed too. Runs inside the namespace. */
bool forwarding_read(const struct forwarding_request *request, struct forwarding_values *ret, struct error **error);

/** Sets the new values. Runs inside the namespace. */
bool forwarding_set(const struct forwarding_values *values, struct error **error);

/** Puts the old values back, in the opposite order; an interface that is gone is skipped. Runs inside the namespace. */
bool forwarding_restore(const struct forwarding_values *values, struct error **error);

/** @return whether @name can be a sysctl of ours: records come from a file */
bool forwarding_name_is_sound(const char *name);

void forwarding_free(struct forwarding_values *values);

#define cleanup_forwarding __attribute__((cleanup(forwarding_free)))

#endif
