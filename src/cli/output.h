/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output for people: aligned tables that fit the width, ages, counts, colour. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Room for a number or an age. */
#define OUTPUT_NUMBER 48

struct output_column {
	const char *title;
	bool right;   /* aligned to the right */
	bool shrinks; /* gives way when the table is wider than the terminal */
};

struct output_table {
	const struct output_column *columns;
	size_t column_count;
	char **cells; /* row by row, owned */
	size_t cell_count, capacity;
};

/** Adds a cell; rows fill themselves. @text: copied, fit for a terminal afterwards */
void output_add(struct output_table *table, const char *text);

/** output_add() with printf's format. */
void output_addf(struct output_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Prints title and rows to standard output. @width: columns of the terminal */
void output_print(const struct output_table *table, unsigned width);

void output_free(struct output_table *table);

#define cleanup_table __attribute__((cleanup(output_free)))

/** Writes how long ago something was: "12s", "5m", "3h", "9d", "40w". @ret: OUTPUT_NUMBER bytes */
void output_age(uint64_t then, uint64_t now, char ret[OUTPUT_NUMBER]);

/** Writes a number in at most five characters: "999", "12.3k", "4.5M". @ret: OUTPUT_NUMBER bytes */
void output_count(uint64_t number, char ret[OUTPUT_NUMBER]);

/** Appends a text in which nothing can steer a terminal. */
void output_escape(struct text *ret, const char *text);

/** Prints a text that came from elsewhere. */
void output_put(const char *text);

/**
 * Prints a text, broken between words where a line would be wider than the terminal, and ends the line.
 * @column: where the first line begins
 * @indent: blanks before the others
 */
void output_wrap(const char *text, size_t column, size_t indent, unsigned width);

/** output_wrap() on a terminal. Elsewhere the line stays whole, so that programs find what is in it. */
void output_long(const char *text, size_t column, size_t indent, unsigned width);

/**
 * Says how far a long work is: on standard error where that is a terminal, and not before a second has passed.
 * @what: "verified"; @done: none yet begins the second
 */
void output_progress(const char *what, size_t done, size_t total);

/** Takes the progress off the terminal, before something else is written or at the end. */
void output_progress_end(void);

#endif
