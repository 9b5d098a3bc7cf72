/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Theory of operation. The lists of system calls are compiled while building (confine-generate.c), because libseccomp
 * would cost each start more than the rest of this file. Installing a filter costs about 40 us here, a Landlock domain
 * with two rules 25 us, a limit 1 us; of a whole createRuntime with two parsers and a worker, filters and limits are
 * about 1 %, Landlock 1 to 2 %. So the first parser confines itself once, and the second is forked from it and
 * inherits all of it. The worker confines itself while the parsers load their modules and it has nothing to do.
 *
 * Not done, because it adds nothing: the bounding set and the securebits stay as they are. Both say what a process may
 * gain by running a program; with no_new_privs and a filter without execve() it cannot gain and not run. Emptying the
 * bounding set would take 41 calls.
 *
 * AddressSanitizer reserves terabytes and opens and writes what it likes: under it only the small limits are set.
 */
#include "kernel/confine.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED
#define CONFINE_HAS_FILTERS 0
#else
#include "kernel/confine-filters.h"
#endif

/** Seconds of processor time; 65,536 rules take a tenth of one. */
#define PARSER_SECONDS 10
/** Bytes of address space: 65,536 rules take a twentieth, and a text of 16 MiB that an administrator may write stands
 * in memory several times. */
#define PARSER_MEMORY ((rlim_t)1024 * 1024 * 1024)
/** Three standard ones, both parsers' ends, and the module or list that is read. */
#define PARSER_DESCRIPTORS 64

static void limit(int resource, rlim_t value)
{
	struct rlimit limits = {.rlim_cur = value, .rlim_max = value};

	(void)setrlimit(resource, &limits); /* a lower limit is in force already */
}

static void limit_parser(void)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, PARSER_SECONDS);
	limit(RLIMIT_NOFILE, PARSER_DESCRIPTORS);
#ifndef SANITIZED
	limit(RLIMIT_AS, PARSER_MEMORY);
#endif
}

void confine_parser_alone(void)
{
#ifndef SANITIZED
	limit(RLIMIT_NPROC, 0);
#endif
}

#if CONFINE_HAS_FILTERS

/* struct landlock_ruleset_attr as of Linux 6.12, and rights by the version of Landlock that knows them: the header of
 * the system may be older. A kernel takes a longer structure than its own when the rest is zero. */
struct landlock_rights {
	uint64_t files, network, scopes;
};

static const struct landlock_rights landlock_versions[] = {
	{.files = (UINT64_C(1) << 13) - 1},
	{.files = UINT64_C(1) << 13}, /* REFER */
	{.files = UINT64_C(1) << 14}, /* TRUNCATE */
	{.network = 3},               /* BIND_TCP, CONNECT_TCP */
	{.files = UINT64_C(1) << 15}, /* IOCTL_DEV */
	{.scopes = 3},                /* ABSTRACT_UNIX_SOCKET, SIGNAL */
};

/* @return a ruleset that denies all that this kernel's Landlock can deny; -1 where there is none */
static int make_ruleset(void)
{
	struct landlock_rights rights = {0};
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (version < 1)
		return -1;
	for (size_t i = 0; i < ARRAY_LENGTH(landlock_versions) && (long)i < version; i++) {
		rights.files |= landlock_versions[i].files;
		rights.network |= landlock_versions[i].network;
		rights.scopes |= landlock_versions[i].scopes;
	}
	return (int)syscall(SYS_landlock_create_ruleset, &rights, sizeof(rights), 0);
}

/* What is not there needs no permission. */
static void permit(int ruleset, const char *path, uint64_t rights)
{
	cleanup_close int directory = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = directory};

	if (directory >= 0)
		(void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/* A ruleset with what every process needs: libraries, services, protocols, and tables of names of some modules. */
static int make_common_ruleset(void)
{
	int ruleset = make_ruleset();

	if (ruleset >= 0) {
		permit(ruleset, LIBRARY_DIRECTORY, LANDLOCK_ACCESS_FS_READ_FILE);
		permit(ruleset, "/etc", LANDLOCK_ACCESS_FS_READ_FILE);
	}
	return ruleset;
}

static bool enforce(int ruleset, struct error **error)
{
	/* E2BIG: the runtime that started the hook is itself inside of 16 domains. */
	if (ruleset >= 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 && errno != E2BIG)
		return error_set_errno(error, errno, "privileges: Landlock");
	return true;
}

static bool install(const struct sock_filter *filter, size_t length, struct error **error)
{
	struct sock_fprog program = {.len = (unsigned short)length};

	/* The kernel's structure has no const, and the kernel writes nothing there. */
	memcpy(&program.filter, &filter, sizeof(filter));
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
		return true;
	/* A kernel without it, or an emulator. */
	if (errno == ENOSYS || errno == EINVAL)
		return true;
	return error_set_errno(error, errno, "privileges: seccomp");
}

bool confine_printer(struct error **error)
{
	cleanup_close int ruleset = make_common_ruleset();

	limit_parser();
	return enforce(ruleset, error) && install(parser_filter, ARRAY_LENGTH(parser_filter), error);
}

bool confine_worker(bool sets_sysctls, struct error **error)
{
	cleanup_close int ruleset = make_common_ruleset();

	limit(RLIMIT_CORE, 0);
	if (ruleset >= 0) {
		/* which tables there are, and the sysctls */
		permit(ruleset, "/proc", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR);
		if (sets_sysctls)
			permit(ruleset, "/proc/sys/net", LANDLOCK_ACCESS_FS_WRITE_FILE);
	}
	if (!enforce(ruleset, error))
		return false;
	return sets_sysctls ? install(forwarder_filter, ARRAY_LENGTH(forwarder_filter), error)
			    : install(worker_filter, ARRAY_LENGTH(worker_filter), error);
}

#else

bool confine_printer(struct error **error)
{
	(void)error;
	limit_parser();
	return true;
}

bool confine_worker(bool sets_sysctls, struct error **error)
{
	(void)sets_sysctls;
	(void)error;
	limit(RLIMIT_CORE, 0);
	return true;
}

#endif

bool confine_parser(struct error **error)
{
	limit(RLIMIT_FSIZE, 0);
	return confine_printer(error);
}

const char *confine_explain_end(int status)
{
	static char text[64];

	if (!WIFSIGNALED(status))
		return "ended";
	switch (WTERMSIG(status)) {
	case SIGSYS:
		return "made a system call that it may not, and was ended (SIGSYS)";
	case SIGXCPU:
	case SIGKILL:
		return "took too much time or was killed";
	default:
		snprintf(text, sizeof(text), "was ended by signal %d", WTERMSIG(status));
		return text;
	}
}
