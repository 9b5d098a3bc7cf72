/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Theory of operation. Buckets are nodes of a binary trie of address bits: the prefix that all ranges of a bucket share
 * is compared by the kernel itself, where any other span takes the iprange match, a call through a pointer, and costs
 * several times as much. The largest bucket is halved at the first bit in which its ranges differ until there are
 * enough. A range that lies across the middle goes to neither half but in front of all buckets, and so do halves too
 * small for a chain; what else the two covers hold are the ranges of their own half.
 */
#include "policy/compiler-buckets.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** A bucket of so few ranges costs more rules than it saves. */
#define DIRECT_MOST 2
/** Ranges below which halving a bucket saves less than the rule in front of it costs. */
#define HALVE_LEAST 8

static bool address_bit(const struct network_address *address, unsigned bit)
{
	return (address->bytes[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

/* Bits that the two have in common. */
static unsigned common_bits(const struct network_address *low, const struct network_address *high)
{
	unsigned bits = (unsigned)network_address_size(low->family) * 8, same = 0;

	while (same < bits && address_bit(low, same) == address_bit(high, same))
		same++;
	return same;
}

static void add_part(struct bucket_split *split, const struct network_range *ranges, size_t first, size_t count)
{
	if (count <= DIRECT_MOST) {
		for (size_t i = 0; i < count; i++)
			split->direct[split->direct_count++] = first + i;
	} else {
		struct bucket *bucket = &split->buckets[split->bucket_count++];
		const struct network_address *low = &ranges[first].low, *high = &ranges[first + count - 1].high;

		bucket->first = first;
		bucket->count = count;
		network_range_from_prefix(low, common_bits(low, high), &bucket->cover);
	}
}

/* Puts the halves of a bucket in its place. */
static void halve(struct bucket_split *split, const struct network_range *ranges, size_t index)
{
	struct bucket whole = split->buckets[index];
	size_t end = whole.first + whole.count, middle = whole.first, left_end;
	unsigned bit = common_bits(&ranges[whole.first].low, &ranges[end - 1].high);

	while (middle < end && !address_bit(&ranges[middle].low, bit))
		middle++;
	left_end = middle;
	if (middle > whole.first && address_bit(&ranges[middle - 1].high, bit))
		split->direct[split->direct_count++] = --left_end;
	split->buckets[index] = split->buckets[--split->bucket_count];
	add_part(split, ranges, whole.first, left_end - whole.first);
	add_part(split, ranges, middle, end - middle);
}

static int compare_buckets(const void *left, const void *right)
{
	const struct bucket *one = left, *other = right;

	return one->first < other->first ? -1 : one->first > other->first;
}

static int compare_indices(const void *left, const void *right)
{
	const size_t *one = left, *other = right;

	return *one < *other ? -1 : *one > *other;
}

void compiler_split_ranges(const struct network_range *ranges, size_t count, size_t most, struct bucket_split *ret)
{
	ret->buckets = memory_allocate(most + 1, sizeof(*ret->buckets));
	ret->direct = memory_allocate(count, sizeof(*ret->direct));
	ret->bucket_count = 0;
	ret->direct_count = 0;
	add_part(ret, ranges, 0, count);
	/* Addresses made to be split unevenly must not put a long list in front of the buckets. */
	while (ret->bucket_count > 0 && ret->bucket_count < most && ret->direct_count < 2 * most) {
		size_t largest = 0;

		for (size_t i = 1; i < ret->bucket_count; i++) {
			if (ret->buckets[i].count > ret->buckets[largest].count)
				largest = i;
		}
		if (ret->buckets[largest].count < HALVE_LEAST)
			break;
		halve(ret, ranges, largest);
	}
	qsort(ret->buckets, ret->bucket_count, sizeof(*ret->buckets), compare_buckets);
	qsort(ret->direct, ret->direct_count, sizeof(*ret->direct), compare_indices);
}

void bucket_split_free(struct bucket_split *split)
{
	free(split->buckets);
	free(split->direct);
	memset(split, 0, sizeof(*split));
}
