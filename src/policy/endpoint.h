/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of endpoint lists and policy rules: addresses, protocols, ports, types of ICMP. */
#ifndef POLICY_ENDPOINT_H
#define POLICY_ENDPOINT_H

#include "base/error.h"
#include "policy/document.h"

/**
 * Reads one ADDRESS (interface section 3) and adds it to @set, which has to be normalised afterwards.
 * @ret_dns: set to true for the word "dns", which adds nothing to @set; untouched otherwise
 * @ret_none: set to true for the word "none", which adds nothing either; untouched otherwise
 */
bool endpoint_parse_address(const struct scope *scope, const char *word, size_t length, struct address_set *set,
			    bool *ret_dns, bool *ret_none, struct error **error);

/** Reads a protocol's name or number. @ret: as struct service has it; untouched on failure */
bool endpoint_parse_protocol(const char *word, size_t length, int *ret, struct error **error);

/** Reads PORT or PORT-PORT, 1 to 65535. */
bool endpoint_parse_ports(const char *word, size_t length, struct port_range *ret, struct error **error);

/** Reads a number from 0 to 254 or a name such as "echo-request" into the types of both families. */
bool endpoint_parse_icmp_type(const char *word, size_t length, struct service *ret, struct error **error);

/** Reads SERVICE (interface section 3). @ret: empty before; holds at most one range of ports after */
bool endpoint_parse_service(const char *word, size_t length, struct service *ret, struct error **error);

/** Fills the set with the resolvers that count in this scope, normalised. */
bool endpoint_add_resolvers(const struct scope *scope, struct address_set *set, struct error **error);

#endif
