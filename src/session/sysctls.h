/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sysctls of a namespace are shared by the containers in it that forward: who found which value, and who puts it
 * back. */
#ifndef SESSION_SYSCTLS_H
#define SESSION_SYSCTLS_H

#include "kernel/forwarding.h"
#include "state/record.h"
#include "state/store.h"

/**
 * Gives a container's record the values that others of its namespace found before they changed them, and the sysctls
 * that they changed for the same purpose and that look as they should to whoever comes later.
 * @record: with the container's own sysctls; not saved yet
 * @others: all records of the namespace, an earlier one of the container among them
 */
void sysctls_inherit(struct record *record, const struct record_list *others);

/**
 * What has to be put back when a record goes: what no other record of its namespace holds.
 * @return owned by the caller (forwarding_free)
 */
struct forwarding_values sysctls_to_restore(struct store *store, const struct record *record);

#endif
