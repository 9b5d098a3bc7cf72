/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parser processes of a worker: one per family of the kernel, without privilege, each with one socket to talk on.
 */
#ifndef KERNEL_PARSERS_H
#define KERNEL_PARSERS_H

#include "base/error.h"
#include "kernel/backend.h"
#include "rules/parser.h"
#include "rules/ruleset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct parsers;

/**
 * Starts a parser for each family that the kernel has.
 * @texts: must stay until parsers_run() returns
 * @return belongs to the worker process until it ends; NULL with @error set
 */
struct parsers *parsers_start(const struct rules_text *texts, size_t count, uint64_t max_rules,
			      const struct backend *backend, struct error **error);

/**
 * Serves the parsers until all have ended.
 * @ret: two rulesets, IPv4 first; @ret_count of them are filled
 */
bool parsers_run(struct parsers *parsers, struct ruleset *ret, size_t *ret_count, struct error **error);

#endif
