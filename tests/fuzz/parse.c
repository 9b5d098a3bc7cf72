/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A parser process under a fuzzer. Each input gets a process of its own, as in the hook, because libxtables ends the
 * process where it pleases and remembers the rule before. What the process covered would end with it: before it ends,
 * it copies libFuzzer's counters to memory that the fuzzer shares with it. AFL++'s counters are shared anyway.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "kernel/backend.h"
#include "kernel/privileges.h"
#include "kernel/process.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/** Processor seconds for one input; the inputs are a few kilobytes. */
#define PARSER_SECONDS 5
#define MAX_RULES 4096

/* Where clang's instrumentation has its counters; not there in other builds. */
extern unsigned char counters_begin[] __asm__("__start___sancov_cntrs") __attribute__((weak, visibility("hidden")));
extern unsigned char counters_end[] __asm__("__stop___sancov_cntrs") __attribute__((weak, visibility("hidden")));

/* The linker leads every call of _exit() here (--wrap), and this to the real one. */
/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names */
_Noreturn void __wrap__exit(int status);
_Noreturn void __real__exit(int status);
/* NOLINTEND(bugprone-reserved-identifier) */

static struct {
	struct rules_shared *place;
	unsigned char *counters;
	size_t size;
	bool in_parser;
} shared;

static void *share(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	MUST(memory != MAP_FAILED);
	return memory;
}

static void begin(void)
{
	if (shared.place != NULL)
		return;
	shared.place = share(sizeof(*shared.place));
	shared.size = (size_t)((uintptr_t)counters_end - (uintptr_t)counters_begin);
	if (shared.size > 0)
		shared.counters = share(shared.size);
	signal(SIGPIPE, SIG_IGN);
}

_Noreturn void __wrap__exit(int status)
{
	if (shared.in_parser && shared.size > 0)
		memcpy(shared.counters, counters_begin, shared.size);
	__real__exit(status);
}

/* libxtables called exit(): the fuzzer's own handlers behind this one must not run in its child. */
static void end_parser(void)
{
	if (shared.in_parser)
		__wrap__exit(1);
}

static void merge_counters(void)
{
	for (size_t i = 0; i < shared.size; i++) {
		if (shared.counters[i] > counters_begin[i])
			counters_begin[i] = shared.counters[i];
	}
}

static uint8_t every_revision(void *context, int family, bool target, const char *name, uint8_t revision)
{
	(void)context;
	(void)family;
	(void)target;
	(void)name;
	(void)revision;
	return 1;
}

static _Noreturn void run_parser(const struct rules_text *texts, size_t count, int family, int fd, int stderr_fd)
{
	const struct rlimit seconds = {.rlim_cur = PARSER_SECONDS, .rlim_max = PARSER_SECONDS};
	const struct rlimit none = {0};

	shared.in_parser = true;
	if (atexit(end_parser) != 0 || dup2(stderr_fd, STDERR_FILENO) < 0 || setrlimit(RLIMIT_CPU, &seconds) < 0 ||
	    setrlimit(RLIMIT_CORE, &none) < 0 || (geteuid() == 0 && !privileges_drop_root(NULL)))
		abort();
	rules_prepare(texts, count, family, fd, shared.place);
	rules_parse(texts, count, family, fd, shared.place);
}

static enum wire_result receive(int fd, int family, size_t layers, struct fuzz_parsed *ret)
{
	struct wire_reader *reader = wire_reader_new(fd, family, layers, MAX_RULES, every_revision, NULL);
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	enum wire_result result;
	bool both_families;

	while ((result = wire_reader_run(reader, &both_families, &ret->error)) == WIRE_MORE)
		poll(&poll_fd, 1, -1);
	if (result == WIRE_DONE)
		wire_reader_take(reader, &ret->ruleset);
	wire_reader_free(&reader);
	return result;
}

/* What a parser that died had to say is the sanitizer's report. */
static void show_output(int fd)
{
	char bytes[4096];
	ssize_t got;

	lseek(fd, 0, SEEK_SET);
	while ((got = read(fd, bytes, sizeof(bytes))) > 0)
		(void)!write(STDERR_FILENO, bytes, (size_t)got);
}

void fuzz_parse(const struct rules_text *texts, size_t count, int family, struct fuzz_parsed *ret)
{
	cleanup_close int output = memfd_create("parser", MFD_CLOEXEC);
	int ends[2], status;
	pid_t pid;

	*ret = (struct fuzz_parsed){.result = WIRE_ENDED};
	begin();
	MUST(output >= 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	MUST(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
	pid = fork();
	MUST(pid >= 0);
	if (pid == 0) {
		close(ends[0]);
		run_parser(texts, count, family, ends[1], output);
	}
	close(ends[1]);
	ret->result = receive(ends[0], family, count, ret);
	close(ends[0]);
	status = process_wait(pid);
	merge_counters();
	if (status < 0 || !WIFEXITED(status))
		show_output(output);
	MUST(status >= 0 && WIFEXITED(status));
	if (ret->result == WIRE_FAILED)
		fuzz_check_refusal(false, ret->error);
	/* Two halves of one program: whatever the text, they understand each other. */
	MUST(ret->result != WIRE_FAILED || !text_has_prefix(error_text(ret->error), "parser: sent an unsound message"));
}

void fuzz_use_ruleset(const struct ruleset *ruleset, size_t layers)
{
	static uint8_t sections[POLICY_MAX_LAYERS];
	cleanup_contents struct backend_contents contents = {0};
	cleanup_plan struct plan plan = {0};
	struct rules_cursor cursor = {0};
	const struct rules_rule *rule;
	const struct rules_chain *chain;
	size_t rules = 0;
	int family;

	while ((rule = ruleset_next(ruleset, &cursor)) != NULL) {
		MUST(rule->chain < ruleset->chain_count);
		MUST(ruleset_entry_is_sound(ruleset->family, rule->jump != RULES_NO_JUMP, rule->entry, rule->size));
		rules++;
	}
	MUST(rules == ruleset->rule_count);
	for (size_t i = 0; i < ruleset->chain_count; i++)
		MUST(ruleset->chains[i].layer < layers);
	ruleset_find_one_sided_denial(ruleset, ruleset, &chain, &family);
	plan_make(ruleset, 1, sections, "k3v9x2m4q", &plan);
	backend_iptc.expect(ruleset, &plan, &contents);
}
