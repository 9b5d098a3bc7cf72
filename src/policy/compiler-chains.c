/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a layer's text that do not depend on its list of rules. */
#include "policy/compiler-text.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/** Room for an origin of `forward` or `redirect`. */
#define ORIGIN_SIZE 128

/*
 * Established flows first: it makes the length of the lists meaningless to all packets but a flow's first. Never
 * "not NEW": untracked and invalid packets would pass.
 */
static void add_established(struct compiler *compiler, const char *chain)
{
	compiler_set_origin(compiler, "always", "established");
	compiler_decide(compiler, AF_UNSPEC, chain, "-m conntrack --ctstate ESTABLISHED -j RETURN");
}

/*
 * RELATED only where it means an answer to a flow that exists. For other protocols it means an expectation, and a
 * connection-tracking helper that reads a forged command expects a flow to any port of any host. A reset can't begin
 * a flow, so no expectation passes as one.
 */
static void add_related(struct compiler *compiler, const char *chain)
{
	compiler_set_origin(compiler, "always", "errors of established");
	compiler_decide(compiler, AF_INET, chain, "-p icmp -m conntrack --ctstate RELATED -j RETURN");
	compiler_decide(compiler, AF_INET6, chain, "-p icmpv6 -m conntrack --ctstate RELATED -j RETURN");
	compiler_decide(compiler, AF_UNSPEC, chain,
			"-p tcp -m tcp --tcp-flags SYN,RST RST -m conntrack --ctstate RELATED -j RETURN");
}

/* Router and neighbour discovery, which only a neighbour can send with hop limit 255 (RFC 4861), and MLD (RFC 3810). */
static void add_neighbour_discovery(struct compiler *compiler, const char *chain)
{
	static const int listener_types[] = {130, 131, 132, 143};

	compiler_set_origin(compiler, "always", "neighbour discovery");
	for (int type = 133; type <= 136; type++)
		compiler_decide(compiler, AF_INET6, chain,
				"-p icmpv6 -m icmp6 --icmpv6-type %d -m hl --hl-eq 255 -j RETURN", type);
	for (size_t i = 0; i < sizeof(listener_types) / sizeof(listener_types[0]); i++)
		compiler_decide(compiler, AF_INET6, chain, "-d ff02::/16 -p icmpv6 -m icmp6 --icmpv6-type %d -j RETURN",
				listener_types[i]);
}

/* The container as a client: the other way around it would be the network's DHCP server. */
static void add_dhcp(struct compiler *compiler, enum direction direction, const char *chain)
{
	compiler_set_origin(compiler, "always", "DHCP");
	if (direction == DIRECTION_INGRESS) {
		compiler_decide(compiler, AF_INET, chain,
				"-d 255.255.255.255 -p udp -m udp --sport 67 --dport 68 -j RETURN");
		return;
	}
	compiler_decide(compiler, AF_INET, chain, "-d 255.255.255.255 -p udp -m udp --sport 68 --dport 67 -j RETURN");
	compiler_decide(compiler, AF_INET6, chain, "-d ff02::1:2 -p udp -m udp --sport 546 --dport 547 -j RETURN");
}

void compiler_add_always_allowed(struct compiler *compiler, enum direction direction)
{
	const char *chain = direction == DIRECTION_EGRESS ? "OUTPUT" : "INPUT";

	add_established(compiler, chain);
	compiler_set_origin(compiler, "always", "within the container");
	/* The destination as it is now, never "-o lo": after nat OUTPUT a packet for elsewhere still says so. */
	if (direction == DIRECTION_EGRESS)
		compiler_decide(compiler, AF_UNSPEC, chain, "-m addrtype --dst-type LOCAL -j RETURN");
	else
		compiler_decide(compiler, AF_UNSPEC, chain, "-i lo -j RETURN");
	add_related(compiler, chain);
	add_neighbour_discovery(compiler, chain);
	add_dhcp(compiler, direction, chain);
}

/* One flow that a forward entry made: its destination was rewritten, from the entry's port to the entry's target. */
static void append_forwarded(struct text *text, const struct policy_forward *forward)
{
	char target[INET6_ADDRSTRLEN], buffer[8];
	const char *protocol = compiler_protocol(forward->protocol, forward->target.family, buffer);

	network_address_format(&forward->target, target);
	text_printf(text, "-d %s -p %s -m %s --dport %u -m conntrack --ctstate DNAT --ctorigdstport %u", target,
		    protocol, protocol, forward->target_port, forward->port);
}

static bool is_same_forward(const struct policy_forward *left, const struct policy_forward *right)
{
	return left->protocol == right->protocol && left->port == right->port &&
	       left->target_port == right->target_port && network_address_compare(&left->target, &right->target) == 0;
}

/* The entry may be another layer's. @origin: ORIGIN_SIZE bytes */
static void set_forward_origin(struct compiler *compiler, const struct policy_forward *forward, char *origin)
{
	const struct policy_document *document = compiler->document;
	char number[24] = " of another layer", target[INET6_ADDRSTRLEN], buffer[8];
	bool ipv6 = forward->target.family == AF_INET6;
	size_t own;

	for (own = 0; own < document->forward_count; own++) {
		if (is_same_forward(&document->forwards[own], forward))
			break;
	}
	if (own < document->forward_count)
		snprintf(number, sizeof(number), "[%zu]", own);
	network_address_format(&forward->target, target);
	snprintf(origin, ORIGIN_SIZE, "forward%s\t%s %u to %s%s%s:%u", number,
		 compiler_protocol(forward->protocol, forward->target.family, buffer), forward->port, ipv6 ? "[" : "",
		 target, ipv6 ? "]" : "", forward->target_port);
	compiler_set_origin(compiler, "allow", origin);
}

void compiler_add_forward_chain(struct compiler *compiler, const char *egress, const char *ingress)
{
	const struct compile_request *request = compiler->request;
	bool forwards = compiler->document->forward_count > 0;
	const char *chain = forwards ? "forward" : "FORWARD";

	if (!forwards && egress == NULL && ingress == NULL)
		return;
	add_established(compiler, "FORWARD");
	add_related(compiler, "FORWARD");
	if (forwards) {
		struct verdict drop =
			compiler_verdict(compiler, DIRECTION_INGRESS, ACTION_DROP, compiler->document->log.denied);
		char origin[ORIGIN_SIZE];

		compiler_add_chain(compiler, "forward");
		for (size_t i = 0; i < request->forward_count; i++) {
			cleanup_text struct text match = {0};

			append_forwarded(&match, &request->forwards[i]);
			set_forward_origin(compiler, &request->forwards[i], origin);
			compiler_decide(compiler, request->forwards[i].target.family, "FORWARD", "%s -g forward",
					text_string(&match));
		}
		compiler_set_origin(compiler, "deny", "forward default\tdrop");
		compiler_decide(compiler, AF_UNSPEC, "FORWARD", "%s", drop.text);
	}
	/* On the destination after nat and the original source: FORWARD stands between the two. */
	if (egress != NULL)
		compiler_rule(compiler, AF_UNSPEC, chain, "-j %s", egress);
	if (ingress != NULL)
		compiler_rule(compiler, AF_UNSPEC, chain, "-j %s", ingress);
}

static void add_forward_nat(struct compiler *compiler, const struct policy_forward *forward)
{
	int family = forward->target.family;
	cleanup_text struct text match = {0};
	char target[INET6_ADDRSTRLEN], buffer[8];
	const char *protocol = compiler_protocol(forward->protocol, family, buffer);

	network_address_format(&forward->target, target);
	append_forwarded(&match, forward);
	compiler_nat_rule(compiler, family, "PREROUTING",
			  "! -i lo -p %s -m %s --dport %u -m addrtype --dst-type LOCAL -j DNAT --to-destination "
			  "%s%s%s:%u",
			  protocol, protocol, forward->port, family == AF_INET6 ? "[" : "", target,
			  family == AF_INET6 ? "]" : "", forward->target_port);
	/* The other half of the same decision. */
	compiler_set_origin(compiler, NULL, NULL);
	compiler_nat_rule(compiler, family, "POSTROUTING", "%s -j MASQUERADE", text_string(&match));
}

static void add_redirect_nat(struct compiler *compiler, const struct policy_redirect *redirect)
{
	char buffer[8];
	const char *protocol = compiler_protocol(redirect->protocol, AF_INET, buffer);
	bool egress = redirect->direction == DIRECTION_EGRESS;

	compiler_nat_rule(compiler, AF_UNSPEC, egress ? "OUTPUT" : "PREROUTING",
			  "%s-p %s -m %s --dport %u -m addrtype %s--dst-type LOCAL -j REDIRECT --to-ports %u",
			  egress ? "" : "! -i lo ", protocol, protocol, redirect->port, egress ? "! " : "",
			  redirect->to_port);
}

void compiler_add_nat(struct compiler *compiler)
{
	const struct policy_document *document = compiler->document;
	char origin[ORIGIN_SIZE], buffer[8];

	for (size_t i = 0; i < document->redirect_count; i++) {
		const struct policy_redirect *redirect = &document->redirects[i];

		snprintf(origin, sizeof(origin), "redirect[%zu]\t%s %s %u to %u", i,
			 redirect->direction == DIRECTION_EGRESS ? "egress" : "ingress",
			 compiler_protocol(redirect->protocol, AF_INET, buffer), redirect->port, redirect->to_port);
		compiler_set_origin(compiler, "allow", origin);
		add_redirect_nat(compiler, redirect);
	}
	for (size_t i = 0; i < document->forward_count; i++) {
		set_forward_origin(compiler, &document->forwards[i], origin);
		add_forward_nat(compiler, &document->forwards[i]);
	}
}
