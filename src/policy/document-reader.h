/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the policy documents' reader: what its two files share. Every function's @return is false with the reader's
 * error set to "SOURCE: POINTER: WHAT" where the value is not what it should be. */
#ifndef POLICY_DOCUMENT_READER_H
#define POLICY_DOCUMENT_READER_H

#include "base/error.h"
#include "base/json.h"
#include "policy/document.h"

#include <stdbool.h>
#include <stddef.h>

struct document_reader {
	const struct scope *scope;
	const char *source;
	const char *text; /* of the whole document, with a NUL behind it */
	struct policy_document *document;
	size_t expanded; /* bytes of all strings so far: a list of references must not become gigabytes */
	size_t most;     /* of them */
	struct error **error;
};

/** Says that a value has the wrong type. @wanted: "a list". @return false */
bool document_fail_type(const struct document_reader *reader, const struct json *value, const char *wanted);

/** Puts the place, and @word unless it is NULL, before a reason that is taken over. @return false */
bool document_fail_reason(const struct document_reader *reader, const struct json *value, const char *word,
			  size_t length, struct error *reason);

/** Expands the variables of a string. @ret: owned by the caller */
bool document_expand(struct document_reader *reader, const struct json *value, char **ret, size_t *ret_length);

/** A string's text, expanded, or a number's digits. @ret: owned by the caller */
bool document_read_scalar(struct document_reader *reader, const struct json *value, const char *wanted, char **ret,
			  size_t *ret_length);

bool document_read_boolean(const struct document_reader *reader, const struct json *value, bool *ret);

/** Finds a string among words. @words: ends with NULL. @ret: its index */
bool document_read_word(const struct document_reader *reader, const struct json *value, const char *const *words,
			unsigned *ret);

/** Reads a protocol's name or number into @service. */
bool document_read_protocol(struct document_reader *reader, const struct json *value, struct service *service);

/** Reads the member `forward`. */
bool document_read_forwards(struct document_reader *reader, const struct json *value);

/** Reads the member `redirect`. */
bool document_read_redirects(struct document_reader *reader, const struct json *value);

/** Reads the member `log`; comes before the rules, which ask it whether denials are logged. */
bool document_read_log(struct document_reader *reader, const struct json *value);

#endif
