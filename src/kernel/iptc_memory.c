/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A third of a large commit's time was page faults: libiptc allocates each rule, then the whole table as the kernel
 * wants it, frees both, and does so again to read back. One request for all of it saves the faults of the first time,
 * and keeping it those of the second.
 */
#include "kernel/iptc_memory.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/** Linux 5.14; older kernels refuse it, and the pages come one by one. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/** Rules from which on it pays. */
#define LARGE_RULESET 512
/** What libiptc 1.8 and malloc() add to an entry in memory. Less than it is rather than more: what is not needed would
 * be taken for nothing. */
#define PER_RULE 64
/** malloc() asks for this much more than it needs each time. */
#define STEP (1024 * 1024)

static size_t bytes_of(const struct ruleset *ruleset)
{
	/* Each entry is there twice, by itself and in the table that is sent. */
	return 2 * ruleset->entry_bytes + ruleset->rule_count * PER_RULE;
}

void iptc_memory_reserve(const struct ruleset *ruleset)
{
	static bool done;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = bytes_of(ruleset);
	uintptr_t begin, end;
	void *block;

	if (done || ruleset->rule_count < LARGE_RULESET)
		return;
	done = true;
	/* All of it from one region, which never shrinks: where the kernel's rules forbid that, malloc() maps as usual.
	 */
	if (mallopt(M_MMAP_MAX, 0) == 0 || mallopt(M_TRIM_THRESHOLD, INT32_MAX) == 0 || mallopt(M_TOP_PAD, STEP) == 0)
		return;
	block = malloc(bytes);
	if (block == NULL)
		return;
	begin = ((uintptr_t)block + page - 1) & ~(page - 1);
	end = ((uintptr_t)block + bytes) & ~(page - 1);
	if (end > begin)
		(void)madvise((void *)begin, end - begin, MADV_POPULATE_WRITE);
	free(block);
}
