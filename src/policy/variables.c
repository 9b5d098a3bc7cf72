/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ${NAME}. A value goes into rules text and policy strings as it is, so every value is made of characters that can end
 * neither a word nor a rule: annotations and the configuration allow only name_is_value(), addresses are formatted
 * here, interface names and the container's id are checked.
 */
#include "policy/surroundings.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "policy/names.h"

#include <string.h>

static void append_item(struct text *ret, const char *item)
{
	if (ret->length > 0)
		text_append_char(ret, ',');
	text_append(ret, item);
}

static void append_address(struct text *ret, const struct network_address *address)
{
	char name[INET6_ADDRSTRLEN];

	network_address_format(address, name);
	append_item(ret, name);
}

/* The first global address, of one interface or of any but loopback. */
static bool value_address(const struct scope *scope, int family, const char *interface, struct text *ret,
			  struct error **error)
{
	const struct network_facts *facts = scope_facts(scope, error);

	if (facts == NULL)
		return false;
	for (size_t i = 0; i < facts->interface_count; i++) {
		const struct network_interface *at = &facts->interfaces[i];

		if (interface != NULL ? strcmp(interface, at->name) != 0 : at->loopback)
			continue;
		for (size_t k = 0; k < at->address_count; k++) {
			if (at->addresses[k].address.family != family || !at->addresses[k].global)
				continue;
			append_address(ret, &at->addresses[k].address);
			return true;
		}
	}
	return error_set(error, "the container has no global %s address%s%s", family == AF_INET ? "IPv4" : "IPv6",
			 interface != NULL ? " on " : "", interface != NULL ? interface : "");
}

static bool value_subnets(const struct scope *scope, int family, struct text *ret, struct error **error)
{
	const struct network_facts *facts = scope_facts(scope, error);

	if (facts == NULL)
		return false;
	for (size_t i = 0; i < facts->interface_count; i++) {
		const struct network_interface *at = &facts->interfaces[i];

		for (size_t k = 0; k < at->address_count && !at->loopback; k++) {
			const struct network_interface_address *address = &at->addresses[k];
			struct network_range range;

			if (address->address.family != family || !address->global)
				continue;
			network_range_from_prefix(&address->address, address->prefix_length, &range);
			append_address(ret, &range.low);
			text_printf(ret, "/%u", address->prefix_length);
		}
	}
	if (ret->length == 0)
		return error_set(error, "the container has no global %s address", family == AF_INET ? "IPv4" : "IPv6");
	return true;
}

static bool value_gateways(const struct scope *scope, int family, struct text *ret, struct error **error)
{
	const struct network_facts *facts = scope_facts(scope, error);

	if (facts == NULL)
		return false;
	for (size_t i = 0; i < facts->gateway_count; i++) {
		if (facts->gateways[i].family == family)
			append_address(ret, &facts->gateways[i]);
	}
	if (ret->length == 0)
		return error_set(error, "the container has no %s default gateway", family == AF_INET ? "IPv4" : "IPv6");
	return true;
}

static bool value_resolvers(const struct scope *scope, int family, struct text *ret, struct error **error)
{
	struct network_address resolvers[CONFIG_MAX_RESOLVERS];
	size_t count = 0;

	if (!scope_resolvers(scope, resolvers, &count, error))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (resolvers[i].family == family)
			append_address(ret, &resolvers[i]);
	}
	if (ret->length == 0)
		return error_set(error, "no %s resolver is known", family == AF_INET ? "IPv4" : "IPv6");
	return true;
}

/* The interface of the first default route, else the first that has an address. */
static bool value_interface(const struct scope *scope, struct text *ret, struct error **error)
{
	const struct network_facts *facts = scope_facts(scope, error);
	const char *name = NULL;

	if (facts == NULL)
		return false;
	for (size_t i = 0; i < facts->gateway_count && name == NULL; i++) {
		if (facts->gateway_interfaces != NULL && facts->gateway_interfaces[i][0] != '\0')
			name = facts->gateway_interfaces[i];
	}
	for (size_t i = 0; i < facts->interface_count && name == NULL; i++) {
		if (!facts->interfaces[i].loopback && facts->interfaces[i].address_count > 0)
			name = facts->interfaces[i].name;
	}
	if (name == NULL)
		return error_set(error, "the container has no interface with an address");
	if (!name_is_interface(name, strlen(name)))
		return error_set(error, "the interface's name \"%.80s\" cannot stand in a rule", name);
	text_append(ret, name);
	return true;
}

static bool value_id(const struct scope *scope, struct text *ret, struct error **error)
{
	const char *id = scope->surroundings->request->container_id;

	if (id == NULL || !name_is_value(id, strlen(id)))
		return error_set(error, "the container's id cannot stand in a rule");
	text_append(ret, id);
	return true;
}

static const char *find_var(const struct config_variable *vars, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(vars[i].name, name) == 0)
			return vars[i].value;
	}
	return NULL;
}

static bool value_var(const struct scope *scope, const char *name, struct text *ret, struct error **error)
{
	const struct surroundings *surroundings = scope->surroundings;
	const struct config *config = surroundings->request->config;
	size_t count = scope->author == SCOPE_SYSTEM ? config->system_var_count : config->var_count;
	const char *value = NULL;

	if (!name_is_variable(name, strlen(name)))
		return error_set(error, "\"%.80s\" is not a variable's name", name);
	if (scope->author == SCOPE_OPEN)
		value = find_var(surroundings->vars, surroundings->var_count, name);
	if (value == NULL)
		value = find_var(config->vars, count, name);
	if (value != NULL) {
		text_append(ret, value);
		return true;
	}
	if (scope->author == SCOPE_OPEN)
		return error_set(error, "not set; give the annotation " POLICY_ANNOTATION_PREFIX "var.%s", name);
	return error_set(error, "not set; mandatory and default profiles read only \"vars\" of the configuration");
}

static bool value_of(const struct scope *scope, const char *name, struct text *ret, struct error **error)
{
	static const char *const known[] = {"ip4",  "ip6",  "subnet4",   "subnet6", "gateway4", "gateway6",
					    "dns4", "dns6", "interface", "id",      "var:NAME", NULL};
	const char *nearest;

	if (text_has_prefix(name, "var:"))
		return value_var(scope, name + 4, ret, error);
	if (strcmp(name, "ip4") == 0 || text_has_prefix(name, "ip4:"))
		return value_address(scope, AF_INET, name[3] == ':' ? name + 4 : NULL, ret, error);
	if (strcmp(name, "ip6") == 0 || text_has_prefix(name, "ip6:"))
		return value_address(scope, AF_INET6, name[3] == ':' ? name + 4 : NULL, ret, error);
	if (strcmp(name, "subnet4") == 0 || strcmp(name, "subnet6") == 0)
		return value_subnets(scope, name[6] == '4' ? AF_INET : AF_INET6, ret, error);
	if (strcmp(name, "gateway4") == 0 || strcmp(name, "gateway6") == 0)
		return value_gateways(scope, name[7] == '4' ? AF_INET : AF_INET6, ret, error);
	if (strcmp(name, "dns4") == 0 || strcmp(name, "dns6") == 0)
		return value_resolvers(scope, name[3] == '4' ? AF_INET : AF_INET6, ret, error);
	if (strcmp(name, "interface") == 0)
		return value_interface(scope, ret, error);
	if (strcmp(name, "id") == 0)
		return value_id(scope, ret, error);
	nearest = text_nearest(name, known);
	if (nearest == NULL)
		return error_set(error, "unknown variable");
	return error_set(error, "unknown variable; did you mean ${%s}?", nearest);
}

/* @at stands on the '$'; on success it stands behind the reference. */
static bool expand_one(const struct scope *scope, const char **at, const char *end, struct text *ret,
		       struct error **error)
{
	cleanup_text struct text name = {0};
	cleanup_text struct text value = {0};
	const char *close;

	if (*at + 1 < end && (*at)[1] == '$') {
		text_append_char(ret, '$');
		*at += 2;
		return true;
	}
	if (*at + 1 >= end || (*at)[1] != '{')
		return error_set(error, "a single $; write $$ for a dollar or ${NAME} for a variable");
	close = memchr(*at, '}', (size_t)(end - *at));
	if (close == NULL || close - *at > 100)
		return error_set(error, "${ without }");
	text_append_bytes(&name, *at + 2, (size_t)(close - *at - 2));
	if (!value_of(scope, text_string(&name), &value, error))
		return error_prefix(error, "${%s}: ", text_string(&name));
	text_append_bytes(ret, text_string(&value), value.length);
	*at = close + 1;
	return true;
}

bool scope_expand(const struct scope *scope, const char *text, size_t length, size_t most, char **ret,
		  size_t *ret_length, struct error **error)
{
	cleanup_text struct text expanded = {0};
	const char *end = text + length;

	for (const char *at = text; at < end;) {
		const char *dollar = memchr(at, '$', (size_t)(end - at));
		size_t plain = (size_t)((dollar == NULL ? end : dollar) - at);

		text_append_bytes(&expanded, at, plain);
		at += plain;
		if (dollar != NULL && !expand_one(scope, &at, end, &expanded, error))
			return false;
		if (expanded.length > most)
			return error_set(error, "longer than the limit of %zu bytes after its variables are expanded",
					 most);
	}
	if (ret_length != NULL)
		*ret_length = expanded.length;
	*ret = text_steal(&expanded);
	return true;
}
