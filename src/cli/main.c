/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "config-paths.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAM "oci-iptables"
#define DEFAULT_WIDTH 80

static void say_exhausted(void)
{
	static const char line[] = PROGRAM ": out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, line, sizeof(line) - 1);

	(void)ignored;
	_exit(CLI_FAILED);
}

bool cli_has(const struct cli *cli, const char *option)
{
	for (size_t i = 0; i < cli->given_count; i++) {
		if (strcmp(cli->given[i].option->name, option) == 0)
			return true;
	}
	return false;
}

const char *cli_value(const struct cli *cli, const char *option)
{
	for (size_t i = 0; i < cli->given_count; i++) {
		if (strcmp(cli->given[i].option->name, option) == 0)
			return cli->given[i].value;
	}
	return NULL;
}

void cli_complain(const struct cli *cli, const char *format, ...)
{
	cleanup_text struct text message = {0};
	cleanup_text struct text line = {0};
	va_list arguments;

	va_start(arguments, format);
	text_vprintf(&message, format, arguments);
	va_end(arguments);
	text_append(&line, PROGRAM ": ");
	if (cli != NULL && cli->verb != NULL)
		text_printf(&line, "%s: ", cli->verb->name);
	text_append_escaped(&line, text_string(&message), message.length);
	fflush(stdout);
	output_progress_end();
	log_stderr(text_string(&line));
}

enum cli_exit cli_fail(const struct cli *cli, const struct error *error)
{
	const char *text = error_text(error);

	cli_complain(cli, "%s", text);
	if (strstr(text, "Operation not permitted") == NULL && strstr(text, "Permission denied") == NULL)
		return CLI_FAILED;
	if (geteuid() != 0)
		cli_complain(cli, "this needs root: use sudo, or `podman unshare` for your own rootless containers");
	else
		cli_complain(cli, "this needs CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW and CAP_SYS_PTRACE");
	return CLI_FAILED;
}

static const char usage_line[] =
	"Usage: " PROGRAM " VERB [OPTION...] [CONTAINER]; " PROGRAM " --help lists the verbs\n";

static void print_usage(FILE *file)
{
	fputs("Usage: " PROGRAM " VERB [OPTION...] [CONTAINER]\n\n", file);
	for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++)
		fprintf(file, "  %-8s %-12s %s\n", verb->name, verb->arguments, verb->summary);
	fputs("\nCONTAINER is an id, the beginning of one that no other container has, or a name.\n"
	      "\n  --help               this text; VERB --help says more about a verb\n"
	      "  --version            the version\n"
	      "  --completion SHELL   a completion script for bash, zsh or fish\n",
	      file);
}

static void print_verb_usage(FILE *file, const struct cli_verb *verb)
{
	fprintf(file, "Usage: " PROGRAM " %s%s%s%s\n", verb->name, " [OPTION...]",
		verb->arguments[0] == '\0' ? "" : " ", verb->arguments);
}

static void print_verb_help(const struct cli_verb *verb)
{
	print_verb_usage(stdout, verb);
	fputc('\n', stdout);
	output_wrap(verb->details, 0, 0, DEFAULT_WIDTH);
	fputc('\n', stdout);
	for (const struct cli_option *option = verb->options; option->name != NULL; option++) {
		char left[40];

		snprintf(left, sizeof(left), "%s%s%s", option->name, option->argument == NULL ? "" : " ",
			 option->argument == NULL ? "" : option->argument);
		printf("  %-24s %s%s\n", left, option->help, option->repeated ? " (again for more)" : "");
	}
	printf("  %-24s %s\n  %-24s %s\n", "--help", "this text", "--version", "the version");
}

static const char *nearest_verb(const char *word)
{
	const char *names[32] = {NULL};

	for (size_t i = 0; cli_verbs[i].name != NULL && i + 1 < ARRAY_LENGTH(names); i++)
		names[i] = cli_verbs[i].name;
	return text_nearest(word, names);
}

static const char *nearest_option(const struct cli_verb *verb, const char *word)
{
	const char *names[32] = {"--help", "--version", NULL};

	for (size_t i = 0; verb->options[i].name != NULL && i + 3 < ARRAY_LENGTH(names); i++)
		names[i + 2] = verb->options[i].name;
	return text_nearest(word, names);
}

static enum cli_exit fail_usage(const struct cli *cli, const char *what, const char *word, const char *nearest)
{
	if (nearest != NULL)
		cli_complain(cli, "%s \"%s\"; did you mean \"%s\"?", what, word, nearest);
	else
		cli_complain(cli, "%s \"%s\"", what, word);
	if (cli != NULL)
		print_verb_usage(stderr, cli->verb);
	else
		fputs(usage_line, stderr);
	return CLI_USAGE;
}

/* Takes one option and its value; @at moves on. */
static bool take_option(struct cli *cli, char **words, int count, int *at, enum cli_exit *ret_exit)
{
	char *word = words[*at];
	char *equals = strchr(word, '=');
	size_t length = equals == NULL ? strlen(word) : (size_t)(equals - word);
	const struct cli_option *option = cli->verb->options;
	cleanup_free char *name = memory_copy_bytes(word, length);
	const char *value = NULL;

	*ret_exit = CLI_USAGE;
	while (option->name != NULL && strcmp(option->name, name) != 0)
		option++;
	if (option->name == NULL) {
		fail_usage(cli, "unknown option", name, nearest_option(cli->verb, name));
		return false;
	}
	if (option->argument == NULL && equals != NULL) {
		fail_usage(cli, "a value was given to", name, NULL);
		return false;
	}
	if (option->argument != NULL) {
		value = equals != NULL ? equals + 1 : *at + 1 < count ? words[++*at] : NULL;
		if (value == NULL) {
			fail_usage(cli, "no value was given to", name, NULL);
			return false;
		}
	}
	if (!option->repeated && cli_has(cli, option->name)) {
		fail_usage(cli, "given twice:", name, NULL);
		return false;
	}
	cli->given[cli->given_count++] = (struct cli_given){.option = option, .value = value};
	return true;
}

/* @return whether to go on; @ret_exit otherwise */
static bool parse_words(struct cli *cli, char **words, int count, enum cli_exit *ret_exit)
{
	bool options = true;

	*ret_exit = CLI_DONE;
	for (int i = 0; i < count; i++) {
		if (options && strcmp(words[i], "--help") == 0) {
			print_verb_help(cli->verb);
			return false;
		}
		if (options && strcmp(words[i], "--version") == 0) {
			puts(PROGRAM " " PROJECT_VERSION);
			return false;
		}
		if (options && strcmp(words[i], "--") == 0) {
			options = false;
		} else if (options && words[i][0] == '-' && words[i][1] != '\0') {
			if (!take_option(cli, words, count, &i, ret_exit))
				return false;
		} else if (cli->verb->arguments[0] == '\0' || cli->container != NULL) {
			*ret_exit = fail_usage(cli, "unexpected argument", words[i], NULL);
			return false;
		} else {
			cli->container = words[i];
		}
	}
	if (cli->verb->arguments[0] == 'C' && cli->container == NULL) {
		cli_complain(cli, "name a container");
		print_verb_usage(stderr, cli->verb);
		*ret_exit = CLI_USAGE;
		return false;
	}
	cli->json = cli_has(cli, "--json");
	return true;
}

/* The environment is for nobody below: XTABLES_LIBDIR alone would load code of whoever set it. */
static bool settle(struct cli *cli)
{
	const char *terminal = getenv("TERM");
	struct winsize size;

	cli->colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL && terminal != NULL &&
		      strcmp(terminal, "dumb") != 0;
	cli->width = DEFAULT_WIDTH;
	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > DEFAULT_WIDTH)
		cli->width = size.ws_col;
	if (clearenv() != 0 || setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1) < 0)
		return false;
	umask(077);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	memory_set_exhausted(say_exhausted);
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static enum cli_exit run_top_option(int argc, char **argv)
{
	static const char *const options[] = {"--help", "--version", "--completion", NULL};

	if (strcmp(argv[1], "--help") == 0) {
		print_usage(stdout);
		return CLI_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts(PROGRAM " " PROJECT_VERSION);
		return CLI_DONE;
	}
	if (strcmp(argv[1], "--completion") == 0 && argc == 3) {
		if (cli_print_completion(argv[2]))
			return CLI_DONE;
		return fail_usage(NULL, "no completion for the shell", argv[2], NULL);
	}
	return fail_usage(NULL, "unknown option", argv[1], text_nearest(argv[1], options));
}

static enum cli_exit run(struct cli *cli, int argc, char **argv)
{
	enum cli_exit status;

	if (argc < 2) {
		print_usage(stderr);
		return CLI_USAGE;
	}
	if (argv[1][0] == '-')
		return run_top_option(argc, argv);
	for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
		if (strcmp(verb->name, argv[1]) == 0)
			cli->verb = verb;
	}
	if (cli->verb == NULL)
		return fail_usage(NULL, "unknown verb", argv[1], nearest_verb(argv[1]));
	cli->given = memory_allocate((size_t)argc, sizeof(*cli->given));
	if (!parse_words(cli, argv + 2, argc - 2, &status))
		return status;
	return cli->verb->run(cli);
}

int main(int argc, char **argv)
{
	struct cli cli = {0};
	enum cli_exit status;

	if (!settle(&cli)) {
		cli_complain(NULL, "the process cannot be made safe");
		return CLI_FAILED;
	}
	status = run(&cli, argc, argv);
	free(cli.given);
	/* What could not be written was not said. */
	if (fflush(stdout) != 0 || ferror(stdout))
		return CLI_FAILED;
	return (int)status;
}
