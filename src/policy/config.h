/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The administrator's configuration: /etc/oci-iptables/config.json, and in rootless use a user's own file, which can
 * only narrow it (oci-iptables-config(5)).
 */
#ifndef POLICY_CONFIG_H
#define POLICY_CONFIG_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Longest config.json that is read, in bytes. */
#define CONFIG_MAX_BYTES ((size_t)16 * 1024 * 1024)
/** Resolvers that count, as in glibc (MAXNS in resolv.h). */
#define CONFIG_MAX_RESOLVERS 3

enum config_host_network { CONFIG_HOST_NETWORK_REFUSE, CONFIG_HOST_NETWORK_IGNORE };
enum config_ipv6_unfiltered { CONFIG_IPV6_REFUSE, CONFIG_IPV6_WARN };

/** A list of strings; items and array belong to the list. */
struct string_list {
	char **items;
	size_t count;
};

struct config_variable {
	char *name;
	char *value;
};

struct config {
	struct string_list mandatory_profiles;
	struct string_list default_profiles;
	struct string_list allowed_profiles; /* "*" is all */
	bool allow_profile, allow_egress, allow_ingress, allow_policy, allow_rules;
	struct string_list rules_tables;     /* "*" is all */
	struct string_list rules_extensions; /* after "default" was expanded; "*" is all but set and SET */
	struct config_variable *vars;
	size_t var_count;
	struct string_list resolvers; /* addresses, three at most */
	/* How many entries at the front of the lists above the system's file gave; what follows is the user's, and the
	 * system's own profiles do not see it. */
	size_t system_mandatory_count, system_default_count, system_var_count, system_resolver_count;
	uint64_t forbidden_capabilities; /* bit N is capability number N of <linux/capability.h> */
	enum config_host_network host_network;
	enum config_ipv6_unfiltered ipv6_unfiltered;
	unsigned lock_timeout_seconds;
	char *state_directory; /* NULL: the default of interface section 1 */
	bool log_syslog;
	int log_level;
	uint64_t limit_rules;
	uint64_t limit_annotation_bytes;
};

/**
 * The configuration that holds where there is no file.
 * @return owned by the caller (config_free)
 */
struct config *config_default(void);

/**
 * Reads the files that are there: @system_directory/config.json, then @user_directory/config.json.
 * A missing file is no error. The system file and its directory must belong to uid 0 of the own user namespace or to
 * the overflow uid (real root seen from a rootless user namespace) and be writable by nobody else.
 * @system_directory: "/etc/oci-iptables"
 * @user_directory: "~/.config/oci-iptables" of the real uid, or NULL when there is none (not rootless)
 * @return owned by the caller (config_free), or NULL with @error set: every container is refused then
 */
struct config *config_read(const char *system_directory, const char *user_directory, struct error **error);

/**
 * Reads one configuration from text over the defaults; for config_read(), `check` and tests.
 * @source: what the text is, for messages
 * @return owned by the caller (config_free), or NULL with @error set
 */
struct config *config_parse(const char *text, size_t length, const char *source, struct error **error);

/**
 * Reads a user's own configuration over values that forbid nothing, so that only what stands in it narrows.
 * @return owned by the caller (config_free), or NULL with @error set
 */
struct config *config_parse_user(const char *text, size_t length, const char *source, struct error **error);

/** Narrows @config by a user's own (config_parse_user()), and adds that one's profiles and variables. */
void config_narrow(struct config *config, const struct config *user);

void config_free(struct config **config);

#define cleanup_config __attribute__((cleanup(config_free)))

#endif
