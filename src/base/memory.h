/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation that does not return NULL. Running out of memory ends the process: nothing that it would have gone on to
 * do is safe to do by half, and the exit status makes the runtime refuse the container.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/**
 * Sets what happens when memory runs out, in place of abort().
 * @handler: must not return and must not allocate
 */
void memory_set_exhausted(void (*handler)(void));

/** @return zeroed memory of @count times @size bytes, owned by the caller; never NULL */
void *memory_allocate(size_t count, size_t size);

/** realloc() to @count times @size bytes; @return the block, owned by the caller; never NULL */
void *memory_resize(void *block, size_t count, size_t size);

/** @return a copy of @text, owned by the caller; never NULL */
char *memory_copy_string(const char *text);

/** @return a NUL-terminated copy of the @length bytes at @bytes, owned by the caller; never NULL */
char *memory_copy_bytes(const void *bytes, size_t length);

/**
 * Makes room for one more element in a growing array.
 * @block: the array, owned by the caller
 * @capacity: its elements, updated
 * @used: elements in use
 * @size: bytes of an element
 * @return the array, perhaps moved; never NULL
 */
void *memory_grow(void *block, size_t *capacity, size_t used, size_t size);

#endif
