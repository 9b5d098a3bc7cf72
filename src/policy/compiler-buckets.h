/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the compiler: how a long list of addresses is split, so that a packet is compared with few of them. */
#ifndef POLICY_COMPILER_BUCKETS_H
#define POLICY_COMPILER_BUCKETS_H

#include "base/network.h"

#include <stddef.h>

/** Neighbouring ranges of a list that share a bucket. */
struct bucket {
	size_t first;
	size_t count;
	struct network_range cover; /* exactly one prefix */
};

struct bucket_split {
	struct bucket *buckets; /* owned; sorted by their first range */
	size_t bucket_count;
	size_t *direct; /* owned; indices of ranges outside the buckets, sorted */
	size_t direct_count;
};

/**
 * Splits a list: every range is in one bucket or direct. Where an address is compared with the direct ranges first, a
 * bucket whose cover holds it is the only place where it can still be found, and a miss there is a miss of the list.
 * @ranges: of one family, sorted, none touching another; at least one
 * @most: buckets that may be made, at least one; fewer where the list can't be split further
 */
void compiler_split_ranges(const struct network_range *ranges, size_t count, size_t most, struct bucket_split *ret);

/** Releases what the split owns. */
void bucket_split_free(struct bucket_split *split);

#define cleanup_bucket_split __attribute__((cleanup(bucket_split_free)))

#endif
