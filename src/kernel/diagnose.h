/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel refuses a table and does not say which rule is at fault; this finds it. */
#ifndef KERNEL_DIAGNOSE_H
#define KERNEL_DIAGNOSE_H

#include "kernel/backend.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Finds the rule for which the kernel refuses a table: applies more and more of it in a throw-away namespace, in a
 * child process with a user namespace of its own, so that nothing of the container's is touched.
 * @ret_layer, @ret_line: where the rule stands in its text; untouched when it is not found
 * @return whether a rule was found; not where user namespaces are not to be had, or when the refusal has another reason
 */
bool diagnose_refusal(const struct backend *backend, const struct backend_change *change, uint16_t *ret_layer,
		      uint32_t *ret_line);

#endif
