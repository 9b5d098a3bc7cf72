/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of a table as text, printed by child processes without privilege, one per family. */
#ifndef KERNEL_PRINTERS_H
#define KERNEL_PRINTERS_H

#include "base/error.h"
#include "kernel/backend.h"

#include <stdbool.h>
#include <stddef.h>

/** Text of each rule of some contents, what stands behind "-A CHAIN ". */
struct printed {
	char **items; /* one per rule; NULL: not asked for */
	size_t count;
	char *bytes;
};

/**
 * Prints rules. One that its module cannot print says so in parentheses.
 * @contents: read or expected with entries
 * @wanted: one per rule; NULL: all
 * @ret: owned by the caller (printed_free)
 */
bool printers_run(const struct backend_contents *contents, const bool *wanted, struct printed *ret,
		  struct error **error);

void printed_free(struct printed *printed);

#define cleanup_printed __attribute__((cleanup(printed_free)))

#endif
