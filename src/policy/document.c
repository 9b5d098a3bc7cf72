/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/document.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "policy/config.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct policy_document *policy_document_new(void)
{
	struct policy_document *document = memory_allocate(1, sizeof(*document));

	document->log.group = 100;
	memcpy(document->log.rate, "10/second", sizeof("10/second"));
	return document;
}

static void rule_free(struct policy_rule *rule)
{
	free(rule->interface);
	free(rule->comment);
	free(rule->origin);
	address_set_free(&rule->addresses);
	address_set_free(&rule->resolver_exception);
	service_free(&rule->service);
}

void policy_document_free(struct policy_document **document)
{
	if (*document == NULL)
		return;
	for (size_t i = 0; i < ARRAY_LENGTH((*document)->directions); i++) {
		struct policy_direction *direction = &(*document)->directions[i];

		for (size_t k = 0; k < direction->count; k++)
			rule_free(&direction->rules[k]);
		free(direction->rules);
	}
	free((*document)->forwards);
	free((*document)->redirects);
	free(*document);
	*document = NULL;
}

struct policy_rule *policy_rule_add(struct policy_direction *direction)
{
	struct policy_rule *rule;

	direction->rules =
		memory_grow(direction->rules, &direction->capacity, direction->count, sizeof(*direction->rules));
	rule = &direction->rules[direction->count++];
	memset(rule, 0, sizeof(*rule));
	rule->service.protocol = SERVICE_ANY_PROTOCOL;
	rule->service.icmp_type_ipv4 = SERVICE_ANY_TYPE;
	rule->service.icmp_type_ipv6 = SERVICE_ANY_TYPE;
	return rule;
}

void policy_rule_add_dns(struct policy_direction *direction, const struct policy_rule *like,
			 const struct address_set *addresses)
{
	static const int protocols[] = {IPPROTO_UDP, IPPROTO_TCP};
	struct policy_rule model = *like; /* adding moves the rules */

	for (size_t i = 0; i < ARRAY_LENGTH(protocols); i++) {
		struct policy_rule *rule = policy_rule_add(direction);
		size_t capacity = 0;

		rule->action = model.action;
		rule->logged = model.logged;
		rule->number = model.number;
		rule->origin = model.origin == NULL ? NULL : memory_copy_string(model.origin);
		if (model.interface != NULL)
			rule->interface = memory_copy_string(model.interface);
		rule->service.protocol = protocols[i];
		service_add_ports(&rule->service, &capacity, 53, 53);
		address_set_add_set(&rule->addresses, addresses);
		address_set_normalise(&rule->addresses);
	}
}

void service_free(struct service *service)
{
	free(service->ports);
	service->ports = NULL;
	service->port_count = 0;
}

void service_add_ports(struct service *service, size_t *capacity, uint16_t low, uint16_t high)
{
	service->ports = memory_grow(service->ports, capacity, service->port_count, sizeof(*service->ports));
	service->ports[service->port_count].low = low;
	service->ports[service->port_count++].high = high;
}

static int compare_ports(const void *left, const void *right)
{
	const struct port_range *one = left, *other = right;

	return one->low != other->low ? (one->low < other->low ? -1 : 1)
				      : (one->high > other->high) - (one->high < other->high);
}

void service_normalise(struct service *service)
{
	size_t used = 0;

	if (service->port_count < 2)
		return;
	qsort(service->ports, service->port_count, sizeof(*service->ports), compare_ports);
	for (size_t i = 1; i < service->port_count; i++) {
		struct port_range *last = &service->ports[used];

		if (service->ports[i].low <= (unsigned)last->high + 1) {
			if (service->ports[i].high > last->high)
				last->high = service->ports[i].high;
		} else {
			service->ports[++used] = service->ports[i];
		}
	}
	service->port_count = used + 1;
}

bool service_has_ports(int protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP;
}
