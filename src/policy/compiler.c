/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Theory of operation. A direction's rules are a program of chains: `egress` is called from OUTPUT and FORWARD by -j,
 * and every other chain that the program runs through is reached by -g from it. So RETURN, wherever it stands, goes
 * back behind the call: the layer is passed. What is denied jumps to DROP or to a chain that rejects.
 *
 * A rule is entries (interface and service) times addresses. Where that product is larger than the sum, or the list of
 * addresses is long, the entries lead to a chain that holds the addresses:
 *
 *     allow:  entries -g sub;   sub: addresses -j RETURN, then -g rest;   -g rest;  the program goes on in `rest`
 *     deny:   entries -j sub;   sub: addresses -j DROP, then -j RETURN;             the program goes on where it was
 *
 * Long lists are split into buckets, each behind a prefix that holds no other (compiler-buckets.c): a miss in a bucket
 * is a miss of the whole list. Two levels of about sqrt(n) rules each make 10,000 prefixes cost what 200 cost. All of
 * this is optional and stops when the chains run out: then the product is written, and the limit on rules decides.
 */
#include "policy/compiler.h"

#include "base/cleanup.h"
#include "policy/compiler-buckets.h"
#include "policy/compiler-text.h"
#include "policy/names.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/** Ranges from which buckets are worth their chains. */
#define BUCKET_MINIMUM 48

/** Where the rules of one direction are being written. */
struct program {
	struct compiler *compiler;
	enum direction direction;
	bool forwarded;          /* called from FORWARD only, where the outgoing interface is the real one */
	struct chain_name chain; /* rules are appended here */
	struct chain_name rest;  /* of the allow rule at work: where a miss goes on; empty: not made yet */
};

static bool is_allow(const struct policy_rule *rule)
{
	return rule->action == ACTION_ALLOW;
}

/*
 * In OUTPUT the interface is the one of the destination before nat OUTPUT. A flow with a rewritten destination is
 * therefore never allowed for its interface there, and always denied.
 */
static void add_entries(struct string_list *entries, const struct program *program, const struct policy_rule *rule,
			int family)
{
	cleanup_text struct text front = {0};
	bool output = program->direction == DIRECTION_EGRESS && !program->forwarded;

	if (rule->interface != NULL)
		text_printf(&front, " %s %s", program->direction == DIRECTION_EGRESS ? "-o" : "-i", rule->interface);
	if (rule->interface != NULL && output && is_allow(rule))
		text_append(&front, " -m conntrack ! --ctstate DNAT");
	compiler_add_services(entries, text_string(&front), &rule->service, family);
	if (rule->interface != NULL && output && !is_allow(rule))
		compiler_add_services(entries, " -m conntrack --ctstate DNAT", &rule->service, family);
}

static void add_flat(struct program *program, int family, const struct string_list *entries,
		     const struct range_list *ranges, const struct verdict *verdict)
{
	struct compiler *compiler = program->compiler;

	for (size_t i = 0; i < entries->count; i++) {
		if (ranges == NULL)
			compiler_decide(compiler, family, program->chain.text, "%s%s%s",
					entries->items[i] + strspn(entries->items[i], " "),
					entries->items[i][0] == '\0' ? "" : " ", verdict->text);
		for (size_t k = 0; ranges != NULL && k < ranges->count; k++) {
			cleanup_text struct text match = {0};

			/* Nothing more is written then; don't spend time on it either. */
			if (compiler->rules > compiler->request->most_rules)
				return;
			compiler_append_range(&match, program->direction, &ranges->items[k]);
			compiler_decide(compiler, family, program->chain.text, "%s%s %s", text_string(&match) + 1,
					entries->items[i], verdict->text);
		}
	}
}

static void add_ranges(struct program *program, int family, const char *chain, const struct network_range *ranges,
		       size_t count, const struct verdict *verdict)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_text struct text match = {0};

		compiler_append_range(&match, program->direction, &ranges[i]);
		compiler_decide(program->compiler, family, chain, "%s %s", text_string(&match) + 1, verdict->text);
	}
}

static size_t bucket_count(const struct compiler *compiler, size_t ranges)
{
	size_t root = 1;

	while (root * root < ranges)
		root++;
	if (ranges < BUCKET_MINIMUM)
		return 0;
	/* Leave some for other rules. */
	if (root > compiler->optional_chains / 2)
		root = compiler->optional_chains / 2;
	return root < 4 ? 0 : root;
}

static void add_buckets(struct program *program, int family, const char *chain, const struct range_list *ranges,
			size_t most, const struct verdict *verdict, bool allow)
{
	struct compiler *compiler = program->compiler;
	cleanup_bucket_split struct bucket_split split = {0};

	compiler_split_ranges(ranges->items, ranges->count, most, &split);
	compiler->optional_chains -= split.bucket_count;
	for (size_t i = 0; i < split.direct_count; i++)
		add_ranges(program, family, chain, &ranges->items[split.direct[i]], 1, verdict);
	for (size_t i = 0; i < split.bucket_count; i++) {
		const struct bucket *bucket = &split.buckets[i];
		struct chain_name name = compiler_new_chain(compiler, program->direction);
		cleanup_text struct text match = {0};

		compiler_append_range(&match, program->direction, &bucket->cover);
		compiler_rule(compiler, family, chain, "%s -g %s", text_string(&match) + 1, name.text);
		add_ranges(program, family, name.text, ranges->items + bucket->first, bucket->count, verdict);
		if (allow)
			compiler_rule(compiler, AF_UNSPEC, name.text, "-g %s", program->rest.text);
	}
}

/* "except dns": port 53 of the resolvers goes on behind the rule. */
static void add_resolver_exception(struct program *program, const struct policy_rule *rule, int family,
				   const char *chain)
{
	static const char *const protocols[] = {"udp", "tcp"};
	const struct range_list *lists[] = {&rule->resolver_exception.ipv4, &rule->resolver_exception.ipv6};

	for (size_t i = 0; i < ARRAY_LENGTH(lists); i++) {
		if (family == (i == 0 ? AF_INET6 : AF_INET))
			continue;
		for (size_t k = 0; k < lists[i]->count * ARRAY_LENGTH(protocols); k++) {
			const char *protocol = protocols[k % ARRAY_LENGTH(protocols)];
			cleanup_text struct text match = {0};

			compiler_append_range(&match, program->direction,
					      &lists[i]->items[k / ARRAY_LENGTH(protocols)]);
			compiler_rule(program->compiler, i == 0 ? AF_INET : AF_INET6, chain,
				      "%s -p %s -m %s --dport 53 %s %s", text_string(&match) + 1, protocol, protocol,
				      is_allow(rule) ? "-g" : "-j", is_allow(rule) ? program->rest.text : "RETURN");
		}
	}
}

static void add_sub(struct program *program, const struct policy_rule *rule, int family,
		    const struct string_list *entries, const struct range_list *ranges, size_t buckets,
		    const struct verdict *verdict)
{
	struct compiler *compiler = program->compiler;
	struct chain_name sub = compiler_new_chain(compiler, program->direction);

	if (is_allow(rule) && program->rest.text[0] == '\0')
		program->rest = compiler_new_chain(compiler, program->direction);
	for (size_t i = 0; i < entries->count; i++)
		compiler_rule(compiler, family, program->chain.text, "%s%s%s %s",
			      entries->items[i] + strspn(entries->items[i], " "),
			      entries->items[i][0] == '\0' ? "" : " ", is_allow(rule) ? "-g" : "-j", sub.text);
	add_resolver_exception(program, rule, family, sub.text);
	if (ranges == NULL)
		compiler_decide(compiler, family, sub.text, "%s", verdict->text);
	else if (buckets > 0)
		add_buckets(program, family, sub.text, ranges, buckets, verdict, is_allow(rule));
	else
		add_ranges(program, family, sub.text, ranges->items, ranges->count, verdict);
	/* Also a chain of one family ends alike in both, so that neither seems closed where the other is open. */
	if (is_allow(rule))
		compiler_rule(compiler, AF_UNSPEC, sub.text, "-g %s", program->rest.text);
	else
		compiler_rule(compiler, AF_UNSPEC, sub.text, "-j RETURN");
}

/* One rule in one family, or in both when @family is AF_UNSPEC. @ranges: NULL for any address */
static void add_unit(struct program *program, const struct policy_rule *rule, int family,
		     const struct range_list *ranges)
{
	struct compiler *compiler = program->compiler;
	struct verdict verdict = compiler_verdict(compiler, program->direction, rule->action, rule->logged);
	struct string_list entries = {0};
	size_t addresses = ranges == NULL ? 1 : ranges->count;
	size_t buckets = ranges == NULL ? 0 : bucket_count(compiler, addresses);
	bool excepts = rule->resolver_exception.ipv4.count + rule->resolver_exception.ipv6.count > 0;
	bool shared;

	add_entries(&entries, program, rule, family);
	shared = entries.count * addresses > entries.count + addresses + 1 && compiler->optional_chains >= 2;
	if (excepts || shared || buckets > 0) {
		compiler->optional_chains -= compiler->optional_chains < 2 ? compiler->optional_chains : 2;
		add_sub(program, rule, family, &entries, ranges, bucket_count(compiler, addresses), &verdict);
	} else {
		add_flat(program, family, &entries, ranges, &verdict);
	}
	string_list_free(&entries);
}

static void add_comment(struct compiler *compiler, const struct policy_rule *rule)
{
	cleanup_text struct text comment = {0};

	if (rule->comment == NULL)
		return;
	text_append_escaped(&comment, rule->comment, strlen(rule->comment));
	/* The text can be given back as rules text, where a dollar would begin a variable. */
	for (size_t i = 0; i < comment.length; i++) {
		if (comment.data[i] == '$')
			comment.data[i] = '_';
	}
	text_printf(&compiler->filter, "# rule %zu: %s\n", rule->number, text_string(&comment));
}

static void add_rule(struct program *program, const struct policy_rule *rule)
{
	const struct service *service = &rule->service;
	const struct range_list *ipv4 = &rule->addresses.ipv4, *ipv6 = &rule->addresses.ipv6;
	bool full4 = range_list_is_full(ipv4), full6 = range_list_is_full(ipv6);
	bool alike = service->protocol != IPPROTO_ICMP && compiler_service_applies(service, AF_INET) &&
		     compiler_service_applies(service, AF_INET6);

	add_comment(program->compiler, rule);
	compiler_set_origin(program->compiler, is_allow(rule) ? "allow" : "deny",
			    rule->origin == NULL ? "?" : rule->origin);
	program->rest.text[0] = '\0';
	if (full4 && full6 && alike) {
		add_unit(program, rule, AF_UNSPEC, NULL);
	} else {
		if (ipv4->count > 0 && compiler_service_applies(service, AF_INET))
			add_unit(program, rule, AF_INET, full4 ? NULL : ipv4);
		if (ipv6->count > 0 && compiler_service_applies(service, AF_INET6))
			add_unit(program, rule, AF_INET6, full6 ? NULL : ipv6);
	}
	if (program->rest.text[0] == '\0')
		return;
	compiler_rule(program->compiler, AF_UNSPEC, program->chain.text, "-g %s", program->rest.text);
	program->chain = program->rest;
}

/* What stands for the rule that nobody wrote. */
static const char *default_origin(enum direction direction, enum action action)
{
	static const char *const origins[2][3] = {
		{"egress default\tallow", "egress default\tdrop", "egress default\treject"},
		{"ingress default\tallow", "ingress default\tdrop", "ingress default\treject"},
	};

	return origins[direction][action];
}

static void add_direction(struct compiler *compiler, enum direction which, bool forwarded, const char *chain)
{
	const struct policy_direction *direction = &compiler->document->directions[which];
	struct program program = {.compiler = compiler, .direction = which, .forwarded = forwarded};
	struct verdict verdict;

	memcpy(program.chain.text, chain, strlen(chain) + 1);
	compiler_add_chain(compiler, chain);
	for (size_t i = 0; i < direction->count; i++)
		add_rule(&program, &direction->rules[i]);
	verdict = compiler_verdict(compiler, which, direction->fallback,
				   direction->fallback != ACTION_ALLOW && compiler->document->log.denied);
	compiler_set_origin(compiler, direction->fallback == ACTION_ALLOW ? "allow" : "deny",
			    default_origin(which, direction->fallback));
	compiler_decide(compiler, AF_UNSPEC, program.chain.text, "%s", verdict.text);
}

static bool direction_denies(const struct policy_direction *direction)
{
	bool denies = direction->present && direction->fallback != ACTION_ALLOW;

	for (size_t i = 0; i < direction->count; i++)
		denies = denies || !is_allow(&direction->rules[i]);
	return denies;
}

/* Whether a direction does anything: one that allows everything without a word needs no rules. */
static bool direction_acts(const struct policy_direction *direction)
{
	bool acts = direction_denies(direction);

	for (size_t i = 0; i < direction->count; i++)
		acts = acts || direction->rules[i].logged;
	return acts;
}

static bool names_interface(const struct policy_direction *direction)
{
	for (size_t i = 0; i < direction->count; i++) {
		if (direction->rules[i].interface != NULL)
			return true;
	}
	return false;
}

static void add_filter(struct compiler *compiler)
{
	const struct policy_direction *egress = &compiler->document->directions[DIRECTION_EGRESS];
	const struct policy_direction *ingress = &compiler->document->directions[DIRECTION_INGRESS];
	const char *egress_forwarded = NULL, *ingress_forwarded = NULL;

	if (direction_acts(egress)) {
		egress_forwarded = names_interface(egress) ? "egress-forward" : "egress";
		compiler_add_always_allowed(compiler, DIRECTION_EGRESS);
		compiler_rule(compiler, AF_UNSPEC, "OUTPUT", "-j egress");
	}
	if (direction_acts(ingress)) {
		ingress_forwarded = "ingress";
		compiler_add_always_allowed(compiler, DIRECTION_INGRESS);
		compiler_rule(compiler, AF_UNSPEC, "INPUT", "-j ingress");
	}
	compiler_add_forward_chain(compiler, egress_forwarded, ingress_forwarded);
	if (direction_acts(egress))
		add_direction(compiler, DIRECTION_EGRESS, false, "egress");
	if (direction_acts(egress) && names_interface(egress))
		add_direction(compiler, DIRECTION_EGRESS, true, "egress-forward");
	if (direction_acts(ingress))
		add_direction(compiler, DIRECTION_INGRESS, false, "ingress");
	compiler_add_verdict_chains(compiler);
}

/* The id's first 12 characters, made of what needs no quoting in a rule. */
static void set_id(struct compiler *compiler, const char *id)
{
	for (size_t i = 0; i + 1 < sizeof(compiler->id) && id != NULL && id[i] != '\0'; i++)
		compiler->id[i] = name_is_variable(&id[i], 1) ? id[i] : '_';
}

static void free_compiler(struct compiler *compiler)
{
	text_free(&compiler->chains);
	text_free(&compiler->filter);
	text_free(&compiler->nat);
}

bool compiler_compile(const struct policy_document *document, const struct compile_request *request,
		      struct compile_result *ret, struct error **error)
{
	__attribute__((cleanup(free_compiler))) struct compiler compiler = {
		.document = document,
		.request = request,
		.optional_chains = request->optional_chains,
		.sequence = {1, 1}, /* "egress-2" goes on where "egress" ends */
	};
	struct text text = {0};

	set_id(&compiler, request->container_id);
	add_filter(&compiler);
	compiler_add_nat(&compiler);
	if (compiler.rules > request->most_rules)
		return error_set(error, "takes more than the limit of %zu rules; shorten its lists",
				 request->most_rules);
	if (compiler.chain_count > COMPILER_MAX_CHAINS)
		return error_set(error, "takes more than %d chains; shorten its lists", COMPILER_MAX_CHAINS);
	if (compiler.nat.length > 0)
		text_printf(&text, "*nat\n%sCOMMIT\n", text_string(&compiler.nat));
	if (compiler.filter.length > 0)
		text_printf(&text, "*filter\n%s%sCOMMIT\n", text_string(&compiler.chains),
			    text_string(&compiler.filter));
	ret->filters = direction_denies(&document->directions[DIRECTION_EGRESS]) ||
		       direction_denies(&document->directions[DIRECTION_INGRESS]) || document->forward_count > 0;
	ret->forward_ipv4 = false;
	ret->forward_ipv6 = false;
	for (size_t i = 0; i < document->forward_count; i++) {
		bool ipv4 = document->forwards[i].target.family == AF_INET;

		ret->forward_ipv4 = ret->forward_ipv4 || ipv4;
		ret->forward_ipv6 = ret->forward_ipv6 || !ipv4;
	}
	ret->length = text.length;
	ret->text = text_steal(&text);
	return true;
}
