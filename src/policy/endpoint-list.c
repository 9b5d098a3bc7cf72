/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Endpoint lists. All items allow, so their order means nothing: items of one service become one rule with a set of
 * addresses, then rules of one protocol that name the same addresses become one rule with a set of ports.
 */
#include "policy/document.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "policy/endpoint.h"
#include "policy/names.h"

#include <stdlib.h>
#include <string.h>

struct item {
	struct service service;
	struct address_set addresses;
};

struct item_list {
	struct item *items;
	size_t count;
	size_t capacity;
	bool dns;
	bool none;
};

static void item_list_free(struct item_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		service_free(&list->items[i].service);
		address_set_free(&list->items[i].addresses);
	}
	free(list->items);
	memset(list, 0, sizeof(*list));
}

static int order_numbers(int left, int right)
{
	return (left > right) - (left < right);
}

/* Items have at most one range of ports before the first merge. */
static int compare_services(const struct service *left, const struct service *right)
{
	int order = order_numbers(left->protocol, right->protocol);

	if (order == 0)
		order = order_numbers(left->icmp_type_ipv4, right->icmp_type_ipv4);
	if (order == 0)
		order = order_numbers(left->icmp_type_ipv6, right->icmp_type_ipv6);
	if (order == 0)
		order = order_numbers(left->port_count != 0, right->port_count != 0);
	if (order != 0 || left->port_count == 0)
		return order;
	order = order_numbers(left->ports[0].low, right->ports[0].low);
	return order != 0 ? order : order_numbers(left->ports[0].high, right->ports[0].high);
}

static int compare_by_service(const void *left, const void *right)
{
	return compare_services(&((const struct item *)left)->service, &((const struct item *)right)->service);
}

static int compare_by_addresses(const void *left, const void *right)
{
	const struct item *one = left, *other = right;
	int order = order_numbers(one->service.protocol, other->service.protocol);

	if (order == 0)
		order = order_numbers(one->service.port_count != 0, other->service.port_count != 0);
	if (order == 0)
		order = address_set_compare(&one->addresses, &other->addresses);
	return order != 0 ? order : compare_services(&one->service, &other->service);
}

static void merge_services(struct item_list *list)
{
	size_t used = 0;

	if (list->count == 0)
		return;
	qsort(list->items, list->count, sizeof(*list->items), compare_by_service);
	for (size_t i = 1; i < list->count; i++) {
		struct item *last = &list->items[used];

		if (compare_services(&last->service, &list->items[i].service) == 0) {
			address_set_add_set(&last->addresses, &list->items[i].addresses);
			address_set_free(&list->items[i].addresses);
			service_free(&list->items[i].service);
		} else if (++used != i) {
			list->items[used] = list->items[i];
			memset(&list->items[i], 0, sizeof(list->items[i]));
		}
	}
	list->count = used + 1;
	for (size_t i = 0; i < list->count; i++)
		address_set_normalise(&list->items[i].addresses);
}

static void merge_addresses(struct item_list *list)
{
	size_t used = 0, capacity = 0;

	if (list->count == 0)
		return;
	qsort(list->items, list->count, sizeof(*list->items), compare_by_addresses);
	capacity = list->items[0].service.port_count;
	for (size_t i = 1; i < list->count; i++) {
		struct item *last = &list->items[used], *at = &list->items[i];

		if (last->service.port_count != 0 && at->service.port_count != 0 &&
		    last->service.protocol == at->service.protocol &&
		    address_set_compare(&last->addresses, &at->addresses) == 0) {
			service_add_ports(&last->service, &capacity, at->service.ports[0].low,
					  at->service.ports[0].high);
			address_set_free(&at->addresses);
			service_free(&at->service);
		} else {
			if (++used != i) {
				list->items[used] = *at;
				memset(at, 0, sizeof(*at));
			}
			capacity = list->items[used].service.port_count;
		}
	}
	list->count = used + 1;
	for (size_t i = 0; i < list->count; i++)
		service_normalise(&list->items[i].service);
}

static bool read_item(const struct scope *scope, enum direction direction, const char *word, size_t length,
		      struct item_list *list, struct error **error)
{
	const char *at = memchr(word, '@', length);
	size_t front = at == NULL ? 0 : (size_t)(at - word) + 1;
	bool dns = false, none = false;
	struct item *item;

	list->items = memory_grow(list->items, &list->capacity, list->count, sizeof(*list->items));
	item = &list->items[list->count++];
	memset(item, 0, sizeof(*item));
	item->service.protocol = SERVICE_ANY_PROTOCOL;
	item->service.icmp_type_ipv4 = SERVICE_ANY_TYPE;
	item->service.icmp_type_ipv6 = SERVICE_ANY_TYPE;
	if (at != NULL && !endpoint_parse_service(word, front - 1, &item->service, error))
		return false;
	if (!endpoint_parse_address(scope, word + front, length - front, &item->addresses, &dns, &none, error))
		return false;
	if (none && at != NULL)
		return error_set(error, "none stands alone, without a service");
	if (dns && direction == DIRECTION_INGRESS)
		return error_set(error, "dns is a destination; answers of resolvers come in without it");
	list->none = list->none || none;
	list->dns = list->dns || dns;
	if (dns || none) {
		service_free(&item->service);
		list->count--;
	}
	return true;
}

static bool read_items(const struct scope *scope, enum direction direction, const char *text, size_t length,
		       const char *source, struct item_list *list, struct error **error)
{
	const char *at = text, *end = text + length;
	size_t number = 0, size;

	while ((size = name_next_word(&at, end)) != 0) {
		number++;
		if (!read_item(scope, direction, at, size, list, error)) {
			cleanup_text struct text word = {0};

			text_append_escaped(&word, at, size < 80 ? size : 80);
			return error_prefix(error, "%s: item %zu \"%s\": ", source, number, text_string(&word));
		}
		at += size;
	}
	if (number == 0)
		return error_set(error, "%s: no item in the list; write none for nothing", source);
	if (list->none && number > 1)
		return error_set(error, "%s: none stands alone", source);
	return true;
}

struct policy_document *policy_endpoints_read(const struct scope *scope, enum direction direction, const char *text,
					      size_t length, const char *source, struct error **error)
{
	cleanup_document struct policy_document *document = policy_document_new();
	struct policy_direction *into = &document->directions[direction];
	__attribute__((cleanup(item_list_free))) struct item_list list = {0};
	cleanup_address_set struct address_set resolvers = {0};
	const struct policy_rule plain = {.action = ACTION_ALLOW, .number = 1};

	into->present = true;
	into->fallback = ACTION_REJECT;
	if (!read_items(scope, direction, text, length, source, &list, error))
		return NULL;
	if (list.dns) {
		if (!endpoint_add_resolvers(scope, &resolvers, error)) {
			error_prefix(error, "%s: dns: ", source);
			return NULL;
		}
		policy_rule_add_dns(into, &plain, &resolvers);
	}
	merge_services(&list);
	merge_addresses(&list);
	for (size_t i = 0; i < list.count; i++) {
		struct policy_rule *rule = policy_rule_add(into);

		rule->action = ACTION_ALLOW;
		rule->number = into->count;
		rule->service = list.items[i].service;
		rule->addresses = list.items[i].addresses;
		memset(&list.items[i], 0, sizeof(list.items[i]));
	}
	return STEAL(document);
}
