/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The error object: made once where something goes wrong, given its place on the way up, printed once by a main
 * program. A function that can fail takes `struct error **error` as its last parameter, returns false or NULL on
 * failure with *error set, and leaves *error alone on success. A caller that does not care passes NULL.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

struct error;

/**
 * Makes an error; keeps the first one if *@error is set already.
 * @return false, so that a function can `return error_set(error, ...)`
 */
bool error_set(struct error **error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Like error_set(), with ": " and the text of @number (an errno value) behind the message. */
bool error_set_errno(struct error **error, int number, const char *format, ...) __attribute__((format(printf, 3, 4)));

/** Puts a place before the message of an error: "rules: line 3: " and the like. @return false */
bool error_prefix(struct error **error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** @return the message; belongs to @error. "no error" for NULL */
const char *error_text(const struct error *error);

/** Hands an error from one variable to another, which takes the ownership. @return false */
bool error_move(struct error **to, struct error *from);

/** Releases an error and sets the variable to NULL; takes NULL. */
void error_free(struct error **error);

/** Frees the error at the end of the scope. */
#define cleanup_error __attribute__((cleanup(error_free)))

#endif
