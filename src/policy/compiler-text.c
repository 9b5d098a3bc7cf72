/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/compiler-text.h"

#include "base/cleanup.h"
#include "policy/names.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/** Slots for ports in one multiport match (XT_MULTI_PORTS of <linux/netfilter/xt_multiport.h>); a range takes two. */
#define MULTIPORT_SLOTS 15

static const char *const direction_names[] = {"egress", "ingress"};

void compiler_add_chain(struct compiler *compiler, const char *name)
{
	compiler->chain_count++;
	if (compiler->chain_count <= COMPILER_MAX_CHAINS)
		text_printf(&compiler->chains, ":%s - [0:0]\n", name);
}

struct chain_name compiler_new_chain(struct compiler *compiler, enum direction direction)
{
	struct chain_name name;

	snprintf(name.text, sizeof(name.text), "%s-%u", direction_names[direction], ++compiler->sequence[direction]);
	compiler_add_chain(compiler, name.text);
	return name;
}

void compiler_set_origin(struct compiler *compiler, const char *word, const char *text)
{
	compiler->origin.word = word;
	compiler->origin.text = text;
	compiler->origin.number++;
}

/* What no rules text may hold; JSON allows 0x7f as it is. */
static bool is_control(char character)
{
	return ((unsigned char)character < 0x20 && character != '\t') || character == 0x7f;
}

/* What was written, fit for a line that can be given back as rules text. */
static void append_origin(struct text *table, const char *text, bool whole)
{
	size_t length = whole ? strlen(text) : strcspn(text, "\t"), end = length;

	if (end > COMPILER_MAX_ORIGIN) {
		end = COMPILER_MAX_ORIGIN;
		/* Not within a character of UTF-8. */
		while (((unsigned char)text[end] & 0xc0) == 0x80)
			end--;
	}
	for (size_t i = 0; i < end; i++) {
		if (text[i] == '$')
			text_append_char(table, '$');
		text_append_char(table, is_control(text[i]) ? ' ' : text[i]);
	}
	if (end < length)
		text_append(table, " ...");
}

static void mark_origin(struct text *table, struct origin_mark *mark, const struct origin *origin)
{
	unsigned number = origin == NULL || origin->word == NULL ? 0 : origin->number;

	if (mark->last == number)
		return;
	mark->last = number;
	if (number == 0) {
		text_append(table, COMPILER_ORIGIN "walk\n");
		return;
	}
	text_printf(table, COMPILER_ORIGIN "%s ", origin->word);
	append_origin(table, origin->text, number > mark->told);
	text_append_char(table, '\n');
	if (number > mark->told)
		mark->told = number;
}

/** Where a rule goes. */
struct place {
	struct text *table;
	struct origin_mark *mark;
	const struct origin *origin; /* NULL: it decides nothing */
	int family;
	const char *chain;
};

__attribute__((format(printf, 3, 0))) static void write_rule(struct compiler *compiler, const struct place *place,
							     const char *format, va_list arguments)
{
	struct text *table = place->table;

	/* Beyond the limit nothing is kept: compiler_compile() fails, and a hostile product of lists costs no memory.
	 */
	if (++compiler->rules > compiler->request->most_rules)
		return;
	mark_origin(table, place->mark, place->origin);
	if (place->family != AF_UNSPEC)
		text_append(table, place->family == AF_INET ? "-4 " : "-6 ");
	text_printf(table, "-A %s ", place->chain);
	text_vprintf(table, format, arguments);
	text_append_char(table, '\n');
}

void compiler_rule(struct compiler *compiler, int family, const char *chain, const char *format, ...)
{
	struct place place = {&compiler->filter, &compiler->filter_mark, NULL, family, chain};
	va_list arguments;

	va_start(arguments, format);
	write_rule(compiler, &place, format, arguments);
	va_end(arguments);
}

void compiler_decide(struct compiler *compiler, int family, const char *chain, const char *format, ...)
{
	struct place place = {&compiler->filter, &compiler->filter_mark, &compiler->origin, family, chain};
	va_list arguments;

	va_start(arguments, format);
	write_rule(compiler, &place, format, arguments);
	va_end(arguments);
}

void compiler_nat_rule(struct compiler *compiler, int family, const char *chain, const char *format, ...)
{
	struct place place = {&compiler->nat, &compiler->nat_mark, &compiler->origin, family, chain};
	va_list arguments;

	va_start(arguments, format);
	write_rule(compiler, &place, format, arguments);
	va_end(arguments);
}

struct verdict compiler_verdict(struct compiler *compiler, enum direction direction, enum action action, bool logged)
{
	static const char *const action_names[] = {"allow", "drop", "reject"};
	struct verdict verdict = {"-j RETURN"};

	if (logged) {
		snprintf(verdict.text, sizeof(verdict.text), "-g %s-%s-log", direction_names[direction],
			 action_names[action]);
		compiler->logged_used[direction][action] = true;
		compiler->reject_used = compiler->reject_used || action == ACTION_REJECT;
	} else if (action == ACTION_DROP) {
		memcpy(verdict.text, "-j DROP", sizeof("-j DROP"));
	} else if (action == ACTION_REJECT) {
		memcpy(verdict.text, "-g reject", sizeof("-g reject"));
		compiler->reject_used = true;
	}
	return verdict;
}

static void add_logged_chain(struct compiler *compiler, enum direction direction, enum action action)
{
	const struct policy_log *log = &compiler->document->log;
	struct verdict verdict = compiler_verdict(compiler, direction, action, true);
	const char *name = verdict.text + strlen("-g ");
	/* A credit for a day is a tenth of what the kernel's 32 bits hold: more than four overflow (xt_limit.c). */
	const char *burst = strstr(log->rate, "/day") != NULL ? "1" : "5";

	compiler_add_chain(compiler, name);
	compiler_rule(compiler, AF_UNSPEC, name,
		      "-m limit --limit %s --limit-burst %s -j NFLOG --nflog-group %u --nflog-prefix "
		      "\"oci-iptables:%s:%s\"",
		      log->rate, burst, log->group, compiler->id, direction_names[direction]);
	if (action == ACTION_DROP)
		compiler_rule(compiler, AF_UNSPEC, name, "-j DROP");
	else if (action == ACTION_REJECT)
		compiler_rule(compiler, AF_UNSPEC, name, "-g reject");
}

void compiler_add_verdict_chains(struct compiler *compiler)
{
	for (unsigned direction = 0; direction < 2; direction++) {
		for (unsigned action = 0; action < 3; action++) {
			if (compiler->logged_used[direction][action])
				add_logged_chain(compiler, (enum direction)direction, (enum action)action);
		}
	}
	if (!compiler->reject_used)
		return;
	compiler_add_chain(compiler, "reject");
	compiler_rule(compiler, AF_UNSPEC, "reject", "-p tcp -j REJECT --reject-with tcp-reset");
	compiler_rule(compiler, AF_INET, "reject", "-j REJECT --reject-with icmp-admin-prohibited");
	compiler_rule(compiler, AF_INET6, "reject", "-j REJECT --reject-with icmp6-adm-prohibited");
}

void compiler_append_range(struct text *text, enum direction direction, const struct network_range *range)
{
	bool egress = direction == DIRECTION_EGRESS;
	char low[INET6_ADDRSTRLEN], high[INET6_ADDRSTRLEN];
	unsigned length;

	network_address_format(&range->low, low);
	if (network_range_is_prefix(range, &length)) {
		text_printf(text, " %s %s/%u", egress ? "-d" : "-s", low, length);
		return;
	}
	network_address_format(&range->high, high);
	text_printf(text, " -m iprange %s %s-%s", egress ? "--dst-range" : "--src-range", low, high);
}

bool compiler_service_applies(const struct service *service, int family)
{
	switch (service->protocol) {
	case IPPROTO_ICMP:
		return (family == AF_INET ? service->icmp_type_ipv4 : service->icmp_type_ipv6) != SERVICE_NO_TYPE;
	case IPPROTO_ICMPV6:
		return family == AF_INET6;
	/* Headers in front of IPv6's own protocols: ip6tables never sees them as the protocol. */
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_DSTOPTS:
		return family == AF_INET;
	default:
		return true;
	}
}

const char *compiler_protocol(int protocol, int family, char *buffer)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_DCCP:
		return "dccp";
	case IPPROTO_ICMP:
		return family == AF_INET6 ? "icmpv6" : "icmp";
	default:
		snprintf(buffer, 8, "%d", protocol);
		return buffer;
	}
}

static void append_ports(struct text *text, const struct port_range *range)
{
	text_printf(text, range->low == range->high ? "%u" : "%u:%u", range->low, range->high);
}

/* As many of the ranges as one kernel rule takes. @return how many */
static size_t append_port_match(struct text *text, const char *protocol, const struct port_range *ranges, size_t count)
{
	size_t taken = 0, slots = 0;

	if (count == 1) {
		text_printf(text, " -m %s --dport ", protocol);
		append_ports(text, &ranges[0]);
		return 1;
	}
	text_append(text, " -m multiport --dports ");
	while (taken < count) {
		slots += ranges[taken].low == ranges[taken].high ? 1 : 2;
		if (slots > MULTIPORT_SLOTS)
			break;
		if (taken > 0)
			text_append_char(text, ',');
		append_ports(text, &ranges[taken++]);
	}
	return taken;
}

void compiler_add_services(struct string_list *list, const char *front, const struct service *service, int family)
{
	cleanup_text struct text text = {0};
	char buffer[8];
	const char *protocol = compiler_protocol(service->protocol, family, buffer);
	int type = family == AF_INET6 ? service->icmp_type_ipv6 : service->icmp_type_ipv4;
	size_t done = 0;

	text_append(&text, front);
	if (service->protocol != SERVICE_ANY_PROTOCOL)
		text_printf(&text, " -p %s", protocol);
	if (service->protocol == IPPROTO_ICMP && type >= 0)
		text_printf(&text, family == AF_INET6 ? " -m icmp6 --icmpv6-type %d" : " -m icmp --icmp-type %d", type);
	if (service->port_count == 0) {
		string_list_add(list, text_string(&text), text.length);
		return;
	}
	while (done < service->port_count) {
		cleanup_text struct text line = {0};

		text_append(&line, text_string(&text));
		done += append_port_match(&line, protocol, service->ports + done, service->port_count - done);
		string_list_add(list, text_string(&line), line.length);
	}
}
