/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hook/hook.h"

#include "base/cleanup.h"
#include "kernel/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

#include <linux/capability.h>

/** Seconds that a runtime gives each hook of a container that starts, if its definition is like the shipped one. */
#define YOUNG_SECONDS 10

#define BIT(capability) (UINT64_C(1) << (capability))

bool hook_open_namespace(struct hook *hook, bool *ret_host, struct error **error)
{
	const struct container *container = hook->container;

	*ret_host = false;
	if (container->pid > 0) {
		if (!netns_open_pid(container->pid, &hook->netns, error))
			return false;
	} else if (container->network_path != NULL) {
		if (!netns_open_path(container->network_path, &hook->netns, error))
			return false;
	} else if (container->has_network_entry) {
		return error_set(error, "state: has neither a pid nor config.json a path of the network namespace");
	} else {
		*ret_host = true;
		return true;
	}
	*ret_host = netns_is_own(&hook->netns);
	return true;
}

/* The user namespace in which the workload will run. -1 with @error, or -1 without: a new one that nobody is in yet. */
static int open_workload_user(const struct container *container, struct error **error)
{
	char path[64] = "/proc/self/ns/user";
	const char *name = path;
	int fd;

	if (container->pid > 0)
		snprintf(path, sizeof(path), "/proc/%ld/ns/user", (long)container->pid);
	else if (container->has_user_entry && container->user_path == NULL)
		return -1;
	else if (container->has_user_entry)
		name = container->user_path;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		error_set_errno(error, errno, "namespace: the workload's user namespace %s", name);
	return fd;
}

/* Which of the forbidden capabilities matter: packet sockets only pass by rules that deny, and a debugger needs
 * somebody to debug outside of the container. */
static uint64_t forbidden(const struct config *config, bool filters, bool private_pids)
{
	uint64_t set = config->forbidden_capabilities;

	if (!filters)
		set &= ~BIT(CAP_NET_RAW);
	if (private_pids)
		set &= ~BIT(CAP_SYS_PTRACE);
	return set;
}

/* Sets the message for the lowest capability in @held; CAP_NET_RAW last, its mend is the commonest. */
static bool refuse_capability(uint64_t held, const char *who, struct error **error)
{
	uint64_t others = held & ~BIT(CAP_NET_RAW);
	const char *name;

	if (others == 0)
		return error_set(
			error,
			"%s CAP_NET_RAW, with which packet sockets pass by the rules; start the container with "
			"--cap-drop=NET_RAW",
			who);
	name = privileges_capability_name((unsigned)__builtin_ctzll(others));
	return error_set(
		error,
		"%s %s, with which it could change the rules or the host; start the container with --cap-drop=%s", who,
		name, name + sizeof("CAP_") - 1);
}

bool hook_check_workload(struct hook *hook, bool filters, struct error **error)
{
	const struct container *container = hook->container;
	cleanup_close int user = -1;
	cleanup_error struct error *failure = NULL;
	enum netns_ownership ownership;
	uint64_t held;

	user = open_workload_user(container, &failure);
	if (failure != NULL)
		return error_move(error, STEAL(failure));
	if (user < 0)
		return true; /* the namespace existed before the user namespace does: it can't be below it */
	if (!netns_ownership(&hook->netns, user, &ownership, error))
		return false;
	if (ownership == NETNS_OWNER_OTHER)
		return true;
	if (ownership == NETNS_OWNER_DESCENDANT)
		return error_set(error,
				 "namespace: belongs to a user namespace below the workload's, whose root holds every "
				 "capability in it; start the container in the user namespace that owns the network");
	held = container->capabilities & forbidden(hook->config, filters, container->private_pid_namespace);
	return held == 0 || refuse_capability(held, "config.json: the process holds", error);
}

struct others {
	const struct config *config;
	const struct record_list *records;
	bool filters;
	bool starting;
};

/* What a process may hold when its container runs. Until then the first one is the runtime's and holds everything. */
static uint64_t capabilities_of(const struct others *others, const struct netns_process *process)
{
	for (size_t i = 0; i < others->records->count; i++) {
		const struct record *record = others->records->items[i];

		if (record->judged && record->pid == process->pid && record->pid_start != 0 &&
		    record->pid_start == record_process_start(process->pid))
			return process->capabilities & record->capabilities;
	}
	return process->capabilities;
}

static bool judge_other(const struct others *others, const struct netns_process *process, struct error **error)
{
	uint64_t held;
	char who[160];

	if (process->ownership == NETNS_OWNER_OTHER)
		return true;
	if (process->ownership == NETNS_OWNER_DESCENDANT)
		return error_set(
			error,
			"namespace: process %ld (%s) of another container is in it, from a user namespace above its "
			"owner",
			(long)process->pid, process->name);
	held = capabilities_of(others, process) &
	       forbidden(others->config, others->filters, !process->host_pid_namespace);
	if (held == 0)
		return true;
	snprintf(who, sizeof(who), "namespace: process %ld (%s) of another container in it holds", (long)process->pid,
		 process->name);
	return refuse_capability(held, who, error);
}

/* Began shortly before this process, or has ended. */
static bool is_young(pid_t pid)
{
	uint64_t ticks = (uint64_t)sysconf(_SC_CLK_TCK) * YOUNG_SECONDS;
	uint64_t start = record_process_start(pid);

	return start == 0 || start + ticks > record_process_start(getpid());
}

static bool check_other(void *context, const struct netns_process *process, struct error **error)
{
	struct others *others = context;

	if (judge_other(others, process, error))
		return true;
	others->starting = is_young(process->pid);
	return false;
}

bool hook_check_others(struct hook *hook, bool filters, const struct record_list *records, bool *ret_starting,
		       struct error **error)
{
	struct others others = {.config = hook->config, .records = records, .filters = filters};
	bool done;

	*ret_starting = false;
	/* Who is in the namespace could not be seen of processes with other users or capabilities. */
	if (!privileges_has(CAP_SYS_PTRACE))
		return error_set(error, "namespace: who else is in it can't be seen without CAP_SYS_PTRACE; give it to "
					"the container runtime");
	done = netns_visit_processes(&hook->netns, hook->container->pid, check_other, &others, error);
	*ret_starting = others.starting;
	return done;
}
