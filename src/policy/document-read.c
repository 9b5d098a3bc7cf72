/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy documents: JSON of interface section 4 into struct policy_document. */
#include "policy/document.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/text.h"
#include "policy/compiler.h"
#include "policy/document-reader.h"
#include "policy/endpoint.h"
#include "policy/names.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/** Longest string after its variables are expanded, in bytes: a list of one annotation's size. */
#define MAX_STRING ((size_t)256 * 1024)

bool document_fail_type(const struct document_reader *reader, const struct json *value, const char *wanted)
{
	return json_fail(value, reader->source, reader->error, "%s is wanted, not %s", wanted,
			 json_type_name(value->type));
}

/* Puts the place before a reason that a parser of words gave. */
bool document_fail_reason(const struct document_reader *reader, const struct json *value, const char *word,
			  size_t length, struct error *reason)
{
	cleanup_error struct error *owned = reason;
	cleanup_text struct text shown = {0};

	if (word == NULL)
		return json_fail(value, reader->source, reader->error, "%s", error_text(owned));
	text_append_escaped(&shown, word, length < 80 ? length : 80);
	return json_fail(value, reader->source, reader->error, "\"%.80s\": %s", text_string(&shown), error_text(owned));
}

bool document_expand(struct document_reader *reader, const struct json *value, char **ret, size_t *ret_length)
{
	struct error *reason = NULL;

	if (!scope_expand(reader->scope, value->string, value->length, MAX_STRING, ret, ret_length, &reason))
		return document_fail_reason(reader, value, NULL, 0, reason);
	reader->expanded += *ret_length;
	if (reader->expanded > reader->most)
		return json_fail(value, reader->source, reader->error,
				 "the document is longer than the limit of %zu bytes after its variables are expanded",
				 reader->most);
	return true;
}

/* A string's or number's text. */
bool document_read_scalar(struct document_reader *reader, const struct json *value, const char *wanted, char **ret,
			  size_t *ret_length)
{
	if (value->type != JSON_STRING && value->type != JSON_NUMBER)
		return document_fail_type(reader, value, wanted);
	if (value->type == JSON_STRING)
		return document_expand(reader, value, ret, ret_length);
	*ret = memory_copy_bytes(value->string, value->length);
	*ret_length = value->length;
	return true;
}

bool document_read_boolean(const struct document_reader *reader, const struct json *value, bool *ret)
{
	if (value->type != JSON_BOOLEAN)
		return document_fail_type(reader, value, "true or false");
	*ret = value->boolean;
	return true;
}

/* Finds a string among words. @words ends with NULL. */
bool document_read_word(const struct document_reader *reader, const struct json *value, const char *const *words,
			unsigned *ret)
{
	cleanup_text struct text list = {0};
	const char *nearest;

	if (value->type != JSON_STRING)
		return document_fail_type(reader, value, "a string");
	for (unsigned i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], value->string) == 0) {
			*ret = i;
			return true;
		}
		text_printf(&list, "%s%s", i == 0 ? "" : ", ", words[i]);
	}
	nearest = text_nearest(value->string, words);
	if (nearest != NULL)
		return json_fail(value, reader->source, reader->error,
				 "\"%.80s\" is not known; did you mean \"%.80s\"?", value->string, nearest);
	return json_fail(value, reader->source, reader->error, "\"%.80s\" is not one of %s", value->string,
			 text_string(&list));
}

static bool read_action(const struct document_reader *reader, const struct json *value, enum action *ret)
{
	static const char *const words[] = {"allow", "drop", "reject", NULL};
	unsigned which = 0;

	if (!document_read_word(reader, value, words, &which))
		return false;
	*ret = (enum action)which;
	return true;
}

struct address_list {
	struct address_set set;
	bool dns;
	bool none;
	size_t words;
};

static bool read_address_string(struct document_reader *reader, const struct json *value, struct address_list *list)
{
	cleanup_free char *text = NULL;
	size_t length = 0, size;
	size_t before = list->words;
	const char *at;

	if (value->type != JSON_STRING)
		return document_fail_type(reader, value, "a string");
	if (!document_expand(reader, value, &text, &length))
		return false;
	at = text;
	while ((size = name_next_word(&at, text + length)) != 0) {
		struct error *reason = NULL;

		list->words++;
		if (!endpoint_parse_address(reader->scope, at, size, &list->set, &list->dns, &list->none, &reason))
			return document_fail_reason(reader, value, at, size, reason);
		at += size;
	}
	if (list->words == before)
		return json_fail(value, reader->source, reader->error, "holds no address");
	return true;
}

static bool read_addresses(struct document_reader *reader, const struct json *value, struct address_list *list)
{
	if (value->type != JSON_ARRAY)
		return document_fail_type(reader, value, "a list of addresses");
	for (const struct json *item = value->first; item != NULL; item = item->next) {
		if (!read_address_string(reader, item, list))
			return false;
	}
	if (list->words == 0)
		return json_fail(value, reader->source, reader->error,
				 "an empty list; leave it out for any address, write \"none\" for nothing");
	if (list->none && list->words > 1)
		return json_fail(value, reader->source, reader->error, "\"none\" stands alone");
	address_set_normalise(&list->set);
	return true;
}

bool document_read_protocol(struct document_reader *reader, const struct json *value, struct service *service)
{
	cleanup_free char *word = NULL;
	struct error *reason = NULL;
	size_t length = 0;

	if (!document_read_scalar(reader, value, "a protocol's name or number", &word, &length))
		return false;
	if (!endpoint_parse_protocol(word, length, &service->protocol, &reason))
		return document_fail_reason(reader, value, NULL, 0, reason);
	if (service->protocol == IPPROTO_ICMP && word[0] != 'i')
		service->icmp_type_ipv6 = SERVICE_NO_TYPE; /* the number 1 is nothing but IPv4's */
	return true;
}

static bool read_port_item(struct document_reader *reader, const struct json *value, struct service *service,
			   size_t *capacity)
{
	cleanup_free char *text = NULL;
	size_t length = 0, size, before = service->port_count;
	const char *at;

	if (!document_read_scalar(reader, value, "a port", &text, &length))
		return false;
	at = text;
	while ((size = name_next_word(&at, text + length)) != 0) {
		struct port_range range;
		struct error *reason = NULL;

		if (!endpoint_parse_ports(at, size, &range, &reason))
			return document_fail_reason(reader, value, NULL, 0, reason);
		service_add_ports(service, capacity, range.low, range.high);
		at += size;
	}
	if (service->port_count == before)
		return json_fail(value, reader->source, reader->error, "holds no port");
	return true;
}

static bool read_ports(struct document_reader *reader, const struct json *value, struct service *service)
{
	size_t capacity = 0;

	if (value->type != JSON_ARRAY)
		return document_fail_type(reader, value, "a list of ports");
	if (!service_has_ports(service->protocol))
		return json_fail(value, reader->source, reader->error,
				 "needs a protocol that has ports: tcp, udp, sctp or dccp");
	if (value->first == NULL)
		return json_fail(value, reader->source, reader->error, "an empty list; leave it out for any port");
	for (const struct json *item = value->first; item != NULL; item = item->next) {
		if (!read_port_item(reader, item, service, &capacity))
			return false;
	}
	service_normalise(service);
	return true;
}

static bool read_icmp_type(struct document_reader *reader, const struct json *value, const struct json *protocol,
			   struct service *service)
{
	cleanup_free char *word = NULL;
	struct error *reason = NULL;
	size_t length = 0;

	if (protocol == NULL || service->protocol != IPPROTO_ICMP || service->icmp_type_ipv6 == SERVICE_NO_TYPE)
		return json_fail(value, reader->source, reader->error, "needs \"protocol\": \"icmp\"");
	if (!document_read_scalar(reader, value, "a type of ICMP", &word, &length))
		return false;
	if (!endpoint_parse_icmp_type(word, length, service, &reason))
		return document_fail_reason(reader, value, NULL, 0, reason);
	return true;
}

static bool read_service(struct document_reader *reader, const struct json *rule, struct service *service)
{
	const struct json *protocol = json_member(rule, "protocol");
	const struct json *ports = json_member(rule, "ports");
	const struct json *type = json_member(rule, "icmp-type");

	if (protocol != NULL && !document_read_protocol(reader, protocol, service))
		return false;
	if (ports != NULL && !read_ports(reader, ports, service))
		return false;
	return type == NULL || read_icmp_type(reader, type, protocol, service);
}

static bool read_interface(struct document_reader *reader, const struct json *value, struct policy_rule *rule)
{
	cleanup_free char *name = NULL;
	size_t length = 0;

	if (value->type != JSON_STRING)
		return document_fail_type(reader, value, "a string");
	if (!document_expand(reader, value, &name, &length))
		return false;
	if (!name_is_interface(name, length))
		return json_fail(value, reader->source, reader->error,
				 "\"%.80s\" is not an interface: 1 to 15 of A-Z a-z 0-9 _ . : @ -", name);
	rule->interface = STEAL(name);
	return true;
}

static bool read_extras(struct document_reader *reader, const struct json *value, struct policy_rule *rule,
			bool *ret_log_set)
{
	const struct json *interface = json_member(value, "interface");
	const struct json *log = json_member(value, "log");
	const struct json *comment = json_member(value, "comment");

	*ret_log_set = log != NULL;
	if (interface != NULL && !read_interface(reader, interface, rule))
		return false;
	if (log != NULL && !document_read_boolean(reader, log, &rule->logged))
		return false;
	if (comment == NULL)
		return true;
	if (comment->type != JSON_STRING)
		return document_fail_type(reader, comment, "a string");
	rule->comment = memory_copy_bytes(comment->string, comment->length);
	return true;
}

/* Makes rules of what one JSON rule names: the word "dns" brings its own ports, so it becomes rules beside it. */
static bool add_addresses(struct document_reader *reader, const struct json *value, struct policy_direction *direction,
			  const struct address_list *named, const struct address_list *excepted)
{
	cleanup_address_set struct address_set resolvers = {0};
	size_t first = direction->count - 1;
	struct error *reason = NULL;

	if ((named->dns || excepted->dns) && !endpoint_add_resolvers(reader->scope, &resolvers, &reason))
		return document_fail_reason(reader, value, "dns", 3, reason);
	address_set_add_set(&direction->rules[first].addresses, &named->set);
	if (named->dns)
		policy_rule_add_dns(direction, &direction->rules[first], &resolvers);
	for (size_t i = first; i < direction->count; i++) {
		address_set_subtract(&direction->rules[i].addresses, &excepted->set);
		if (excepted->dns)
			address_set_add_set(&direction->rules[i].resolver_exception, &resolvers);
	}
	return true;
}

static bool read_peers(struct document_reader *reader, const struct json *rule, bool egress,
		       struct policy_direction *direction)
{
	const struct json *peers = json_member(rule, egress ? "to" : "from");
	const struct json *except = json_member(rule, "except");
	struct address_list named = {0}, excepted = {0};
	bool good = true;

	if (peers != NULL) {
		good = read_addresses(reader, peers, &named);
	} else {
		address_set_add_any(&named.set);
		address_set_normalise(&named.set);
	}
	if (good && except != NULL)
		good = read_addresses(reader, except, &excepted);
	if (good && !egress && (named.dns || excepted.dns))
		good = json_fail(named.dns ? peers : except, reader->source, reader->error,
				 "\"dns\" is a destination; answers of resolvers come in without it");
	if (good)
		good = add_addresses(reader, named.dns ? peers : except, direction, &named, &excepted);
	address_set_free(&named.set);
	address_set_free(&excepted.set);
	return good;
}

/* The rule as it was written, but for blanks, and where it stands: for `show`, which knows the compiled text alone. */
static char *origin_of(const struct document_reader *reader, const struct json *value, const char *direction,
		       size_t number)
{
	cleanup_text struct text origin = {0};
	const char *at = reader->text + value->offset;
	unsigned depth = 1;
	bool quoted = false;

	text_printf(&origin, "%s[%zu]\t{", direction, number - 1);
	for (; *at != '\0' && depth > 0 && origin.length <= COMPILER_MAX_ORIGIN; at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (quoted && *at == '\\' && at[1] != '\0')
			text_append_char(&origin, *at++);
		else if (!quoted)
			depth = depth + (*at == '{') - (*at == '}');
		if (quoted || strchr(" \t\r\n", *at) == NULL)
			text_append_char(&origin, *at);
		if (!quoted && strchr(":,", *at) != NULL)
			text_append_char(&origin, ' ');
	}
	return text_steal(&origin);
}

static bool read_rule(struct document_reader *reader, const struct json *value, bool egress, size_t number,
		      struct policy_direction *direction)
{
	static const char *const outward[] = {"action",    "to",        "except", "protocol", "ports",
					      "interface", "icmp-type", "log",    "comment",  NULL};
	static const char *const inward[] = {"action",    "from",      "except", "protocol", "ports",
					     "interface", "icmp-type", "log",    "comment",  NULL};
	const struct json *action = json_member(value, "action");
	const struct json *wrong = json_member(value, egress ? "from" : "to");
	struct policy_rule *rule;
	bool log_set;

	if (value->type != JSON_OBJECT)
		return document_fail_type(reader, value, "an object");
	if (wrong != NULL)
		return json_fail(wrong, reader->source, reader->error, "rules of %s have \"%.80s\"",
				 egress ? "egress" : "ingress", egress ? "to" : "from");
	if (!json_check_members(value, egress ? outward : inward, reader->source, reader->error))
		return false;
	if (action == NULL)
		return json_fail(value, reader->source, reader->error, "\"action\" is missing");
	rule = policy_rule_add(direction);
	rule->number = number;
	rule->origin = origin_of(reader, value, egress ? "egress" : "ingress", number);
	if (!read_action(reader, action, &rule->action) || !read_extras(reader, value, rule, &log_set) ||
	    !read_service(reader, value, &rule->service))
		return false;
	if (!log_set)
		rule->logged = rule->action != ACTION_ALLOW && reader->document->log.denied;
	return read_peers(reader, value, egress, direction);
}

static bool read_direction(struct document_reader *reader, const struct json *value, enum direction which)
{
	static const char *const members[] = {"default", "rules", NULL};
	struct policy_direction *direction = &reader->document->directions[which];
	const struct json *fallback = json_member(value, "default");
	const struct json *rules = json_member(value, "rules");
	size_t number = 1;

	if (value->type != JSON_OBJECT)
		return document_fail_type(reader, value, "an object");
	if (!json_check_members(value, members, reader->source, reader->error))
		return false;
	if (fallback == NULL)
		return json_fail(value, reader->source, reader->error, "\"default\" is missing");
	if (!read_action(reader, fallback, &direction->fallback))
		return false;
	direction->present = true;
	if (rules == NULL)
		return true;
	if (rules->type != JSON_ARRAY)
		return document_fail_type(reader, rules, "a list");
	for (const struct json *rule = rules->first; rule != NULL; rule = rule->next) {
		if (!read_rule(reader, rule, which == DIRECTION_EGRESS, number++, direction))
			return false;
	}
	return true;
}

static bool read_version(const struct document_reader *reader, const struct json *top)
{
	const struct json *version = json_member(top, "version");
	uint64_t number;

	if (version == NULL)
		return json_fail(top, reader->source, reader->error, "\"version\" is missing; write \"version\": 1");
	if (version->type != JSON_NUMBER)
		return document_fail_type(reader, version, "a number");
	if (!json_integer(version, 1, &number) || number != 1)
		return json_fail(version, reader->source, reader->error, "%s is not a version that is known here; 1 is",
				 version->string);
	return true;
}

static bool read_top(struct document_reader *reader, const struct json *top)
{
	static const char *const members[] = {"version", "description", "egress", "ingress",
					      "forward", "redirect",    "log",    NULL};
	const struct json *description = json_member(top, "description");
	const struct json *value;

	if (top->type != JSON_OBJECT)
		return document_fail_type(reader, top, "an object");
	if (!json_check_members(top, members, reader->source, reader->error) || !read_version(reader, top))
		return false;
	if (description != NULL && description->type != JSON_STRING)
		return document_fail_type(reader, description, "a string");
	/* Before the rules, which ask it whether denials are logged. */
	if ((value = json_member(top, "log")) != NULL && !document_read_log(reader, value))
		return false;
	if ((value = json_member(top, "egress")) != NULL && !read_direction(reader, value, DIRECTION_EGRESS))
		return false;
	if ((value = json_member(top, "ingress")) != NULL && !read_direction(reader, value, DIRECTION_INGRESS))
		return false;
	if ((value = json_member(top, "forward")) != NULL && !document_read_forwards(reader, value))
		return false;
	return (value = json_member(top, "redirect")) == NULL || document_read_redirects(reader, value);
}

struct policy_document *policy_document_read(const struct scope *scope, const char *text, size_t length, size_t most,
					     const char *source, struct error **error)
{
	cleanup_document struct policy_document *policy = policy_document_new();
	cleanup_json struct json_document *json = json_read(text, length, source, error);
	struct document_reader reader = {
		.scope = scope, .source = source, .text = text, .document = policy, .most = most, .error = error};

	if (json == NULL || !read_top(&reader, json_top(json)))
		return NULL;
	return STEAL(policy);
}
