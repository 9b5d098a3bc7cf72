/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One rule's words to the kernel's entries, by libxtables. Behind this header nothing knows xtables.h. All failures go
 * to parser_refuse(), which does not return: after an error libxtables' state is unusable.
 */
#ifndef RULES_EXTENSIONS_H
#define RULES_EXTENSIONS_H

#include "rules/lines.h"
#include "rules/parser.h"
#include "rules/ruleset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

/** What a rule says apart from its matches. Strings belong to the line or the parser. */
struct rules_command {
	char verb; /* 'A', 'I', 'N' or 'P' */
	const char *chain;
	uint32_t position;  /* of 'I', from 1 */
	const char *policy; /* of 'P' */
	const char *table;  /* of -t inside the rule, or NULL */
	const char *target; /* "" for none, a verdict, a target or a chain */
	bool jump;          /* target is a chain */
	bool is_goto;
	bool unconditional; /* matches every packet */
};

/** What extensions.c asks the parser. */
struct extensions_host {
	bool (*is_chain)(const char *table, const char *name);
	/** Called before an extension is loaded; refuses by parser_refuse(). */
	void (*check_extension)(const char *name, bool target);
	bool (*has_revision)(bool target, const char *name, uint8_t revision);
	void (*use_extension)(const struct rules_extension *extension);
	/** Takes one entry of an A or I; called once per source and destination address of the rule. */
	void (*add_entry)(const struct rules_command *command, const void *entry, size_t size);
	/** Looks at a command before its entries come. */
	void (*check_command)(const struct rules_command *command, bool has_input, bool has_output);
	/** Says which option is being read, for messages. */
	void (*at_option)(const char *option);
};

/** Starts libxtables and maps the modules that texts will probably use in both families; once, before any parser. */
void extensions_prepare(const struct rules_text *texts, size_t count);

/** Makes libxtables that of a family; once per process, behind extensions_prepare() in it or before its fork. */
void extensions_begin(int family, const struct extensions_host *host);

/**
 * Reads one rule.
 * @default_table: the document's table, or that of a one-line rule
 * @table_option: -t may stand inside the rule
 * @ret: what the rule says; for 'A' and 'I' the host has got the entries by then
 */
void extensions_read_rule(const struct rules_line *line, const char *default_table, bool table_option,
			  struct rules_command *ret);

/** @return whether a target module of this name exists (a chain must not hide it) */
bool extensions_has_target(const char *name);

/** Reports a failure of the current line and ends the process. */
noreturn void parser_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
