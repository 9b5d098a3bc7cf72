/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing string, always NUL-terminated once something was appended. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
	char *data;      /* NULL while empty */
	size_t length;   /* bytes without the NUL */
	size_t capacity; /* bytes allocated */
};

/** Appends a C string. */
void text_append(struct text *text, const char *string);

/** Appends @length bytes. */
void text_append_bytes(struct text *text, const void *bytes, size_t length);

/** Appends one character. */
void text_append_char(struct text *text, char character);

/** Appends printf output. */
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** text_printf() with a va_list. */
void text_vprintf(struct text *text, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

/**
 * Appends bytes for a log line: control characters, bytes that are not UTF-8 come as \xNN, a newline as \n, a backslash
 * doubled, so that hostile text cannot start a line of its own or talk to a terminal.
 */
void text_append_escaped(struct text *text, const char *bytes, size_t length);

/** @return the string; "" while empty; belongs to @text */
const char *text_string(const struct text *text);

/** Takes the string out of @text, which is empty afterwards. @return owned by the caller, never NULL */
char *text_steal(struct text *text);

/** Releases the storage; @text is empty afterwards. */
void text_free(struct text *text);

/** Frees the storage at the end of the scope. */
#define cleanup_text __attribute__((cleanup(text_free)))

/** @return whether @text begins with @prefix */
bool text_has_prefix(const char *text, const char *prefix);

/**
 * Length of the UTF-8 sequence at @bytes.
 * @return 1 to 4, or 0 when it is not valid UTF-8 (overlong, surrogate, beyond U+10FFFF, cut off); RFC 3629
 */
size_t text_utf8_length(const char *bytes, size_t length);

/** @return whether all @length bytes are valid UTF-8 */
bool text_is_utf8(const char *bytes, size_t length);

/**
 * The candidate that is nearest to a mistyped word, for "did you mean".
 * @candidates: array that ends with NULL
 * @return the candidate within a third of the word's length and one edit more, or NULL
 */
const char *text_nearest(const char *word, const char *const *candidates);

#endif
