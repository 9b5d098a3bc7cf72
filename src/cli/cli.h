/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `oci-iptables`: one verb table makes dispatch, usage and completion; one file per verb. Results go to standard
 * output, everything else to standard error.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum cli_exit {
	CLI_DONE = 0,
	CLI_FAILED = 1, /* a failure, or something was found */
	CLI_USAGE = 2,
};

/** One option of a verb. */
struct cli_option {
	const char *name;     /* "--json" */
	const char *argument; /* "FILE"; NULL: takes none */
	const char *help;
	bool repeated; /* may stand more than once */
};

struct cli;

/** One verb. */
struct cli_verb {
	const char *name;
	const char *arguments; /* "CONTAINER", "[CONTAINER]" or "" */
	const char *summary;
	const char *details;              /* a paragraph for --help */
	const struct cli_option *options; /* ends with a NULL name; --help and --version come by themselves */
	enum cli_exit (*run)(const struct cli *cli);
};

/** One option as it was given. */
struct cli_given {
	const struct cli_option *option;
	const char *value; /* NULL when it takes none */
};

/** What a verb gets to know. */
struct cli {
	const struct cli_verb *verb;
	struct cli_given *given;
	size_t given_count;
	const char *container; /* the argument, or NULL */
	bool json;
	bool colour;    /* standard output is a terminal that wants it */
	unsigned width; /* columns */
};

/** All verbs; the last one's name is NULL. */
extern const struct cli_verb cli_verbs[];

/** @return whether an option was given */
bool cli_has(const struct cli *cli, const char *option);

/** @return the value of an option that was given, or NULL */
const char *cli_value(const struct cli *cli, const char *option);

/** Writes "oci-iptables: VERB: MESSAGE" to standard error, fit for a terminal. */
void cli_complain(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Complains with an error, and with the privilege that is missing when that is what it is. @return CLI_FAILED */
enum cli_exit cli_fail(const struct cli *cli, const struct error *error);

/** Prints a completion script made of the verb table. @return false for an unknown shell */
bool cli_print_completion(const char *shell);

enum cli_exit cli_list(const struct cli *cli);
enum cli_exit cli_show(const struct cli *cli);
enum cli_exit cli_render(const struct cli *cli);
enum cli_exit cli_check(const struct cli *cli);
enum cli_exit cli_verify(const struct cli *cli);
enum cli_exit cli_reapply(const struct cli *cli);
enum cli_exit cli_why(const struct cli *cli);
enum cli_exit cli_gc(const struct cli *cli);
enum cli_exit cli_doctor(const struct cli *cli);

#endif
