/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends a bounded number of UDP datagrams out of a network namespace as fast as it goes and prints
 * "PACKETS NANOSECONDS". On a veth pair without queues the sender's processor carries each packet through its own
 * rules, across, and to the end of its way in the peer, so time over packets is what a packet costs, rules included.
 *
 *     packets new NAMESPACE ADDRESS NUMBER COUNT
 *         flows of one packet each: every datagram has a tuple of its own. Their destinations are ADDRESS and, in an
 * order without a pattern, the NUMBER - 1 addresses behind it that are each 512 further on. Nobody needs to listen
 * there. packets established NAMESPACE ADDRESS COUNT PEER one flow that was answered before, by a socket on ADDRESS in
 * the namespace PEER
 *
 * Connection tracking of the namespace is emptied afterwards, so that runs don't fill its table.
 */
#include "base/cleanup.h"
#include "base/parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/** Datagrams handed over by one system call. */
#define BATCH 64
/** Ports of the flows: all above the reserved ones, so many a source socket. */
#define PORT_LOW 1024
#define PORTS (65536 - PORT_LOW)
/** How far apart neighbouring destinations are: each is in a prefix of its own, and no two prefixes join. */
#define STRIDE 512
/** More than a run has; a number with more digits is a slip. */
#define MOST 100000000

struct destinations {
	uint32_t base; /* host order */
	uint32_t number;
	uint32_t sent;
};

__attribute__((noreturn)) static void fail(const char *what)
{
	fprintf(stderr, "packets: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint32_t read_number(const char *text)
{
	uint64_t number;

	if (parse_number_string(text, MOST, &number))
		return (uint32_t)number;
	errno = EINVAL;
	fail(text);
}

static uint32_t read_address(const char *text)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) == 1)
		return ntohl(address.s_addr);
	errno = EINVAL;
	fail(text);
}

static void enter(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET) != 0)
		fail(path);
}

/* The softirq that carries a packet on runs where it was sent; moving between processors is noise. */
static void stay_here(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (cpu < 0 || sched_setaffinity(0, sizeof(set), &set) != 0)
		fail("sched_setaffinity");
}

static int make_socket(uint32_t address, uint16_t port)
{
	struct sockaddr_in local = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {.s_addr = htonl(address)}};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof(local)) != 0)
		fail("socket");
	return fd;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000U + (uint64_t)time.tv_nsec;
}

/* The next tuples: ports in order, and another source socket when they are used up; destinations all over the list. */
static void next_destinations(struct destinations *at, struct sockaddr_in *ret, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint32_t scattered = (uint32_t)(at->sent * UINT64_C(2654435761) >> 8);

		ret[i].sin_family = AF_INET;
		ret[i].sin_port = htons((uint16_t)(PORT_LOW + at->sent % PORTS));
		ret[i].sin_addr.s_addr = htonl(at->base + (scattered % at->number) * STRIDE);
		at->sent++;
	}
}

static void send_all(int fd, struct mmsghdr *messages, unsigned count)
{
	for (unsigned done = 0; done < count;) {
		int sent = sendmmsg(fd, messages + done, count - done, 0);

		if (sent <= 0)
			fail("sendmmsg");
		done += (unsigned)sent;
	}
}

static uint64_t flood(int fd, struct destinations *destinations, uint32_t count)
{
	static char data[18];
	struct iovec part = {.iov_base = data, .iov_len = sizeof(data)};
	struct mmsghdr messages[BATCH];
	struct sockaddr_in to[BATCH];
	uint64_t begin;

	memset(messages, 0, sizeof(messages));
	memset(to, 0, sizeof(to));
	for (size_t i = 0; i < BATCH; i++) {
		messages[i].msg_hdr.msg_iov = &part;
		messages[i].msg_hdr.msg_iovlen = 1;
		if (destinations != NULL) {
			messages[i].msg_hdr.msg_name = &to[i];
			messages[i].msg_hdr.msg_namelen = sizeof(to[i]);
		}
	}
	begin = now();
	for (uint32_t left = count; left > 0;) {
		unsigned batch = left < BATCH ? left : BATCH;

		if (destinations != NULL)
			next_destinations(destinations, to, batch);
		send_all(fd, messages, batch);
		left -= batch;
	}
	return now() - begin;
}

/* A request to delete connections that names none deletes all of the namespace (nf_conntrack_netlink.c). */
static void empty_tracking(void)
{
	struct {
		struct nlmsghdr header;
		struct nfgenmsg body;
	} request = {
		.header = {.nlmsg_len = sizeof(request),
			   .nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
		.body = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0},
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr body;
	} answer;
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0 || send(fd, &request, sizeof(request), 0) != sizeof(request) ||
	    recv(fd, &answer, sizeof(answer), 0) < (ssize_t)sizeof(answer.header) + (ssize_t)sizeof(int))
		fail("nf_conntrack_netlink");
	errno = -answer.body.error;
	if (answer.body.error != 0)
		fail("nf_conntrack_netlink");
}

static uint64_t run_new(struct destinations *destinations, uint32_t count)
{
	uint64_t taken = 0;

	for (uint32_t done = 0; done < count;) {
		uint32_t part = count - done < PORTS ? count - done : PORTS;
		cleanup_close int fd = make_socket(INADDR_ANY, 0);

		taken += flood(fd, destinations, part);
		done += part;
	}
	return taken;
}

static uint64_t run_established(const char *namespace, const char *peer, uint32_t address, uint32_t count)
{
	struct sockaddr_in from, to = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(address)}};
	socklen_t length = sizeof(to);
	cleanup_close int far = -1, near = -1;
	char byte = 0;

	enter(peer);
	far = make_socket(address, 0);
	if (getsockname(far, (struct sockaddr *)&to, &length) != 0)
		fail("getsockname");
	enter(namespace);
	near = make_socket(INADDR_ANY, 0);
	length = sizeof(from);
	if (connect(near, (struct sockaddr *)&to, sizeof(to)) != 0 || send(near, &byte, 1, 0) != 1 ||
	    recvfrom(far, &byte, 1, 0, (struct sockaddr *)&from, &length) != 1 ||
	    sendto(far, &byte, 1, 0, (struct sockaddr *)&from, length) != 1 || recv(near, &byte, 1, 0) != 1)
		fail("the first packet and its answer");
	return flood(near, NULL, count);
}

int main(int argc, char **argv)
{
	struct destinations destinations = {.number = 1};
	bool established = argc == 6 && strcmp(argv[1], "established") == 0;
	uint64_t taken;
	uint32_t count;

	if (!established && (argc != 6 || strcmp(argv[1], "new") != 0)) {
		fprintf(stderr, "usage: packets new NAMESPACE ADDRESS NUMBER COUNT\n"
				"       packets established NAMESPACE ADDRESS COUNT PEER\n");
		return 2;
	}
	destinations.base = read_address(argv[3]);
	stay_here();
	if (established) {
		count = read_number(argv[4]);
		taken = run_established(argv[2], argv[5], destinations.base, count);
	} else {
		destinations.number = read_number(argv[4]);
		count = read_number(argv[5]);
		if (destinations.number == 0)
			destinations.number = 1;
		enter(argv[2]);
		taken = run_new(&destinations, count);
	}
	empty_tracking();
	printf("%u %llu\n", count, (unsigned long long)taken);
	return 0;
}
