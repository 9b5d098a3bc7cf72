/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A policy with everything resolved: words and variables are addresses, lists are sets. Endpoint lists and policy
 * documents both become one of these, and the compiler turns it into rules text.
 */
#ifndef POLICY_DOCUMENT_H
#define POLICY_DOCUMENT_H

#include "base/error.h"
#include "base/network.h"
#include "policy/address-set.h"
#include "policy/surroundings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum direction { DIRECTION_EGRESS, DIRECTION_INGRESS };
enum action { ACTION_ALLOW, ACTION_DROP, ACTION_REJECT };

struct port_range {
	uint16_t low;
	uint16_t high;
};

/** Any protocol. */
#define SERVICE_ANY_PROTOCOL (-1)
/** Any type of ICMP. */
#define SERVICE_ANY_TYPE (-1)
/** A type of ICMP that the family does not have. */
#define SERVICE_NO_TYPE (-2)

/** Protocol and ports. */
struct service {
	int protocol; /* a number of IPPROTO_*, IPPROTO_ICMP meaning ICMPv6 for IPv6, or SERVICE_ANY_PROTOCOL */
	struct port_range *ports; /* sorted, apart; none is any port */
	size_t port_count;
	int icmp_type_ipv4; /* of IPPROTO_ICMP: 0 to 254, or one of the values above */
	int icmp_type_ipv6;
};

struct policy_rule {
	enum action action;
	bool logged;
	char *interface;                       /* NULL: any */
	struct address_set addresses;          /* what the rule names, less what it excepts */
	struct address_set resolver_exception; /* to port 53 of these the rule does not apply */
	struct service service;
	char *comment; /* NULL: none */
	char *origin;  /* what the person wrote: "egress[2]<TAB>{"action": ..." or "item 3<TAB>443@any" */
	size_t number; /* of the rule in what the person wrote, from 1 */
};

struct policy_direction {
	bool present;
	enum action fallback;
	struct policy_rule *rules;
	size_t count;
	size_t capacity;
};

/** What arrives at @port goes to @target. */
struct policy_forward {
	int protocol;
	uint16_t port;
	struct network_address target;
	uint16_t target_port;
};

struct policy_redirect {
	enum direction direction;
	int protocol;
	uint16_t port;
	uint16_t to_port;
};

struct policy_log {
	bool denied;
	uint16_t group;
	char rate[24]; /* as the match limit reads it: "10/second" */
};

struct policy_document {
	struct policy_direction directions[2]; /* by enum direction */
	struct policy_forward *forwards;
	size_t forward_count;
	struct policy_redirect *redirects;
	size_t redirect_count;
	struct policy_log log;
};

/** @return an empty policy, owned by the caller (policy_document_free) */
struct policy_document *policy_document_new(void);

/**
 * Reads a policy document (interface section 4).
 * @most: bytes that its strings may have together once their variables are expanded
 * @source: the layer's name, for messages: "policy", "profile web"
 * @return owned by the caller, or NULL with @error set to "SOURCE: POINTER: WHAT"
 */
struct policy_document *policy_document_read(const struct scope *scope, const char *text, size_t length, size_t most,
					     const char *source, struct error **error);

/**
 * Reads an endpoint list (interface section 3): a policy whose one direction allows the list and rejects the rest.
 * @return owned by the caller, or NULL with @error set to "SOURCE: item N "ITEM": WHAT"
 */
struct policy_document *policy_endpoints_read(const struct scope *scope, enum direction direction, const char *text,
					      size_t length, const char *source, struct error **error);

void policy_document_free(struct policy_document **document);

#define cleanup_document __attribute__((cleanup(policy_document_free)))

/** Adds an empty rule at the end of a direction. @return the rule, valid until the next one is added */
struct policy_rule *policy_rule_add(struct policy_direction *direction);

/** Adds two rules to the end of @direction: port 53, UDP and TCP, of @addresses, which is copied. */
void policy_rule_add_dns(struct policy_direction *direction, const struct policy_rule *like,
			 const struct address_set *addresses);

/** Releases the ports and forgets them. */
void service_free(struct service *service);

/** Adds a range of ports; service_normalise() follows the last one. */
void service_add_ports(struct service *service, size_t *capacity, uint16_t low, uint16_t high);

/** Sorts the ports and joins those that overlap or touch. */
void service_normalise(struct service *service);

/** @return whether the protocol has ports that rules can match: TCP, UDP, SCTP, DCCP */
bool service_has_ports(int protocol);

#endif
