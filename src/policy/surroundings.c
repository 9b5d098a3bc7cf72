/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/surroundings.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "policy/names.h"

#include <string.h>

const struct network_facts *scope_facts(const struct scope *scope, struct error **error)
{
	struct surroundings *surroundings = scope->surroundings;
	const struct policy_source *source = surroundings->request->source;

	if (surroundings->facts == NULL) {
		if (source == NULL || source->facts == NULL) {
			error_set(error, "the container's network is not known here; use fixed addresses");
			return NULL;
		}
		surroundings->facts = source->facts(source->context, error);
		if (surroundings->facts == NULL)
			return NULL;
	}
	if (!network_facts_configured(surroundings->facts)) {
		error_set(error, "network not configured yet; use fixed addresses");
		return NULL;
	}
	return surroundings->facts;
}

size_t resolvers_parse(const char *text, struct network_address ret[CONFIG_MAX_RESOLVERS])
{
	size_t count = 0;

	for (const char *line = text; *line != '\0' && count < CONFIG_MAX_RESOLVERS;) {
		size_t length = strcspn(line, "\n");
		const char *word = line + strlen("nameserver");
		struct network_range range;
		const char *reason;

		if (length > strlen("nameserver") && text_has_prefix(line, "nameserver") &&
		    (*word == ' ' || *word == '\t')) {
			size_t size;

			word += strspn(word, " \t");
			size = strcspn(word, " \t\r\n%"); /* fe80::1%eth0: the zone is no part of the address */
			if (memchr(word, '/', size) == NULL && memchr(word, '-', size) == NULL &&
			    network_range_parse(word, size, &range, &reason))
				ret[count++] = range.low;
		}
		line += length;
		if (*line == '\n')
			line++;
	}
	return count;
}

static bool configured_resolvers(const struct scope *scope, struct network_address *ret, size_t *ret_count,
				 struct error **error)
{
	const struct config *config = scope->surroundings->request->config;
	size_t count = scope->author == SCOPE_SYSTEM ? config->system_resolver_count : config->resolvers.count;
	const char *reason;

	if (count == 0)
		return error_set(error, "no resolver is known; set \"resolvers\" in the configuration (a container's "
					"resolv.conf does not count in mandatory and default profiles)");
	for (size_t i = 0; i < count; i++) {
		struct network_range range = {0};

		if (!network_range_parse(config->resolvers.items[i], strlen(config->resolvers.items[i]), &range,
					 &reason))
			return error_set(error, "\"%.80s\" is not a resolver's address", config->resolvers.items[i]);
		ret[i] = range.low;
	}
	*ret_count = count;
	return true;
}

bool scope_resolvers(const struct scope *scope, struct network_address *ret, size_t *ret_count, struct error **error)
{
	struct surroundings *surroundings = scope->surroundings;
	const struct policy_source *source = surroundings->request->source;

	if (scope->author != SCOPE_OPEN)
		return configured_resolvers(scope, ret, ret_count, error);
	if (!surroundings->resolv_conf_read) {
		cleanup_free char *text = NULL;

		if (source == NULL || source->resolv_conf == NULL)
			return error_set(error, "the container's resolv.conf is not known here; "
						"use the resolvers' addresses");
		text = source->resolv_conf(source->context, error);
		if (text == NULL)
			return false;
		surroundings->resolver_count = resolvers_parse(text, surroundings->resolvers);
		surroundings->resolv_conf_read = true;
	}
	if (surroundings->resolver_count == 0)
		return error_set(error, "the container's resolv.conf names no resolver; use the resolvers' addresses");
	memcpy(ret, surroundings->resolvers, sizeof(surroundings->resolvers));
	*ret_count = surroundings->resolver_count;
	return true;
}
