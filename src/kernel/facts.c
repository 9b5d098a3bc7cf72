/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/facts.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "kernel/privileges.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <net/if.h>

/** What a namespace may have; a container's has a handful. */
#define FACTS_LIMIT ((size_t)4096)

/* The child reports plain records, addresses first, then gateways in the order of their metric. */
struct fact {
	char interface[16];
	uint8_t gateway, loopback, global, prefix_length;
	uint32_t metric;
	struct network_address address;
};

static uint8_t mask_length(const struct sockaddr *mask, int family)
{
	const uint8_t *bytes;
	size_t size;
	uint8_t length = 0;

	if (mask == NULL)
		return family == AF_INET ? 32 : 128;
	if (family == AF_INET) {
		bytes = (const uint8_t *)&((const struct sockaddr_in *)(const void *)mask)->sin_addr;
		size = 4;
	} else {
		bytes = (const uint8_t *)&((const struct sockaddr_in6 *)(const void *)mask)->sin6_addr;
		size = 16;
	}
	for (size_t i = 0; i < size; i++) {
		for (unsigned bit = 0x80; bit != 0 && (bytes[i] & bit) != 0; bit >>= 1)
			length++;
	}
	return length;
}

static bool is_global(const struct network_address *address)
{
	const uint8_t *byte = address->bytes;

	if (address->family == AF_INET)
		return byte[0] != 127 && !(byte[0] == 169 && byte[1] == 254);
	return !(byte[0] == 0xfe && (byte[1] & 0xc0) == 0x80) && memcmp(byte, &in6addr_loopback, 16) != 0;
}

static bool report_addresses(int fd)
{
	struct ifaddrs *list;
	bool sent = true;

	if (getifaddrs(&list) < 0)
		return false;
	for (const struct ifaddrs *at = list; at != NULL && sent; at = at->ifa_next) {
		struct fact fact = {.loopback = (at->ifa_flags & IFF_LOOPBACK) != 0};
		int family = at->ifa_addr == NULL ? AF_UNSPEC : at->ifa_addr->sa_family;

		if (family != AF_INET && family != AF_INET6)
			continue;
		memcpy(fact.interface, at->ifa_name, strnlen(at->ifa_name, sizeof(fact.interface) - 1));
		fact.address.family = family;
		if (family == AF_INET)
			memcpy(fact.address.bytes, &((const struct sockaddr_in *)(const void *)at->ifa_addr)->sin_addr,
			       4);
		else
			memcpy(fact.address.bytes,
			       &((const struct sockaddr_in6 *)(const void *)at->ifa_addr)->sin6_addr, 16);
		fact.prefix_length = mask_length(at->ifa_netmask, family);
		fact.global = is_global(&fact.address);
		sent = file_write_all(fd, &fact, sizeof(fact));
	}
	freeifaddrs(list);
	return sent;
}

/* Reads @digits hexadecimal digits. @return whether they are some */
static bool read_hex(const char *text, size_t digits, uint8_t *bytes)
{
	for (size_t i = 0; i < digits; i++) {
		unsigned char c = (unsigned char)text[i];
		unsigned value;

		if (c >= '0' && c <= '9')
			value = c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = (c | 0x20U) - 'a' + 10;
		else
			return false;
		bytes[i / 2] = (uint8_t)(i % 2 == 0 ? value << 4 : bytes[i / 2] | value);
	}
	return true;
}

static uint32_t read_decimal(const char *text)
{
	uint32_t value = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (uint32_t)(*text - '0');
	return value;
}

/* Splits a line of /proc/net at blanks. Changes @line. */
static size_t split_columns(char *line, char **columns, size_t most)
{
	size_t count = 0;
	char *save = NULL;

	for (char *column = strtok_r(line, " \t", &save); column != NULL && count < most;
	     column = strtok_r(NULL, " \t", &save))
		columns[count++] = column;
	return count;
}

/* /proc/net/route: Iface Destination Gateway Flags RefCnt Use Metric Mask ..., addresses as hexadecimal of the
 * machine's word. */
static bool read_route_ipv4(char *line, struct fact *ret)
{
	char *columns[8];
	uint8_t flags[2], destination[4], gateway[4], mask[4];

	if (split_columns(line, columns, 8) != 8 || strlen(columns[0]) >= sizeof(ret->interface) ||
	    !read_hex(columns[1], 8, destination) || !read_hex(columns[2], 8, gateway) ||
	    !read_hex(columns[3], 4, flags) || !read_hex(columns[7], 8, mask))
		return false;
	/* RTF_UP and RTF_GATEWAY, to 0.0.0.0/0 */
	if ((flags[1] & 3) != 3 || memcmp(destination, "\0\0\0\0", 4) != 0 || memcmp(mask, "\0\0\0\0", 4) != 0)
		return false;
	*ret = (struct fact){.gateway = 1, .metric = read_decimal(columns[6])};
	memcpy(ret->interface, columns[0], strlen(columns[0]));
	ret->address.family = AF_INET;
	for (size_t i = 0; i < 4; i++)
		ret->address.bytes[i] = gateway[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 3 - i : i];
	return true;
}

/* /proc/net/ipv6_route: destination length source length gateway metric refcnt use flags interface, all hexadecimal. */
static bool read_route_ipv6(char *line, struct fact *ret)
{
	static const uint8_t none[16];
	char *columns[10];
	uint8_t destination[16], length[1], gateway[16], metric[4], flags[4];

	if (split_columns(line, columns, 10) != 10 || strlen(columns[9]) >= sizeof(ret->interface) ||
	    !read_hex(columns[0], 32, destination) || !read_hex(columns[1], 2, length) ||
	    !read_hex(columns[4], 32, gateway) || !read_hex(columns[5], 8, metric) || !read_hex(columns[8], 8, flags))
		return false;
	if ((flags[3] & 3) != 3 || length[0] != 0 || memcmp(destination, none, 16) != 0)
		return false;
	*ret = (struct fact){.gateway = 1,
			     .metric = (uint32_t)metric[0] << 24 | (uint32_t)metric[1] << 16 |
				       (uint32_t)metric[2] << 8 | metric[3]};
	memcpy(ret->interface, columns[9], strlen(columns[9]));
	ret->address.family = AF_INET6;
	memcpy(ret->address.bytes, gateway, 16);
	return true;
}

static bool report_gateways(int fd, const char *path, bool (*read_route)(char *line, struct fact *ret))
{
	cleanup_free char *text = NULL;
	char *save = NULL;

	/* A kernel without the family has no such file, and no route either. */
	if (!file_read_at(AT_FDCWD, path, 1 << 20, path, &text, NULL, NULL, NULL))
		return errno == ENOENT;
	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		struct fact fact;

		if (read_route(line, &fact) && !file_write_all(fd, &fact, sizeof(fact)))
			return false;
	}
	return true;
}

static _Noreturn void report(const struct netns *netns, int fd)
{
	bool done = privileges_enter_phase(PRIVILEGES_ENTER, NULL) && netns_enter(netns, NULL) &&
		    privileges_enter_phase(PRIVILEGES_NONE, NULL) && report_addresses(fd) &&
		    report_gateways(fd, "/proc/self/net/route", read_route_ipv4) &&
		    report_gateways(fd, "/proc/self/net/ipv6_route", read_route_ipv6);

	_exit(done ? 0 : 1);
}

static struct network_interface *find_interface(struct network_facts *facts, const struct fact *fact)
{
	struct network_interface *interface;

	for (size_t i = 0; i < facts->interface_count; i++) {
		if (strncmp(facts->interfaces[i].name, fact->interface, sizeof(fact->interface)) == 0)
			return &facts->interfaces[i];
	}
	facts->interfaces = memory_resize(facts->interfaces, facts->interface_count + 1, sizeof(*facts->interfaces));
	interface = &facts->interfaces[facts->interface_count++];
	memset(interface, 0, sizeof(*interface));
	memcpy(interface->name, fact->interface, sizeof(interface->name));
	interface->loopback = fact->loopback;
	return interface;
}

static void add_address(struct network_facts *facts, const struct fact *fact)
{
	struct network_interface *interface = find_interface(facts, fact);
	struct network_interface_address *address;

	interface->addresses =
		memory_resize(interface->addresses, interface->address_count + 1, sizeof(*interface->addresses));
	address = &interface->addresses[interface->address_count++];
	address->address = fact->address;
	address->prefix_length = fact->prefix_length;
	address->global = fact->global;
}

/* Keeps the gateways of a family in the order of their metric; equal ones in that of the kernel. */
static void add_gateway(struct network_facts *facts, const struct fact *fact, uint32_t *metrics)
{
	size_t at = facts->gateway_count++;

	facts->gateways = memory_resize(facts->gateways, facts->gateway_count, sizeof(*facts->gateways));
	facts->gateway_interfaces =
		memory_resize(facts->gateway_interfaces, facts->gateway_count, sizeof(*facts->gateway_interfaces));
	for (; at > 0 && metrics[at - 1] > fact->metric; at--) {
		metrics[at] = metrics[at - 1];
		facts->gateways[at] = facts->gateways[at - 1];
		memcpy(facts->gateway_interfaces[at], facts->gateway_interfaces[at - 1],
		       sizeof(facts->gateway_interfaces[at]));
	}
	metrics[at] = fact->metric;
	facts->gateways[at] = fact->address;
	memcpy(facts->gateway_interfaces[at], fact->interface, sizeof(facts->gateway_interfaces[at]));
}

static bool collect(int fd, struct network_facts *facts, struct error **error)
{
	cleanup_free uint32_t *metrics = memory_allocate(FACTS_LIMIT, sizeof(*metrics));
	cleanup_free char *bytes = NULL;
	size_t length;

	if (!file_read_fd(fd, FACTS_LIMIT * sizeof(struct fact), "namespace: its addresses", &bytes, &length, error))
		return false;
	for (size_t at = 0; length - at >= sizeof(struct fact); at += sizeof(struct fact)) {
		struct fact fact;

		memcpy(&fact, bytes + at, sizeof(fact));
		if (fact.gateway)
			add_gateway(facts, &fact, metrics);
		else
			add_address(facts, &fact);
	}
	return true;
}

bool facts_read(const struct netns *netns, struct network_facts *ret, struct error **error)
{
	struct network_facts facts = {0};
	int ends[2];
	bool collected;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set_errno(error, errno, "namespace: pipe");
	pid = process_fork(-1, error);
	if (pid == 0) {
		close(ends[0]);
		report(netns, ends[1]);
	}
	close(ends[1]);
	collected = pid > 0 && collect(ends[0], &facts, error);
	close(ends[0]);
	if (pid > 0 && process_wait(pid) != 0 && collected)
		collected = error_set(error, "namespace: its addresses and routes cannot be read");
	if (!collected) {
		network_facts_free(&facts);
		return false;
	}
	*ret = facts;
	return true;
}
