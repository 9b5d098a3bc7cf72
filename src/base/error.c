/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/error.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct error {
	char *text;
};

static char *format_text(const char *format, va_list arguments)
{
	char *text = NULL;

	if (vasprintf(&text, format, arguments) < 0)
		return memory_copy_string(format);
	return text;
}

static bool error_make(struct error **error, char *text)
{
	if (error == NULL || *error != NULL) {
		free(text);
		return false;
	}
	*error = memory_allocate(1, sizeof(**error));
	(*error)->text = text;
	return false;
}

bool error_set(struct error **error, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = format_text(format, arguments);
	va_end(arguments);
	return error_make(error, text);
}

bool error_set_errno(struct error **error, int number, const char *format, ...)
{
	cleanup_free char *front = NULL;
	va_list arguments;

	va_start(arguments, format);
	front = format_text(format, arguments);
	va_end(arguments);
	return error_set(error, "%s: %s", front, strerror(number));
}

bool error_prefix(struct error **error, const char *format, ...)
{
	cleanup_free char *front = NULL;
	cleanup_free char *old = NULL;
	va_list arguments;

	if (error == NULL || *error == NULL)
		return false;
	va_start(arguments, format);
	front = format_text(format, arguments);
	va_end(arguments);
	old = (*error)->text;
	if (asprintf(&(*error)->text, "%s%s", front, old) < 0)
		(*error)->text = STEAL(old);
	return false;
}

const char *error_text(const struct error *error)
{
	return error == NULL ? "no error" : error->text;
}

bool error_move(struct error **to, struct error *from)
{
	if (to == NULL || *to != NULL) {
		error_free(&from);
		return false;
	}
	*to = from;
	return false;
}

void error_free(struct error **error)
{
	if (error == NULL || *error == NULL)
		return;
	free((*error)->text);
	free(*error);
	*error = NULL;
}
