/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Endpoint lists. All items allow, so their order means nothing: items of one service become one rule with a set of
 * addresses, then rules of one protocol that name the same addresses become one rule with a set of ports.
 */
#include "policy/document.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "policy/compiler.h"
#include "policy/endpoint.h"
#include "policy/names.h"

#include <stdlib.h>
#include <string.h>

/** Bytes of item numbers that an origin names before it leaves the rest away. */
#define MOST_NUMBERS 40

/** An item as it was written. */
struct item_word {
	size_t number; /* from 1 */
	const char *text;
	size_t length;
	size_t next; /* word of the same item after merges; 0: none */
};

struct item {
	struct service service;
	struct address_set addresses;
	size_t first_word; /* of the items that it was made of */
	size_t last_word;
};

struct item_list {
	struct item *items;
	size_t count;
	size_t capacity;
	struct item_word *words; /* the first, number 0, is nobody's */
	size_t word_count;
	size_t word_capacity;
	size_t dns; /* the first word that says so, or 0 */
	bool none;
};

static void item_list_free(struct item_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		service_free(&list->items[i].service);
		address_set_free(&list->items[i].addresses);
	}
	free(list->items);
	free(list->words);
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

static void add_word(struct item_list *list, const char *text, size_t length)
{
	list->words = memory_grow(list->words, &list->word_capacity, list->word_count, sizeof(*list->words));
	list->words[list->word_count] = (struct item_word){list->word_count, text, length, 0};
	list->word_count++;
}

/* What an item was made of goes on as part of another. */
static void move_words(struct item_list *list, struct item *to, const struct item *from)
{
	list->words[to->last_word].next = from->first_word;
	to->last_word = from->last_word;
}

static int compare_words(const void *left, const void *right)
{
	const struct item_word *one = left, *other = right;

	return (one->number > other->number) - (one->number < other->number);
}

/* "item 2<TAB>443@any", "items 1-3, 7<TAB>80@any 443@any ...": for `show`, which knows the compiled text alone. */
static char *origin_of(const struct item_list *list, size_t first_word)
{
	cleanup_free struct item_word *words = NULL;
	cleanup_text struct text origin = {0};
	size_t count = 0, capacity = 0;

	for (size_t at = first_word; at != 0; at = list->words[at].next) {
		words = memory_grow(words, &capacity, count, sizeof(*words));
		words[count++] = list->words[at];
	}
	if (words != NULL)
		qsort(words, count, sizeof(*words), compare_words);
	text_append(&origin, count == 1 ? "item " : "items ");
	for (size_t i = 0; i < count; i++) {
		size_t first = i;

		if (origin.length > MOST_NUMBERS) {
			text_append(&origin, ", ...");
			break;
		}
		while (i + 1 < count && words[i + 1].number == words[i].number + 1)
			i++;
		text_printf(&origin, "%s%zu", first == 0 ? "" : ", ", words[first].number);
		if (i > first)
			text_printf(&origin, "%s%zu", i == first + 1 ? ", " : "-", words[i].number);
	}
	for (size_t i = 0; i < count && origin.length < COMPILER_MAX_ORIGIN; i++) {
		text_append_char(&origin, i == 0 ? '\t' : ' ');
		text_append_bytes(&origin, words[i].text, words[i].length);
	}
	return text_steal(&origin);
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
			move_words(list, last, &list->items[i]);
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
			move_words(list, last, at);
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

/* Reads the word that was added last. */
static bool read_item(const struct scope *scope, enum direction direction, struct item_list *list, struct error **error)
{
	size_t number = list->word_count - 1, length = list->words[number].length;
	const char *word = list->words[number].text;
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
	if (dns && list->dns == 0)
		list->dns = number;
	item->first_word = item->last_word = number;
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

	add_word(list, "", 0);
	while ((size = name_next_word(&at, end)) != 0) {
		number++;
		add_word(list, at, size);
		if (!read_item(scope, direction, list, error)) {
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
	struct policy_rule plain = {.action = ACTION_ALLOW, .number = 1};

	into->present = true;
	into->fallback = ACTION_REJECT;
	if (!read_items(scope, direction, text, length, source, &list, error))
		return NULL;
	if (list.dns > 0) {
		cleanup_free char *origin = origin_of(&list, list.dns);

		if (!endpoint_add_resolvers(scope, &resolvers, error)) {
			error_prefix(error, "%s: dns: ", source);
			return NULL;
		}
		plain.origin = origin;
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
		rule->origin = origin_of(&list, list.items[i].first_word);
		memset(&list.items[i], 0, sizeof(list.items[i]));
	}
	return STEAL(document);
}
