/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * To be preloaded: one allocation of one process fails. Read from the environment when the program starts, which may
 * clear it afterwards:
 *
 *   FAULT_PROCESS  number of the process: 0 for the first, 1 for the first that it forks, ...
 *   FAULT_CALL     number of the allocation in it, counted from its fork
 *   FAULT_REPORT   a file of COUNT_LIMIT 64-bit numbers: how many allocations each process made
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#define COUNT_LIMIT 16

static unsigned long wanted_process, wanted_call;
static unsigned long own_process, forks;
static uint64_t before_start[COUNT_LIMIT];
static uint64_t *counts = before_start;

static unsigned long number_of(const char *name)
{
	const char *text = getenv(name);

	return text == NULL ? 0 : strtoul(text, NULL, 10);
}

static __attribute__((constructor)) void begin(void)
{
	const char *path = getenv("FAULT_REPORT");
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(before_start), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd >= 0)
		close(fd);
	if (map != MAP_FAILED)
		counts = map;
	wanted_process = number_of("FAULT_PROCESS");
	wanted_call = number_of("FAULT_CALL");
}

static int fails(void)
{
	if (own_process >= COUNT_LIMIT || ++counts[own_process] != wanted_call || own_process != wanted_process)
		return 0;
	errno = ENOMEM;
	return 1;
}

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

__attribute__((visibility("default"))) void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

__attribute__((visibility("default"))) void *realloc(void *block, size_t size)
{
	return fails() ? NULL : __libc_realloc(block, size);
}

__attribute__((visibility("default"))) void *reallocarray(void *block, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || fails()) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(block, bytes);
}

__attribute__((visibility("default"))) pid_t fork(void)
{
	pid_t (*next)(void) = (pid_t(*)(void))dlsym(RTLD_NEXT, "fork");
	pid_t pid = next();

	if (pid > 0)
		forks++;
	if (pid == 0) {
		own_process = own_process * 4 + forks + 1;
		forks = 0;
	}
	return pid;
}
