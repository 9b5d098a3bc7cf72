/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/privileges.h"

#include "base/cleanup.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/** nobody and nogroup of the kernel (fs.overflowuid) and of every distribution; nothing belongs to them. */
#define UNPRIVILEGED_ID 65534

/* permitted: what later phases of the process and of its children need; effective: what this phase does. */
static const struct {
	struct {
		cap_value_t capability;
		bool effective;
	} entries[8];
	unsigned count;
} phases[] = {
	[PRIVILEGES_READ] =
		{
			.entries =
				{
					{CAP_DAC_READ_SEARCH,
					 true}, /* a bundle under a user's or a mapped root's directory */
					{CAP_SYS_PTRACE, false},
					{CAP_SYS_ADMIN, false},
					{CAP_NET_ADMIN, false},
					{CAP_NET_RAW, false},
					{CAP_SETUID, false},
					{CAP_SETGID, false},
				},
			.count = 7,
		},
	[PRIVILEGES_NAMESPACE] =
		{
			.entries =
				{
					{CAP_SYS_PTRACE, true}, /* /proc/PID/ns of processes with other credentials */
					{CAP_SYS_ADMIN, false},
					{CAP_NET_ADMIN, false},
					{CAP_NET_RAW, false},
					{CAP_SETUID, false},
					{CAP_SETGID, false},
				},
			.count = 6,
		},
	[PRIVILEGES_RECORD] =
		{
			.entries =
				{
					{CAP_SYS_ADMIN, false}, /* of the worker that takes back what a dead one left */
					{CAP_NET_ADMIN, false},
					{CAP_NET_RAW, false},
					{CAP_SETUID, false},
					{CAP_SETGID, false},
				},
			.count = 5,
		},
	[PRIVILEGES_ENTER] =
		{
			.entries =
				{
					{CAP_SYS_ADMIN, true}, /* setns() */
					{CAP_NET_ADMIN, false},
					{CAP_NET_RAW, false},
				},
			.count = 3,
		},
	[PRIVILEGES_TABLES] =
		{
			.entries =
				{
					{CAP_NET_ADMIN, true}, /* get and set of the tables */
					{CAP_NET_RAW, true},   /* libiptc's raw socket, each time it opens a table */
				},
			.count = 2,
		},
	[PRIVILEGES_SHED] =
		{
			.entries =
				{
					{CAP_SETUID, true}, /* setresuid() */
					{CAP_SETGID, true}, /* setresgid(), setgroups() */
				},
			.count = 2,
		},
	[PRIVILEGES_NONE] = {.count = 0},
};

/* The permitted set, asked for once: it only changes here and is inherited. */
static struct {
	bool known;
	uint64_t permitted;
} held;

/* The system calls themselves: libcap's functions ask the kernel for the version of its interface each time, and each
 * phase of each process would make five calls of one. */
static bool read_permitted(uint64_t *ret)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	*ret = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	return true;
}

/* An empty inheritable set empties the ambient one, too. */
static bool set(uint64_t permitted, uint64_t effective)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct data[2] = {
		{.permitted = (uint32_t)permitted, .effective = (uint32_t)effective},
		{.permitted = (uint32_t)(permitted >> 32), .effective = (uint32_t)(effective >> 32)},
	};

	return syscall(SYS_capset, &header, data) == 0;
}

bool privileges_enter_phase(enum privileges_phase phase, struct error **error)
{
	uint64_t permitted = 0, effective = 0;

	if (!held.known && !read_permitted(&held.permitted))
		return error_set_errno(error, errno, "privileges: capabilities cannot be read");
	held.known = true;
	for (unsigned i = 0; i < phases[phase].count; i++) {
		uint64_t bit = UINT64_C(1) << phases[phase].entries[i].capability;

		permitted |= bit;
		if (phases[phase].entries[i].effective)
			effective |= bit;
	}
	permitted &= held.permitted;
	if (!set(permitted, effective & permitted))
		return error_set_errno(error, errno, "privileges: capabilities cannot be set");
	held.permitted = permitted;
	return true;
}

bool privileges_has(unsigned capability)
{
	return held.known && (held.permitted >> capability & 1) != 0;
}

bool privileges_drop_root(struct error **error)
{
	if (!privileges_enter_phase(PRIVILEGES_SHED, error))
		return false;
	/* EPERM: the user namespace denies setgroups(), its user's groups are an ordinary user's.
	 * EINVAL: the id is not mapped there. */
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return error_set_errno(error, errno, "privileges: groups cannot be dropped");
	if (setresgid(UNPRIVILEGED_ID, UNPRIVILEGED_ID, UNPRIVILEGED_ID) < 0 && errno != EINVAL && errno != EPERM)
		return error_set_errno(error, errno, "privileges: gid 0 cannot be dropped");
	if (setresuid(UNPRIVILEGED_ID, UNPRIVILEGED_ID, UNPRIVILEGED_ID) < 0 && errno != EINVAL && errno != EPERM)
		return error_set_errno(error, errno, "privileges: uid 0 cannot be dropped");
	if (!privileges_enter_phase(PRIVILEGES_NONE, error))
		return false;
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return error_set_errno(error, errno, "privileges: PR_SET_DUMPABLE");
	return true;
}

const char *privileges_capability_name(unsigned number)
{
	static char name[32];
	char *known = cap_to_name((cap_value_t)number);

	snprintf(name, sizeof(name), "CAP_%u", number);
	if (known != NULL) {
		snprintf(name, sizeof(name), "%s", known);
		for (char *at = name; *at != '\0'; at++) {
			if (*at >= 'a' && *at <= 'z')
				*at = (char)(*at - 'a' + 'A');
		}
		cap_free(known);
	}
	return name;
}
