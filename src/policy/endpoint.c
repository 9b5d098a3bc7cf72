/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/endpoint.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/text.h"

#include <netinet/in.h>
#include <string.h>

/* RFC 1918, RFC 6598, RFC 3927, RFC 5771, limited broadcast; RFC 4291 link-local and multicast, RFC 4193; and the
 * IPv4 ones behind a NAT64 (RFC 6052 section 2.1). */
static const char *const private_ranges[] = {
	"10.0.0.0/8",
	"172.16.0.0/12",
	"192.168.0.0/16",
	"100.64.0.0/10",
	"169.254.0.0/16",
	"224.0.0.0/4",
	"255.255.255.255",
	"fe80::/10",
	"ff00::/8",
	"fc00::/7",
	"64:ff9b::10.0.0.0/104",
	"64:ff9b::172.16.0.0/108",
	"64:ff9b::192.168.0.0/112",
	"64:ff9b::100.64.0.0/106",
	"64:ff9b::169.254.0.0/112",
	"64:ff9b::224.0.0.0/100",
	"64:ff9b::255.255.255.255",
	NULL,
};

/* Where clouds answer with credentials: AWS, GCP, OpenStack; AWS DNS, ECS and EKS; Azure; Alibaba; AWS and GCP IPv6. */
static const char *const metadata_addresses[] = {
	"169.254.169.254", "169.254.169.253", "169.254.170.2", "169.254.170.23", "168.63.129.16",
	"100.100.100.200", "fd00:ec2::254",   "fd00:ec2::23",  "fd20:ce::254",   NULL,
};

static const char *const words[] = {"any", "none", "dns", "gateway", "connected", "private", "metadata", NULL};

static void add_constants(struct address_set *set, const char *const *ranges)
{
	for (size_t i = 0; ranges[i] != NULL; i++) {
		struct network_range range = {0};
		const char *reason;

		if (network_range_parse(ranges[i], strlen(ranges[i]), &range, &reason))
			address_set_add(set, &range);
	}
}

static bool add_gateways(const struct scope *scope, struct address_set *set, struct error **error)
{
	const struct network_facts *facts = scope_facts(scope, error);

	if (facts == NULL)
		return false;
	if (facts->gateway_count == 0)
		return error_set(error, "the container has no default gateway");
	for (size_t i = 0; i < facts->gateway_count; i++)
		address_set_add_address(set, &facts->gateways[i]);
	return true;
}

static bool add_connected(const struct scope *scope, struct address_set *set, struct error **error)
{
	const struct network_facts *facts = scope_facts(scope, error);

	if (facts == NULL)
		return false;
	for (size_t i = 0; i < facts->interface_count; i++) {
		const struct network_interface *interface = &facts->interfaces[i];

		for (size_t k = 0; k < interface->address_count && !interface->loopback; k++) {
			struct network_range range;

			network_range_from_prefix(&interface->addresses[k].address,
						  interface->addresses[k].prefix_length, &range);
			address_set_add(set, &range);
		}
	}
	return true;
}

bool endpoint_add_resolvers(const struct scope *scope, struct address_set *set, struct error **error)
{
	struct network_address resolvers[CONFIG_MAX_RESOLVERS];
	size_t count = 0;

	if (!scope_resolvers(scope, resolvers, &count, error))
		return false;
	for (size_t i = 0; i < count; i++)
		address_set_add_address(set, &resolvers[i]);
	address_set_normalise(set);
	return true;
}

/* ADDRESS:PORT, as most programs write it, and [ADDRESS]:PORT. */
static bool is_with_port(const char *word, const char *colon)
{
	if (colon == NULL || colon == word || colon - word > 50 || colon[1] == '\0' ||
	    colon[1 + strspn(colon + 1, "0123456789-")] != '\0')
		return false;
	return word[0] == '[' ? colon[-1] == ']' : strspn(word, "0123456789./") == (size_t)(colon - word);
}

static bool fail_address(const char *word, size_t length, struct error **error)
{
	cleanup_free char *copy = memory_copy_bytes(word, length);
	const char *nearest = text_nearest(copy, words);
	const char *colon = strrchr(copy, ':');

	if (nearest != NULL)
		return error_set(error, "not an address; did you mean \"%.80s\"?", nearest);
	if (is_with_port(copy, colon)) {
		int brackets = copy[0] == '[';

		return error_set(error,
				 "not an address; the port stands before it, %.11s@%.*s, in a policy document in ports",
				 colon + 1, (int)(colon - copy) - 2 * brackets, copy + brackets);
	}
	if (strpbrk(copy, "ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ") != NULL && strchr(copy, '.') != NULL)
		return error_set(error, "host names are not looked up; write the address");
	return error_set(error, "not an address, a prefix, a range or one of the words "
				"any none dns gateway connected private metadata");
}

bool endpoint_parse_address(const struct scope *scope, const char *word, size_t length, struct address_set *set,
			    bool *ret_dns, bool *ret_none, struct error **error)
{
	struct network_range range;
	const char *reason;
	size_t i = 0;

	while (words[i] != NULL && (strlen(words[i]) != length || memcmp(words[i], word, length) != 0))
		i++;
	switch (i) {
	case 0:
		address_set_add_any(set);
		return true;
	case 1:
		*ret_none = true;
		return true;
	case 2:
		*ret_dns = true;
		return true;
	case 3:
		return add_gateways(scope, set, error);
	case 4:
		return add_connected(scope, set, error);
	case 5:
		add_constants(set, private_ranges);
		return true;
	case 6:
		add_constants(set, metadata_addresses);
		return true;
	default:
		break;
	}
	if (network_range_parse(word, length, &range, &reason)) {
		address_set_add(set, &range);
		return true;
	}
	if (reason != NULL)
		return error_set(error, "%s", reason);
	return fail_address(word, length, error);
}

static const struct {
	const char *name;
	int number;
} protocols[] = {
	{"tcp", IPPROTO_TCP},   {"udp", IPPROTO_UDP},   {"sctp", IPPROTO_SCTP},
	{"dccp", IPPROTO_DCCP}, {"icmp", IPPROTO_ICMP},
};

static bool fail_protocol(const char *word, size_t length, struct error **error)
{
	static const char *const known[] = {"tcp", "udp", "sctp", "dccp", "icmp", NULL};
	cleanup_free char *copy = memory_copy_bytes(word, length);
	const char *nearest = text_nearest(copy, known);

	if (strcmp(copy, "icmpv6") == 0 || strcmp(copy, "icmp6") == 0 || strcmp(copy, "ipv6-icmp") == 0)
		return error_set(error, "\"%.80s\" is not a protocol here; \"icmp\" means ICMPv6 for IPv6 addresses",
				 copy);
	if (nearest != NULL)
		return error_set(error, "\"%.80s\" is not a protocol; did you mean \"%.80s\"?", copy, nearest);
	return error_set(error, "\"%.80s\" is not a protocol: tcp, udp, sctp, dccp, icmp or a number from 1 to 255",
			 copy);
}

bool endpoint_parse_protocol(const char *word, size_t length, int *ret, struct error **error)
{
	uint64_t number;

	for (size_t i = 0; i < ARRAY_LENGTH(protocols); i++) {
		if (strlen(protocols[i].name) == length && memcmp(protocols[i].name, word, length) == 0) {
			*ret = protocols[i].number;
			return true;
		}
	}
	if (!parse_number(word, length, 255, &number) || number == 0)
		return fail_protocol(word, length, error);
	*ret = (int)number;
	return true;
}

bool endpoint_parse_ports(const char *word, size_t length, struct port_range *ret, struct error **error)
{
	const char *dash = memchr(word, '-', length);
	size_t front = dash == NULL ? length : (size_t)(dash - word);
	uint64_t low, high;

	if (!parse_number(word, front, UINT16_MAX, &low) || low == 0)
		return error_set(error, "%.*s is not a port", (int)(length < 80 ? length : 80), word);
	high = low;
	if (dash != NULL && (!parse_number(dash + 1, length - front - 1, UINT16_MAX, &high) || high == 0))
		return error_set(error, "%.*s is not a range of ports", (int)(length < 80 ? length : 80), word);
	if (high < low)
		return error_set(error, "%.*s ends before it begins", (int)(length < 80 ? length : 80), word);
	ret->low = (uint16_t)low;
	ret->high = (uint16_t)high;
	return true;
}

bool endpoint_parse_icmp_type(const char *word, size_t length, struct service *ret, struct error **error)
{
	/* IANA's registries of ICMP and ICMPv6 types. */
	static const struct {
		const char *name;
		int ipv4, ipv6;
	} types[] = {
		{"echo-request", 8, 128},
		{"echo-reply", 0, 129},
		{"destination-unreachable", 3, 1},
		{"packet-too-big", SERVICE_NO_TYPE, 2},
		{"time-exceeded", 11, 3},
		{"parameter-problem", 12, 4},
		{"redirect", 5, 137},
		{"timestamp-request", 13, SERVICE_NO_TYPE},
		{"timestamp-reply", 14, SERVICE_NO_TYPE},
	};
	const char *known[ARRAY_LENGTH(types) + 1] = {NULL};
	cleanup_free char *copy = memory_copy_bytes(word, length);
	const char *nearest;
	uint64_t number;

	/* 255 is no type to the kernel's match of IPv4: it means any. */
	if (parse_number(word, length, 254, &number)) {
		ret->icmp_type_ipv4 = (int)number;
		ret->icmp_type_ipv6 = (int)number;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
		known[i] = types[i].name;
		if (strcmp(types[i].name, copy) != 0)
			continue;
		ret->icmp_type_ipv4 = types[i].ipv4;
		ret->icmp_type_ipv6 = types[i].ipv6;
		return true;
	}
	nearest = text_nearest(copy, known);
	if (nearest != NULL)
		return error_set(error, "\"%.80s\" is not a type of ICMP; did you mean \"%.80s\"?", copy, nearest);
	return error_set(error, "\"%.80s\" is not a type of ICMP: a number from 0 to 254 or a name like echo-request",
			 copy);
}

bool endpoint_parse_service(const char *word, size_t length, struct service *ret, struct error **error)
{
	const char *slash = memchr(word, '/', length);
	size_t front = slash == NULL ? length : (size_t)(slash - word);
	size_t back = slash == NULL ? 0 : length - front - 1;
	struct port_range range;
	size_t capacity = 0;

	ret->icmp_type_ipv4 = SERVICE_ANY_TYPE;
	ret->icmp_type_ipv6 = SERVICE_ANY_TYPE;
	if (length == 0)
		return error_set(error, "nothing stands before the @");
	if (word[0] < '0' || word[0] > '9') {
		if (!endpoint_parse_protocol(word, front, &ret->protocol, error))
			return false;
		if (slash == NULL)
			return true;
		if (ret->protocol != IPPROTO_ICMP)
			return error_set(error, "write PORT/PROTOCOL, the number first");
		return endpoint_parse_icmp_type(slash + 1, back, ret, error);
	}
	if (!endpoint_parse_ports(word, front, &range, error))
		return false;
	ret->protocol = IPPROTO_TCP;
	if (slash != NULL && !endpoint_parse_protocol(slash + 1, back, &ret->protocol, error))
		return false;
	if (!service_has_ports(ret->protocol) || (slash != NULL && slash[1] >= '0' && slash[1] <= '9'))
		return error_set(error, "%.*s has no ports; they belong to tcp, udp, sctp or dccp", (int)back,
				 slash == NULL ? "" : slash + 1);
	service_add_ports(ret, &capacity, range.low, range.high);
	return true;
}
