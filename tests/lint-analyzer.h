/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests/lint: the analyzer sees one file at a time and so not that these functions always return false. Without
 * this it takes `return error_set(...)` for a success that left the outputs unset.
 */
#ifndef LINT_ANALYZER_H
#define LINT_ANALYZER_H

#include "base/error.h"
#include "base/json.h"

#define error_set(...) ((void)error_set(__VA_ARGS__), false)
#define error_set_errno(...) ((void)error_set_errno(__VA_ARGS__), false)
#define error_prefix(...) ((void)error_prefix(__VA_ARGS__), false)
#define error_move(...) ((void)error_move(__VA_ARGS__), false)
#define json_fail(...) ((void)json_fail(__VA_ARGS__), false)

#endif
