/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of a policy document beside its two directions: forward, redirect, log. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "base/parse.h"
#include "policy/document-reader.h"

#include <stdio.h>
#include <string.h>

static bool read_one_port(struct document_reader *reader, const struct json *object, const char *member, uint16_t *ret)
{
	const struct json *value = json_member(object, member);
	cleanup_free char *word = NULL;
	size_t length = 0;
	uint64_t port;

	if (value == NULL)
		return json_fail(object, reader->source, reader->error, "\"%.80s\" is missing", member);
	if (!document_read_scalar(reader, value, "a port", &word, &length))
		return false;
	if (!parse_number(word, length, UINT16_MAX, &port) || port == 0)
		return json_fail(value, reader->source, reader->error, "%.80s is not a port", word);
	*ret = (uint16_t)port;
	return true;
}

static bool read_port_protocol(struct document_reader *reader, const struct json *object, int *ret)
{
	const struct json *value = json_member(object, "protocol");
	struct service service = {0};

	if (value == NULL)
		return json_fail(object, reader->source, reader->error, "\"protocol\" is missing");
	if (!document_read_protocol(reader, value, &service))
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
		return error_set(error, "%.80s is not a port", colon + 1);
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

static bool read_forward(struct document_reader *reader, const struct json *value, struct policy_forward *ret)
{
	static const char *const members[] = {"protocol", "port", "to", NULL};
	const struct json *to = json_member(value, "to");
	cleanup_free char *text = NULL;
	struct error *reason = NULL;
	size_t length = 0;

	if (value->type != JSON_OBJECT)
		return document_fail_type(reader, value, "an object");
	if (!json_check_members(value, members, reader->source, reader->error) ||
	    !read_port_protocol(reader, value, &ret->protocol) || !read_one_port(reader, value, "port", &ret->port))
		return false;
	if (to == NULL)
		return json_fail(value, reader->source, reader->error, "\"to\" is missing");
	if (to->type != JSON_STRING)
		return document_fail_type(reader, to, "a string");
	if (!document_expand(reader, to, &text, &length))
		return false;
	if (!parse_target(text, ret, &reason))
		return document_fail_reason(reader, to, text, length, reason);
	if (!is_forwardable(&ret->target))
		return json_fail(to, reader->source, reader->error,
				 "\"%.80s\": nothing can be forwarded there; \"redirect\" reaches the container itself",
				 text);
	return true;
}

static bool read_redirect(struct document_reader *reader, const struct json *value, struct policy_redirect *ret)
{
	static const char *const members[] = {"direction", "protocol", "port", "to-port", NULL};
	static const char *const words[] = {"egress", "ingress", NULL};
	const struct json *direction = json_member(value, "direction");
	unsigned which = 0;

	if (value->type != JSON_OBJECT)
		return document_fail_type(reader, value, "an object");
	if (!json_check_members(value, members, reader->source, reader->error))
		return false;
	if (direction == NULL)
		return json_fail(value, reader->source, reader->error, "\"direction\" is missing");
	if (!document_read_word(reader, direction, words, &which))
		return false;
	ret->direction = (enum direction)which;
	return read_port_protocol(reader, value, &ret->protocol) && read_one_port(reader, value, "port", &ret->port) &&
	       read_one_port(reader, value, "to-port", &ret->to_port);
}

bool document_read_forwards(struct document_reader *reader, const struct json *value)
{
	struct policy_document *document = reader->document;

	if (value->type != JSON_ARRAY)
		return document_fail_type(reader, value, "a list");
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

/* Whether the port leads to one place only. Forward entries were read before. */
static bool check_redirect(const struct document_reader *reader, const struct json *item,
			   const struct policy_redirect *redirect)
{
	const struct policy_document *document = reader->document;

	for (size_t i = 0; i < document->redirect_count; i++) {
		if (document->redirects[i].direction == redirect->direction &&
		    document->redirects[i].protocol == redirect->protocol &&
		    document->redirects[i].port == redirect->port)
			return json_fail(item, reader->source, reader->error,
					 "this port is redirected by /redirect/%zu already", i);
	}
	for (size_t i = 0; i < document->forward_count; i++) {
		if (redirect->direction == DIRECTION_INGRESS && document->forwards[i].protocol == redirect->protocol &&
		    document->forwards[i].port == redirect->port)
			return json_fail(item, reader->source, reader->error,
					 "this port is forwarded by /forward/%zu already", i);
	}
	return true;
}

bool document_read_redirects(struct document_reader *reader, const struct json *value)
{
	struct policy_document *document = reader->document;

	if (value->type != JSON_ARRAY)
		return document_fail_type(reader, value, "a list");
	document->redirects = memory_allocate(value->count + 1, sizeof(*document->redirects));
	for (const struct json *item = value->first; item != NULL; item = item->next) {
		struct policy_redirect *redirect = &document->redirects[document->redirect_count];

		if (!read_redirect(reader, item, redirect) || !check_redirect(reader, item, redirect))
			return false;
		document->redirect_count++;
	}
	return true;
}

static bool read_rate(struct document_reader *reader, const struct json *value)
{
	static const char *const units[] = {"/second", "/minute", "/hour", "/day"};
	struct policy_log *log = &reader->document->log;
	cleanup_free char *text = NULL;
	size_t length = 0;
	uint64_t number;
	const char *slash;

	if (value->type != JSON_STRING)
		return document_fail_type(reader, value, "a string");
	if (!document_expand(reader, value, &text, &length))
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
			 "\"%.80s\" is not a rate: 1 to 10000, then /second, /minute, /hour or /day", text);
}

bool document_read_log(struct document_reader *reader, const struct json *value)
{
	static const char *const members[] = {"denied", "group", "rate", NULL};
	struct policy_log *log = &reader->document->log;
	const struct json *denied = json_member(value, "denied");
	const struct json *group = json_member(value, "group");
	const struct json *rate = json_member(value, "rate");
	uint64_t number;

	if (value->type != JSON_OBJECT)
		return document_fail_type(reader, value, "an object");
	if (!json_check_members(value, members, reader->source, reader->error))
		return false;
	if (denied != NULL && !document_read_boolean(reader, denied, &log->denied))
		return false;
	if (group != NULL) {
		if (group->type != JSON_NUMBER)
			return document_fail_type(reader, group, "a number");
		if (!json_integer(group, UINT16_MAX, &number))
			return json_fail(group, reader->source, reader->error, "%s is not a group: 0 to 65535",
					 group->string);
		log->group = (uint16_t)number;
	}
	return rate == NULL || read_rate(reader, rate);
}
