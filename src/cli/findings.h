/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors of a text, with the place where an editor can go. */
#ifndef CLI_FINDINGS_H
#define CLI_FINDINGS_H

#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

struct finding {
	char *file;    /* NULL: none, as on the command line */
	size_t line;   /* from 1; 0: not known */
	size_t column; /* from 1; 0: not known */
	char *pointer; /* JSON Pointer (RFC 6901), or NULL */
	char *message;
	bool warning;
};

struct findings {
	struct finding *items;
	size_t count;
};

/** The text that a message is about. */
struct findings_source {
	const char *file; /* NULL: none */
	const char *text; /* NULL: not to be had; places in it are then left out */
	size_t length;
};

/**
 * Adds an error.
 * @message: as the rooms below make it, without the name of its source: "/egress/default: ...", "line 3: --dport: ...",
 *	     "line 3 column 5: ...", "rule 2: ...", "item 2 \"x\": ..."
 */
void findings_add(struct findings *findings, const struct findings_source *source, const char *message);

/** Adds something that is no error. */
void findings_warn(struct findings *findings, const char *message);

/** Puts them in the order of files, lines and columns, errors before warnings. */
void findings_sort(struct findings *findings);

/** @return how many are errors */
size_t findings_errors(const struct findings *findings);

/** Prints one line for each: "FILE:LINE:COLUMN: MESSAGE" to standard output, warnings with "warning: ". */
void findings_print(const struct findings *findings);

/** Writes them as a list. */
void findings_write_json(const struct findings *findings, struct json_writer *writer);

void findings_free(struct findings *findings);

#define cleanup_findings __attribute__((cleanup(findings_free)))

#endif
