/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/network.h"

#include "base/parse.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

size_t network_address_size(int family)
{
	return family == AF_INET ? 4 : 16;
}

bool network_address_parse(const char *text, size_t length, struct network_address *ret)
{
	struct network_address address = {0};
	char copy[INET6_ADDRSTRLEN];

	if (length == 0 || length >= sizeof(copy) || memchr(text, '\0', length) != NULL)
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	address.family = memchr(text, ':', length) != NULL ? AF_INET6 : AF_INET;
	if (inet_pton(address.family, copy, address.bytes) != 1)
		return false;
	*ret = address;
	return true;
}

static bool is_mapped(const struct network_address *address)
{
	static const uint8_t front[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	return address->family == AF_INET6 && memcmp(address->bytes, front, sizeof(front)) == 0;
}

void network_range_from_prefix(const struct network_address *address, unsigned length, struct network_range *ret)
{
	struct network_range range = {.low = *address, .high = *address};

	for (unsigned i = 0; i < network_address_size(address->family); i++) {
		unsigned kept = length <= i * 8 ? 0 : length - i * 8;
		uint8_t mask = (uint8_t)(kept >= 8 ? 0xff : 0xff00U >> kept);

		range.low.bytes[i] &= mask;
		range.high.bytes[i] |= (uint8_t)~mask;
	}
	*ret = range;
}

static bool parse_prefix(const char *text, size_t length, const char *slash, struct network_range *ret,
			 const char **ret_reason)
{
	size_t front = (size_t)(slash - text);
	struct network_address address;
	uint64_t bits;

	if (!network_address_parse(text, front, &address))
		return false;
	if (!parse_number(slash + 1, length - front - 1, network_address_size(address.family) * 8, &bits)) {
		*ret_reason = address.family == AF_INET ? "the prefix length is not a number from 0 to 32"
							: "the prefix length is not a number from 0 to 128";
		return false;
	}
	network_range_from_prefix(&address, (unsigned)bits, ret);
	return true;
}

static bool parse_span(const char *text, size_t length, const char *dash, struct network_range *ret,
		       const char **ret_reason)
{
	size_t front = (size_t)(dash - text);
	struct network_range range = {0};

	if (!network_address_parse(text, front, &range.low) ||
	    !network_address_parse(dash + 1, length - front - 1, &range.high))
		return false;
	if (range.low.family != range.high.family) {
		*ret_reason = "the range begins in one family and ends in the other";
		return false;
	}
	if (network_address_compare(&range.low, &range.high) > 0) {
		*ret_reason = "the range ends before it begins";
		return false;
	}
	*ret = range;
	return true;
}

bool network_range_parse(const char *text, size_t length, struct network_range *ret, const char **ret_reason)
{
	const char *slash = memchr(text, '/', length);
	const char *dash = memchr(text, '-', length);
	struct network_range range = {0};

	*ret_reason = NULL;
	if (slash != NULL) {
		if (!parse_prefix(text, length, slash, &range, ret_reason))
			return false;
	} else if (dash != NULL) {
		if (!parse_span(text, length, dash, &range, ret_reason))
			return false;
	} else if (network_address_parse(text, length, &range.low)) {
		range.high = range.low;
	} else {
		return false;
	}
	if (is_mapped(&range.low) || is_mapped(&range.high)) {
		*ret_reason = "IPv4-mapped IPv6 addresses are refused; write the IPv4 address";
		return false;
	}
	*ret = range;
	return true;
}

bool network_range_is_prefix(const struct network_range *range, unsigned *ret_length)
{
	unsigned bits = (unsigned)network_address_size(range->low.family) * 8;
	unsigned length = 0;

	while (length < bits) {
		uint8_t mask = (uint8_t)(0x80U >> (length & 7));

		if ((range->low.bytes[length / 8] & mask) != (range->high.bytes[length / 8] & mask))
			break;
		length++;
	}
	for (unsigned bit = length; bit < bits; bit++) {
		uint8_t mask = (uint8_t)(0x80U >> (bit & 7));

		if ((range->low.bytes[bit / 8] & mask) != 0 || (range->high.bytes[bit / 8] & mask) == 0)
			return false;
	}
	*ret_length = length;
	return true;
}

int network_address_compare(const struct network_address *left, const struct network_address *right)
{
	if (left->family != right->family)
		return left->family == AF_INET ? -1 : 1;
	return memcmp(left->bytes, right->bytes, network_address_size(left->family));
}

bool network_address_increment(struct network_address *address)
{
	struct network_address next = *address;

	for (size_t i = network_address_size(address->family); i-- > 0;) {
		if (++next.bytes[i] != 0) {
			*address = next;
			return true;
		}
	}
	return false;
}

bool network_address_decrement(struct network_address *address)
{
	struct network_address next = *address;

	for (size_t i = network_address_size(address->family); i-- > 0;) {
		if (next.bytes[i]-- != 0) {
			*address = next;
			return true;
		}
	}
	return false;
}

void network_address_format(const struct network_address *address, char *ret)
{
	if (inet_ntop(address->family, address->bytes, ret, INET6_ADDRSTRLEN) == NULL)
		ret[0] = '\0';
}

bool network_address_is_link_local(const struct network_address *address)
{
	const uint8_t *byte = address->bytes;

	if (address->family == AF_INET)
		return byte[0] == 169 && byte[1] == 254;
	return byte[0] == 0xfe && (byte[1] & 0xc0) == 0x80;
}

void network_facts_free(struct network_facts *facts)
{
	for (size_t i = 0; i < facts->interface_count; i++)
		free(facts->interfaces[i].addresses);
	free(facts->interfaces);
	free(facts->gateways);
	free(facts->gateway_interfaces);
	memset(facts, 0, sizeof(*facts));
}

bool network_facts_configured(const struct network_facts *facts)
{
	if (facts->gateway_count > 0)
		return true;
	for (size_t i = 0; i < facts->interface_count; i++) {
		const struct network_interface *interface = &facts->interfaces[i];

		for (size_t k = 0; k < interface->address_count && !interface->loopback; k++) {
			if (!network_address_is_link_local(&interface->addresses[k].address))
				return true;
		}
	}
	return false;
}
