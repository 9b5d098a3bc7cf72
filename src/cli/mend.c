/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/mend.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/text.h"
#include "rules/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Ports that a harmless stand-in for a forward or redirect entry uses, by its index. */
#define FIRST_PORT 40000

static void overwrite(char *text, size_t begin, size_t length, const char *with)
{
	size_t size = strlen(with);

	memset(text + begin, ' ', length);
	memcpy(text + begin, with, size < length ? size : length);
}

/* A rule that defines a chain leaves the rules that use it without one: nothing behind it can be judged. */
static bool defines_chain(const char *rule, size_t length)
{
	return memmem(rule, length, "-N", 2) != NULL || memmem(rule, length, "--new-chain", 11) != NULL ||
	       (length > 0 && (rule[0] == ':' || rule[0] == '*'));
}

static bool mend_line(char *text, const char *at)
{
	size_t digits = strspn(at, "0123456789"), begin = 0, length;
	uint64_t number;

	if (!parse_number(at, digits, UINT32_MAX, &number) || strncmp(at + digits, " column", 7) == 0)
		return false;
	for (uint64_t line = 1; line < number; line++) {
		const char *newline = strchr(text + begin, '\n');

		if (newline == NULL)
			return false;
		begin = (size_t)(newline - text) + 1;
	}
	length = strcspn(text + begin, "\n");
	if (defines_chain(text + begin + strspn(text + begin, " \t"), length) || text[strspn(text, " \t\n")] != '*')
		return false;
	overwrite(text, begin, length, "#");
	return true;
}

/* A blank rule would not be counted, so one that says nothing stands in for it: without conditions and target. */
static bool mend_rule(char *text, const char *at)
{
	static const char nothing[] = "-A INPUT";
	size_t digits = strspn(at, "0123456789"), begin, length;
	uint64_t number;

	if (!parse_number(at, digits, UINT32_MAX, &number) ||
	    !rules_find_line(text, strlen(text), (unsigned)number, &begin, &length) || length < strlen(nothing) ||
	    defines_chain(text + begin, length))
		return false;
	overwrite(text, begin, length, nothing);
	return true;
}

static bool mend_item(char **text, const char *at)
{
	size_t digits = strspn(at, "0123456789"), begin = 0, length = 0;
	cleanup_text struct text mended = {0};
	uint64_t number;

	if (!parse_number(at, digits, UINT32_MAX, &number))
		return false;
	for (uint64_t item = 0; item < number; item++) {
		begin += length;
		begin += strspn(*text + begin, " ,\t\r\n");
		length = strcspn(*text + begin, " ,\t\r\n");
	}
	if (length == 0)
		return false;
	text_append_bytes(&mended, *text, begin);
	text_append(&mended, "192.0.2.1");
	text_append(&mended, *text + begin + length);
	free(*text);
	*text = text_steal(&mended);
	return true;
}

/** What a value at a pointer is written as instead of itself. */
struct substitution {
	char pointer[512];
	char text[160]; /* "": left out */
};

static bool is_index(const char *word, size_t length)
{
	return length > 0 && strspn(word, "0123456789") >= length;
}

/* Finds what to put in the place of the smallest part that can be replaced without another error. */
static bool choose(const char *pointer, struct substitution *ret)
{
	const char *words[8] = {NULL};
	size_t lengths[8] = {0}, count = 0, keep;
	unsigned number = 0;

	for (const char *at = pointer; *at == '/' && count < 8; at += lengths[count - 1]) {
		at++;
		words[count] = at;
		lengths[count++] = strcspn(at, "/");
	}
	if (count == 0 || strlen(pointer) >= sizeof(ret->pointer))
		return false;
	ret->text[0] = '\0';
	keep = count < 2 ? count : 2;
	if (strncmp(pointer, "/version", 8) == 0) {
		memcpy(ret->text, "1", 2);
		keep = 1;
	} else if (count >= 2 && is_index(words[1], lengths[1])) {
		number = FIRST_PORT;
		for (size_t i = 0; i < lengths[1] && number < 60000; i++)
			number += (unsigned)(words[1][i] - '0') * 7 + (unsigned)i;
		if (strncmp(pointer, "/redirect", 9) == 0)
			snprintf(ret->text, sizeof(ret->text),
				 "{\"direction\":\"ingress\",\"protocol\":\"tcp\",\"port\":%u,\"to-port\":1}", number);
		else
			snprintf(ret->text, sizeof(ret->text),
				 "{\"protocol\":\"tcp\",\"port\":%u,\"to\":\"192.0.2.1:1\"}", number);
	} else if (count >= 2 && strncmp(words[1], "default", 7) == 0) {
		memcpy(ret->text, "\"allow\"", 8);
	} else if (count >= 3 && strncmp(words[1], "rules/", 6) == 0 && is_index(words[2], lengths[2])) {
		keep = 3;
		/* A wrong member goes alone when the rule can do without it. */
		if (count >= 4 && strncmp(words[3], "action", 6) != 0 && strncmp(words[3], "protocol", 8) != 0)
			keep = 4;
		else
			memcpy(ret->text, "{\"action\":\"allow\"}", 19);
	} else if (count == 1) {
		keep = 1;
	}
	snprintf(ret->pointer, sizeof(ret->pointer), "%.*s", (int)(words[keep - 1] + lengths[keep - 1] - pointer),
		 pointer);
	return true;
}

/* Writes a value again, but for the substitution. JSON_MAX_DEPTH bounds the recursion. */
static bool write_value(const struct json *value, const struct substitution *substitution, struct text *ret)
{
	cleanup_text struct text pointer = {0};
	bool changed = false, first = true;

	json_pointer(value, &pointer);
	if (strcmp(text_string(&pointer), substitution->pointer) == 0) {
		text_append(ret, substitution->text);
		return true;
	}
	switch (value->type) {
	case JSON_NULL:
		text_append(ret, "null");
		return false;
	case JSON_BOOLEAN:
		text_append(ret, value->boolean ? "true" : "false");
		return false;
	case JSON_NUMBER:
		text_append(ret, value->string);
		return false;
	case JSON_STRING: {
		cleanup_json_writer struct json_writer *writer = json_writer_new(false);

		json_write_string(writer, value->string);
		text_append(ret, json_writer_text(writer, &(size_t){0}));
		return false;
	}
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	text_append_char(ret, value->type == JSON_OBJECT ? '{' : '[');
	for (const struct json *child = value->first; child != NULL; child = child->next) {
		cleanup_text struct text one = {0};
		cleanup_json_writer struct json_writer *key = json_writer_new(false);

		changed |= write_value(child, substitution, &one);
		if (one.length == 0)
			continue;
		json_write_string(key, child->key == NULL ? "" : child->key);
		text_printf(ret, "%s%s%s%s", first ? "" : ",",
			    child->key == NULL ? "" : json_writer_text(key, &(size_t){0}),
			    child->key == NULL ? "" : ":", text_string(&one));
		first = false;
	}
	text_append_char(ret, value->type == JSON_OBJECT ? '}' : ']');
	return changed;
}

static bool mend_pointer(char **text, const char *message)
{
	cleanup_free char *pointer = memory_copy_bytes(message, strcspn(message, ": "));
	cleanup_json struct json_document *document = json_read(*text, strlen(*text), "", NULL);
	cleanup_text struct text mended = {0};
	struct substitution substitution;

	if (document == NULL || !choose(pointer, &substitution) ||
	    !write_value(json_top(document), &substitution, &mended) || strcmp(text_string(&mended), *text) == 0)
		return false;
	free(*text);
	*text = text_steal(&mended);
	return true;
}

bool mend_text(char **text, const char *message)
{
	if (message[0] == '/')
		return mend_pointer(text, message);
	if (strncmp(message, "line ", 5) == 0)
		return mend_line(*text, message + 5);
	if (strncmp(message, "rule ", 5) == 0)
		return mend_rule(*text, message + 5);
	if (strncmp(message, "item ", 5) == 0)
		return mend_item(text, message + 5);
	return false;
}
