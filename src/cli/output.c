/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GAP 2
/** Milliseconds without progress at first, and between two words of it. */
#define PROGRESS_PATIENCE 1000
#define PROGRESS_STEP 100
/** A shrinking column keeps at least this much. */
#define LEAST_WIDTH 6

void output_escape(struct text *ret, const char *text)
{
	text_append_escaped(ret, text, strlen(text));
}

void output_put(const char *text)
{
	cleanup_text struct text escaped = {0};

	output_escape(&escaped, text);
	fputs(text_string(&escaped), stdout);
}

/* Characters, not bytes; wide ones count as one, which a table of names survives. */
static size_t characters(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += (*text & 0xc0) != 0x80;
	return count;
}

void output_wrap(const char *text, size_t column, size_t indent, unsigned width)
{
	cleanup_text struct text escaped = {0};
	bool first = true;

	output_escape(&escaped, text);
	for (const char *at = text_string(&escaped); *at != '\0';) {
		size_t length = strcspn(at, " ");

		if (!first && column + 1 + length > width) {
			printf("\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			putchar(' ');
			column++;
		}
		printf("%.*s", (int)length, at);
		column += length;
		first = false;
		at += length;
		at += strspn(at, " ");
	}
	putchar('\n');
}

void output_long(const char *text, size_t column, size_t indent, unsigned width)
{
	if (isatty(STDOUT_FILENO)) {
		output_wrap(text, column, indent, width);
		return;
	}
	output_put(text);
	putchar('\n');
}

void output_add(struct output_table *table, const char *text)
{
	struct text escaped = {0};

	output_escape(&escaped, text);
	table->cells = memory_grow(table->cells, &table->capacity, table->cell_count, sizeof(*table->cells));
	table->cells[table->cell_count++] = text_steal(&escaped);
}

void output_addf(struct output_table *table, const char *format, ...)
{
	cleanup_text struct text text = {0};
	va_list arguments;

	va_start(arguments, format);
	text_vprintf(&text, format, arguments);
	va_end(arguments);
	output_add(table, text_string(&text));
}

/* Takes columns off the widest of those that shrink until the row fits. */
static void fit(const struct output_table *table, size_t *widths, unsigned width)
{
	for (;;) {
		size_t whole = 0, widest = table->column_count;

		for (size_t i = 0; i < table->column_count; i++) {
			whole += widths[i] + (i > 0 ? GAP : 0);
			if (table->columns[i].shrinks && widths[i] > LEAST_WIDTH &&
			    (widest == table->column_count || widths[i] > widths[widest]))
				widest = i;
		}
		if (whole <= width || widest == table->column_count)
			return;
		widths[widest]--;
	}
}

static void print_cell(const char *cell, size_t width, bool right, bool last)
{
	size_t length = characters(cell);
	size_t shown = 0, bytes = 0;

	if (length > width) {
		while (cell[bytes] != '\0' && shown + ((cell[bytes] & 0xc0) != 0x80) <= width - 1) {
			shown += (cell[bytes] & 0xc0) != 0x80;
			bytes++;
		}
		printf("%.*s~", (int)bytes, cell);
		return;
	}
	if (right)
		printf("%*s%s", (int)(width - length), "", cell);
	else
		printf("%s%*s", cell, last ? 0 : (int)(width - length), "");
}

void output_print(const struct output_table *table, unsigned width)
{
	cleanup_free size_t *widths = memory_allocate(table->column_count, sizeof(*widths));

	for (size_t i = 0; i < table->column_count; i++)
		widths[i] = strlen(table->columns[i].title);
	for (size_t i = 0, column = 0; i < table->cell_count; i++) {
		size_t length = characters(table->cells[i]);

		if (length > widths[column])
			widths[column] = length;
		column = column + 1 == table->column_count ? 0 : column + 1;
	}
	fit(table, widths, width);
	for (size_t i = 0, column = 0; i < table->column_count + table->cell_count; i++) {
		const char *cell =
			i < table->column_count ? table->columns[i].title : table->cells[i - table->column_count];

		if (column > 0)
			printf("%*s", GAP, "");
		print_cell(cell, widths[column], table->columns[column].right, column + 1 == table->column_count);
		column++;
		if (column < table->column_count)
			continue;
		putchar('\n');
		column = 0;
	}
}

void output_free(struct output_table *table)
{
	for (size_t i = 0; i < table->cell_count; i++)
		free(table->cells[i]);
	free(table->cells);
	table->cells = NULL;
	table->cell_count = 0;
}

void output_age(uint64_t then, uint64_t now, char ret[OUTPUT_NUMBER])
{
	static const struct {
		uint64_t seconds;
		char unit;
	} units[] = {{604800, 'w'}, {86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	uint64_t age = now > then ? now - then : 0;
	size_t i = 0;

	/* The larger unit begins at two of it: "90m" says more than "1h". */
	while (i + 1 < ARRAY_LENGTH(units) && age < 2 * units[i].seconds)
		i++;
	snprintf(ret, OUTPUT_NUMBER, "%llu%c", (unsigned long long)(age / units[i].seconds), units[i].unit);
}

void output_count(uint64_t number, char ret[OUTPUT_NUMBER])
{
	static const char units[] = {'k', 'M', 'G', 'T', 'P', 'E'};
	uint64_t scale = 1000;
	size_t i = 0;

	if (number < 10000) {
		snprintf(ret, OUTPUT_NUMBER, "%llu", (unsigned long long)number);
		return;
	}
	while (i + 1 < sizeof(units) && number / scale >= 1000) {
		scale *= 1000;
		i++;
	}
	if (number / scale >= 100)
		snprintf(ret, OUTPUT_NUMBER, "%llu%c", (unsigned long long)(number / scale), units[i]);
	else
		snprintf(ret, OUTPUT_NUMBER, "%llu.%llu%c", (unsigned long long)(number / scale),
			 (unsigned long long)(number % scale / (scale / 10)), units[i]);
}

/* There is one terminal, and one line on it. */
static struct {
	long long begun, last; /* milliseconds */
	int shown;             /* characters that stand on the terminal */
} progress;

static long long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void output_progress(const char *what, size_t done, size_t total)
{
	long long now = milliseconds();

	if (done == 0)
		progress.begun = now;
	if (now - progress.begun < PROGRESS_PATIENCE || now - progress.last < PROGRESS_STEP || !isatty(STDERR_FILENO))
		return;
	fflush(stdout);
	progress.last = now;
	progress.shown = fprintf(stderr, "\r%s %zu of %zu", what, done, total);
}

void output_progress_end(void)
{
	if (progress.shown > 0)
		fprintf(stderr, "\r%*s\r", progress.shown, "");
	progress.shown = 0;
}
