/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/render.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "rules/lines.h"
#include "rules/ruleset.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

void rules_render_word(struct text *text, const char *word)
{
	if (word[0] != '\0' && word[strcspn(word, " \t\"';\\")] == '\0') {
		text_append(text, word);
		return;
	}
	text_append_char(text, '"');
	for (const char *at = word; *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			text_append_char(text, '\\');
		text_append_char(text, *at);
	}
	text_append_char(text, '"');
}

/** The document as it grows. */
struct rendering {
	struct text *text;
	int family;
	char table[32]; /* that is open, or "" */
};

static void close_table(struct rendering *rendering)
{
	if (rendering->table[0] != '\0')
		text_append(rendering->text, "COMMIT\n");
	rendering->table[0] = '\0';
}

static bool open_table(struct rendering *rendering, const char *table, struct error **error)
{
	enum rules_table known;

	if (!rules_table_find(table, &known))
		return error_set(error, RULES_UNKNOWN_TABLE, table);
	if (strcmp(rendering->table, table) == 0)
		return true;
	close_table(rendering);
	snprintf(rendering->table, sizeof(rendering->table), "%s", table);
	text_printf(rendering->text, "*%s\n", table);
	return true;
}

/* The line begins: counters and family. */
static void begin_line(struct rendering *rendering, const struct rules_line *line)
{
	if (line->has_counters)
		text_printf(rendering->text, "[%llu:%llu] ", (unsigned long long)line->packets,
			    (unsigned long long)line->bytes);
	text_append(rendering->text, rendering->family == AF_INET ? "-4" : "-6");
}

/* ":NAME -" and ":NAME POLICY" are for both families; as rules they can say which. */
static void render_chain(struct rendering *rendering, const struct rules_line *line)
{
	begin_line(rendering, line);
	text_append(rendering->text, strcmp(line->words[1], "-") == 0 ? " -N " : " -P ");
	rules_render_word(rendering->text, line->words[0]);
	if (strcmp(line->words[1], "-") != 0) {
		text_append_char(rendering->text, ' ');
		rules_render_word(rendering->text, line->words[1]);
	}
	text_append_char(rendering->text, '\n');
}

/* Where -t and its table stand inside a one-line rule, which the document form has no place for; or word_count. */
static size_t find_table_words(const struct rules_line *line)
{
	size_t at = line->table == NULL ? line->word_count : rules_line_find_table(line);

	return at + 1 < line->word_count ? at : line->word_count;
}

static bool render_rule(struct rendering *rendering, const struct rules_line *line, struct error **error)
{
	size_t table = find_table_words(line);
	int family;

	if (!rules_line_family(line, &family, error))
		return false;
	if (family != AF_UNSPEC && family != rendering->family)
		return true;
	if (line->table != NULL &&
	    !open_table(rendering, table == line->word_count ? line->table : line->words[table + 1], error))
		return false;
	begin_line(rendering, line);
	for (size_t i = 0; i < line->word_count; i++) {
		if (i == table) {
			i++;
			continue;
		}
		text_append_char(rendering->text, ' ');
		rules_render_word(rendering->text, line->words[i]);
	}
	text_append_char(rendering->text, '\n');
	return true;
}

static bool render_line(struct rendering *rendering, const struct rules_line *line, struct error **error)
{
	switch (line->kind) {
	case LINE_TABLE:
		return open_table(rendering, line->words[0], error);
	case LINE_COMMIT:
		close_table(rendering);
		return true;
	case LINE_CHAIN:
		render_chain(rendering, line);
		return true;
	case LINE_RULE:
		break;
	}
	return render_rule(rendering, line, error);
}

/* A table in which the family has nothing says nothing. */
static void drop_empty_tables(const char *from, struct text *ret)
{
	for (const char *at = from; *at != '\0';) {
		size_t length = strcspn(at, "\n") + 1;
		const char *next = at + length;

		if (*at == '*' && strncmp(next, "COMMIT\n", strlen("COMMIT\n")) == 0)
			next += strlen("COMMIT\n");
		else
			text_append_bytes(ret, at, length);
		at = next;
	}
}

bool rules_render(const char *text, size_t length, int family, struct text *ret, struct error **error)
{
	cleanup_free struct rules_lines *lines = memory_allocate(1, sizeof(*lines));
	cleanup_free struct rules_line *line = memory_allocate(1, sizeof(*line));
	cleanup_text struct text rendered = {0};
	struct rendering rendering = {.text = &rendered, .family = family};
	bool end = false;

	if (!rules_lines_begin(lines, text, length, error))
		return false;
	while (rules_lines_next(lines, line, &end, error) && !end) {
		if (!render_line(&rendering, line, error))
			return rules_line_prefix(lines, line->number, error);
	}
	if (!end)
		return false;
	close_table(&rendering);
	drop_empty_tables(text_string(&rendered), ret);
	return true;
}

/* A one-line rule ends at a semicolon outside quotes. */
static size_t end_of_rule(const char *text, size_t length, size_t at)
{
	bool quoted = false;

	for (; at < length; at++) {
		if (text[at] == '"')
			quoted = !quoted;
		else if (text[at] == '\\' && quoted)
			at++;
		else if (text[at] == ';' && !quoted)
			break;
	}
	return at < length ? at : length;
}

static size_t end_of_line(const char *text, size_t length, size_t at)
{
	const char *newline = memchr(text + at, '\n', length - at);

	return newline == NULL ? length : (size_t)(newline - text);
}

/* The next line or rule from *@at on. @return false behind the last one */
static bool next_span(const char *text, size_t length, bool document, size_t *at, struct rules_span *ret)
{
	while (*at < length) {
		size_t end = document ? end_of_line(text, length, *at) : end_of_rule(text, length, *at);
		size_t begin = *at, stop = end;

		*at = end + 1;
		while (begin < stop && strchr(" \t\n", text[begin]) != NULL)
			begin++;
		while (stop > begin && strchr(" \t\n", text[stop - 1]) != NULL)
			stop--;
		if (!document && begin == stop)
			continue;
		*ret = (struct rules_span){begin, stop - begin};
		return true;
	}
	return false;
}

/* @return whether the text has a form at all */
static bool find_form(const char *text, size_t length, bool *ret_document)
{
	cleanup_free struct rules_lines *lines = memory_allocate(1, sizeof(*lines));

	if (!rules_lines_begin(lines, text, length, NULL))
		return false;
	*ret_document = lines->document;
	return true;
}

bool rules_find_line(const char *text, size_t length, unsigned number, size_t *ret_offset, size_t *ret_length)
{
	struct rules_span span;
	size_t at = 0;
	bool document;

	if (!find_form(text, length, &document))
		return false;
	for (unsigned count = 1; next_span(text, length, document, &at, &span); count++) {
		if (count != number)
			continue;
		*ret_offset = span.offset;
		*ret_length = span.length;
		return true;
	}
	return false;
}

size_t rules_split(const char *text, size_t length, struct rules_span **ret, bool *ret_document)
{
	struct rules_span *spans = NULL, span;
	size_t count = 0, capacity = 0, at = 0;

	if (find_form(text, length, ret_document)) {
		while (next_span(text, length, *ret_document, &at, &span)) {
			spans = memory_grow(spans, &capacity, count, sizeof(*spans));
			spans[count++] = span;
		}
	}
	*ret = spans;
	return count;
}
