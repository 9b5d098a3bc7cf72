/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory for large tables. */
#ifndef KERNEL_IPTC_MEMORY_H
#define KERNEL_IPTC_MEMORY_H

#include "rules/ruleset.h"

/**
 * Asks the kernel at once for the memory that libiptc will take piece by piece for a ruleset, and keeps from then on
 * what libiptc frees, because reading back takes the same again. Does nothing for small rulesets, and only once.
 */
void iptc_memory_reserve(const struct ruleset *ruleset);

#endif
