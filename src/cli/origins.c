/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/origins.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "policy/compiler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* @label, @text: taken over. @return its index */
static size_t add_item(struct origins *origins, enum origin_kind kind, char *label, char *text)
{
	origins->items = memory_grow(origins->items, &origins->capacity, origins->count, sizeof(*origins->items));
	origins->items[origins->count] = (struct origin_words){.kind = kind, .label = label, .text = text};
	return origins->count++;
}

/* The same rule can make rules at several places. Mostly it is the one that was named last. */
static size_t find_item(const struct origins *origins, enum origin_kind kind, const char *label, size_t length)
{
	for (size_t i = origins->count; i > 0; i--) {
		const struct origin_words *item = &origins->items[i - 1];

		if (item->kind == kind && strncmp(item->label, label, length) == 0 && item->label[length] == '\0')
			return i - 1;
	}
	return ORIGINS_NONE;
}

/* The compiler doubled the dollars. */
static char *copy_written(const char *text, size_t length)
{
	char *copy = memory_copy_bytes(text, length);
	size_t used = 0;

	for (size_t i = 0; copy[i] != '\0'; i++) {
		if (copy[i] == '$' && copy[i + 1] == '$')
			i++;
		copy[used++] = copy[i];
	}
	copy[used] = '\0';
	return copy;
}

/* "#: deny egress[2]<TAB>{...}" @return its index, or ORIGINS_NONE */
static size_t read_mark(struct origins *origins, const char *line, size_t length)
{
	static const struct {
		const char *word;
		enum origin_kind kind;
	} words[] = {{"allow ", ORIGIN_ALLOW}, {"deny ", ORIGIN_DENY}, {"always ", ORIGIN_ALWAYS}};

	for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
		size_t front = strlen(words[i].word), end, found;
		const char *tab;

		if (length < front || strncmp(line, words[i].word, front) != 0)
			continue;
		tab = memchr(line, '\t', length);
		end = tab == NULL ? length : (size_t)(tab - line);
		found = find_item(origins, words[i].kind, line + front, end - front);
		if (found != ORIGINS_NONE)
			return found;
		return add_item(origins, words[i].kind, memory_copy_bytes(line + front, end - front),
				tab == NULL ? memory_copy_string("") : copy_written(tab + 1, length - end - 1));
	}
	return ORIGINS_NONE;
}

static bool is_mark(const char *text, const struct rules_span *span)
{
	return span->length > strlen(COMPILER_ORIGIN) &&
	       strncmp(text + span->offset, COMPILER_ORIGIN, strlen(COMPILER_ORIGIN)) == 0;
}

static void read_compiled(struct origins *origins, const char *text)
{
	size_t current = ORIGINS_NONE;

	for (size_t i = 0; i < origins->line_count; i++) {
		if (is_mark(text, &origins->lines[i]))
			current = read_mark(origins, text + origins->lines[i].offset + strlen(COMPILER_ORIGIN),
					    origins->lines[i].length - strlen(COMPILER_ORIGIN));
		origins->of_line[i] = current;
	}
}

static void read_written(struct origins *origins, const char *text, bool document)
{
	for (size_t i = 0; i < origins->line_count; i++) {
		char *label = NULL;

		if (asprintf(&label, "%s %zu", document ? "line" : "rule", i + 1) < 0)
			label = memory_copy_string("?");
		origins->of_line[i] =
			add_item(origins, ORIGIN_WRITTEN, label,
				 memory_copy_bytes(text + origins->lines[i].offset, origins->lines[i].length));
	}
}

void origins_read(const char *text, size_t length, bool compiler, struct origins *ret)
{
	bool document = false;

	*ret = (struct origins){0};
	ret->line_count = rules_split(text, length, &ret->lines, &document);
	ret->of_line = memory_allocate(ret->line_count + 1, sizeof(*ret->of_line));
	/* A record of a version that wrote no such comments is shown line by line. */
	for (size_t i = 0; compiler && i < ret->line_count && !ret->compiled; i++)
		ret->compiled = is_mark(text, &ret->lines[i]);
	if (ret->compiled)
		read_compiled(ret, text);
	else
		read_written(ret, text, document);
}

void origins_free(struct origins *origins)
{
	for (size_t i = 0; i < origins->count; i++) {
		free(origins->items[i].label);
		free(origins->items[i].text);
	}
	free(origins->items);
	free(origins->of_line);
	free(origins->lines);
	memset(origins, 0, sizeof(*origins));
}

size_t origins_of_line(const struct origins *origins, size_t line)
{
	return line == 0 || line > origins->line_count ? ORIGINS_NONE : origins->of_line[line - 1];
}
