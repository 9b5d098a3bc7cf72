/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/privileges.h"

#include "base/cleanup.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <sys/capability.h>
#include <sys/prctl.h>
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

bool privileges_enter_phase(enum privileges_phase phase, struct error **error)
{
	cap_t held = cap_get_proc();
	cap_t wanted = cap_init();
	bool done = false;

	if (held == NULL || wanted == NULL)
		goto out;
	for (unsigned i = 0; i < phases[phase].count; i++) {
		cap_value_t capability = phases[phase].entries[i].capability;
		cap_flag_value_t has = CAP_CLEAR;

		if (cap_get_flag(held, capability, CAP_PERMITTED, &has) < 0)
			goto out;
		if (has != CAP_SET)
			continue;
		if (cap_set_flag(wanted, CAP_PERMITTED, 1, &capability, CAP_SET) < 0 ||
		    (phases[phase].entries[i].effective &&
		     cap_set_flag(wanted, CAP_EFFECTIVE, 1, &capability, CAP_SET) < 0))
			goto out;
	}
	done = cap_set_proc(wanted) == 0;
out:
	if (!done)
		error_set_errno(error, errno, "privileges: capabilities cannot be set");
	cap_free(held);
	cap_free(wanted);
	return done;
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
