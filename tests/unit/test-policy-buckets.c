/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splitting lists of addresses: a packet walked through the split meets the answer of the whole list. */
#include "base/cleanup.h"
#include "base/network.h"
#include "policy/address-set.h"
#include "policy/compiler-buckets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The same lists in every run: a failure can be looked at. */
static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(random_state >> 33) % limit;
}

/* Addresses that share a random number of bits with a fixed one, so that lists are dense in some places and the trie is
 * deep. */
static struct network_address random_address(int family)
{
	struct network_address address = {.family = family, .bytes = {10, 96, 7, 200, 0, 0, 0, 1}};
	unsigned bits = (unsigned)network_address_size(family) * 8;

	for (unsigned bit = random_below(bits); bit < bits; bit++)
		address.bytes[bit / 8] ^= (uint8_t)(random_below(2) << (7 - bit % 8));
	return address;
}

static struct network_range random_range(int family)
{
	unsigned bits = (unsigned)network_address_size(family) * 8;
	struct network_address one = random_address(family), other = random_address(family);
	struct network_range range = {.low = one, .high = one};

	switch (random_below(8)) {
	case 0:
		/* Lies across the middle of many prefixes. */
		range.low = network_address_compare(&one, &other) <= 0 ? one : other;
		range.high = network_address_compare(&one, &other) <= 0 ? other : one;
		if (random_below(40) != 0)
			range.high = range.low;
		break;
	case 1:
	case 2: {
		unsigned steps = random_below(300);

		while (steps > 0 && network_address_increment(&range.high))
			steps--;
		break;
	}
	case 3:
		break;
	default:
		network_range_from_prefix(&one, bits - random_below(bits / 4), &range);
	}
	return range;
}

static bool holds(const struct network_range *range, const struct network_address *address)
{
	return network_address_compare(&range->low, address) <= 0 &&
	       network_address_compare(address, &range->high) <= 0;
}

static bool list_holds(const struct network_range *ranges, size_t count, const struct network_address *address)
{
	for (size_t i = 0; i < count; i++) {
		if (holds(&ranges[i], address))
			return true;
	}
	return false;
}

/* The way of a packet: direct ranges, then the first cover that holds it, which is gone to and not come back from. */
static bool split_holds(const struct bucket_split *split, const struct network_range *ranges,
			const struct network_address *address)
{
	for (size_t i = 0; i < split->direct_count; i++) {
		if (holds(&ranges[split->direct[i]], address))
			return true;
	}
	for (size_t i = 0; i < split->bucket_count; i++) {
		if (holds(&split->buckets[i].cover, address))
			return list_holds(ranges + split->buckets[i].first, split->buckets[i].count, address);
	}
	return false;
}

static void check_address(const struct bucket_split *split, const struct range_list *list,
			  const struct network_address *address)
{
	if (split_holds(split, list->items, address) == list_holds(list->items, list->count, address))
		return;
	char text[INET6_ADDRSTRLEN];

	network_address_format(address, text);
	fail_msg("%s: the split and the list of %zu ranges say different things", text, list->count);
}

static void check_split(const struct range_list *list, size_t most)
{
	cleanup_bucket_split struct bucket_split split = {0};
	size_t ranges;

	compiler_split_ranges(list->items, list->count, most, &split);
	assert_in_range(split.bucket_count, 0, most);
	ranges = split.direct_count;
	for (size_t i = 0; i < split.bucket_count; i++) {
		unsigned length;

		assert_true(network_range_is_prefix(&split.buckets[i].cover, &length));
		ranges += split.buckets[i].count;
	}
	assert_int_equal(ranges, list->count);
	for (size_t i = 0; i < list->count; i++) {
		struct network_address below = list->items[i].low, above = list->items[i].high;

		check_address(&split, list, &below);
		check_address(&split, list, &above);
		if (network_address_decrement(&below))
			check_address(&split, list, &below);
		if (network_address_increment(&above))
			check_address(&split, list, &above);
	}
	for (int i = 0; i < 100; i++) {
		struct network_address address = random_address(list->items[0].low.family);

		check_address(&split, list, &address);
	}
}

static void test_a_split_list_holds_what_the_list_holds(void **state)
{
	(void)state;
	random_state = 20240501;
	for (int round = 0; round < 300; round++) {
		cleanup_address_set struct address_set set = {0};
		int family = round % 2 == 0 ? AF_INET : AF_INET6;
		size_t wanted = 1 + random_below(round % 10 == 0 ? 600 : 120);

		for (size_t i = 0; i < wanted; i++) {
			struct network_range range = random_range(family);

			address_set_add(&set, &range);
		}
		address_set_normalise(&set);
		check_split(family == AF_INET ? &set.ipv4 : &set.ipv6, 1 + random_below(40));
	}
}

static struct network_range numbered_prefix(uint32_t number)
{
	struct network_address address = {
		.family = AF_INET,
		.bytes = {10, (uint8_t)(number >> 7), (uint8_t)(number << 1), 0},
	};
	struct network_range range;

	network_range_from_prefix(&address, 24, &range);
	return range;
}

static void test_ten_thousand_prefixes_are_split_evenly(void **state)
{
	cleanup_address_set struct address_set set = {0};
	cleanup_bucket_split struct bucket_split split = {0};

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		struct network_range range = numbered_prefix(i);

		address_set_add(&set, &range);
	}
	address_set_normalise(&set);
	assert_int_equal(set.ipv4.count, 10000);
	compiler_split_ranges(set.ipv4.items, set.ipv4.count, 80, &split);
	assert_in_range(split.bucket_count, 70, 80);
	assert_int_equal(split.direct_count, 0);
	for (size_t i = 0; i < split.bucket_count; i++)
		assert_in_range(split.buckets[i].count, 1, 160);
}

/* Each halving takes one address off: no more than twice the buckets of them stand in front. */
static void test_addresses_that_split_badly_do_not_pile_up_in_front(void **state)
{
	cleanup_address_set struct address_set set = {0};
	cleanup_bucket_split struct bucket_split split = {0};

	(void)state;
	for (unsigned bit = 0; bit < 127; bit++) {
		struct network_range range = {.low = {.family = AF_INET6}, .high = {.family = AF_INET6}};

		range.low.bytes[bit / 8] = (uint8_t)(0x80 >> bit % 8);
		range.high = range.low;
		address_set_add(&set, &range);
	}
	address_set_normalise(&set);
	compiler_split_ranges(set.ipv6.items, set.ipv6.count, 10, &split);
	assert_in_range(split.direct_count, 1, 22);
	check_split(&set.ipv6, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_split_list_holds_what_the_list_holds),
		cmocka_unit_test(test_ten_thousand_prefixes_are_split_evenly),
		cmocka_unit_test(test_addresses_that_split_badly_do_not_pile_up_in_front),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
