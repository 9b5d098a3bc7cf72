/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lock that the iptables tools take around each change, for the whole host: held as short as can be. */
#ifndef KERNEL_TABLES_LOCK_H
#define KERNEL_TABLES_LOCK_H

#include "base/error.h"

#include <stdbool.h>

/** @return the lock's file, open and not locked; -1 where it can't be opened, as rootless. Belongs to the caller. */
int tables_lock_open(void);

/**
 * Takes the lock; it goes with the process or with tables_lock_release().
 * @fd: of tables_lock_open(); -1 succeeds: then only reading back protects against iptables running at the same time
 * @deadline: process_now() at which waiting ends
 */
bool tables_lock_take(int fd, long long deadline, struct error **error);

void tables_lock_release(int fd);

#endif
