/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/findings.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/text.h"
#include "cli/output.h"
#include "rules/render.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_place(struct finding *finding, const char *text, size_t offset)
{
	finding->line = 1;
	finding->column = 1;
	for (size_t i = 0; i < offset; i++) {
		finding->column = text[i] == '\n' ? 1 : finding->column + 1;
		finding->line += text[i] == '\n';
	}
}

/* "WORD NUMBER" at @at; @ret_end: behind it. */
static bool take_number(const char *at, const char *word, size_t *ret, const char **ret_end)
{
	uint64_t number;
	size_t digits;

	if (!text_has_prefix(at, word))
		return false;
	at += strlen(word);
	digits = strspn(at, "0123456789");
	if (!parse_number(at, digits, UINT32_MAX, &number))
		return false;
	*ret = (size_t)number;
	*ret_end = at + digits;
	return true;
}

/* A value's offset is behind its first token; an editor wants where that begins. */
static size_t token_begin(const char *text, const struct json *value)
{
	size_t at = value->offset > 0 ? value->offset - 1 : 0;

	if (value->type == JSON_STRING) {
		/* An escaped quote has an odd number of backslashes in front of it. */
		while (at > 0) {
			size_t slashes = 0;

			at--;
			while (slashes < at && text[at - 1 - slashes] == '\\')
				slashes++;
			if (text[at] == '"' && slashes % 2 == 0)
				break;
		}
	} else if (value->type != JSON_ARRAY && value->type != JSON_OBJECT) {
		/* The reader knows that a number has ended when it has seen what follows. */
		while (at > 0 && strchr(" \t\r\n,]}", text[at]) != NULL)
			at--;
		while (at > 0 && strchr(" \t\r\n,:[{", text[at - 1]) == NULL)
			at--;
	}
	return at;
}

static const struct json *walk(const struct json *value, const char *pointer)
{
	while (*pointer == '/') {
		size_t length = strcspn(pointer + 1, "/");
		const struct json *child = value->first;

		for (; child != NULL; child = child->next) {
			cleanup_text struct text own = {0};

			json_pointer(child, &own);
			if (own.length >= length + 1 &&
			    strncmp(text_string(&own) + own.length - length - 1, pointer, length + 1) == 0)
				break;
		}
		if (child == NULL)
			return value; /* what is missing is missing here */
		value = child;
		pointer += length + 1;
	}
	return value;
}

static void place_pointer(struct finding *finding, const struct findings_source *source)
{
	cleanup_json struct json_document *document = NULL;

	if (source->text == NULL)
		return;
	document = json_read(source->text, source->length, "", NULL);
	if (document != NULL)
		set_place(finding, source->text, token_begin(source->text, walk(json_top(document), finding->pointer)));
}

/* "line 3: --dport: invalid port": the option is what the eye looks for. */
static void place_word(struct finding *finding, const struct findings_source *source, size_t begin, size_t length,
		       const char *rest)
{
	const char *quoted = strstr(rest, "\"-");
	size_t word;

	while (length > 0 && (source->text[begin] == ' ' || source->text[begin] == '\t')) {
		begin++;
		length--;
	}
	if (rest[0] != '-' && quoted != NULL)
		rest = quoted + 1;
	word = strcspn(rest, " :,\"");
	if (rest[0] == '-' && word > 1) {
		const char *found = memmem(source->text + begin, length, rest, word);

		if (found != NULL)
			begin = (size_t)(found - source->text);
	}
	set_place(finding, source->text, begin);
}

static void place_line(struct finding *finding, const struct findings_source *source, size_t number, const char *rest)
{
	size_t at = 0;

	finding->line = number;
	if (source->text == NULL)
		return;
	for (size_t line = 1; line < number && at < source->length; line++) {
		const char *newline = memchr(source->text + at, '\n', source->length - at);

		at = newline == NULL ? source->length : (size_t)(newline - source->text) + 1;
	}
	if (at < source->length)
		place_word(finding, source, at, strcspn(source->text + at, "\n"), rest);
}

static void place_rule(struct finding *finding, const struct findings_source *source, size_t number, const char *rest)
{
	size_t begin, length;

	if (source->text != NULL && rules_find_line(source->text, source->length, (unsigned)number, &begin, &length))
		place_word(finding, source, begin, length, rest);
}

static void place_item(struct finding *finding, const struct findings_source *source, size_t number)
{
	const char *at = source->text;

	for (size_t i = 1; at != NULL && *at != '\0'; i++) {
		at += strspn(at, " ,\t\r\n");
		if (i == number) {
			set_place(finding, source->text, (size_t)(at - source->text));
			return;
		}
		at += strcspn(at, " ,\t\r\n");
	}
}

static void place(struct finding *finding, const struct findings_source *source, const char **message)
{
	const char *end;
	size_t number;

	if ((*message)[0] == '/') {
		size_t length = strcspn(*message, ": ");

		finding->pointer = memory_copy_bytes(*message, length);
		place_pointer(finding, source);
	} else if (take_number(*message, "line ", &number, &end)) {
		finding->line = number;
		if (take_number(end, " column ", &number, &end))
			finding->column = number;
		else if (strncmp(end, ": ", 2) == 0)
			place_line(finding, source, number, end + 2);
		/* The place in front says it already. */
		if (strncmp(end, ": ", 2) == 0 && source->file != NULL)
			*message = end + 2;
	} else if (take_number(*message, "rule ", &number, &end)) {
		place_rule(finding, source, number, strncmp(end, ": ", 2) == 0 ? end + 2 : end);
	} else if (take_number(*message, "item ", &number, &end)) {
		place_item(finding, source, number);
	}
}

static struct finding *add(struct findings *findings)
{
	findings->items = memory_resize(findings->items, findings->count + 1, sizeof(*findings->items));
	findings->items[findings->count] = (struct finding){0};
	return &findings->items[findings->count++];
}

void findings_add(struct findings *findings, const struct findings_source *source, const char *message)
{
	struct finding *finding = add(findings);

	finding->file = source->file == NULL ? NULL : memory_copy_string(source->file);
	place(finding, source, &message);
	finding->message = memory_copy_string(message);
}

void findings_warn(struct findings *findings, const char *message)
{
	struct finding *finding = add(findings);

	finding->message = memory_copy_string(message);
	finding->warning = true;
}

static int compare(const void *left, const void *right)
{
	const struct finding *one = left, *other = right;
	int order = strcmp(one->file == NULL ? "" : one->file, other->file == NULL ? "" : other->file);

	if (one->warning != other->warning)
		return one->warning ? 1 : -1;
	if (order != 0)
		return order;
	if (one->line != other->line)
		return one->line < other->line ? -1 : 1;
	if (one->column != other->column)
		return one->column < other->column ? -1 : 1;
	return strcmp(one->message, other->message);
}

void findings_sort(struct findings *findings)
{
	if (findings->count > 1)
		qsort(findings->items, findings->count, sizeof(*findings->items), compare);
}

size_t findings_errors(const struct findings *findings)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += !findings->items[i].warning;
	return count;
}

void findings_print(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		if (finding->file != NULL)
			output_put(finding->file);
		if (finding->file != NULL && finding->line > 0)
			printf(":%zu", finding->line);
		if (finding->file != NULL && finding->line > 0 && finding->column > 0)
			printf(":%zu", finding->column);
		if (finding->file != NULL)
			fputs(": ", stdout);
		if (finding->warning)
			fputs("warning: ", stdout);
		output_put(finding->message);
		putchar('\n');
	}
}

void findings_write_json(const struct findings *findings, struct json_writer *writer)
{
	json_write_array_begin(writer);
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		json_write_object_begin(writer);
		json_write_member_string(writer, "severity", finding->warning ? "warning" : "error");
		json_write_member_string(writer, "file", finding->file);
		if (finding->line > 0)
			json_write_member_integer(writer, "line", finding->line);
		if (finding->line > 0 && finding->column > 0)
			json_write_member_integer(writer, "column", finding->column);
		json_write_member_string(writer, "pointer", finding->pointer);
		json_write_member_string(writer, "message", finding->message);
		json_write_object_end(writer);
	}
	json_write_array_end(writer);
}

void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free(findings->items[i].file);
		free(findings->items[i].pointer);
		free(findings->items[i].message);
	}
	free(findings->items);
	*findings = (struct findings){0};
}
