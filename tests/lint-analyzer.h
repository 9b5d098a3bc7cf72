/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests/lint: the analyzer sees one file at a time. It does not see that the functions of errors always return
 * false, and takes `return error_set(...)` for a success that left the outputs unset; and not that memory never runs
 * out in memory_allocate() and its kin.
 */
#ifndef LINT_ANALYZER_H
#define LINT_ANALYZER_H

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"

/* NOLINTBEGIN(readability-redundant-declaration): said again for the attribute */
void *memory_allocate(size_t count, size_t size) __attribute__((returns_nonnull));
void *memory_resize(void *block, size_t count, size_t size) __attribute__((returns_nonnull));
char *memory_copy_string(const char *text) __attribute__((returns_nonnull));
char *memory_copy_bytes(const void *bytes, size_t length) __attribute__((returns_nonnull));
void *memory_grow(void *block, size_t *capacity, size_t used, size_t size) __attribute__((returns_nonnull));
/* NOLINTEND(readability-redundant-declaration) */

#define error_set(...) ((void)error_set(__VA_ARGS__), false)
#define error_set_errno(...) ((void)error_set_errno(__VA_ARGS__), false)
#define error_prefix(...) ((void)error_prefix(__VA_ARGS__), false)
#define error_move(...) ((void)error_move(__VA_ARGS__), false)
#define json_fail(...) ((void)json_fail(__VA_ARGS__), false)

#endif
