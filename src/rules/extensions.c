/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Theory of operation. libxtables has the modules' registration, their option parsing and a merged getopt table; the
 * loop over a rule's options is each program's own. The order of calls below is the one that libxtables 1.8.7 to 1.8.11
 * expect of iptables: flags of all modules are reset for each rule, -p is stored at once because modules look at it
 * while they parse, a module's options join the table when -m, -j or the protocol brings it in, getopt is asked again
 * after a protocol module was loaded for an option it did not know, and final checks come when the words have ended.
 *
 * Differences from iptables on purpose: option names are exact, there is no -M, and only -A, -I, -N and -P are
 * commands.
 */
#include "rules/extensions.h"

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"

#include "rules/expected.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libiptc/libiptc.h>

#include <libiptc/libip6tc.h>
#include <linux/netfilter/x_tables.h>
#include <xtables.h>

#include "rules/reading.h"

/* Range of option values that libxtables gives each module (XT_OPTION_OFFSET_SCALE of its internal part). */
#define MODULE_OPTIONS 256

/* The long options keep iptables' short letters as values; modules' options begin at MODULE_OPTIONS. */
static struct option base_options[] = {
	{.name = "append", .has_arg = 1, .val = 'A'},       {.name = "insert", .has_arg = 1, .val = 'I'},
	{.name = "new-chain", .has_arg = 1, .val = 'N'},    {.name = "policy", .has_arg = 1, .val = 'P'},
	{.name = "check", .has_arg = 2, .val = 'C'},        {.name = "delete", .has_arg = 2, .val = 'D'},
	{.name = "replace", .has_arg = 2, .val = 'R'},      {.name = "flush", .has_arg = 2, .val = 'F'},
	{.name = "zero", .has_arg = 2, .val = 'Z'},         {.name = "delete-chain", .has_arg = 2, .val = 'X'},
	{.name = "rename-chain", .has_arg = 2, .val = 'E'}, {.name = "list", .has_arg = 2, .val = 'L'},
	{.name = "list-rules", .has_arg = 2, .val = 'S'},   {.name = "source", .has_arg = 1, .val = 's'},
	{.name = "src", .has_arg = 1, .val = 's'},          {.name = "destination", .has_arg = 1, .val = 'd'},
	{.name = "dst", .has_arg = 1, .val = 'd'},          {.name = "protocol", .has_arg = 1, .val = 'p'},
	{.name = "in-interface", .has_arg = 1, .val = 'i'}, {.name = "out-interface", .has_arg = 1, .val = 'o'},
	{.name = "jump", .has_arg = 1, .val = 'j'},         {.name = "goto", .has_arg = 1, .val = 'g'},
	{.name = "match", .has_arg = 1, .val = 'm'},        {.name = "fragment", .has_arg = 0, .val = 'f'},
	{.name = "fragments", .has_arg = 0, .val = 'f'},    {.name = "set-counters", .has_arg = 1, .val = 'c'},
	{.name = "table", .has_arg = 1, .val = 't'},        {.name = "ipv4", .has_arg = 0, .val = '4'},
	{.name = "ipv6", .has_arg = 0, .val = '6'},         {.name = NULL},
};

static const char short_options[] = "-:A:I:N:P:s:d:p:i:o:j:g:m:fc:t:46C::D::R::F::Z::X::E::L::S::";

static const struct extensions_host *host;
static int family;

/* What to do about libxtables' complaints that follow from the answers of names.c. */
static const char *names_mend(const char *message)
{
	if (strstr(message, "host/network") != NULL || strstr(message, "not found") != NULL)
		return " (names are not looked up; write the address)";
	return "";
}

/* libxtables' texts end with newlines and hints for a shell; the parser makes one line of them. */
static noreturn void library_refuses(enum xtables_exittype status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static noreturn void library_refuses(enum xtables_exittype status, const char *format, ...)
{
	char message[1024];
	va_list arguments;

	(void)status;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	parser_refuse("%s%s", message, names_mend(message));
}

static int answer_revision(const char *name, uint8_t revision, int option)
{
	bool target = option == (family == AF_INET ? IPT_SO_GET_REVISION_TARGET : IP6T_SO_GET_REVISION_TARGET);

	return host->has_revision(target, name, revision) ? 1 : 0;
}

static struct xtables_globals globals = {
	.option_offset = 0,
	.program_name = "oci-iptables",
	.program_version = "1.8.9",
	.orig_opts = base_options,
	.exit_err = library_refuses,
	.compat_rev = answer_revision,
};

void extensions_prepare(const struct rules_text *texts, size_t count)
{
	/* Loading kernel modules is the kernel's business; what stands here is run by libxtables as a program. */
	xtables_modprobe_program = "/nonexistent";
	if (xtables_init_all(&globals, NFPROTO_IPV4) < 0)
		parser_refuse("libxtables %s does not work with this program; rebuild it", XTABLES_VERSION);
	rules_map_expected(texts, count);
}

void extensions_begin(int the_family, const struct extensions_host *the_host)
{
	host = the_host;
	family = the_family;
	xtables_set_nfproto(family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6);
}

bool extensions_has_target(const char *name)
{
	return xtables_find_target(name, XTF_TRY_LOAD) != NULL;
}

static void announce(bool target, const char *name, uint8_t revision, size_t userspace_size)
{
	struct rules_extension extension = {
		.target = target, .revision = revision, .userspace_size = (uint32_t)userspace_size};

	memcpy(extension.name, name, strnlen(name, sizeof(extension.name) - 1));
	host->use_extension(&extension);
}

static void merge_options(struct option *merged)
{
	if (merged == NULL)
		parser_refuse("out of memory");
	globals.opts = merged;
}

/* A match's storage, and its options unless it is a further use of one that the rule has already. */
static void add_match(struct reading *reading, const char *name, enum xtables_tryload load)
{
	struct xtables_match *match;
	const char *real_name;
	size_t size;

	host->check_extension(name, false);
	match = xtables_find_match(name, load, &reading->matches);
	if (match == NULL)
		return;
	real_name = match->real_name != NULL ? match->real_name : match->name;
	size = XT_ALIGN(sizeof(struct xt_entry_match)) + match->size;
	match->m = xtables_calloc(1, size);
	match->m->u.match_size = (uint16_t)size;
	memcpy(match->m->u.user.name, real_name, strnlen(real_name, sizeof(match->m->u.user.name) - 1));
	match->m->u.user.revision = match->revision;
	if (match->udata_size != 0) {
		free(match->udata);
		match->udata = xtables_calloc(1, match->udata_size);
	}
	if (match->init != NULL)
		match->init(match->m);
	announce(false, real_name, match->revision, match->userspacesize);
	if (match == match->next)
		return;
	if (match->x6_options != NULL)
		merge_options(xtables_options_xfrm(globals.orig_opts, globals.opts, match->x6_options,
						   &match->option_offset));
	else if (match->extra_opts != NULL)
		merge_options(xtables_merge_options(globals.orig_opts, globals.opts, match->extra_opts,
						    &match->option_offset));
}

static void add_target(struct reading *reading, const char *name)
{
	struct xtables_target *target;
	const char *real_name;
	size_t size;

	host->check_extension(name, true);
	target = xtables_find_target(name, XTF_TRY_LOAD);
	reading->target = target;
	if (target == NULL)
		return;
	size = XT_ALIGN(sizeof(struct xt_entry_target)) + target->size;
	target->t = xtables_calloc(1, size);
	target->t->u.target_size = (uint16_t)size;
	/* A verdict's entry carries the verdict's name; libiptc makes the number of it. */
	real_name = target->real_name != NULL ? target->real_name : name;
	memcpy(target->t->u.user.name, real_name, strnlen(real_name, sizeof(target->t->u.user.name) - 1));
	target->t->u.user.revision = target->revision;
	if (target->udata_size != 0) {
		free(target->udata);
		target->udata = xtables_calloc(1, target->udata_size);
	}
	if (target->init != NULL)
		target->init(target->t);
	announce(true, real_name, target->revision, target->userspacesize);
	if (target->x6_options != NULL)
		merge_options(xtables_options_xfrm(globals.orig_opts, globals.opts, target->x6_options,
						   &target->option_offset));
	else if (target->extra_opts != NULL)
		merge_options(xtables_merge_options(globals.orig_opts, globals.opts, target->extra_opts,
						    &target->option_offset));
}

/* Marks an option as seen; a second time, and a ! before one that has no opposite, are errors. */
static void see(struct reading *reading, unsigned option, const char *name, bool may_negate)
{
	if (reading->seen & option)
		parser_refuse("%s stands twice", name);
	if (reading->negated && !may_negate)
		parser_refuse("! does not go with %s", name);
	reading->seen |= option;
}

static void set_inversion(struct reading *reading, unsigned ipv4, unsigned ipv6)
{
	if (!reading->negated)
		return;
	if (family == AF_INET)
		reading->entry.ipv4.ip.invflags |= (uint8_t)ipv4;
	else
		reading->entry.ipv6.ipv6.invflags |= (uint8_t)ipv6;
}

static void read_protocol(struct reading *reading, char *name)
{
	uint16_t protocol;

	see(reading, SEEN_PROTOCOL, "-p", true);
	for (char *at = name; *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	reading->protocol = name;
	protocol = xtables_parse_protocol(name);
	if (protocol == 0 && reading->negated)
		parser_refuse("rule would never match protocol");
	if (family == AF_INET) {
		reading->entry.ipv4.ip.proto = protocol;
	} else {
		reading->entry.ipv6.ipv6.proto = protocol;
		if (protocol != 0)
			reading->entry.ipv6.ipv6.flags |= IP6T_F_PROTO;
	}
	set_inversion(reading, IPT_INV_PROTO, IP6T_INV_PROTO);
}

static void read_interface(struct reading *reading, const char *name, bool input)
{
	if (name[0] == '\0')
		parser_refuse("an empty interface name matches any; leave the option out");
	see(reading, input ? SEEN_INPUT : SEEN_OUTPUT, input ? "-i" : "-o", true);
	if (family == AF_INET) {
		struct ipt_ip *ip = &reading->entry.ipv4.ip;

		xtables_parse_interface(name, input ? ip->iniface : ip->outiface,
					input ? ip->iniface_mask : ip->outiface_mask);
	} else {
		struct ip6t_ip6 *ip = &reading->entry.ipv6.ipv6;

		xtables_parse_interface(name, input ? ip->iniface : ip->outiface,
					input ? ip->iniface_mask : ip->outiface_mask);
	}
	set_inversion(reading, input ? IPT_INV_VIA_IN : IPT_INV_VIA_OUT, input ? IP6T_INV_VIA_IN : IP6T_INV_VIA_OUT);
}

static void check_name(const char *name, const char *what)
{
	size_t length = strlen(name);

	if (length == 0 || length >= XT_EXTENSION_MAXNAMELEN)
		parser_refuse("%s name \"%s\" must have 1 to %d characters", what, name, XT_EXTENSION_MAXNAMELEN - 1);
	/* The name becomes part of a file name that libxtables opens. */
	for (size_t i = 0; i < length; i++) {
		if (!isalnum((unsigned char)name[i]) && name[i] != '_' && name[i] != '-')
			parser_refuse("%s \"%s\" does not exist", what, name);
	}
}

static void read_target(struct reading *reading, const char *name, const char *table)
{
	see(reading, SEEN_TARGET, "-j", false);
	reading->command->target = name;
	reading->command->jump = host->is_chain(table, name);
	if (reading->command->jump)
		return;
	check_name(name, "target or chain");
	add_target(reading, name);
}

static bool next_is_argument(const struct reading *reading)
{
	return optind < reading->argc && reading->argv[optind][0] != '-' && strcmp(reading->argv[optind], "!") != 0;
}

static void read_command(struct reading *reading, int verb, const char *chain)
{
	struct rules_command *command = reading->command;
	uint64_t position = 1;

	see(reading, SEEN_COMMAND, "a command", false);
	command->verb = (char)verb;
	command->chain = chain;
	if (verb == 'I' && next_is_argument(reading)) {
		const char *number = reading->argv[optind++];

		if (!parse_number_string(number, UINT32_MAX, &position) || position == 0)
			parser_refuse("\"%s\" is not a rule number", number);
	}
	command->position = (uint32_t)position;
	if (verb == 'P') {
		if (!next_is_argument(reading))
			parser_refuse("-P needs a chain and a policy");
		command->policy = reading->argv[optind++];
	}
}

static void read_counters(struct reading *reading, const char *argument)
{
	const char *comma = strchr(argument, ',');
	const char *bytes = comma == NULL ? NULL : comma + 1;
	size_t length = comma == NULL ? strlen(argument) : (size_t)(comma - argument);
	uint64_t packets, count;

	see(reading, SEEN_COUNTERS, "-c", false);
	if (bytes == NULL && next_is_argument(reading))
		bytes = reading->argv[optind++];
	if (bytes == NULL || !parse_number(argument, length, UINT64_MAX, &packets) ||
	    !parse_number_string(bytes, UINT64_MAX, &count))
		parser_refuse("-c needs a packet and a byte count");
	reading->counters.pcnt = packets;
	reading->counters.bcnt = count;
}

static size_t count_matches(const struct reading *reading)
{
	size_t count = 0;

	for (const struct xtables_rule_match *match = reading->matches; match != NULL; match = match->next)
		count++;
	return count;
}

/* Loads the module of -p for an option that nothing known takes: "-p tcp --dport 80". @return whether it was loaded */
static bool load_protocol(struct reading *reading)
{
	const char *name = reading->protocol;
	uint64_t number;
	size_t before;

	if (name == NULL || reading->protocol_tried)
		return false;
	reading->protocol_tried = true;
	if (parse_number_string(name, UINT8_MAX, &number)) {
		name = NULL;
		for (size_t i = 0; xtables_chain_protos[i].name != NULL && name == NULL; i++) {
			if (xtables_chain_protos[i].num == number)
				name = xtables_chain_protos[i].name;
		}
	}
	if (name == NULL || strlen(name) >= XT_EXTENSION_MAXNAMELEN)
		return false;
	for (const char *at = name; *at != '\0'; at++) {
		if (!isalnum((unsigned char)*at) && *at != '_' && *at != '-')
			return false;
	}
	before = count_matches(reading);
	add_match(reading, name, XTF_TRY_LOAD);
	return count_matches(reading) > before;
}

/* Hands an option to the module whose range it is in. @return whether there is one */
static bool give_to_module(struct reading *reading, int option)
{
	struct xtables_target *target = reading->target;

	if (target != NULL && (target->parse != NULL || target->x6_parse != NULL) &&
	    (unsigned)option >= target->option_offset && (unsigned)option < target->option_offset + MODULE_OPTIONS) {
		xtables_option_tpcall((unsigned)option, reading->argv, reading->negated, target, &reading->entry);
		return true;
	}
	for (struct xtables_rule_match *at = reading->matches; at != NULL; at = at->next) {
		struct xtables_match *match = at->match;

		if (at->completed || (match->parse == NULL && match->x6_parse == NULL) ||
		    (unsigned)option < match->option_offset ||
		    (unsigned)option >= match->option_offset + MODULE_OPTIONS)
			continue;
		xtables_option_mpcall((unsigned)option, reading->argv, reading->negated, match, &reading->entry);
		return true;
	}
	return false;
}

static void read_fragment(struct reading *reading)
{
	if (family != AF_INET)
		parser_refuse("unknown option \"-f\"; IPv6 has -m frag");
	see(reading, SEEN_FRAGMENT, "-f", true);
	reading->entry.ipv4.ip.flags |= IPT_F_FRAG;
	set_inversion(reading, IPT_INV_FRAG, 0);
}

static void read_goto(struct reading *reading, const char *chain, const char *table)
{
	if (!host->is_chain(table, chain))
		parser_refuse("goto '%s' is not a chain", chain);
	read_target(reading, chain, table);
	reading->command->is_goto = true;
}

static void read_match(struct reading *reading, const char *name)
{
	if (reading->negated)
		parser_refuse("! does not go with -m");
	check_name(name, "match");
	add_match(reading, name, XTF_LOAD_MUST_SUCCEED);
}

/* What a packet must be like. @return whether the option is about that */
static bool read_condition(struct reading *reading, int option)
{
	switch (option) {
	case 's':
		see(reading, SEEN_SOURCE, "-s", true);
		set_inversion(reading, IPT_INV_SRCIP, IP6T_INV_SRCIP);
		reading->sources = optarg;
		return true;
	case 'd':
		see(reading, SEEN_DESTINATION, "-d", true);
		set_inversion(reading, IPT_INV_DSTIP, IP6T_INV_DSTIP);
		reading->destinations = optarg;
		return true;
	case 'p':
		read_protocol(reading, optarg);
		return true;
	case 'i':
	case 'o':
		read_interface(reading, optarg, option == 'i');
		return true;
	case 'f':
		read_fragment(reading);
		return true;
	case 'm':
		read_match(reading, optarg);
		return true;
	default:
		return false;
	}
}

static void read_option(struct reading *reading, int option, const char *table)
{
	if (read_condition(reading, option))
		return;
	switch (option) {
	case 'A':
	case 'I':
	case 'N':
	case 'P':
		read_command(reading, option, optarg);
		break;
	case 'j':
		read_target(reading, optarg, table);
		break;
	case 'g':
		read_goto(reading, optarg, table);
		break;
	case 'c':
		read_counters(reading, optarg);
		break;
	case 't':
		see(reading, SEEN_TABLE, "-t", false);
		/* The table was looked up before the loop, because targets depend on it. */
		if (strcmp(optarg, reading->command->table) != 0)
			parser_refuse("write -t %s at the beginning", optarg);
		break;
	case '4':
	case '6':
		parser_refuse("-%c stands inside the rule; write it before the rule", option);
	default:
		if (strchr("CDRFZXELS", option) != NULL)
			parser_refuse("-%c is refused: rules are only added, by -A, -I, -N and -P", option);
		parser_refuse("unknown option");
	}
}

/* Long names count only whole: with abbreviations "--dpo" would mean another option when a module is added. */
static bool is_exact(const char *word, const struct option *option)
{
	size_t length = strcspn(word + 2, "=");

	return strlen(option->name) == length && memcmp(option->name, word + 2, length) == 0;
}

/* The base options, and those of the modules once the rule has some. */
static const struct option *known_options(void)
{
	return globals.opts != NULL ? globals.opts : globals.orig_opts;
}

/* Takes the words one by one until getopt has no more. */
static void read_words(struct reading *reading, const char *table)
{
	optind = 0;
	opterr = 0;
	for (;;) {
		int at = optind == 0 ? 1 : optind;
		int index = -1;
		int option = getopt_long(reading->argc, reading->argv, short_options, known_options(), &index);
		const char *word = at < reading->argc ? reading->argv[at] : "";

		if (option == -1)
			break;
		if (option == 1) {
			if (strcmp(optarg, "!") != 0)
				parser_refuse("bad argument \"%s\"", optarg);
			if (reading->negated)
				parser_refuse("! stands twice");
			reading->negated = true;
			continue;
		}
		host->at_option(word);
		if (index >= 0 && !is_exact(word, &known_options()[index]))
			option = '?';
		if (option == '?' || option == ':') {
			bool missing = option == ':';

			/* The word's option may belong to the protocol's module: read it again with that. */
			if (load_protocol(reading)) {
				optind = at;
				continue;
			}
			if (missing)
				parser_refuse("option \"%s\" requires an argument", word);
			parser_refuse("unknown option \"%s\"", word);
		}
		if (option < MODULE_OPTIONS)
			read_option(reading, option, table);
		else if (!give_to_module(reading, option))
			parser_refuse("unknown option \"%s\"", word);
		reading->negated = false;
	}
	host->at_option("");
	if (optind < reading->argc)
		parser_refuse("unknown argument \"%s\"", reading->argv[optind]);
	if (reading->negated)
		parser_refuse("nothing follows !");
}

/* Gives back what the rule took, and forgets it in the modules: they are used again for the next. */
static void release(struct reading *reading)
{
	struct xtables_target *target = reading->target;

	xtables_rule_matches_free(&reading->matches);
	if (target != NULL) {
		free(target->t);
		target->t = NULL;
		free(target->udata);
		target->udata = NULL;
		/* A clone that libxtables made because the rule before used the target too. */
		if (target == target->next)
			free(target);
	}
	xtables_free_opts(1);
}

static void forget_rule_before(void)
{
	for (struct xtables_match *match = xtables_matches; match != NULL; match = match->next)
		match->mflags = 0;
	for (struct xtables_target *target = xtables_targets; target != NULL; target = target->next) {
		target->tflags = 0;
		target->used = 0;
	}
	globals.opts = NULL; /* libxtables 1.8.11 frees what stands here, whatever it is */
}

/* -t inside a pasted iptables command says the table for all of its words, also those before it. */
static const char *table_inside(const struct rules_line *line, const char *default_table, bool table_option)
{
	size_t at = rules_line_find_table(line);

	if (at == line->word_count)
		return default_table;
	if (!table_option)
		parser_refuse("-t does not go with *TABLE");
	if (line->names_table)
		parser_refuse("-t stands twice");
	return at + 1 < line->word_count ? line->words[at + 1] : default_table;
}

void extensions_read_rule(const struct rules_line *line, const char *default_table, bool table_option,
			  struct rules_command *ret)
{
	static char program[] = "iptables";
	static char *argv[LINES_MAX_WORDS + 2]; /* static: not cleared for each rule */
	struct reading reading = {
		.host = host, .family = family, .argc = (int)line->word_count + 1, .argv = argv, .command = ret};
	bool conditions;

	argv[0] = program;
	memcpy(&argv[1], line->words, (line->word_count + 1) * sizeof(argv[0]));
	*ret = (struct rules_command){.target = "", .table = table_inside(line, default_table, table_option)};
	if (line->has_counters) {
		reading.counters.pcnt = line->packets;
		reading.counters.bcnt = line->bytes;
	}
	forget_rule_before();
	read_words(&reading, ret->table);
	conditions = (reading.seen & ~(unsigned)(SEEN_COMMAND | SEEN_TABLE)) != 0 || reading.matches != NULL;
	if (ret->verb == '\0')
		parser_refuse("no command; a rule begins with -A, -I, -N or -P");
	if (ret->verb == 'A' || ret->verb == 'I')
		reading_finish(&reading);
	else if (conditions)
		parser_refuse("-%c takes no conditions and no target", ret->verb);
	release(&reading);
}
