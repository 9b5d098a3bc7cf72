/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/parsers.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "kernel/confine.h"
#include "kernel/privileges.h"
#include "kernel/process.h"
#include "rules/expected.h"
#include "rules/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct one_parser {
	int family;
	bool waited;               /* its status is known */
	int status;                /* of wait() */
	int fd;                    /* stream of rules, and questions */
	int stderr_fd;             /* what libraries print */
	int own_fd, own_stderr_fd; /* the parser's ends of both */
	struct wire_reader *reader;
	struct rules_shared *shared;
	enum wire_result result;
	bool both_families;
	struct error *error;
};

struct parsers {
	struct one_parser all[2];
	size_t count;
	pid_t first; /* process of all[0] */
	const struct backend *backend;
	const struct rules_text *texts;
	size_t text_count;
	uint64_t max_rules;
};

static uint8_t answer_revision(void *context, int family, bool target, const char *name, uint8_t revision)
{
	const struct parsers *parsers = context;

	return parsers->backend->has_revision(family, target, name, revision);
}

void parsers_answer_ahead(struct parsers *parsers)
{
	for (size_t i = 0; i < parsers->count; i++) {
		struct one_parser *parser = &parsers->all[i];
		uint32_t count = 0;

		for (size_t k = 0; k < rules_expected_count; k++) {
			const struct rules_expected *expected = &rules_expected[k];

			if (!rules_expects_in_family(expected, parser->family) ||
			    !rules_mentions(parsers->texts, parsers->text_count, expected))
				continue;
			for (uint8_t revision = 0; revision <= expected->revisions && count < RULES_MAX_ANSWERS;
			     revision++) {
				struct rules_answer *answer = &parser->shared->answers[count];

				memcpy(answer->name, expected->name, strlen(expected->name));
				answer->target = expected->target;
				answer->revision = revision;
				answer->supported = parsers->backend->has_revision(parser->family, answer->target,
										   answer->name, revision) == 1;
				atomic_store_explicit(&parser->shared->answer_count, ++count, memory_order_release);
			}
		}
	}
}

static bool follow_to_death(pid_t parent)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

/* A fork whose child is a child of the parent: the server waits for both parsers. */
static pid_t fork_sibling(void)
{
#ifdef __s390x__
	return (pid_t)syscall(SYS_clone, 0, CLONE_PARENT | SIGCHLD, 0, 0, 0);
#else
	return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
#endif
}

static _Noreturn void run_parser(const struct parsers *parsers, const struct one_parser *parser)
{
	rules_parse(parsers->texts, parsers->text_count, parser->family, parser->own_fd, parser->shared);
}

/* Gives up all privilege and does once what both families need; then there is a process for each. Nothing of a text
 * but names of extensions was looked at before they part. */
static _Noreturn void run_parsers(const struct parsers *parsers)
{
	const struct one_parser *first = &parsers->all[0], *second = &parsers->all[1];
	int keep[] = {first->own_fd, second->own_fd, second->own_stderr_fd};
	cleanup_error struct error *error = NULL;
	pid_t parent = getppid(), pid = -1;

	process_keep_only(keep, parsers->count == 2 ? ARRAY_LENGTH(keep) : 1);
	if (!privileges_drop_root(NULL))
		_exit(1);
	/* A change of credentials clears it. */
	if (!follow_to_death(parent))
		_exit(1);
	if (!confine_parser(&error)) {
		/* The server reads it. */
		(void)file_write_all(STDERR_FILENO, error_text(error), strlen(error_text(error)));
		_exit(1);
	}
	rules_prepare(parsers->texts, parsers->text_count, first->family, first->own_fd, first->shared);
	if (parsers->count == 2) {
		pid = fork_sibling();
		if (pid < 0) {
			/* uid 65534 may have as many processes as the caller's limit says, whoever started them. */
			error_set_errno(&error, errno, "a second parser cannot be started (see ulimit -u)");
			(void)file_write_all(STDERR_FILENO, error_text(error), strlen(error_text(error)));
			_exit(1);
		}
		if (pid == 0 && (!follow_to_death(parent) || dup2(second->own_stderr_fd, STDERR_FILENO) < 0))
			_exit(1);
		close(second->own_stderr_fd);
		close(pid == 0 ? first->own_fd : second->own_fd);
	}
	confine_parser_alone();
	run_parser(parsers, pid == 0 ? second : first);
}

static bool prepare_one(struct parsers *parsers, int family, struct error **error)
{
	struct one_parser *parser = &parsers->all[parsers->count];
	int ends[2], output[2];

	parser->family = family;
	parser->shared = mmap(NULL, sizeof(*parser->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (parser->shared == MAP_FAILED || pipe2(output, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_set_errno(error, errno, "parser: cannot be started");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return error_set_errno(error, errno, "parser: socketpair");
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
		return error_set_errno(error, errno, "parser: O_NONBLOCK");
	parser->fd = ends[0];
	parser->own_fd = ends[1];
	parser->stderr_fd = output[0];
	parser->own_stderr_fd = output[1];
	parser->result = WIRE_MORE;
	parsers->count++;
	return true;
}

struct parsers *parsers_prepare(const struct rules_text *texts, size_t count, uint64_t max_rules,
				const struct backend *backend, struct error **error)
{
	static const int families[] = {AF_INET, AF_INET6};
	cleanup_free struct parsers *parsers = memory_allocate(1, sizeof(*parsers));

	parsers->backend = backend;
	parsers->texts = texts;
	parsers->text_count = count;
	parsers->max_rules = max_rules;
	for (size_t i = 0; i < ARRAY_LENGTH(families); i++) {
		int number;

		/* A kernel without the family carries no packets of it: nothing stays open. */
		if (!backend->has_family(families[i], &number)) {
			if (number == EAFNOSUPPORT)
				continue;
			error_set_errno(error, number, "kernel: %s%s", families[i] == AF_INET ? "IPv4" : "IPv6",
					number == EPERM ? " (see RestrictAddressFamilies= of the runtime's unit)" : "");
			return NULL;
		}
		if (!prepare_one(parsers, families[i], error))
			return NULL;
	}
	return STEAL(parsers);
}

bool parsers_launch(struct parsers *parsers, struct error **error)
{
	if (parsers->count == 0)
		return true;
	parsers->first = process_fork(parsers->all[0].own_stderr_fd, error);
	if (parsers->first < 0)
		return false;
	if (parsers->first == 0)
		run_parsers(parsers);
	for (size_t i = 0; i < parsers->count; i++) {
		struct one_parser *parser = &parsers->all[i];

		close(parser->own_fd);
		close(parser->own_stderr_fd);
		parser->reader = wire_reader_new(parser->fd, parser->family, parsers->text_count, parsers->max_rules,
						 answer_revision, parsers);
	}
	return true;
}

/* The parsers are the only children of the process that serves them. */
static int wait_for_parser(struct parsers *parsers, const struct one_parser *parser)
{
	while (!parser->waited) {
		int status;
		pid_t pid = waitpid(-1, &status, 0);

		if (pid < 0 && errno == EINTR)
			continue;
		/* One that never came into being ended with the one that would have made it. */
		if (pid < 0)
			return parsers->all[0].waited ? parsers->all[0].status : -1;
		struct one_parser *ended = &parsers->all[pid != parsers->first];

		ended->waited = true;
		ended->status = status;
	}
	return parser->status;
}

/* What libraries printed, made one line. */
static void take_output(const struct one_parser *parser, struct text *ret)
{
	char bytes[1024];
	ssize_t got = read(parser->stderr_fd, bytes, sizeof(bytes));

	for (ssize_t i = 0; i < got; i++) {
		bool blank = bytes[i] == '\n' || bytes[i] == ' ';

		if (!blank)
			text_append_char(ret, bytes[i]);
		else if (ret->length > 0 && ret->data[ret->length - 1] != ' ')
			text_append_char(ret, ' ');
	}
	while (ret->length > 0 && ret->data[ret->length - 1] == ' ')
		ret->data[--ret->length] = '\0';
}

/* A parser that ended without a last word: a library called exit(), or a signal came. */
static void explain_end(struct parsers *parsers, struct one_parser *parser)
{
	cleanup_text struct text output = {0};
	struct rules_shared shared;
	int status = wait_for_parser(parsers, parser);

	memcpy(&shared, parser->shared, sizeof(shared));
	shared.source[sizeof(shared.source) - 1] = '\0';
	shared.option[sizeof(shared.option) - 1] = '\0';
	take_output(parser, &output);
	if (output.length > 0 && !(status >= 0 && WIFSIGNALED(status)))
		error_set(&parser->error, "%s", text_string(&output));
	else
		error_set(&parser->error, "the parser of %s %s%s%s", parser->family == AF_INET ? "IPv4" : "IPv6",
			  confine_explain_end(status), output.length > 0 ? "; it printed: " : "", text_string(&output));
	if (shared.option[0] != '\0')
		error_prefix(&parser->error, "%s: ", shared.option);
	if (shared.line != 0)
		error_prefix(&parser->error, "%s %u: ", shared.document ? "line" : "rule", shared.line);
	error_prefix(&parser->error, "%s: ", shared.source[0] != '\0' ? shared.source : "rules");
	parser->result = WIRE_FAILED;
}

static void serve(struct parsers *parsers, struct one_parser *parser)
{
	cleanup_text struct text output = {0};

	parser->result = wire_reader_run(parser->reader, &parser->both_families, &parser->error);
	if (parser->result == WIRE_ENDED) {
		explain_end(parsers, parser);
	} else if (parser->result == WIRE_FAILED) {
		take_output(parser, &output);
		if (output.length > 0 && strstr(error_text(parser->error), text_string(&output)) == NULL) {
			cleanup_error struct error *bare = STEAL(parser->error);

			error_set(&parser->error, "%s (%s)", error_text(bare), text_string(&output));
		}
	}
}

/* A rule that names no family must be valid in both; which failure to tell, and how to mend it. */
static bool judge(struct parsers *parsers, struct error **error)
{
	struct one_parser *failed = NULL, *other = NULL;

	for (size_t i = 0; i < parsers->count; i++) {
		struct one_parser *parser = &parsers->all[i];

		if (parser->result == WIRE_FAILED && failed == NULL)
			failed = parser;
		else
			other = parser;
	}
	if (failed == NULL)
		return true;
	if (failed->both_families && other != NULL && other->result == WIRE_DONE) {
		error_set(error, "%s (for %s only: write %s before the rule if it is for %s)",
			  error_text(failed->error), failed->family == AF_INET ? "IPv4" : "IPv6",
			  failed->family == AF_INET ? "-6" : "-4", failed->family == AF_INET ? "IPv6" : "IPv4");
		return false;
	}
	return error_move(error, STEAL(failed->error));
}

bool parsers_run(struct parsers *parsers, struct ruleset *ret, size_t *ret_count, struct error **error)
{
	for (;;) {
		struct pollfd poll_fds[2];
		size_t waiting = 0;
		struct one_parser *of[2];

		for (size_t i = 0; i < parsers->count; i++) {
			struct one_parser *parser = &parsers->all[i];

			/* Nothing the other parser may say changes this failure. */
			if (parser->result == WIRE_FAILED && !parser->both_families)
				return judge(parsers, error);
			if (parser->result != WIRE_MORE)
				continue;
			of[waiting] = parser;
			poll_fds[waiting++] = (struct pollfd){.fd = parser->fd, .events = POLLIN};
		}
		if (waiting == 0)
			break;
		if (poll(poll_fds, waiting, -1) < 0)
			continue;
		for (size_t i = 0; i < waiting; i++) {
			if (poll_fds[i].revents != 0)
				serve(parsers, of[i]);
		}
	}
	if (!judge(parsers, error))
		return false;
	for (size_t i = 0; i < parsers->count; i++) {
		wire_reader_take(parsers->all[i].reader, &ret[i]);
		wire_reader_free(&parsers->all[i].reader);
	}
	*ret_count = parsers->count;
	return true;
}
