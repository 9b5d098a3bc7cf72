/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/printers.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "kernel/confine.h"
#include "kernel/privileges.h"
#include "kernel/process.h"
#include "rules/printer.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/** 65,536 rules of the longest line that a text can have. */
#define OUTPUT_LIMIT ((size_t)1024 * 1024 * 1024)

void printed_free(struct printed *printed)
{
	free(printed->items);
	free(printed->bytes);
	*printed = (struct printed){0};
}

static bool is_wanted(const struct backend_contents *contents, const bool *wanted, size_t index, int family)
{
	const struct backend_rule *rule = &contents->rules[index];

	return (wanted == NULL || wanted[index]) && rule->size > 0 && contents->chains[rule->chain].family == family;
}

static _Noreturn void run_printer(const struct backend_contents *contents, const bool *wanted, int family, int fd)
{
	struct rules_printable *rules = memory_allocate(contents->rule_count, sizeof(*rules));
	size_t count = 0;

	/* The file stands for standard output, and nothing else stays open. */
	if (dup2(fd, STDOUT_FILENO) < 0)
		_exit(1);
	syscall(SYS_close_range, (unsigned)STDERR_FILENO + 1, ~0U, 0);
	if (!privileges_drop_root(NULL) || !confine_printer(NULL))
		_exit(1);
	confine_parser_alone();
	for (size_t i = 0; i < contents->rule_count; i++) {
		if (!is_wanted(contents, wanted, i, family))
			continue;
		rules[count].entry = contents->entries + contents->rules[i].offset;
		rules[count++].target = contents->rules[i].target;
	}
	rules_print(family, rules, count);
}

/* Prints the rules of one family into a file in memory and appends it to @output. */
static bool print_family(const struct backend_contents *contents, const bool *wanted, int family, struct text *output,
			 struct error **error)
{
	cleanup_close int fd = memfd_create("rules", MFD_CLOEXEC);
	cleanup_free char *bytes = NULL;
	size_t length = 0;
	pid_t pid;

	if (fd < 0)
		return error_set_errno(error, errno, "printer: cannot be started");
	pid = process_fork(-1, error);
	if (pid < 0)
		return false;
	if (pid == 0)
		run_printer(contents, wanted, family, fd);
	process_wait(pid);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return error_set_errno(error, errno, "printer: its output cannot be read");
	if (!file_read_fd(fd, OUTPUT_LIMIT, "printer", &bytes, &length, error))
		return false;
	text_append_bytes(output, bytes, length);
	return true;
}

/* Takes the next NUL-ended line; modules print blanks in front. */
static char *next_line(char **at, const char *end)
{
	char *line = *at;
	size_t left = (size_t)(end - line);
	char *stop = memchr(line, '\0', left);

	if (left == 0 || stop == NULL)
		return NULL;
	*at = stop + 1;
	while (stop > line && stop[-1] == ' ')
		*--stop = '\0';
	return line + strspn(line, " ");
}

static void take_lines(const struct backend_contents *contents, const bool *wanted, int family, char *at,
		       const char *end, struct printed *printed)
{
	static char unprintable[] = "(cannot be printed: no module for it on this host)";

	for (size_t i = 0; i < contents->rule_count; i++) {
		char *line;

		if (!is_wanted(contents, wanted, i, family))
			continue;
		line = next_line(&at, end);
		printed->items[i] = line == NULL ? unprintable : line;
	}
}

bool printers_run(const struct backend_contents *contents, const bool *wanted, struct printed *ret,
		  struct error **error)
{
	static const int families[] = {AF_INET, AF_INET6};
	cleanup_text struct text output = {0};
	size_t ends[3] = {0};

	for (size_t f = 0; f < ARRAY_LENGTH(families); f++) {
		bool any = false;

		for (size_t i = 0; i < contents->rule_count && !any; i++)
			any = is_wanted(contents, wanted, i, families[f]);
		if (any && !print_family(contents, wanted, families[f], &output, error))
			return false;
		ends[f + 1] = output.length;
	}
	*ret = (struct printed){.items = memory_allocate(contents->rule_count, sizeof(*ret->items)),
				.count = contents->rule_count};
	ret->bytes = text_steal(&output);
	for (size_t f = 0; f < ARRAY_LENGTH(families); f++)
		take_lines(contents, wanted, families[f], ret->bytes + ends[f], ret->bytes + ends[f + 1], ret);
	return true;
}
