/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON as a tree for reading, and a writer. Built on yajl's callbacks, never on yajl_tree_parse: that one takes
 * comments, cuts strings at NUL, lets duplicate members through and has no depth limit (CVE-2023-33460).
 *
 * Refused: NUL bytes and \u0000, text that is not UTF-8, comments, duplicate members, members or elements deeper than
 * JSON_MAX_DEPTH, anything behind the value.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Deepest nesting of arrays and objects; no document of this field comes near it. */
#define JSON_MAX_DEPTH 64

enum json_type { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/** One value. Everything belongs to the document that json_read() returned. */
struct json {
	enum json_type type;
	bool boolean;              /* of a JSON_BOOLEAN */
	const char *key;           /* the member's name when the parent is an object, else NULL */
	const char *string;        /* of a JSON_STRING, without NUL inside; of a JSON_NUMBER its digits */
	size_t length;             /* bytes of string */
	size_t count;              /* children of an array or object */
	size_t index;              /* children of the parent in front of it */
	size_t offset;             /* bytes of the text before the end of the value's first token */
	const struct json *first;  /* first child */
	const struct json *next;   /* next sibling */
	const struct json *parent; /* NULL for the top value */
};

struct json_document;

/**
 * Reads one JSON value.
 * @source: what the text is, for messages: "state", "config.json"
 * @return the document, owned by the caller (json_free), or NULL with @error set
 */
struct json_document *json_read(const char *text, size_t length, const char *source, struct error **error);

/** @return the top value; belongs to @document */
const struct json *json_top(const struct json_document *document);

/** Releases a document and sets the variable to NULL; takes NULL. */
void json_free(struct json_document **document);

#define cleanup_json __attribute__((cleanup(json_free)))

/** @return the member @key of an object, or NULL (also when @object is NULL or no object) */
const struct json *json_member(const struct json *object, const char *key);

/** @return the member @key when it is a string, else NULL */
const char *json_member_string(const struct json *object, const char *key);

/**
 * Reads a JSON integer: digits only, no fraction, exponent or leading zero.
 * @ret: untouched on failure
 * @return whether @value is one between 0 and @most
 */
bool json_integer(const struct json *value, uint64_t most, uint64_t *ret);

/** Appends the JSON Pointer of a value (RFC 6901) to @ret: "/egress/rules/1", "" for the top value. */
void json_pointer(const struct json *value, struct text *ret);

/** @return the name of a type for messages: "a string", "an object" */
const char *json_type_name(enum json_type type);

/** Sets "SOURCE: POINTER: MESSAGE" for a value. @return false */
bool json_fail(const struct json *value, const char *source, struct error **error, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * Checks that an object has only the members named.
 * @known: array that ends with NULL
 * @return whether it has; otherwise @error names the unknown member and the nearest known one
 */
bool json_check_members(const struct json *object, const char *const *known, const char *source, struct error **error);

struct json_writer;

/** @return a writer, owned by the caller (json_writer_free); @pretty indents by two blanks */
struct json_writer *json_writer_new(bool pretty);
void json_writer_free(struct json_writer **writer);

#define cleanup_json_writer __attribute__((cleanup(json_writer_free)))

void json_write_object_begin(struct json_writer *writer);
void json_write_object_end(struct json_writer *writer);
void json_write_array_begin(struct json_writer *writer);
void json_write_array_end(struct json_writer *writer);
/** Writes a member's name; the value follows. */
void json_write_key(struct json_writer *writer, const char *key);
/** Writes a string; bytes that are not UTF-8 are replaced by '?'. NULL writes null. */
void json_write_string(struct json_writer *writer, const char *string);
void json_write_integer(struct json_writer *writer, uint64_t value);
void json_write_boolean(struct json_writer *writer, bool value);
/** Writes a member with a string value. */
void json_write_member_string(struct json_writer *writer, const char *key, const char *string);
/** Writes a member with an integer value. */
void json_write_member_integer(struct json_writer *writer, const char *key, uint64_t value);
/** @return the text so far, with a NUL behind it; belongs to @writer, valid until the next call */
const char *json_writer_text(struct json_writer *writer, size_t *ret_length);

#endif
