/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs while building, never afterwards: prints the system call filters of confine.c as C arrays for one architecture,
 * so that no process of the hook spends time on libseccomp.
 *
 *   confine-generate ARCHITECTURE DIRECTORY
 *     ARCHITECTURE  as libseccomp names it: x86_64, aarch64, riscv64, ...
 *     DIRECTORY     of libxtables' modules, whose neighbours are the libraries they need
 *
 * What is not on a list ends the process (SECCOMP_RET_KILL_PROCESS). An answer instead of an end is for calls that
 * libraries try and can do without.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>

/** Numbers above this are calls newer than Linux 5.17, as seen from this list: a libc that tries one gets ENOSYS, as
 * from an older kernel. Architectures have had the same numbers since 424. */
#define NEWEST_KNOWN 450

/* From the kernel's generic fcntl.h and socket options, not the build machine's; the architectures that differ (alpha,
 * mips, parisc, sparc) are refused below. */
#define OPEN_FOR_WRITING 00000003U
#define OPEN_CREATES 020001100U /* O_CREAT, O_TRUNC, __O_TMPFILE */
#define LEVEL_IPV4 0U
#define LEVEL_IPV6 41U
#define SET_REPLACE 64U
#define SET_ADD_COUNTERS 65U
/* Of the kernel's clone(): nothing but a signal at the end, where the child's number goes, and whose child it is. */
#define PLAIN_FORK (CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | CLONE_PARENT | 0xffU)

#define ALLOW 0U

enum list { PARSER = 1, WORKER = 2, FORWARDER = 4, ALL = PARSER | WORKER | FORWARDER, WORKERS = WORKER | FORWARDER };

struct condition {
	unsigned argument;
	enum scmp_compare compare; /* 0: there is none */
	unsigned value;            /* or the mask */
	unsigned masked;           /* what it leaves */
};

struct rule {
	const char *call;
	unsigned lists;
	unsigned answer; /* ALLOW or an errno */
	struct condition conditions[2];
};

/* The commonest first: they are looked at first. */
static const struct rule rules[] = {
	{"read", ALL, ALLOW, {{0}}},
	{"write", ALL, ALLOW, {{0}}},
	{"close", ALL, ALLOW, {{0}}},
	{"newfstatat", ALL, ALLOW, {{0}}},
	{"fstatat64", ALL, ALLOW, {{0}}},
	/* A module is mapped from its file; memory that can be written cannot be executed. */
	{"mmap", ALL, ALLOW, {{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}}},
	{"mmap",
	 ALL,
	 ALLOW,
	 {{2, SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC}, {3, SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0}}},
	{"mmap2", ALL, ALLOW, {{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}}},
	{"mmap2",
	 ALL,
	 ALLOW,
	 {{2, SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC}, {3, SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0}}},
	{"openat", PARSER | WORKER, ALLOW, {{2, SCMP_CMP_MASKED_EQ, OPEN_FOR_WRITING | OPEN_CREATES, 0}}},
	/* The sysctls of forwarding are there to be written; nothing is made. */
	{"openat", FORWARDER, ALLOW, {{2, SCMP_CMP_MASKED_EQ, OPEN_CREATES, 0}}},
	{"open", PARSER | WORKER, ALLOW, {{1, SCMP_CMP_MASKED_EQ, OPEN_FOR_WRITING | OPEN_CREATES, 0}}},
	{"open", FORWARDER, ALLOW, {{1, SCMP_CMP_MASKED_EQ, OPEN_CREATES, 0}}},
	{"mprotect", ALL, ALLOW, {{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}}},
	{"fstat", ALL, ALLOW, {{0}}},
	{"fstat64", ALL, ALLOW, {{0}}},
	{"munmap", ALL, ALLOW, {{0}}},
	{"brk", ALL, ALLOW, {{0}}},
	{"getsockopt", WORKERS, ALLOW, {{0}}},
	{"poll", WORKERS, ALLOW, {{0}}},
	{"ppoll", WORKERS, ALLOW, {{0}}},
	{"ppoll_time64", WORKERS, ALLOW, {{0}}},
	{"mremap", ALL, ALLOW, {{0}}},
	{"madvise", ALL, ALLOW, {{0}}},
	{"exit_group", ALL, ALLOW, {{0}}},
	{"pread64", ALL, ALLOW, {{0}}},
	{"lseek", ALL, ALLOW, {{0}}},
	{"_llseek", ALL, ALLOW, {{0}}},
	{"readv", ALL, ALLOW, {{0}}},
	{"writev", ALL, ALLOW, {{0}}},
	{"fcntl", ALL, ALLOW, {{0}}},
	{"fcntl64", ALL, ALLOW, {{0}}},
	{"getuid", ALL, ALLOW, {{0}}},
	{"geteuid", ALL, ALLOW, {{0}}},
	{"getuid32", ALL, ALLOW, {{0}}},
	{"geteuid32", ALL, ALLOW, {{0}}},
	{"getpid", ALL, ALLOW, {{0}}},
	{"getppid", ALL, ALLOW, {{0}}},
	{"gettid", ALL, ALLOW, {{0}}},
	{"dup2", ALL, ALLOW, {{0}}},
	{"dup3", ALL, ALLOW, {{0}}},
	/* The kernel's own, in the place of a call that waited when the process was stopped and continued. */
	{"restart_syscall", ALL, ALLOW, {{0}}},
	{"sched_yield", ALL, ALLOW, {{0}}},
	{"futex", ALL, ALLOW, {{0}}},
	{"futex_time64", ALL, ALLOW, {{0}}},
	{"statx", ALL, ALLOW, {{0}}},
	{"stat", ALL, ALLOW, {{0}}},
	{"stat64", ALL, ALLOW, {{0}}},
	{"getrandom", ALL, ALLOW, {{0}}},
	{"clock_gettime", ALL, ALLOW, {{0}}},
	{"clock_gettime64", ALL, ALLOW, {{0}}},
	{"gettimeofday", ALL, ALLOW, {{0}}},
	{"time", ALL, ALLOW, {{0}}},
	{"uname", ALL, ALLOW, {{0}}},
	{"sysinfo", ALL, ALLOW, {{0}}},
	/* Limits may be looked at and lowered, of this process alone. */
	{"prlimit64", ALL, ALLOW, {{0, SCMP_CMP_EQ, 0, 0}}},
	{"setrlimit", ALL, ALLOW, {{0}}},
	/* The process in which the second family is read; a limit of no processes at all ends that. */
	{"clone", ALL, ALLOW, {{0, SCMP_CMP_MASKED_EQ, ~PLAIN_FORK, 0}}},
	{"set_robust_list", WORKERS, ALLOW, {{0}}},
	{"prctl", ALL, ALLOW, {{0, SCMP_CMP_EQ, PR_SET_PDEATHSIG, 0}}},
	{"prctl", ALL, EPERM, {{0, SCMP_CMP_NE, PR_SET_PDEATHSIG, 0}}},
	{"getdents64", WORKERS, ALLOW, {{0}}},
	{"access", WORKERS, ALLOW, {{0}}},
	{"faccessat", WORKERS, ALLOW, {{0}}},
	{"faccessat2", WORKERS, ALLOW, {{0}}},
	/* libiptc opens a socket for each table; without connect(), bind() and addresses nothing can be sent by one. */
	{"socket", WORKERS, ALLOW, {{0, SCMP_CMP_EQ, AF_INET, 0}}},
	{"socket", WORKERS, ALLOW, {{0, SCMP_CMP_EQ, AF_INET6, 0}}},
	{"setsockopt", WORKERS, ALLOW, {{1, SCMP_CMP_EQ, LEVEL_IPV4, 0}, {2, SCMP_CMP_EQ, SET_REPLACE, 0}}},
	{"setsockopt", WORKERS, ALLOW, {{1, SCMP_CMP_EQ, LEVEL_IPV4, 0}, {2, SCMP_CMP_EQ, SET_ADD_COUNTERS, 0}}},
	{"setsockopt", WORKERS, ALLOW, {{1, SCMP_CMP_EQ, LEVEL_IPV6, 0}, {2, SCMP_CMP_EQ, SET_REPLACE, 0}}},
	{"setsockopt", WORKERS, ALLOW, {{1, SCMP_CMP_EQ, LEVEL_IPV6, 0}, {2, SCMP_CMP_EQ, SET_ADD_COUNTERS, 0}}},
	{"sendto", WORKERS, ALLOW, {{4, SCMP_CMP_EQ, 0, 0}, {5, SCMP_CMP_EQ, 0, 0}}},
	{"send", WORKERS, ALLOW, {{0}}},
	{"flock", WORKERS, ALLOW, {{0}}},
	{"nanosleep", WORKERS, ALLOW, {{0}}},
	{"clock_nanosleep", WORKERS, ALLOW, {{0}}},
	{"clock_nanosleep_time64", WORKERS, ALLOW, {{0}}},
	{"wait4", WORKERS, ALLOW, {{0}}},
	/* A child that looks for the rule that the kernel refused, in a network of its own (diagnose.c). */
	{"pipe2", WORKERS, ALLOW, {{0}}},
	{"fork", WORKERS, ALLOW, {{0}}},
	{"unshare", WORKERS, ALLOW, {{0, SCMP_CMP_EQ, CLONE_NEWUSER | CLONE_NEWNET, 0}}},
	/* What libraries ask on the way to something else, or to end themselves with a message. */
	{"ioctl", ALL, ENOTTY, {{0}}},
	{"bpf", ALL, EPERM, {{0}}},
	{"rt_sigaction", ALL, EPERM, {{0}}},
	{"rt_sigprocmask", ALL, EPERM, {{0}}},
	{"tgkill", ALL, EPERM, {{0}}},
};

static _Noreturn void die(const char *what, int number)
{
	fprintf(stderr, "confine-generate: %s: %s\n", what, strerror(number));
	exit(1);
}

/* Whether an architecture hands arguments over in the order and registers that the conditions mean. */
static bool ignores_conditions(uint32_t architecture, const char *call)
{
	/* One pointer to all of them. */
	if (strcmp(call, "mmap") == 0)
		return architecture == SCMP_ARCH_S390X || architecture == SCMP_ARCH_X86;
	return false;
}

static void add_rule(scmp_filter_ctx context, uint32_t architecture, const struct rule *rule, unsigned priority)
{
	struct scmp_arg_cmp conditions[2];
	unsigned count = 0;
	int call = seccomp_syscall_resolve_name(rule->call);
	int result;

	if (call == __NR_SCMP_ERROR)
		return; /* newer than the library: it is on the list for libcs that try it first */
	for (size_t i = 0; i < 2 && !ignores_conditions(architecture, rule->call); i++) {
		const struct condition *from = &rule->conditions[i];

		if (from->compare == 0)
			continue;
		conditions[count] = (struct scmp_arg_cmp){from->argument, from->compare, from->value, from->masked};
		/* The order of clone()'s first two. */
		if (architecture == SCMP_ARCH_S390X && strcmp(rule->call, "clone") == 0)
			conditions[count].arg = 1;
		/* int and unsigned: what stands in the upper half of a register does not count for the kernel either.
		 */
		if (from->compare == SCMP_CMP_MASKED_EQ)
			conditions[count].datum_a &= UINT32_MAX;
		count++;
	}
	result = seccomp_rule_add_array(context, rule->answer == ALLOW ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(rule->answer),
					call, count, conditions);
	/* The same rule twice, where ignored conditions were the difference. */
	if (result < 0 && result != -EEXIST)
		die(rule->call, -result);
	seccomp_syscall_priority(context, call, (uint8_t)priority);
}

/* The first instructions; libseccomp's follow, whose jumps count from where they stand. */
static size_t put_head(struct sock_filter *program)
{
	const struct sock_filter head[] = {
		/* Before it installs a filter, Linux 5.11 and later walks through it for each call that there is, to
		 * find those that are always allowed. That takes longer than all that these processes ever ask; at a
		 * look at an argument it gives up. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, args)),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, NEWEST_KNOWN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};

	memcpy(program, head, sizeof(head));
	return sizeof(head) / sizeof(head[0]);
}

/* Whether here begins what libseccomp makes of the upper half of an argument whose upper half does not count: load it,
 * and it with 0, go on if that is 0. */
static bool is_idle(const struct sock_filter *at)
{
	return at[0].code == (BPF_LD | BPF_W | BPF_ABS) && at[1].code == (BPF_ALU | BPF_AND | BPF_K) && at[1].k == 0 &&
	       at[2].code == (BPF_JMP | BPF_JEQ | BPF_K) && at[2].k == 0 && at[2].jt == 0 &&
	       at[3].code == (BPF_LD | BPF_W | BPF_ABS);
}

/* Each instruction costs every process time when the kernel translates it: leaves out those that do nothing. */
static size_t shorten(struct sock_filter *program, size_t count)
{
	static size_t place[BPF_MAXINSNS + 1]; /* where an instruction, or the next that stays, comes to stand */
	static bool idle[BPF_MAXINSNS];
	size_t kept = 0;

	for (size_t i = 0; i + 3 < count; i++) {
		if (is_idle(&program[i]))
			idle[i] = idle[i + 1] = idle[i + 2] = true;
	}
	for (size_t i = 0; i < count; i++) {
		place[i] = kept;
		kept += !idle[i];
	}
	for (size_t i = 0; i < count; i++) {
		struct sock_filter moved = program[i];

		if (idle[i])
			continue;
		if (moved.code == (BPF_JMP | BPF_JA)) {
			moved.k = (uint32_t)(place[i + 1 + moved.k] - place[i] - 1);
		} else if (BPF_CLASS(moved.code) == BPF_JMP) {
			moved.jt = (uint8_t)(place[i + 1 + moved.jt] - place[i] - 1);
			moved.jf = (uint8_t)(place[i + 1 + moved.jf] - place[i] - 1);
		}
		program[place[i]] = moved;
	}
	memset(idle, 0, sizeof(idle));
	return kept;
}

/* libseccomp writes to descriptors only. */
static size_t export_filter(scmp_filter_ctx context, struct sock_filter *ret, size_t most)
{
	FILE *file = tmpfile();
	size_t count;
	int result;

	if (file == NULL)
		die("tmpfile", errno);
	result = seccomp_export_bpf(context, fileno(file));
	if (result < 0)
		die("seccomp_export_bpf", -result);
	rewind(file);
	count = fread(ret, sizeof(*ret), most, file);
	if (count == most || ferror(file))
		die("the filter is too long", E2BIG);
	fclose(file);
	return count;
}

static void print_filter(uint32_t architecture, enum list list, const char *name)
{
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);
	struct sock_filter program[BPF_MAXINSNS];
	unsigned priority = UINT8_MAX;
	size_t count;

	if (context == NULL || seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) < 0)
		die("seccomp_init", EINVAL);
	if (architecture != seccomp_arch_native() &&
	    (seccomp_arch_remove(context, seccomp_arch_native()) < 0 || seccomp_arch_add(context, architecture) < 0))
		die("the architecture cannot be had", EINVAL);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].lists & list)
			add_rule(context, architecture, &rules[i], priority > 1 ? priority-- : 1);
	}
	count = put_head(program);
	count += export_filter(context, program + count, BPF_MAXINSNS - count);
	count = shorten(program, count);
	seccomp_release(context);
	printf("static const struct sock_filter %s[] = {\n", name);
	for (size_t i = 0; i < count; i++)
		printf("\t{0x%02x, %u, %u, 0x%08x},\n", program[i].code, program[i].jt, program[i].jf, program[i].k);
	printf("};\n");
}

int main(int argc, char **argv)
{
	uint32_t architecture;

	if (argc != 3) {
		fprintf(stderr, "Usage: confine-generate ARCHITECTURE DIRECTORY\n");
		return 2;
	}
	architecture = seccomp_arch_resolve_name(argv[1]);
	if (architecture == 0 || strncmp(argv[1], "mips", 4) == 0 || strncmp(argv[1], "parisc", 6) == 0) {
		fprintf(stderr, "confine-generate: no filters for %s; configure with -Dseccomp=disabled\n", argv[1]);
		return 1;
	}
	printf("/* Made by confine-generate.c for %s. */\n", argv[1]);
	printf("#include <linux/filter.h>\n#define CONFINE_HAS_FILTERS 1\n");
	printf("#define LIBRARY_DIRECTORY \"%s/..\"\n", argv[2]);
	print_filter(architecture, PARSER, "parser_filter");
	print_filter(architecture, WORKER, "worker_filter");
	print_filter(architecture, FORWARDER, "forwarder_filter");
	return 0;
}
