/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which capabilities a process holds in which phase, as one table; and how a process gives up being root. */
#ifndef KERNEL_PRIVILEGES_H
#define KERNEL_PRIVILEGES_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum privileges_phase {
	PRIVILEGES_READ,      /* main process: state, bundle, configuration */
	PRIVILEGES_NAMESPACE, /* main process: open the namespace, look at who is in it */
	PRIVILEGES_RECORD,    /* main process: locks, records; may still start a worker */
	PRIVILEGES_ENTER,     /* worker: enter the namespace */
	PRIVILEGES_TABLES,    /* worker: read and replace tables */
	PRIVILEGES_SHED,      /* parser: on the way to no privilege at all */
	PRIVILEGES_NONE,      /* parser */
};

/**
 * Sets the capabilities of the process to those of a phase. Permitted capabilities only shrink, so the phases of a
 * process must come in the order above.
 * @return whether they are set; a capability that the process never had is left out, and what needs it will fail
 */
bool privileges_enter_phase(enum privileges_phase phase, struct error **error);

/** @return whether the process may still use a capability in this phase or a later one */
bool privileges_has(unsigned capability);

/**
 * Gives up uid, gid and groups 0 for the overflow ids where the user namespace maps them, and all capabilities.
 * @return whether it could; where the ids are not mapped (a user namespace with one id) they stay
 */
bool privileges_drop_root(struct error **error);

/** @return the name of capability @number as "CAP_NET_RAW"; "CAP_63" where libcap has none; valid until the next call
 */
const char *privileges_capability_name(unsigned number);

#endif
