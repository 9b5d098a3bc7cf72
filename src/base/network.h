/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses, prefixes and ranges from text, and what is known about the network of a namespace. Plain data: kernel/
 * fills the facts, policy/ reads them.
 */
#ifndef BASE_NETWORK_H
#define BASE_NETWORK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** An IPv4 or IPv6 address. */
struct network_address {
	int family;        /* AF_INET or AF_INET6 */
	uint8_t bytes[16]; /* network byte order; 4 of them for IPv4 */
};

/** One address of an interface. */
struct network_interface_address {
	struct network_address address;
	uint8_t prefix_length;
	bool global; /* scope global (tentative ones included: IPv6 addresses still are when a container starts) */
};

struct network_interface {
	char name[16];
	bool loopback;
	struct network_interface_address *addresses;
	size_t address_count;
};

/** What a network namespace looks like when the container is about to start. */
struct network_facts {
	struct network_interface *interfaces;
	size_t interface_count;
	struct network_address *gateways; /* of the default routes of both families, in the order of their metric */
	char (*gateway_interfaces)[16];   /* the interface of each */
	size_t gateway_count;
};

/** Releases what @facts points to and empties it. */
void network_facts_free(struct network_facts *facts);

/** @return whether any interface but loopback has an address that is not link-local, or there is a default route */
bool network_facts_configured(const struct network_facts *facts);

#endif
