/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/network.h"

#include <stdlib.h>
#include <string.h>

void network_facts_free(struct network_facts *facts)
{
	for (size_t i = 0; i < facts->interface_count; i++)
		free(facts->interfaces[i].addresses);
	free(facts->interfaces);
	free(facts->gateways);
	free(facts->gateway_interfaces);
	memset(facts, 0, sizeof(*facts));
}

static bool is_link_local(const struct network_address *address)
{
	const uint8_t *byte = address->bytes;

	if (address->family == AF_INET)
		return byte[0] == 169 && byte[1] == 254;
	return byte[0] == 0xfe && (byte[1] & 0xc0) == 0x80;
}

bool network_facts_configured(const struct network_facts *facts)
{
	if (facts->gateway_count > 0)
		return true;
	for (size_t i = 0; i < facts->interface_count; i++) {
		const struct network_interface *interface = &facts->interfaces[i];

		for (size_t k = 0; k < interface->address_count && !interface->loopback; k++) {
			if (!is_link_local(&interface->addresses[k].address))
				return true;
		}
	}
	return false;
}
