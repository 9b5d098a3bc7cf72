/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration's files: who may have written them, and how a user's own narrows the system's. */
#include "policy/config.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "policy/names.h"
#include "policy/trust.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Reads DIRECTORY/config.json; *@ret_text stays NULL where there is none. */
static bool read_text(const char *directory, char **ret_text, size_t *ret_length, char **ret_name, struct error **error)
{
	cleanup_close int fd = -1;
	cleanup_error struct error *reason = NULL;
	cleanup_free char *text = NULL;
	cleanup_free char *name = NULL;
	struct stat status;

	if (!trust_open_directory(directory, &fd, error))
		return false;
	if (fd < 0)
		return true;
	if (asprintf(&name, "%s/config.json", directory) < 0)
		return error_set(error, "out of memory");
	if (!file_read_at(fd, "config.json", CONFIG_MAX_BYTES, name, &text, ret_length, &status, &reason)) {
		if (errno == ENOENT)
			return true;
		return error_move(error, STEAL(reason));
	}
	if (!trust_check(&status, name, error))
		return false;
	*ret_text = STEAL(text);
	*ret_name = STEAL(name);
	return true;
}

static void add_vars(struct config *config, const struct config *user)
{
	for (size_t i = 0; i < user->var_count; i++) {
		size_t k = 0;

		while (k < config->var_count && strcmp(config->vars[k].name, user->vars[i].name) != 0)
			k++;
		if (k < config->var_count)
			continue; /* the system's value stands */
		config->vars = memory_resize(config->vars, config->var_count + 1, sizeof(*config->vars));
		config->vars[k].name = memory_copy_string(user->vars[i].name);
		config->vars[k].value = memory_copy_string(user->vars[i].value);
		config->var_count++;
	}
}

static void add_new(struct string_list *list, const struct string_list *more)
{
	for (size_t i = 0; i < more->count; i++) {
		if (!string_list_contains(list, more->items[i]))
			string_list_add(list, more->items[i], strlen(more->items[i]));
	}
}

void config_narrow(struct config *config, const struct config *user)
{
	add_new(&config->mandatory_profiles, &user->mandatory_profiles);
	add_new(&config->default_profiles, &user->default_profiles);
	add_vars(config, user);
	if (config->resolvers.count == 0) {
		string_list_copy(&config->resolvers, &user->resolvers);
	} else if (user->resolvers.count != 0) {
		string_list_intersect(&config->resolvers, &user->resolvers);
		config->system_resolver_count = config->resolvers.count;
	}
	string_list_intersect(&config->allowed_profiles, &user->allowed_profiles);
	string_list_intersect(&config->rules_tables, &user->rules_tables);
	string_list_intersect(&config->rules_extensions, &user->rules_extensions);
	config->allow_profile = config->allow_profile && user->allow_profile;
	config->allow_egress = config->allow_egress && user->allow_egress;
	config->allow_ingress = config->allow_ingress && user->allow_ingress;
	config->allow_policy = config->allow_policy && user->allow_policy;
	config->allow_rules = config->allow_rules && user->allow_rules;
	config->forbidden_capabilities |= user->forbidden_capabilities;
	if (user->host_network == CONFIG_HOST_NETWORK_REFUSE)
		config->host_network = CONFIG_HOST_NETWORK_REFUSE;
	if (user->ipv6_unfiltered == CONFIG_IPV6_REFUSE)
		config->ipv6_unfiltered = CONFIG_IPV6_REFUSE;
	if (user->lock_timeout_seconds < config->lock_timeout_seconds)
		config->lock_timeout_seconds = user->lock_timeout_seconds;
	config->log_syslog = config->log_syslog || user->log_syslog;
	if (user->log_level > config->log_level)
		config->log_level = user->log_level;
	if (user->limit_rules < config->limit_rules)
		config->limit_rules = user->limit_rules;
	if (user->limit_annotation_bytes < config->limit_annotation_bytes)
		config->limit_annotation_bytes = user->limit_annotation_bytes;
}

struct config *config_read(const char *system_directory, const char *user_directory, struct error **error)
{
	cleanup_config struct config *config = NULL;
	cleanup_config struct config *user = NULL;
	cleanup_free char *system_text = NULL;
	cleanup_free char *system_name = NULL;
	cleanup_free char *user_text = NULL;
	cleanup_free char *user_name = NULL;
	size_t length = 0;

	if (!read_text(system_directory, &system_text, &length, &system_name, error))
		return NULL;
	config = system_text == NULL ? config_default() : config_parse(system_text, length, system_name, error);
	if (config == NULL || user_directory == NULL)
		return STEAL(config);
	if (!read_text(user_directory, &user_text, &length, &user_name, error))
		return NULL;
	if (user_text == NULL)
		return STEAL(config);
	user = config_parse_user(user_text, length, user_name, error);
	if (user == NULL)
		return NULL;
	config_narrow(config, user);
	return STEAL(config);
}
