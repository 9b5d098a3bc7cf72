/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Theory of operation: a configuration is read over a struct that already holds values, member by member. For the
 * system's file those are the defaults; for a user's own file they are the values that forbid nothing, so that the
 * merge (config-read.c) narrows by exactly what the user wrote. Whatever is not understood is an error, never skipped:
 * a restriction with a typo in its name must not become no restriction.
 */
#include "policy/config.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/network.h"
#include "policy/names.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define LIMIT_RULES 65536
#define LIMIT_ANNOTATION_BYTES ((uint64_t)256 * 1024)
/* Below the hook's timeout of 10 seconds, with room for the work itself. */
#define LIMIT_LOCK_SECONDS 8

struct reader {
	struct config *config;
	const char *source;
	bool user;
	struct error **error;
};

/* CAP_SYS_PTRACE counts only with a host or shared pid namespace; the hook decides that. */
static const char *const default_forbidden[] = {
	"CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_ADMIN",       "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
	"CAP_BPF",       "CAP_PERFMON", "CAP_DAC_READ_SEARCH", "CAP_SYS_PTRACE",
};

static void list_add_all(struct string_list *list)
{
	string_list_add(list, "*", 1);
}

static struct config *config_new(void)
{
	struct config *config = memory_allocate(1, sizeof(*config));

	list_add_all(&config->allowed_profiles);
	list_add_all(&config->rules_tables);
	config->allow_profile = true;
	config->allow_egress = true;
	config->allow_ingress = true;
	config->allow_policy = true;
	config->allow_rules = true;
	config->limit_rules = LIMIT_RULES;
	config->limit_annotation_bytes = LIMIT_ANNOTATION_BYTES;
	return config;
}

struct config *config_default(void)
{
	struct config *config = config_new();

	name_add_default_extensions(&config->rules_extensions);
	for (size_t i = 0; i < ARRAY_LENGTH(default_forbidden); i++)
		config->forbidden_capabilities |= UINT64_C(1) << name_capability(default_forbidden[i]);
	config->host_network = CONFIG_HOST_NETWORK_REFUSE;
	config->ipv6_unfiltered = CONFIG_IPV6_REFUSE;
	config->lock_timeout_seconds = 5;
	config->log_syslog = true;
	config->log_level = LOG_WARNING;
	return config;
}

static struct config *config_unrestricted(void)
{
	struct config *config = config_new();

	list_add_all(&config->rules_extensions);
	config->host_network = CONFIG_HOST_NETWORK_IGNORE;
	config->ipv6_unfiltered = CONFIG_IPV6_WARN;
	config->lock_timeout_seconds = LIMIT_LOCK_SECONDS;
	config->log_level = LOG_EMERG;
	return config;
}

static void free_vars(struct config *config)
{
	for (size_t i = 0; i < config->var_count; i++) {
		free(config->vars[i].name);
		free(config->vars[i].value);
	}
	free(config->vars);
}

void config_free(struct config **config)
{
	if (*config == NULL)
		return;
	string_list_free(&(*config)->mandatory_profiles);
	string_list_free(&(*config)->default_profiles);
	string_list_free(&(*config)->allowed_profiles);
	string_list_free(&(*config)->rules_tables);
	string_list_free(&(*config)->rules_extensions);
	string_list_free(&(*config)->resolvers);
	free_vars(*config);
	free((*config)->state_directory);
	free(*config);
	*config = NULL;
}

static bool fail_type(const struct reader *reader, const struct json *value, const char *wanted)
{
	return json_fail(value, reader->source, reader->error, "%s is wanted, not %s", wanted,
			 json_type_name(value->type));
}

static bool fail_word(const struct reader *reader, const struct json *value, const char *what, const char *const *known)
{
	const char *nearest = text_nearest(value->string, known);

	if (nearest == NULL)
		return json_fail(value, reader->source, reader->error, "\"%.80s\" is not %s", value->string, what);
	return json_fail(value, reader->source, reader->error, "\"%.80s\" is not %s; did you mean \"%.80s\"?",
			 value->string, what, nearest);
}

static bool read_boolean(const struct reader *reader, const struct json *value, bool *ret)
{
	if (value->type != JSON_BOOLEAN)
		return fail_type(reader, value, "true or false");
	*ret = value->boolean;
	return true;
}

static bool read_integer(const struct reader *reader, const struct json *value, uint64_t least, uint64_t most,
			 uint64_t *ret)
{
	uint64_t number;

	if (value->type != JSON_NUMBER)
		return fail_type(reader, value, "a number");
	if (!json_integer(value, most, &number) || number < least)
		return json_fail(value, reader->source, reader->error, "%s is not a whole number from %llu to %llu",
				 value->string, (unsigned long long)least, (unsigned long long)most);
	*ret = number;
	return true;
}

/* Reads one of two words. */
static bool read_choice(const struct reader *reader, const struct json *value, const char *zero, const char *one,
			bool *ret_one)
{
	const char *const known[] = {zero, one, NULL};

	if (value->type != JSON_STRING)
		return fail_type(reader, value, "a string");
	if (strcmp(value->string, zero) != 0 && strcmp(value->string, one) != 0) {
		const char *nearest = text_nearest(value->string, known);

		return json_fail(value, reader->source, reader->error, "\"%.80s\" is not \"%.80s\" or \"%.80s\"%s%s%s",
				 value->string, zero, one, nearest != NULL ? "; did you mean \"" : "",
				 nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
	}
	*ret_one = strcmp(value->string, one) == 0;
	return true;
}

typedef bool item_reader(const struct reader *reader, const struct json *item, struct string_list *list);

static item_reader read_extension;

/* Reads a list of strings, each through @each; what stood in the list before is gone. */
static bool read_list(const struct reader *reader, const struct json *value, item_reader *each, struct string_list *ret)
{
	if (value->type != JSON_ARRAY)
		return fail_type(reader, value, "a list");
	string_list_free(ret);
	for (const struct json *item = value->first; item != NULL; item = item->next) {
		if (item->type != JSON_STRING)
			return fail_type(reader, item, "a string");
		/* "default" brings names that may well be named beside it. */
		if (each != read_extension && string_list_contains(ret, item->string))
			return json_fail(item, reader->source, reader->error, "\"%.80s\" stands in the list twice",
					 item->string);
		if (!each(reader, item, ret))
			return false;
	}
	return true;
}

static bool read_profile_name(const struct reader *reader, const struct json *item, struct string_list *list)
{
	if (!name_is_profile(item->string, item->length))
		return json_fail(item, reader->source, reader->error,
				 "\"%.80s\" is not a profile's name: 1 to 64 of A-Z a-z 0-9 _ . - and no dot in front",
				 item->string);
	string_list_add(list, item->string, item->length);
	return true;
}

static bool read_allowed_profile(const struct reader *reader, const struct json *item, struct string_list *list)
{
	if (strcmp(item->string, "*") != 0)
		return read_profile_name(reader, item, list);
	list_add_all(list);
	return true;
}

static bool read_table(const struct reader *reader, const struct json *item, struct string_list *list)
{
	static const char *const tables[] = {"*", "filter", "nat", "mangle", "raw", "security", NULL};

	for (size_t i = 0; tables[i] != NULL; i++) {
		if (strcmp(tables[i], item->string) != 0)
			continue;
		string_list_add(list, item->string, item->length);
		return true;
	}
	return fail_word(reader, item, "a table", tables);
}

static bool read_extension(const struct reader *reader, const struct json *item, struct string_list *list)
{
	/* XT_EXTENSION_MAXNAMELEN of <linux/netfilter/x_tables.h>, less the NUL. */
	static const size_t longest = 28;

	if (strcmp(item->string, "default") == 0) {
		name_add_default_extensions(list);
		return true;
	}
	if (strcmp(item->string, "*") != 0 && (!name_is_variable(item->string, item->length) || item->length > longest))
		return json_fail(item, reader->source, reader->error,
				 "\"%.80s\" is not the name of a match or target, \"default\" or \"*\"", item->string);
	string_list_add(list, item->string, item->length);
	return true;
}

static bool read_resolver(const struct reader *reader, const struct json *item, struct string_list *list)
{
	struct network_range range;
	const char *reason;

	if (!network_range_parse(item->string, item->length, &range, &reason) ||
	    network_address_compare(&range.low, &range.high) != 0 || strpbrk(item->string, "/-") != NULL)
		return json_fail(item, reader->source, reader->error, "\"%.80s\" is not the address of a resolver",
				 item->string);
	if (list->count == CONFIG_MAX_RESOLVERS)
		return json_fail(item, reader->source, reader->error, "more than %d resolvers", CONFIG_MAX_RESOLVERS);
	string_list_add(list, item->string, item->length);
	return true;
}

static bool read_mandatory(const struct reader *reader, const struct json *value)
{
	return read_list(reader, value, read_profile_name, &reader->config->mandatory_profiles);
}

static bool read_defaults(const struct reader *reader, const struct json *value)
{
	return read_list(reader, value, read_profile_name, &reader->config->default_profiles);
}

static bool read_allowed(const struct reader *reader, const struct json *value)
{
	return read_list(reader, value, read_allowed_profile, &reader->config->allowed_profiles);
}

static bool read_resolvers(const struct reader *reader, const struct json *value)
{
	return read_list(reader, value, read_resolver, &reader->config->resolvers);
}

static bool read_rules_annotation(const struct reader *reader, const struct json *value)
{
	static const char *const members[] = {"tables", "extensions", NULL};
	struct config *config = reader->config;
	const struct json *tables = json_member(value, "tables");
	const struct json *extensions = json_member(value, "extensions");

	if (value->type == JSON_BOOLEAN) {
		config->allow_rules = value->boolean;
		return true;
	}
	if (value->type != JSON_OBJECT)
		return fail_type(reader, value, "true, false or an object");
	if (!json_check_members(value, members, reader->source, reader->error))
		return false;
	config->allow_rules = true;
	return (tables == NULL || read_list(reader, tables, read_table, &config->rules_tables)) &&
	       (extensions == NULL || read_list(reader, extensions, read_extension, &config->rules_extensions));
}

static bool read_annotations(const struct reader *reader, const struct json *value)
{
	static const char *const members[] = {"profile", "egress", "ingress", "policy", "rules", NULL};
	struct config *config = reader->config;
	bool *const flags[] = {&config->allow_profile, &config->allow_egress, &config->allow_ingress,
			       &config->allow_policy};

	if (value->type != JSON_OBJECT)
		return fail_type(reader, value, "an object");
	if (!json_check_members(value, members, reader->source, reader->error))
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(flags); i++) {
		const struct json *flag = json_member(value, members[i]);

		if (flag != NULL && !read_boolean(reader, flag, flags[i]))
			return false;
	}
	value = json_member(value, "rules");
	return value == NULL || read_rules_annotation(reader, value);
}

static bool read_vars(const struct reader *reader, const struct json *value)
{
	struct config *config = reader->config;

	if (value->type != JSON_OBJECT)
		return fail_type(reader, value, "an object");
	free_vars(config);
	config->var_count = 0;
	config->vars = memory_allocate(value->count + 1, sizeof(*config->vars));
	for (const struct json *item = value->first; item != NULL; item = item->next) {
		if (!name_is_variable(item->key, strlen(item->key)))
			return json_fail(item, reader->source, reader->error,
					 "not a variable's name: 1 to 64 of A-Z a-z 0-9 _ . -");
		if (item->type != JSON_STRING)
			return fail_type(reader, item, "a string");
		if (!name_is_value(item->string, item->length))
			return json_fail(item, reader->source, reader->error,
					 "\"%.80s\" is not a variable's value: 1 or more of A-Z a-z 0-9 _ . : / , -",
					 item->string);
		config->vars[config->var_count].name = memory_copy_string(item->key);
		config->vars[config->var_count++].value = memory_copy_string(item->string);
	}
	return true;
}

static bool read_capability(const struct reader *reader, const struct json *item, struct string_list *list)
{
	if (name_capability(item->string) < 0)
		return fail_word(reader, item, "a capability", name_capabilities());
	string_list_add(list, item->string, item->length);
	return true;
}

static bool read_forbidden(const struct reader *reader, const struct json *value)
{
	struct string_list names = {0};
	bool good = read_list(reader, value, read_capability, &names);

	reader->config->forbidden_capabilities = 0;
	for (size_t i = 0; i < names.count; i++)
		reader->config->forbidden_capabilities |= UINT64_C(1) << name_capability(names.items[i]);
	string_list_free(&names);
	return good;
}

static bool read_host_network(const struct reader *reader, const struct json *value)
{
	bool ignore;

	if (!read_choice(reader, value, "refuse", "ignore", &ignore))
		return false;
	reader->config->host_network = ignore ? CONFIG_HOST_NETWORK_IGNORE : CONFIG_HOST_NETWORK_REFUSE;
	return true;
}

static bool read_ipv6_unfiltered(const struct reader *reader, const struct json *value)
{
	bool warn;

	if (!read_choice(reader, value, "refuse", "warn", &warn))
		return false;
	reader->config->ipv6_unfiltered = warn ? CONFIG_IPV6_WARN : CONFIG_IPV6_REFUSE;
	return true;
}

static bool read_lock_timeout(const struct reader *reader, const struct json *value)
{
	uint64_t seconds = 0;

	if (!read_integer(reader, value, 0, LIMIT_LOCK_SECONDS, &seconds))
		return false;
	reader->config->lock_timeout_seconds = (unsigned)seconds;
	return true;
}

static bool read_state_directory(const struct reader *reader, const struct json *value)
{
	if (reader->user)
		return json_fail(value, reader->source, reader->error,
				 "only the system's configuration can set the state directory");
	if (value->type != JSON_STRING)
		return fail_type(reader, value, "a string");
	if (value->string[0] != '/' || value->length > 4000)
		return json_fail(value, reader->source, reader->error, "\"%.80s\" is not an absolute path",
				 value->string);
	free(reader->config->state_directory);
	reader->config->state_directory = memory_copy_string(value->string);
	return true;
}

static bool read_log(const struct reader *reader, const struct json *value)
{
	static const char *const members[] = {"syslog", "level", NULL};
	static const char *const levels[] = {"error", "warning", "notice", "info", "debug", NULL};
	const struct json *syslog_flag = json_member(value, "syslog");
	const struct json *level = json_member(value, "level");

	if (value->type != JSON_OBJECT)
		return fail_type(reader, value, "an object");
	if (!json_check_members(value, members, reader->source, reader->error))
		return false;
	if (syslog_flag != NULL && !read_boolean(reader, syslog_flag, &reader->config->log_syslog))
		return false;
	if (level == NULL)
		return true;
	if (level->type != JSON_STRING)
		return fail_type(reader, level, "a string");
	if (log_level(level->string) < 0)
		return fail_word(reader, level, "a level: error, warning, notice, info, debug", levels);
	reader->config->log_level = log_level(level->string);
	return true;
}

static bool read_limits(const struct reader *reader, const struct json *value)
{
	static const char *const members[] = {"rules", "annotation_bytes", NULL};
	const struct json *rules = json_member(value, "rules");
	const struct json *bytes = json_member(value, "annotation_bytes");

	if (value->type != JSON_OBJECT)
		return fail_type(reader, value, "an object");
	return json_check_members(value, members, reader->source, reader->error) &&
	       (rules == NULL || read_integer(reader, rules, 1, LIMIT_RULES, &reader->config->limit_rules)) &&
	       (bytes == NULL ||
		read_integer(reader, bytes, 1, LIMIT_ANNOTATION_BYTES, &reader->config->limit_annotation_bytes));
}

static const struct {
	const char *name;
	bool (*read)(const struct reader *reader, const struct json *value);
} top_members[] = {
	{"mandatory_profiles", read_mandatory},
	{"default_profiles", read_defaults},
	{"allowed_profiles", read_allowed},
	{"annotations", read_annotations},
	{"vars", read_vars},
	{"resolvers", read_resolvers},
	{"forbidden_capabilities", read_forbidden},
	{"host_network", read_host_network},
	{"ipv6_unfiltered", read_ipv6_unfiltered},
	{"lock_timeout_seconds", read_lock_timeout},
	{"state_directory", read_state_directory},
	{"log", read_log},
	{"limits", read_limits},
};

/* Takes the ownership of @config. */
static struct config *parse_over(struct config *config, bool user, const char *text, size_t length, const char *source,
				 struct error **error)
{
	cleanup_config struct config *filled = config;
	cleanup_json struct json_document *document = NULL;
	const char *names[ARRAY_LENGTH(top_members) + 1] = {NULL};
	struct reader reader = {.config = config, .source = source, .user = user, .error = error};
	const struct json *top;

	if (length > CONFIG_MAX_BYTES) {
		error_set(error, "%s: longer than the limit of %zu bytes", source, CONFIG_MAX_BYTES);
		return NULL;
	}
	document = json_read(text, length, source, error);
	if (document == NULL)
		return NULL;
	top = json_top(document);
	if (top->type != JSON_OBJECT) {
		fail_type(&reader, top, "an object");
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(top_members); i++)
		names[i] = top_members[i].name;
	if (!json_check_members(top, names, source, error))
		return NULL;
	for (size_t i = 0; i < ARRAY_LENGTH(top_members); i++) {
		const struct json *value = json_member(top, top_members[i].name);

		if (value != NULL && !top_members[i].read(&reader, value))
			return NULL;
	}
	return STEAL(filled);
}

static void count_system_entries(struct config *config)
{
	config->system_mandatory_count = config->mandatory_profiles.count;
	config->system_default_count = config->default_profiles.count;
	config->system_var_count = config->var_count;
	config->system_resolver_count = config->resolvers.count;
}

struct config *config_parse(const char *text, size_t length, const char *source, struct error **error)
{
	struct config *config = parse_over(config_default(), false, text, length, source, error);

	if (config != NULL)
		count_system_entries(config);
	return config;
}

struct config *config_parse_user(const char *text, size_t length, const char *source, struct error **error)
{
	return parse_over(config_unrestricted(), true, text, length, source, error);
}
