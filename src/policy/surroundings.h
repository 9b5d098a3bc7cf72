/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a layer may know about its container: namespace facts, resolvers, variables. A scope says whose text is being
 * read, because the administrator's profiles must not depend on anything that a container or its image can choose.
 */
#ifndef POLICY_SURROUNDINGS_H
#define POLICY_SURROUNDINGS_H

#include "base/error.h"
#include "base/network.h"
#include "policy/config.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>

/** Asked once for all layers of a container. */
struct surroundings {
	const struct policy_request *request;
	const struct config_variable *vars; /* of the annotations */
	size_t var_count;
	const struct network_facts *facts; /* NULL until asked for; belong to the source */
	bool resolv_conf_read;
	struct network_address resolvers[CONFIG_MAX_RESOLVERS]; /* of the container's resolv.conf */
	size_t resolver_count;
};

/** Whose text it is. */
enum scope_author {
	SCOPE_SYSTEM, /* mandatory and default profiles of the system's configuration */
	SCOPE_USER,   /* mandatory and default profiles of a rootless user's own configuration */
	SCOPE_OPEN,   /* what annotations say or name */
};

struct scope {
	struct surroundings *surroundings;
	enum scope_author author;
};

/**
 * Facts of the container's namespace; belong to the source.
 * @return NULL with @error set when they can't be had or the network has no address yet
 */
const struct network_facts *scope_facts(const struct scope *scope, struct error **error);

/**
 * The resolvers that "dns" and ${dns4} mean in this scope: of the configuration, or of the container's resolv.conf.
 * @ret: CONFIG_MAX_RESOLVERS entries
 * @return false with @error set when there is none
 */
bool scope_resolvers(const struct scope *scope, struct network_address *ret, size_t *ret_count, struct error **error);

/**
 * Expands ${NAME} and $$ (oci-iptables-policy(7)).
 * @most: bytes that the result may have
 * @ret: owned by the caller, with a NUL behind it; untouched on failure
 * @ret_length: may be NULL
 */
bool scope_expand(const struct scope *scope, const char *text, size_t length, size_t most, char **ret,
		  size_t *ret_length, struct error **error);

/** Reads the first three usable `nameserver` lines as glibc does (resolv.conf(5)). @return how many went to @ret */
size_t resolvers_parse(const char *text, struct network_address ret[CONFIG_MAX_RESOLVERS]);

#endif
