/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scope-bound release of what a function owns. `cleanup_free char *p = ...;` frees at the end of the scope;
 * STEAL(p) hands the ownership on.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free_pointer(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_close_directory(DIR **directory)
{
	if (*directory != NULL)
		closedir(*directory);
}

/** Frees the pointer at the end of the scope. */
#define cleanup_free __attribute__((cleanup(cleanup_free_pointer)))
/** Closes the file descriptor at the end of the scope unless it is negative. */
#define cleanup_close __attribute__((cleanup(cleanup_close_fd)))
/** Closes the DIR at the end of the scope. */
#define cleanup_closedir __attribute__((cleanup(cleanup_close_directory)))

/** Takes the value out of a pointer variable, so that its cleanup does nothing. */
#define STEAL(pointer)                                                                                                 \
	({                                                                                                             \
		__typeof__(pointer) stolen_ = (pointer);                                                               \
		(pointer) = NULL;                                                                                      \
		stolen_;                                                                                               \
	})

/** Takes a file descriptor out of its variable, so that its cleanup does nothing. */
static inline int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
