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

/** Every address from low to high, both included; both of one family. */
struct network_range {
	struct network_address low;
	struct network_address high;
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

/** @return bytes of an address of the family: 4 or 16 */
size_t network_address_size(int family);

/**
 * Reads an IPv4 address in dotted form or an IPv6 address (RFC 4291), without zone and without leading zeros.
 * @ret: untouched on failure
 * @return whether all @length bytes are one
 */
bool network_address_parse(const char *text, size_t length, struct network_address *ret);

/**
 * Reads an address, a prefix (ADDRESS/LENGTH; bits behind the length are ignored as iptables does) or a range
 * (ADDRESS-ADDRESS). IPv4-mapped IPv6 addresses are refused: the kernel sends them as IPv4, past IPv6 rules.
 * @ret: untouched on failure
 * @ret_reason: on failure why not, a constant; NULL there when the text does not even look like an address
 * @return whether all @length bytes are one of these
 */
bool network_range_parse(const char *text, size_t length, struct network_range *ret, const char **ret_reason);

/** The range of a prefix; @length is at most the bits of the family. */
void network_range_from_prefix(const struct network_address *address, unsigned length, struct network_range *ret);

/** @return whether the range is exactly one prefix, whose length goes to @ret_length */
bool network_range_is_prefix(const struct network_range *range, unsigned *ret_length);

/** @return less than, equal to or greater than 0; IPv4 comes before IPv6 */
int network_address_compare(const struct network_address *left, const struct network_address *right);

/** Moves to the next address. @return false, with @address untouched, at the last one of its family */
bool network_address_increment(struct network_address *address);

/** Moves to the address before. @return false, with @address untouched, at the first one of its family */
bool network_address_decrement(struct network_address *address);

/** Writes the usual text form (RFC 5952). @ret: INET6_ADDRSTRLEN bytes */
void network_address_format(const struct network_address *address, char *ret);

/** @return whether the address is IPv4 169.254.0.0/16 or IPv6 fe80::/10 */
bool network_address_is_link_local(const struct network_address *address);

/** Releases what @facts points to and empties it. */
void network_facts_free(struct network_facts *facts);

/** @return whether any interface but loopback has an address that is not link-local, or there is a default route */
bool network_facts_configured(const struct network_facts *facts);

#endif
