/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and encodings from text: the one place where digits become integers. */
#ifndef BASE_PARSE_H
#define BASE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Reads a decimal number that fills all @length bytes: no sign, blank, leading zero or overflow.
 * @ret: untouched on failure
 * @return whether it is one and at most @most
 */
bool parse_number(const char *text, size_t length, uint64_t most, uint64_t *ret);

/** parse_number() for a C string. */
bool parse_number_string(const char *text, uint64_t most, uint64_t *ret);

/**
 * Decodes base64 (RFC 4648, padding required, blanks and newlines between groups tolerated because base64(1) wraps).
 * @ret: the bytes with a NUL behind them, owned by the caller; untouched on failure
 * @ret_length: bytes without that NUL
 * @return whether @text is base64
 */
bool parse_base64(const char *text, size_t length, char **ret, size_t *ret_length);

#endif
