/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/address-set.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static void list_add(struct range_list *list, const struct network_range *range)
{
	list->items = memory_grow(list->items, &list->capacity, list->count, sizeof(*list->items));
	list->items[list->count++] = *range;
}

void address_set_add(struct address_set *set, const struct network_range *range)
{
	list_add(range->low.family == AF_INET ? &set->ipv4 : &set->ipv6, range);
}

void address_set_add_address(struct address_set *set, const struct network_address *address)
{
	struct network_range range = {.low = *address, .high = *address};

	address_set_add(set, &range);
}

void address_set_add_any(struct address_set *set)
{
	static const int families[] = {AF_INET, AF_INET6};

	for (size_t i = 0; i < 2; i++) {
		struct network_address zero = {.family = families[i]};
		struct network_range all;

		network_range_from_prefix(&zero, 0, &all);
		address_set_add(set, &all);
	}
}

void address_set_add_set(struct address_set *set, const struct address_set *more)
{
	for (size_t i = 0; i < more->ipv4.count; i++)
		list_add(&set->ipv4, &more->ipv4.items[i]);
	for (size_t i = 0; i < more->ipv6.count; i++)
		list_add(&set->ipv6, &more->ipv6.items[i]);
}

static int compare_ranges(const void *left, const void *right)
{
	const struct network_range *one = left, *other = right;
	int order = network_address_compare(&one->low, &other->low);

	return order != 0 ? order : network_address_compare(&one->high, &other->high);
}

static void list_normalise(struct range_list *list)
{
	size_t used = 0;

	if (list->count < 2)
		return;
	qsort(list->items, list->count, sizeof(*list->items), compare_ranges);
	for (size_t i = 1; i < list->count; i++) {
		struct network_range *last = &list->items[used];
		struct network_address behind = last->high;

		/* Nothing lies behind the last address of a family: whatever follows is inside. */
		if (!network_address_increment(&behind) || network_address_compare(&list->items[i].low, &behind) <= 0) {
			if (network_address_compare(&list->items[i].high, &last->high) > 0)
				last->high = list->items[i].high;
		} else {
			list->items[++used] = list->items[i];
		}
	}
	list->count = used + 1;
}

void address_set_normalise(struct address_set *set)
{
	list_normalise(&set->ipv4);
	list_normalise(&set->ipv6);
}

static void list_subtract(struct range_list *list, const struct range_list *less)
{
	struct range_list rest = {0};
	size_t first = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct network_range left = list->items[i];
		bool remains = true;

		while (first < less->count && network_address_compare(&less->items[first].high, &left.low) < 0)
			first++;
		for (size_t k = first; k < less->count && remains; k++) {
			const struct network_range *hole = &less->items[k];

			if (network_address_compare(&hole->low, &left.high) > 0)
				break;
			if (network_address_compare(&hole->low, &left.low) > 0) {
				struct network_range before = {.low = left.low, .high = hole->low};

				network_address_decrement(&before.high);
				list_add(&rest, &before);
			}
			left.low = hole->high;
			remains = network_address_compare(&hole->high, &left.high) < 0 &&
				  network_address_increment(&left.low);
		}
		if (remains)
			list_add(&rest, &left);
	}
	free(list->items);
	*list = rest;
}

void address_set_subtract(struct address_set *set, const struct address_set *less)
{
	list_subtract(&set->ipv4, &less->ipv4);
	list_subtract(&set->ipv6, &less->ipv6);
}

static int list_compare(const struct range_list *left, const struct range_list *right)
{
	if (left->count != right->count)
		return left->count < right->count ? -1 : 1;
	for (size_t i = 0; i < left->count; i++) {
		int order = compare_ranges(&left->items[i], &right->items[i]);

		if (order != 0)
			return order;
	}
	return 0;
}

int address_set_compare(const struct address_set *left, const struct address_set *right)
{
	int order = list_compare(&left->ipv4, &right->ipv4);

	return order != 0 ? order : list_compare(&left->ipv6, &right->ipv6);
}

bool range_list_is_full(const struct range_list *list)
{
	unsigned length;

	return list->count == 1 && network_range_is_prefix(&list->items[0], &length) && length == 0;
}

void address_set_free(struct address_set *set)
{
	free(set->ipv4.items);
	free(set->ipv6.items);
	memset(set, 0, sizeof(*set));
}
