/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the backend can tell of the kernel without opening a table. */
#include "kernel/iptc_table.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter/x_tables.h>

/* A filter of system calls, which the runtime was started with, says the same as a kernel without the family. The
 * container's processes get by it (io_uring, 32-bit programs), and others that enter later never had it. */
static bool is_denied(int family)
{
	return family == AF_INET || access("/proc/self/net/if_inet6", F_OK) == 0;
}

bool iptc_has_family(int family, int *ret_error_number)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*ret_error_number = fd < 0 ? errno : 0;
	if (fd < 0 && errno == EAFNOSUPPORT && is_denied(family))
		*ret_error_number = EPERM;
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* A socket to ask the tables' code by; any of the family does, and one serves the process's life. */
static int question_socket(int family)
{
	static int fds[2] = {-1, -1};
	int *fd = &fds[family == AF_INET6];

	if (*fd < 0)
		*fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return *fd;
}

uint8_t iptc_has_revision(int family, bool target, const char *name, uint8_t revision)
{
	/* libxtables' own probe opens a raw socket each time and takes a failure for yes. */
	int fd = question_socket(family);
	struct xt_get_revision question = {.revision = revision};
	socklen_t length = sizeof(question);
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int option;

	if (family == AF_INET)
		option = target ? IPT_SO_GET_REVISION_TARGET : IPT_SO_GET_REVISION_MATCH;
	else
		option = target ? IP6T_SO_GET_REVISION_TARGET : IP6T_SO_GET_REVISION_MATCH;
	if (fd < 0 || strlen(name) >= sizeof(question.name))
		return 0;
	memcpy(question.name, name, strlen(name));
	if (getsockopt(fd, level, option, &question, &length) >= 0)
		return 1;
	/* ENOPROTOOPT: a kernel without ip_tables, where the commit will say so; revision 0 is what all kernels had. */
	return errno == ENOPROTOOPT && revision == 0;
}
