/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy documents: JSON of interface section 4 into struct policy_document. */
#include "policy/document.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/text.h"
#include "policy/config.h"
#include "policy/endpoint.h"
#include "policy/names.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/** Longest string after its variables are expanded, in bytes: a list of one annotation's size. */
#define MAX_STRING ((size_t)256 * 1024)

struct reader {
	const struct scope *scope;
	const char *source;
	struct policy_document *document;
	size_t expanded; /* bytes of all strings so far: a list of references must not become gigabytes */
	struct error **error;
};

static bool fail_type(const struct reader *reader, const struct json *value, const char *wanted)
{
	return json_fail(value, reader->source, reader->error, "%s is wanted, not %s", wanted,
			 json_type_name(value->type));
}

/* Puts the place before a reason that a parser of words gave. */
static bool fail_reason(const struct reader *reader, const struct json *value, const char *word, size_t length,
			struct error *reason)
{
	cleanup_error struct error *owned = reason;
	cleanup_text struct text shown = {0};

	if (word == NULL)
		return json_fail(value, reader->source, reader->error, "%s", error_text(owned));
	text_append_escaped(&shown, word, length < 80 ? length : 80);
	return json_fail(value, reader->source, reader->error, "\"%s\": %s", text_string(&shown), error_text(owned));
}

static bool expand(struct reader *reader, const struct json *value, char **ret, size_t *ret_length)
{
	struct error *reason = NULL;

	if (!scope_expand(reader->scope, value->string, value->length, MAX_STRING, ret, ret_length, &reason))
		return fail_reason(reader, value, NULL, 0, reason);
	reader->expanded += *ret_length;
	if (reader->expanded > CONFIG_MAX_BYTES)
		return json_fail(value, reader->source, reader->error,
				 "more than %zu bytes after variables are expanded", CONFIG_MAX_BYTES);
	return true;
}

/* A string's or number's text. */
static bool read_scalar(struct reader *reader, const struct json *value, const char *wanted, char **ret,
			size_t *ret_length)
{
	if (value->type != JSON_STRING && value->type != JSON_NUMBER)
		return fail_type(reader, value, wanted);
	if (value->type == JSON_STRING)
		return expand(reader, value, ret, ret_length);
	*ret = memory_copy_bytes(value->string, value->length);
	*ret_length = value->length;
	return true;
}

static bool read_boolean(const struct reader *reader, const struct json *value, bool *ret)
{
	if (value->type != JSON_BOOLEAN)
		return fail_type(reader, value, "true or false");
	*ret = value->boolean;
	return true;
}

/* Finds a string among words. @words ends with NULL. */
static bool read_word(const struct reader *reader, const struct json *value, const char *const *words, unsigned *ret)
{
	cleanup_text struct text list = {0};
	const char *nearest;

	if (value->type != JSON_STRING)
		return fail_type(reader, value, "a string");
	for (unsigned i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], value->string) == 0) {
			*ret = i;
			return true;
		}
		text_printf(&list, "%s%s", i == 0 ? "" : ", ", words[i]);
	}
	nearest = text_nearest(value->string, words);
	if (nearest != NULL)
		return json_fail(value, reader->source, reader->error, "\"%s\" is not known; did you mean \"%s\"?",
				 value->string, nearest);
	return json_fail(value, reader->source, reader->error, "\"%s\" is not one of %s", value->string,
			 text_string(&list));
}

static bool read_action(const struct reader *reader, const struct json *value, enum action *ret)
{
	static const char *const words[] = {"allow", "drop", "reject", NULL};
	unsigned which = 0;

	if (!read_word(reader, value, words, &which))
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

static bool read_address_string(struct reader *reader, const struct json *value, struct address_list *list)
{
	cleanup_free char *text = NULL;
	size_t length = 0, size;
	size_t before = list->words;
	const char *at;

	if (value->type != JSON_STRING)
		return fail_type(reader, value, "a string");
	if (!expand(reader, value, &text, &length))
		return false;
	at = text;
	while ((size = name_next_word(&at, text + length)) != 0) {
		struct error *reason = NULL;

		list->words++;
		if (!endpoint_parse_address(reader->scope, at, size, &list->set, &list->dns, &list->none, &reason))
			return fail_reason(reader, value, at, size, reason);
		at += size;
	}
	if (list->words == before)
		return json_fail(value, reader->source, reader->error, "holds no address");
	return true;
}

static bool read_addresses(struct reader *reader, const struct json *value, struct address_list *list)
{
	if (value->type != JSON_ARRAY)
		return fail_type(reader, value, "a list of addresses");
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

static bool read_protocol(struct reader *reader, const struct json *value, struct service *service)
{
	cleanup_free char *word = NULL;
	struct error *reason = NULL;
	size_t length = 0;

	if (!read_scalar(reader, value, "a protocol's name or number", &word, &length))
		return false;
	if (!endpoint_parse_protocol(word, length, &service->protocol, &reason))
		return fail_reason(reader, value, NULL, 0, reason);
	if (service->protocol == IPPROTO_ICMP && word[0] != 'i')
		service->icmp_type_ipv6 = SERVICE_NO_TYPE; /* the number 1 is nothing but IPv4's */
	return true;
}

static bool read_port_item(struct reader *reader, const struct json *value, struct service *service, size_t *capacity)
{
	cleanup_free char *text = NULL;
	size_t length = 0, size, before = service->port_count;
	const char *at;

	if (!read_scalar(reader, value, "a port", &text, &length))
		return false;
	at = text;
	while ((size = name_next_word(&at, text + length)) != 0) {
		struct port_range range;
		struct error *reason = NULL;

		if (!endpoint_parse_ports(at, size, &range, &reason))
			return fail_reason(reader, value, NULL, 0, reason);
		service_add_ports(service, capacity, range.low, range.high);
		at += size;
	}
	if (service->port_count == before)
		return json_fail(value, reader->source, reader->error, "holds no port");
	return true;
}

static bool read_ports(struct reader *reader, const struct json *value, struct service *service)
{
	size_t capacity = 0;

	if (value->type != JSON_ARRAY)
		return fail_type(reader, value, "a list of ports");
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

static bool read_icmp_type(struct reader *reader, const struct json *value, const struct json *protocol,
			   struct service *service)
{
	cleanup_free char *word = NULL;
	struct error *reason = NULL;
	size_t length = 0;

	if (protocol == NULL || service->protocol != IPPROTO_ICMP || service->icmp_type_ipv6 == SERVICE_NO_TYPE)
		return json_fail(value, reader->source, reader->error, "needs \"protocol\": \"icmp\"");
	if (!read_scalar(reader, value, "a type of ICMP", &word, &length))
		return false;
	if (!endpoint_parse_icmp_type(word, length, service, &reason))
		return fail_reason(reader, value, NULL, 0, reason);
	return true;
}

static bool read_service(struct reader *reader, const struct json *rule, struct service *service)
{
	const struct json *protocol = json_member(rule, "protocol");
	const struct json *ports = json_member(rule, "ports");
	const struct json *type = json_member(rule, "icmp-type");

	if (protocol != NULL && !read_protocol(reader, protocol, service))
		return false;
	if (ports != NULL && !read_ports(reader, ports, service))
		return false;
	return type == NULL || read_icmp_type(reader, type, protocol, service);
}

static bool read_interface(struct reader *reader, const struct json *value, struct policy_rule *rule)
{
	cleanup_free char *name = NULL;
	size_t length = 0;

	if (value->type != JSON_STRING)
		return fail_type(reader, value, "a string");
	if (!expand(reader, value, &name, &length))
		return false;
	if (!name_is_interface(name, length))
		return json_fail(value, reader->source, reader->error,
				 "\"%s\" is not an interface: 1 to 15 of A-Z a-z 0-9 _ . : @ -", name);
	rule->interface = STEAL(name);
	return true;
}

static bool read_extras(struct reader *reader, const struct json *value, struct policy_rule *rule, bool *ret_log_set)
{
	const struct json *interface = json_member(value, "interface");
	const struct json *log = json_member(value, "log");
	const struct json *comment = json_member(value, "comment");

	*ret_log_set = log != NULL;
	if (interface != NULL && !read_interface(reader, interface, rule))
		return false;
	if (log != NULL && !read_boolean(reader, log, &rule->logged))
		return false;
	if (comment == NULL)
		return true;
	if (comment->type != JSON_STRING)
		return fail_type(reader, comment, "a string");
	rule->comment = memory_copy_bytes(comment->string, comment->length);
	return true;
}

/* Makes rules of what one JSON rule names: the word "dns" brings its own ports, so it becomes rules beside it. */
static bool add_addresses(struct reader *reader, const struct json *value, struct policy_direction *direction,
			  const struct address_list *named, const struct address_list *excepted)
{
	cleanup_address_set struct address_set resolvers = {0};
	size_t first = direction->count - 1;
	struct error *reason = NULL;

	if ((named->dns || excepted->dns) && !endpoint_add_resolvers(reader->scope, &resolvers, &reason))
		return fail_reason(reader, value, "dns", 3, reason);
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

static bool read_peers(struct reader *reader, const struct json *rule, bool egress, struct policy_direction *direction)
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

static bool read_rule(struct reader *reader, const struct json *value, bool egress, size_t number,
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
		return fail_type(reader, value, "an object");
	if (wrong != NULL)
		return json_fail(wrong, reader->source, reader->error, "rules of %s have \"%s\"",
				 egress ? "egress" : "ingress", egress ? "to" : "from");
	if (!json_check_members(value, egress ? outward : inward, reader->source, reader->error))
		return false;
	if (action == NULL)
		return json_fail(value, reader->source, reader->error, "\"action\" is missing");
	rule = policy_rule_add(direction);
	rule->number = number;
	if (!read_action(reader, action, &rule->action) || !read_extras(reader, value, rule, &log_set) ||
	    !read_service(reader, value, &rule->service))
		return false;
	if (!log_set)
		rule->logged = rule->action != ACTION_ALLOW && reader->document->log.denied;
	return read_peers(reader, value, egress, direction);
}

static bool read_direction(struct reader *reader, const struct json *value, enum direction which)
{
	static const char *const members[] = {"default", "rules", NULL};
	struct policy_direction *direction = &reader->document->directions[which];
	const struct json *fallback = json_member(value, "default");
	const struct json *rules = json_member(value, "rules");
	size_t number = 1;

	if (value->type != JSON_OBJECT)
		return fail_type(reader, value, "an object");
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
		return fail_type(reader, rules, "a list");
	for (const struct json *rule = rules->first; rule != NULL; rule = rule->next) {
		if (!read_rule(reader, rule, which == DIRECTION_EGRESS, number++, direction))
			return false;
	}
	return true;
}

static bool read_one_port(struct reader *reader, const struct json *object, const char *member, uint16_t *ret)
{
	const struct json *value = json_member(object, member);
	cleanup_free char *word = NULL;
	size_t length = 0;
	uint64_t port;

	if (value == NULL)
		return json_fail(object, reader->source, reader->error, "\"%s\" is missing", member);
	if (!read_scalar(reader, value, "a port", &word, &length))
		return false;
	if (!parse_number(word, length, UINT16_MAX, &port) || port == 0)
		return json_fail(value, reader->source, reader->error, "%s is not a port", word);
	*ret = (uint16_t)port;
	return true;
}

static bool read_port_protocol(struct reader *reader, const struct json *object, int *ret)
{
	const struct json *value = json_member(object, "protocol");
	struct service service = {0};

	if (value == NULL)
		return json_fail(object, reader->source, reader->error, "\"protocol\" is missing");
	if (!read_protocol(reader, value, &service))
		return false;
	if (!service_has_ports(service.protocol))
		return json_fail(value, reader->source, reader->error,
				 "needs a protocol that has ports: tcp, udp, sctp or dccp");
	*ret = service.protocol;
	return true;
}

/* ADDRESS:PORT or [ADDRESS]:PORT. */
static bool parse_target(const char *text, struct policy_forward *ret, struct error **error)
{
	const char *colon = strrchr(text, ':');
	struct network_range range;
	const char *begin = text, *reason;
	size_t length;
	uint64_t port;

	if (colon == NULL)
		return error_set(error, "not ADDRESS:PORT");
	length = (size_t)(colon - text);
	if (memchr(text, ':', length) != NULL) {
		if (length < 2 || text[0] != '[' || colon[-1] != ']')
			return error_set(error, "not ADDRESS:PORT; an IPv6 address stands in brackets: [ADDRESS]:PORT");
		begin = text + 1;
		length -= 2;
	}
	if (memchr(begin, '/', length) != NULL || memchr(begin, '-', length) != NULL ||
	    !network_range_parse(begin, length, &range, &reason))
		return error_set(error, "not ADDRESS:PORT; one IPv4 address, or one IPv6 address in brackets");
	if (!parse_number_string(colon + 1, UINT16_MAX, &port) || port == 0)
		return error_set(error, "%s is not a port", colon + 1);
	ret->target = range.low;
	ret->target_port = (uint16_t)port;
	return true;
}

/* Whether a packet can be forwarded there at all: not to the container itself, not to a group. */
static bool is_forwardable(const struct network_address *address)
{
	static const uint8_t zero[16] = {0};
	const uint8_t *byte = address->bytes;

	if (address->family == AF_INET)
		return byte[0] != 0 && byte[0] != 127 && byte[0] < 224;
	return byte[0] != 0xff && (memcmp(byte, zero, 15) != 0 || byte[15] > 1);
}

static bool read_forward(struct reader *reader, const struct json *value, struct policy_forward *ret)
{
	static const char *const members[] = {"protocol", "port", "to", NULL};
	const struct json *to = json_member(value, "to");
	cleanup_free char *text = NULL;
	struct error *reason = NULL;
	size_t length = 0;

	if (value->type != JSON_OBJECT)
		return fail_type(reader, value, "an object");
	if (!json_check_members(value, members, reader->source, reader->error) ||
	    !read_port_protocol(reader, value, &ret->protocol) || !read_one_port(reader, value, "port", &ret->port))
		return false;
	if (to == NULL)
		return json_fail(value, reader->source, reader->error, "\"to\" is missing");
	if (to->type != JSON_STRING)
		return fail_type(reader, to, "a string");
	if (!expand(reader, to, &text, &length))
		return false;
	if (!parse_target(text, ret, &reason))
		return fail_reason(reader, to, text, length, reason);
	if (!is_forwardable(&ret->target))
		return json_fail(to, reader->source, reader->error,
				 "\"%s\": nothing can be forwarded there; \"redirect\" reaches the container itself",
				 text);
	return true;
}

static bool read_redirect(struct reader *reader, const struct json *value, struct policy_redirect *ret)
{
	static const char *const members[] = {"direction", "protocol", "port", "to-port", NULL};
	static const char *const words[] = {"egress", "ingress", NULL};
	const struct json *direction = json_member(value, "direction");
	unsigned which = 0;

	if (value->type != JSON_OBJECT)
		return fail_type(reader, value, "an object");
	if (!json_check_members(value, members, reader->source, reader->error))
		return false;
	if (direction == NULL)
		return json_fail(value, reader->source, reader->error, "\"direction\" is missing");
	if (!read_word(reader, direction, words, &which))
		return false;
	ret->direction = (enum direction)which;
	return read_port_protocol(reader, value, &ret->protocol) && read_one_port(reader, value, "port", &ret->port) &&
	       read_one_port(reader, value, "to-port", &ret->to_port);
}

static bool read_forwards(struct reader *reader, const struct json *value)
{
	struct policy_document *document = reader->document;

	if (value->type != JSON_ARRAY)
		return fail_type(reader, value, "a list");
	document->forwards = memory_allocate(value->count + 1, sizeof(*document->forwards));
	for (const struct json *item = value->first; item != NULL; item = item->next) {
		struct policy_forward *forward = &document->forwards[document->forward_count];

		if (!read_forward(reader, item, forward))
			return false;
		for (size_t i = 0; i < document->forward_count; i++) {
			if (document->forwards[i].protocol == forward->protocol &&
			    document->forwards[i].port == forward->port &&
			    document->forwards[i].target.family == forward->target.family)
				return json_fail(item, reader->source, reader->error,
						 "this port is forwarded by /forward/%zu already", i);
		}
		document->forward_count++;
	}
	return true;
}

static bool read_redirects(struct reader *reader, const struct json *value)
{
	struct policy_document *document = reader->document;

	if (value->type != JSON_ARRAY)
		return fail_type(reader, value, "a list");
	document->redirects = memory_allocate(value->count + 1, sizeof(*document->redirects));
	for (const struct json *item = value->first; item != NULL; item = item->next) {
		if (!read_redirect(reader, item, &document->redirects[document->redirect_count]))
			return false;
		document->redirect_count++;
	}
	return true;
}

static bool read_rate(struct reader *reader, const struct json *value)
{
	static const char *const units[] = {"/second", "/minute", "/hour", "/day"};
	struct policy_log *log = &reader->document->log;
	cleanup_free char *text = NULL;
	size_t length = 0;
	uint64_t number;
	const char *slash;

	if (value->type != JSON_STRING)
		return fail_type(reader, value, "a string");
	if (!expand(reader, value, &text, &length))
		return false;
	slash = strchr(text, '/');
	for (size_t i = 0; slash != NULL && i < ARRAY_LENGTH(units); i++) {
		/* 10,000 is what the kernel's match counts in a second at most (XT_LIMIT_SCALE). */
		if (strcmp(slash, units[i]) != 0 || !parse_number(text, (size_t)(slash - text), 10000, &number) ||
		    number == 0)
			continue;
		snprintf(log->rate, sizeof(log->rate), "%s", text);
		return true;
	}
	return json_fail(value, reader->source, reader->error,
			 "\"%s\" is not a rate: 1 to 10000, then /second, /minute, /hour or /day", text);
}

static bool read_log(struct reader *reader, const struct json *value)
{
	static const char *const members[] = {"denied", "group", "rate", NULL};
	struct policy_log *log = &reader->document->log;
	const struct json *denied = json_member(value, "denied");
	const struct json *group = json_member(value, "group");
	const struct json *rate = json_member(value, "rate");
	uint64_t number;

	if (value->type != JSON_OBJECT)
		return fail_type(reader, value, "an object");
	if (!json_check_members(value, members, reader->source, reader->error))
		return false;
	if (denied != NULL && !read_boolean(reader, denied, &log->denied))
		return false;
	if (group != NULL) {
		if (group->type != JSON_NUMBER)
			return fail_type(reader, group, "a number");
		if (!json_integer(group, UINT16_MAX, &number))
			return json_fail(group, reader->source, reader->error, "%s is not a group: 0 to 65535",
					 group->string);
		log->group = (uint16_t)number;
	}
	return rate == NULL || read_rate(reader, rate);
}

static bool read_version(const struct reader *reader, const struct json *top)
{
	const struct json *version = json_member(top, "version");
	uint64_t number;

	if (version == NULL)
		return json_fail(top, reader->source, reader->error, "\"version\" is missing; write \"version\": 1");
	if (version->type != JSON_NUMBER)
		return fail_type(reader, version, "a number");
	if (!json_integer(version, 1, &number) || number != 1)
		return json_fail(version, reader->source, reader->error, "%s is not a version that is known here; 1 is",
				 version->string);
	return true;
}

static bool read_top(struct reader *reader, const struct json *top)
{
	static const char *const members[] = {"version", "description", "egress", "ingress",
					      "forward", "redirect",    "log",    NULL};
	const struct json *description = json_member(top, "description");
	const struct json *value;

	if (top->type != JSON_OBJECT)
		return fail_type(reader, top, "an object");
	if (!json_check_members(top, members, reader->source, reader->error) || !read_version(reader, top))
		return false;
	if (description != NULL && description->type != JSON_STRING)
		return fail_type(reader, description, "a string");
	/* Before the rules, which ask it whether denials are logged. */
	if ((value = json_member(top, "log")) != NULL && !read_log(reader, value))
		return false;
	if ((value = json_member(top, "egress")) != NULL && !read_direction(reader, value, DIRECTION_EGRESS))
		return false;
	if ((value = json_member(top, "ingress")) != NULL && !read_direction(reader, value, DIRECTION_INGRESS))
		return false;
	if ((value = json_member(top, "forward")) != NULL && !read_forwards(reader, value))
		return false;
	return (value = json_member(top, "redirect")) == NULL || read_redirects(reader, value);
}

struct policy_document *policy_document_read(const struct scope *scope, const char *text, size_t length,
					     const char *source, struct error **error)
{
	cleanup_document struct policy_document *policy = policy_document_new();
	cleanup_json struct json_document *json = json_read(text, length, source, error);
	struct reader reader = {.scope = scope, .source = source, .document = policy, .error = error};

	if (json == NULL || !read_top(&reader, json_top(json)))
		return NULL;
	return STEAL(policy);
}
