/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void (*exhausted)(void) = abort;

void memory_set_exhausted(void (*handler)(void))
{
	exhausted = handler;
}

static void *checked(void *block)
{
	if (block == NULL) {
		exhausted();
		abort();
	}
	return block;
}

void *memory_allocate(size_t count, size_t size)
{
	return checked(calloc(count != 0 ? count : 1, size != 0 ? size : 1));
}

void *memory_resize(void *block, size_t count, size_t size)
{
	if (count == 0 || size == 0) {
		count = 1;
		size = 1;
	}
	return checked(reallocarray(block, count, size));
}

char *memory_copy_bytes(const void *bytes, size_t length)
{
	char *copy;

	if (length == SIZE_MAX)
		return checked(NULL);
	copy = checked(malloc(length + 1));
	if (length != 0)
		memcpy(copy, bytes, length);
	copy[length] = '\0';
	return copy;
}

char *memory_copy_string(const char *text)
{
	return memory_copy_bytes(text, strlen(text));
}

void *memory_grow(void *block, size_t *capacity, size_t used, size_t size)
{
	if (used < *capacity)
		return block;
	*capacity = *capacity == 0 ? 8 : *capacity * 2;
	return memory_resize(block, *capacity, size);
}
