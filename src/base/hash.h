/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fast hash for names and comparisons. It finds accidents, not forgeries: where somebody could choose the input, the
 * user of the hash must refuse what collides.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(0xcbf29ce484222325)

/** Adds bytes to a hash that began as HASH_START. @return the new hash; the same bytes in other pieces may give another
 */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length);

#endif
