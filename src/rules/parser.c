/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/parser.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "rules/extensions.h"
#include "rules/jumps.h"
#include "rules/lines.h"
#include "rules/names.h"
#include "rules/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The process parses one set of texts and ends, and libxtables' callbacks carry no context. */
static struct {
	int family;
	struct wire_writer *writer;
	struct rules_shared *shared;
	const struct rules_text *text;
	uint16_t layer;
	const char *table; /* of the rule that is read */
	struct rules_lines lines;
	struct rules_line line;
	bool line_unmarked; /* the rule is for both families because nothing says otherwise */
	const char *option; /* the word that is read, up to option_length, or "" */
	size_t option_length;
	struct rules_chain chains[RULES_MAX_CHAINS];
	size_t chain_count;
	/* Where a chain is looked up by layer, table and name: its index and 1, or 0. Twice as many as chains, so that
	 * one is always free. */
	uint16_t slots[2 * RULES_MAX_CHAINS];
	struct jumps jumps;
	struct rules_extension used[256];
	size_t used_count;
	uint64_t rules_in_text;
	/* Rules of profiles that nat in a later text would get around. */
	bool profile_judges_interface, profile_denies_before_nat;
	unsigned matches_of_rule, connlimits_of_rule, connlimits;
} parser;

/* Says where the parser is, to itself and to whoever has to explain its end. */
static void note_line(unsigned number)
{
	parser.shared->line = number;
	parser.option = "";
	parser.shared->option[0] = '\0';
}

static void note_option(const char *option)
{
	size_t length = (size_t)(strchrnul(option, '=') - option);

	if (length >= sizeof(parser.shared->option))
		length = sizeof(parser.shared->option) - 1;
	parser.option = option;
	parser.option_length = length;
	memcpy(parser.shared->option, option, length);
	parser.shared->option[length] = '\0';
}

/* Library messages may hold newlines; one line is what the failure has. */
static void fold(char *message)
{
	size_t length = strlen(message);

	while (length > 0 && (message[length - 1] == '\n' || message[length - 1] == ' '))
		message[--length] = '\0';
	for (size_t i = 0; i < length; i++) {
		if (message[i] == '\n')
			message[i] = ' ';
	}
}

static noreturn void end_with(const char *message)
{
	wire_send_failure(parser.writer, message, parser.line_unmarked);
	_exit(0);
}

noreturn void parser_refuse(const char *format, ...)
{
	cleanup_text struct text message = {0};
	char reason[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	fold(reason);
	text_printf(&message, "%s: %s %u: ", parser.text->source, parser.lines.document ? "line" : "rule",
		    parser.line.number);
	if (parser.option != NULL && parser.option[0] != '\0' &&
	    memmem(reason, strlen(reason), parser.option, parser.option_length) == NULL)
		text_printf(&message, "%.*s: ", (int)parser.option_length, parser.option);
	text_append(&message, reason);
	end_with(text_string(&message));
}

static noreturn void refuse_with(struct error *error)
{
	cleanup_text struct text message = {0};

	text_printf(&message, "%s: %s", parser.text->source, error_text(error));
	end_with(text_string(&message));
}

/* @return where the chain's number is, or where it would be put */
static uint16_t *chain_slot(enum rules_table table, const char *name)
{
	uint64_t hash = hash_bytes(HASH_START ^ (uint64_t)table << 16 ^ parser.layer, name, strlen(name));
	size_t at = hash % ARRAY_LENGTH(parser.slots);

	for (; parser.slots[at] != 0; at = (at + 1) % ARRAY_LENGTH(parser.slots)) {
		const struct rules_chain *chain = &parser.chains[parser.slots[at] - 1];

		if (chain->layer == parser.layer && chain->table == (uint8_t)table && strcmp(chain->name, name) == 0)
			break;
	}
	return &parser.slots[at];
}

static struct rules_chain *find_chain(const char *table_name, const char *name)
{
	enum rules_table table;
	const uint16_t *slot;

	if (!rules_table_find(table_name, &table))
		return NULL;
	slot = chain_slot(table, name);
	return *slot == 0 ? NULL : &parser.chains[*slot - 1];
}

static size_t chain_index(const struct rules_chain *chain)
{
	return (size_t)(chain - parser.chains);
}

static struct rules_chain *add_chain(const char *table_name, const char *name, bool builtin)
{
	enum rules_table table = RULES_FILTER;
	struct rules_chain *chain;

	rules_table_find(table_name, &table);
	if (parser.chain_count == RULES_MAX_CHAINS)
		parser_refuse("more than the limit of %d chains", RULES_MAX_CHAINS);
	chain = &parser.chains[parser.chain_count++];
	*chain = (struct rules_chain){.layer = parser.layer,
				      .table = (uint8_t)table,
				      .builtin = builtin,
				      .one_sided = parser.text->one_sided};
	memcpy(chain->name, name, strlen(name));
	*chain_slot(table, name) = (uint16_t)parser.chain_count;
	return chain;
}

static bool in_list(const char *const *list, const char *name)
{
	for (size_t i = 0; list[i] != NULL; i++) {
		/* Letters first: a rule's extensions are looked for in a list of dozens, each time. */
		if ((list[i][0] == name[0] && strcmp(list[i], name) == 0) || (list[i][0] == '*' && list[i][1] == '\0'))
			return true;
	}
	return false;
}

static void check_table(const char *name)
{
	enum rules_table table;

	if (!rules_table_find(name, &table))
		parser_refuse(RULES_UNKNOWN_TABLE, name);
	if (parser.text->tables != NULL && !in_list(parser.text->tables, name))
		parser_refuse("table \"%s\" is not allowed here by the administrator", name);
}

/* The table of a one-line rule is known once all of its words are. */
static void use_table(const char *name)
{
	if (parser.lines.document)
		return;
	check_table(name);
	parser.table = name;
}

static void check_chain_name(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length > RULES_CHAIN_NAME)
		parser_refuse("chain name \"%s\" must have 1 to %d characters", name, RULES_CHAIN_NAME);
	for (size_t i = 0; i < length; i++) {
		if (name[i] <= ' ' || name[i] >= 0x7f)
			parser_refuse("chain name \"%s\" holds a character other than printable ASCII", name);
	}
	if (name[0] == '-' || name[0] == '!')
		parser_refuse("chain name \"%s\" may not begin with %c", name, name[0]);
}

/* Names that can't be a target's need no look at the modules on disk. */
static bool could_be_target(const char *name)
{
	return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(name);
}

static void new_chain(const char *name)
{
	enum rules_table table;

	check_chain_name(name);
	if (find_chain(parser.table, name) != NULL ||
	    (rules_table_find(parser.table, &table) && rules_table_has_builtin(table, name)))
		parser_refuse("chain \"%s\" exists already", name);
	if (could_be_target(name) && extensions_has_target(name))
		parser_refuse("chain name \"%s\" is the name of a target", name);
	add_chain(parser.table, name, false);
}

/* The layer's chain of this name; a built-in one comes into being when it is first named. */
static struct rules_chain *get_chain(const char *name)
{
	struct rules_chain *chain = find_chain(parser.table, name);
	enum rules_table table;

	if (chain != NULL)
		return chain;
	if (rules_table_find(parser.table, &table) && rules_table_has_builtin(table, name))
		return add_chain(parser.table, name, true);
	parser_refuse("chain \"%s\" does not exist in table %s; make it with -N", name, parser.table);
}

static bool is_denial_target(const char *target)
{
	return strcmp(target, "DROP") == 0 || strcmp(target, "REJECT") == 0;
}

/* Whether packets are there before nat has changed where they go; those of an own chain may be. */
static bool is_before_nat(const char *chain)
{
	return strcmp(chain, "INPUT") != 0 && strcmp(chain, "FORWARD") != 0 && strcmp(chain, "POSTROUTING") != 0;
}

static bool is_table_before_nat(uint8_t table)
{
	return table == RULES_RAW || table == RULES_MANGLE;
}

static void set_policy(const char *name, const char *policy)
{
	struct rules_chain *chain = get_chain(name);

	if (!chain->builtin)
		parser_refuse("chain \"%s\" is an own one and has no policy", name);
	if (strcmp(policy, "DROP") == 0) {
		if (chain->table == RULES_NAT)
			parser_refuse("the nat table is not for filtering; DROP does not go there");
		chain->policy = RULES_POLICY_DROP;
		chain->filters = true;
		parser.profile_denies_before_nat |=
			parser.text->accept_refused && is_before_nat(name) && is_table_before_nat(chain->table);
		parser.rules_in_text++;
	} else if (strcmp(policy, "ACCEPT") == 0) {
		chain->policy = RULES_POLICY_ACCEPT;
	} else {
		parser_refuse("bad policy \"%s\"; there are ACCEPT and DROP", policy);
	}
}

static bool host_is_chain(const char *table, const char *name)
{
	const struct rules_chain *chain = find_chain(table, name);

	return chain != NULL && !chain->builtin;
}

static bool is_set(const char *name)
{
	return strcmp(name, "set") == 0 || strcmp(name, "SET") == 0;
}

static void host_check_extension(const char *name, bool target)
{
	/* libxtables folds these names into one module. */
	if (!target && (strcmp(name, "icmpv6") == 0 || strcmp(name, "ipv6-icmp") == 0))
		name = "icmp6";
	if (is_set(name))
		parser_refuse("%s \"%s\": sets are not supported", target ? "target" : "match", name);
	if (parser.text->extensions == NULL || in_list(parser.text->extensions, name))
		return;
	/* Not looked up: a module that is not allowed is not loaded to find out whether it exists. */
	if (target && !could_be_target(name))
		parser_refuse("target or chain \"%s\" does not exist", name);
	parser_refuse("%s \"%s\" does not exist or is not on the list of extensions; the administrator can add it to "
		      "annotations.rules.extensions "
		      "in /etc/oci-iptables/config.json",
		      target ? "target" : "match", name);
}

static bool host_has_revision(bool target, const char *name, uint8_t revision)
{
	uint32_t count = atomic_load_explicit(&parser.shared->answer_count, memory_order_acquire);

	for (uint32_t i = 0; i < count && i < RULES_MAX_ANSWERS; i++) {
		const struct rules_answer *answer = &parser.shared->answers[i];

		if (answer->target == target && answer->revision == revision && strcmp(answer->name, name) == 0)
			return answer->supported;
	}
	return wire_ask_revision(parser.writer, target, name, revision);
}

static void host_use_extension(const struct rules_extension *extension)
{
	parser.matches_of_rule += !extension->target;
	if (!extension->target && strcmp(extension->name, "connlimit") == 0)
		parser.connlimits_of_rule++;
	for (size_t i = 0; i < parser.used_count; i++) {
		if (memcmp(&parser.used[i], extension, sizeof(*extension)) == 0)
			return;
	}
	if (parser.used_count < ARRAY_LENGTH(parser.used))
		parser.used[parser.used_count++] = *extension;
	wire_send_extension(parser.writer, extension);
}

/* In OUTPUT the interface stays the one from before nat, in filter as well. */
static void note_profile_rule(const struct rules_command *command, bool has_output)
{
	enum rules_table table = RULES_FILTER;

	if (!parser.text->accept_refused || !is_before_nat(command->chain))
		return;
	rules_table_find(command->table, &table);
	parser.profile_judges_interface |= has_output;
	parser.profile_denies_before_nat |=
		!command->jump && is_denial_target(command->target) && is_table_before_nat((uint8_t)table);
}

/* An annotation's target in table nat beside mandatory profiles. */
static void check_nat_target(const char *target)
{
	if (strcmp(target, "RETURN") == 0)
		return;
	if (!in_list(parser.text->nat_targets, target))
		parser_refuse("target %s is not allowed in table nat beside mandatory profiles", target);
	if (parser.profile_judges_interface && strcmp(target, "DNAT") == 0)
		parser_refuse("target DNAT is not allowed in table nat beside a profile with -o in OUTPUT");
	if (parser.profile_denies_before_nat && strcmp(target, "MASQUERADE") != 0)
		parser_refuse("target %s is not allowed in table nat beside a profile that denies in raw or mangle",
			      target);
}

static void host_check_command(const struct rules_command *command, bool has_input, bool has_output)
{
	bool nat = strcmp(command->table, "nat") == 0;

	use_table(command->table);
	if (has_output && (strcmp(command->chain, "PREROUTING") == 0 || strcmp(command->chain, "INPUT") == 0))
		parser_refuse("-o does not go with chain %s", command->chain);
	if (has_input && (strcmp(command->chain, "POSTROUTING") == 0 || strcmp(command->chain, "OUTPUT") == 0))
		parser_refuse("-i does not go with chain %s", command->chain);
	note_profile_rule(command, has_output);
	if (command->jump || command->target[0] == '\0')
		return;
	if (nat && strcmp(command->target, "DROP") == 0)
		parser_refuse("the nat table is not for filtering; DROP does not go there");
	if (parser.text->nat_targets != NULL &&
	    (strcmp(command->target, "TEE") == 0 || strcmp(command->target, "NFQUEUE") == 0 ||
	     strcmp(command->target, "QUEUE") == 0))
		parser_refuse("target %s carries packets past the layers behind it; not beside mandatory profiles",
			      command->target);
	if (parser.text->accept_refused && strcmp(command->target, "ACCEPT") == 0)
		parser_refuse("ACCEPT would pass by the layers behind this one; use RETURN");
	if (nat && parser.text->nat_targets != NULL)
		check_nat_target(command->target);
}

static bool is_denial(const struct rules_command *command)
{
	return command->unconditional && !command->jump && is_denial_target(command->target);
}

static void host_add_entry(const struct rules_command *command, const void *entry, size_t size)
{
	struct rules_chain *chain = get_chain(command->chain);
	struct rules_rule rule = {.chain = (uint16_t)chain_index(chain),
				  .jump = RULES_NO_JUMP,
				  .size = (uint32_t)size,
				  .line = parser.line.number};

	parser.connlimits += parser.connlimits_of_rule;
	if (parser.text->extensions != NULL && parser.connlimits > PARSER_MAX_CONNLIMITS)
		parser_refuse("more than the limit of %d uses of connlimit", PARSER_MAX_CONNLIMITS);
	if (command->verb == 'I') {
		if (command->position > chain->rule_count + 1)
			parser_refuse("-I %s %u: the chain has only %u rules", command->chain, command->position,
				      chain->rule_count);
		rule.position = command->position;
	}
	jumps_note_rule(&parser.jumps, rule.chain, parser.matches_of_rule);
	if (command->jump) {
		size_t to = chain_index(find_chain(command->table, command->target));

		rule.jump = (uint16_t)to;
		jumps_note(&parser.jumps, rule.chain, to, command->is_goto, command->unconditional);
	}
	if (!command->jump && is_denial_target(command->target))
		chain->filters = true;
	if (command->is_goto || strcmp(command->target, "RETURN") == 0)
		chain->leaves = true;
	/* What stands behind it is never reached. */
	chain->denies |= is_denial(command);
	chain->rule_count++;
	parser.rules_in_text++;
	wire_send_rule(parser.writer, &rule, entry);
}

static const struct extensions_host host = {
	.is_chain = host_is_chain,
	.check_extension = host_check_extension,
	.has_revision = host_has_revision,
	.use_extension = host_use_extension,
	.add_entry = host_add_entry,
	.check_command = host_check_command,
	.at_option = note_option,
};

static void read_rule(void)
{
	cleanup_error struct error *error = NULL;
	struct rules_command command;
	int family;

	parser.line_unmarked = parser.line.family == AF_UNSPEC;
	if (!rules_line_family(&parser.line, &family, &error)) {
		rules_line_prefix(&parser.lines, parser.line.number, &error);
		refuse_with(error);
	}
	if (family != AF_UNSPEC)
		parser.line_unmarked = false;
	if (family != AF_UNSPEC && family != parser.family) {
		parser.rules_in_text++; /* the other parser reads it */
		return;
	}
	if (parser.line.table != NULL)
		parser.table = parser.line.table;
	parser.matches_of_rule = 0;
	parser.connlimits_of_rule = 0;
	extensions_read_rule(&parser.line, parser.table, !parser.lines.document, &command);
	use_table(command.table);
	if (command.verb == 'N')
		new_chain(command.chain);
	else if (command.verb == 'P')
		set_policy(command.chain, command.policy);
}

static void read_line(void)
{
	switch (parser.line.kind) {
	case LINE_TABLE:
		check_table(parser.line.words[0]);
		for (size_t i = 0; i < RULES_TABLE_COUNT; i++) {
			if (strcmp(parser.line.words[0], rules_table_name((enum rules_table)i)) == 0)
				parser.table = rules_table_name((enum rules_table)i);
		}
		break;
	case LINE_CHAIN:
		if (strcmp(parser.line.words[1], "-") == 0)
			new_chain(parser.line.words[0]);
		else
			set_policy(parser.line.words[0], parser.line.words[1]);
		break;
	case LINE_RULE:
		read_rule();
		break;
	case LINE_COMMIT:
		break;
	}
}

static void read_text(void)
{
	cleanup_error struct error *error = NULL;
	bool end = false;

	parser.rules_in_text = 0;
	parser.line.number = 0;
	snprintf(parser.shared->source, sizeof(parser.shared->source), "%s", parser.text->source);
	note_line(0);
	if (!rules_lines_begin(&parser.lines, parser.text->text, parser.text->length, &error)) {
		if (parser.text->may_be_empty && strcmp(error_text(error), "holds no rule") == 0)
			return;
		refuse_with(error);
	}
	parser.shared->document = parser.lines.document;
	for (;;) {
		if (!rules_lines_next(&parser.lines, &parser.line, &end, &error))
			refuse_with(error);
		if (end)
			break;
		parser.line_unmarked = false;
		note_line(parser.line.number);
		read_line();
	}
	if (parser.rules_in_text == 0 && !parser.text->may_be_empty) {
		error_set(&error, "holds no rule");
		refuse_with(error);
	}
}

static void follow_jumps(const struct rules_text *texts)
{
	for (size_t i = 0; i < parser.chain_count; i++) {
		cleanup_error struct error *error = NULL;

		parser.text = &texts[parser.chains[i].layer];
		parser.line_unmarked = false;
		if (!jumps_follow(&parser.jumps, parser.chains, parser.chain_count, i, &error))
			refuse_with(error);
	}
}

static void start(const struct rules_text *texts, int family, int fd, struct rules_shared *shared)
{
	parser.family = family;
	parser.writer = wire_writer_new(fd);
	parser.shared = shared;
	parser.text = &texts[0];
}

void rules_prepare(const struct rules_text *texts, size_t count, int family, int fd, struct rules_shared *shared)
{
	/* A refusal of libxtables itself is told by this parser. */
	start(texts, family, fd, shared);
	rules_names_link();
	extensions_prepare(texts, count);
}

noreturn void rules_parse(const struct rules_text *texts, size_t count, int family, int fd, struct rules_shared *shared)
{
	start(texts, family, fd, shared);
	extensions_begin(family, &host);
	for (size_t i = 0; i < count; i++) {
		parser.text = &texts[i];
		parser.layer = (uint16_t)i;
		read_text();
	}
	follow_jumps(texts);
	for (size_t i = 0; i < parser.chain_count; i++)
		wire_send_chain(parser.writer, &parser.chains[i]);
	wire_send_done(parser.writer);
	_exit(0);
}
