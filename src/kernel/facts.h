/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a network namespace looks like: addresses and default routes, read by a child process that enters it. */
#ifndef KERNEL_FACTS_H
#define KERNEL_FACTS_H

#include "base/error.h"
#include "base/network.h"
#include "kernel/netns.h"

#include <stdbool.h>

/**
 * Reads the facts of a namespace.
 * @ret: owned by the caller (network_facts_free)
 * @return whether they could be read
 */
bool facts_read(const struct netns *netns, struct network_facts *ret, struct error **error);

#endif
