/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of addresses of both families, kept as sorted ranges that neither touch nor overlap. Lists of prefixes, ranges
 * and exceptions become the fewest ranges this way, and each range becomes one kernel match.
 */
#ifndef POLICY_ADDRESS_SET_H
#define POLICY_ADDRESS_SET_H

#include "base/network.h"

#include <stdbool.h>
#include <stddef.h>

/** Ranges of one family. */
struct range_list {
	struct network_range *items;
	size_t count;
	size_t capacity;
};

struct address_set {
	struct range_list ipv4;
	struct range_list ipv6;
};

/** Adds a range; the set must be normalised before anything but adding. */
void address_set_add(struct address_set *set, const struct network_range *range);

/** Adds one address; the set must be normalised afterwards. */
void address_set_add_address(struct address_set *set, const struct network_address *address);

/** Adds every address of both families; the set must be normalised afterwards. */
void address_set_add_any(struct address_set *set);

/** Adds all of @more; the set must be normalised afterwards. */
void address_set_add_set(struct address_set *set, const struct address_set *more);

/** Sorts the ranges and joins those that overlap or touch: n log n. */
void address_set_normalise(struct address_set *set);

/** Takes the addresses of @less out of @set; both normalised, and @set is so afterwards. Linear in both. */
void address_set_subtract(struct address_set *set, const struct address_set *less);

/** @return less than, equal to or greater than 0: an order of normalised sets, 0 for equal ones */
int address_set_compare(const struct address_set *left, const struct address_set *right);

/** @return whether the ranges of one family are every address of it */
bool range_list_is_full(const struct range_list *list);

/** Releases the ranges and empties the set. */
void address_set_free(struct address_set *set);

#define cleanup_address_set __attribute__((cleanup(address_set_free)))

#endif
