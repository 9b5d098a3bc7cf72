/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/hash.h"

#include <string.h>

#define PRIME UINT64_C(0x100000001b3)

/* FNV-1a (RFC 9923) by words of eight bytes: one multiplication for eight, and a shift that brings high bits down. */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
	const unsigned char *byte = bytes;

	for (; length >= sizeof(uint64_t); length -= sizeof(uint64_t), byte += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, byte, sizeof(word));
		hash = (hash ^ word) * PRIME;
		hash ^= hash >> 29;
	}
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ byte[i]) * PRIME;
	return hash ^ hash >> 32;
}
