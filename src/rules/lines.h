/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outer shape of rules text: lines, words, counters, families. iptables-restore's language (iptables-restore(8),
 * iptables-save(8)) with the additions and refusals of interface section 5; what an option means is not known here.
 */
#ifndef RULES_LINES_H
#define RULES_LINES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The limits of iptables-restore, so that a text which it takes is taken and the other way round. */
#define LINES_MAX_LENGTH 10240
#define LINES_MAX_WORD 1023
#define LINES_MAX_WORDS 254

enum line_kind { LINE_TABLE, LINE_CHAIN, LINE_RULE, LINE_COMMIT };

struct rules_line {
	enum line_kind kind;
	unsigned number; /* of the line in a document, of the rule in a one-line text; from 1 */
	int family;      /* AF_INET or AF_INET6 when the text says so, else AF_UNSPEC */
	bool has_counters;
	uint64_t packets, bytes;
	/* LINE_TABLE: the name. LINE_CHAIN: name and policy. LINE_RULE: the rule without prefixes, at least one word.
	 */
	char *words[LINES_MAX_WORDS + 1]; /* ends with NULL; the strings belong to the reader until the next call */
	size_t word_count;
	const char *table; /* of a one-line rule: the table of a leading -t, or "filter"; NULL in a document */
	bool names_table;  /* a leading -t did */
};

struct rules_lines {
	const char *text;
	size_t length;
	size_t at;
	unsigned number;
	bool document; /* *table ... COMMIT, else rules separated by ; */
	bool in_table;
	bool any_rule;
	char storage[LINES_MAX_LENGTH + LINES_MAX_WORDS + 2];
};

/**
 * Looks at a text and finds out its form.
 * @text: belongs to the caller and must outlive @lines; @length bytes
 * @return whether it has one of the two forms
 */
bool rules_lines_begin(struct rules_lines *lines, const char *text, size_t length, struct error **error);

/**
 * Reads the next line that says something.
 * @ret: overwritten
 * @ret_end: true behind the last line, @ret then holds nothing
 * @return whether it is well-formed; otherwise @error begins with its place ("line 3: ")
 */
bool rules_lines_next(struct rules_lines *lines, struct rules_line *ret, bool *ret_end, struct error **error);

/**
 * Decides for which families a rule is: what the text says, else its address literals, else both (AF_UNSPEC).
 * @return whether it could be decided; a negated address without a named family, and addresses of both families in one
 *	   rule, can't
 */
bool rules_line_family(const struct rules_line *line, int *ret_family, struct error **error);

/**
 * Finds a rule's -t or --table, not where it is the text of a comment or the name of something.
 * @return its place among the words, or word_count
 */
size_t rules_line_find_table(const struct rules_line *line);

/** Sets "line 3: " or "rule 3: " before an error. @return false */
bool rules_line_prefix(const struct rules_lines *lines, unsigned number, struct error **error);

#endif
