/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void text_reserve(struct text *text, size_t more)
{
	size_t wanted = text->length + more + 1;

	if (wanted <= text->capacity)
		return;
	if (wanted < text->capacity * 2)
		wanted = text->capacity * 2;
	if (wanted < 64)
		wanted = 64;
	text->data = memory_resize(text->data, wanted, 1);
	text->capacity = wanted;
}

void text_append_bytes(struct text *text, const void *bytes, size_t length)
{
	text_reserve(text, length);
	if (length != 0)
		memcpy(text->data + text->length, bytes, length);
	text->length += length;
	text->data[text->length] = '\0';
}

void text_append(struct text *text, const char *string)
{
	text_append_bytes(text, string, strlen(string));
}

void text_append_char(struct text *text, char character)
{
	text_append_bytes(text, &character, 1);
}

void text_vprintf(struct text *text, const char *format, va_list arguments)
{
	va_list again;
	int needed;

	va_copy(again, arguments);
	needed = vsnprintf(NULL, 0, format, arguments);
	if (needed > 0) {
		text_reserve(text, (size_t)needed);
		vsnprintf(text->data + text->length, (size_t)needed + 1, format, again);
		text->length += (size_t)needed;
	}
	va_end(again);
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_vprintf(text, format, arguments);
	va_end(arguments);
}

size_t text_utf8_length(const char *bytes, size_t length)
{
	const unsigned char *byte = (const unsigned char *)bytes;
	uint32_t point, least;
	size_t wanted;

	if (length == 0)
		return 0;
	if (byte[0] < 0x80)
		return 1;
	if (byte[0] >= 0xc2 && byte[0] <= 0xdf) {
		wanted = 2;
		point = byte[0] & 0x1fU;
		least = 0x80;
	} else if ((byte[0] & 0xf0) == 0xe0) {
		wanted = 3;
		point = byte[0] & 0x0fU;
		least = 0x800;
	} else if (byte[0] >= 0xf0 && byte[0] <= 0xf4) {
		wanted = 4;
		point = byte[0] & 0x07U;
		least = 0x10000;
	} else {
		return 0;
	}
	if (length < wanted)
		return 0;
	for (size_t i = 1; i < wanted; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (byte[i] & 0x3fU);
	}
	if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	return wanted;
}

bool text_is_utf8(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint64_t word;
		size_t step;

		/* Nearly all of nearly all texts is ASCII: eight bytes at a time. */
		if (length - i >= sizeof(word)) {
			memcpy(&word, bytes + i, sizeof(word));
			if ((word & UINT64_C(0x8080808080808080)) == 0) {
				i += sizeof(word);
				continue;
			}
		}
		step = text_utf8_length(bytes + i, length - i);
		if (step == 0)
			return false;
		i += step;
	}
	return true;
}

/* C1 controls and the bidirectional and line separators steer terminals and log viewers like C0 controls do. */
static bool is_steering(const char *bytes, size_t step)
{
	const unsigned char *byte = (const unsigned char *)bytes;

	if (step == 2)
		return byte[0] == 0xc2 && byte[1] < 0xa0;
	if (step != 3 || byte[0] != 0xe2)
		return false;
	if (byte[1] == 0x80)
		return byte[2] == 0x8e || byte[2] == 0x8f || (byte[2] >= 0xa8 && byte[2] <= 0xae);
	return byte[1] == 0x81 && byte[2] >= 0xa6 && byte[2] <= 0xa9;
}

void text_append_escaped(struct text *text, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t step = text_utf8_length(bytes + i, length - i);
		unsigned char first = (unsigned char)bytes[i];

		if (first == '\n') {
			text_append(text, "\\n");
			i++;
		} else if (first == '\\') {
			text_append(text, "\\\\");
			i++;
		} else if (step == 0 || first < 0x20 || first == 0x7f) {
			text_printf(text, "\\x%02x", first);
			i++;
		} else if (is_steering(bytes + i, step)) {
			for (size_t k = 0; k < step; k++)
				text_printf(text, "\\x%02x", (unsigned char)bytes[i + k]);
			i += step;
		} else {
			text_append_bytes(text, bytes + i, step);
			i += step;
		}
	}
}

const char *text_string(const struct text *text)
{
	return text->data == NULL ? "" : text->data;
}

char *text_steal(struct text *text)
{
	char *data = text->data != NULL ? text->data : memory_copy_string("");

	text->data = NULL;
	text->length = 0;
	text->capacity = 0;
	return data;
}

void text_free(struct text *text)
{
	free(text->data);
	text->data = NULL;
	text->length = 0;
	text->capacity = 0;
}

bool text_has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Levenshtein distance of two words of at most 40 bytes; longer ones count as far. */
static size_t edit_distance(const char *left, const char *right)
{
	size_t row[41];
	size_t width = strlen(right);

	if (width > 40 || strlen(left) > 40)
		return SIZE_MAX;
	for (size_t j = 0; j <= width; j++)
		row[j] = j;
	for (size_t i = 0; left[i] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 1; j <= width; j++) {
			size_t change = diagonal + (left[i] != right[j - 1] ? 1 : 0);
			size_t least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

			diagonal = row[j];
			row[j] = change < least ? change : least;
		}
	}
	return row[width];
}

const char *text_nearest(const char *word, const char *const *candidates)
{
	size_t limit = strlen(word) / 3 + 1;
	const char *best = NULL;

	for (size_t i = 0; candidates[i] != NULL; i++) {
		size_t distance = edit_distance(word, candidates[i]);

		if (distance < limit || (distance == limit && best == NULL)) {
			limit = distance;
			best = candidates[i];
		}
	}
	return best;
}
