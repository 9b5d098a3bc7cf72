/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the compiler: writing rules, and the matches they are made of. */
#ifndef POLICY_COMPILER_TEXT_H
#define POLICY_COMPILER_TEXT_H

#include "base/text.h"
#include "policy/compiler.h"

#include <stdint.h>

/** A chain's name; 28 characters are what all kernels and tools agree on. */
struct chain_name {
	char text[29];
};

/** "-j DROP", "-g reject": what stands at the end of a rule. */
struct verdict {
	char text[32];
};

/** Chains of one container, all layers together (interface section 11). */
#define COMPILER_MAX_CHAINS 256

/** What a rule decides on behalf of, see compiler.h. */
struct origin {
	const char *word; /* "allow", "deny", "always"; NULL: nothing */
	const char *text; /* "LABEL<TAB>WRITTEN" or "LABEL" */
	unsigned number;  /* of compiler_set_origin()'s calls, from 1 */
};

/** Which origin the last rule of a table was said to have. */
struct origin_mark {
	unsigned last; /* 0: it decides nothing */
	unsigned told; /* of this one and those before the text was told in full */
};

struct compiler {
	const struct policy_document *document;
	const struct compile_request *request;
	char id[13];
	struct text chains; /* ":NAME - [0:0]" of table filter */
	struct text filter;
	struct text nat;
	struct origin origin; /* of the deciding rules that are written now */
	struct origin_mark filter_mark;
	struct origin_mark nat_mark;
	size_t rules;           /* written, or wanted beyond the limit */
	size_t chain_count;     /* in table filter, the three built-in names not counted */
	size_t optional_chains; /* left */
	unsigned sequence[2];   /* numbers of chains made, by direction */
	bool reject_used;
	bool logged_used[2][3]; /* by direction and action */
};

/** Begins a chain of the layer's own in table filter. */
void compiler_add_chain(struct compiler *compiler, const char *name);

/** Begins a chain with the next free name of a direction. */
struct chain_name compiler_new_chain(struct compiler *compiler, enum direction direction);

/**
 * Appends one rule to table filter.
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for both
 * @...: what stands behind "-A CHAIN "; without a blank in front
 */
void compiler_rule(struct compiler *compiler, int family, const char *chain, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/** The same for a rule that decides what becomes of a packet, on behalf of the origin that was set last. */
void compiler_decide(struct compiler *compiler, int family, const char *chain, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * Says what the deciding rules from now on come from.
 * @word: "allow", "deny" or "always"; NULL: they decide nothing
 * @text: "LABEL" or "LABEL<TAB>WRITTEN"; must live until the next call
 */
void compiler_set_origin(struct compiler *compiler, const char *word, const char *text);

/** Appends one deciding rule to table nat. */
void compiler_nat_rule(struct compiler *compiler, int family, const char *chain, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * The jump that carries out an action: RETURN, DROP, or goto a chain of the layer that logs or rejects.
 * Allowing is right only in a chain that was reached by goto from the direction's first one.
 */
struct verdict compiler_verdict(struct compiler *compiler, enum direction direction, enum action action, bool logged);

/** Writes the chains that compiler_verdict() named. */
void compiler_add_verdict_chains(struct compiler *compiler);

/** Appends " -d 10.0.0.0/8" or " -m iprange --dst-range A-B", or the same for sources. */
void compiler_append_range(struct text *text, enum direction direction, const struct network_range *range);

/** @return whether the service exists in the family */
bool compiler_service_applies(const struct service *service, int family);

/** Adds the matches of a service, one string for each kernel rule it takes, each with a blank in front or empty. */
void compiler_add_services(struct string_list *list, const char *front, const struct service *service, int family);

/** @return the name of a protocol for -p; @buffer: 8 bytes for a number */
const char *compiler_protocol(int protocol, int family, char *buffer);

/** Writes the FORWARD chain. @egress: the chain with the egress rules for forwarded packets, or NULL */
void compiler_add_forward_chain(struct compiler *compiler, const char *egress, const char *ingress);

/** Writes the nat table of `forward` and `redirect`. */
void compiler_add_nat(struct compiler *compiler);

/** Writes what is always allowed in OUTPUT or INPUT (interface section 4). */
void compiler_add_always_allowed(struct compiler *compiler, enum direction direction);

#endif
