/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules text to chains and entries of one family. libxtables keeps global state, ends the process where it pleases and
 * breaks when one process parses both families (pitfalls of iptables 1.8.9), so this runs in a child process for each
 * that does nothing else, has no capability, and ends with the text; kernel/parsers.c makes them.
 */
#ifndef RULES_PARSER_H
#define RULES_PARSER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

/** A text and what it may use. The lists end with NULL; a NULL list means all. */
struct rules_text {
	const char *source; /* begins its error messages: "rules", "profile web" */
	const char *text;
	size_t length;
	bool may_be_empty;   /* a text without a rule is no error */
	bool one_sided;      /* a denial in one family only is no error: the policy compiler made it */
	bool accept_refused; /* -j ACCEPT is an error */
	const char *const *tables;
	const char *const *extensions;  /* matches and targets; set and SET are refused whatever stands here */
	const char *const *nat_targets; /* targets for table nat; NULL: as extensions */
};

/** The answer to a question about a revision that a parser will probably ask. */
struct rules_answer {
	char name[30];
	bool target;
	uint8_t revision;
	bool supported;
};

#define RULES_MAX_ANSWERS 64

/** Uses of the match connlimit in annotations, for a family: the kernel keeps 4 KiB for each (nf_conncount.c), which no
 * control group counts, and lists in -s and -d multiply them. */
#define PARSER_MAX_CONNLIMITS 1024

/**
 * Memory that a parser shares with the process that serves it. The server writes answers before they are asked, which
 * saves two context switches each, and believes nothing that it reads here.
 */
struct rules_shared {
	/* Where the parser is: what is left when a library ends the process. In pieces, because it changes with each
	 * option and is read almost never. */
	char source[64];
	bool document; /* line numbers, else numbers of rules */
	uint32_t line; /* 0: none yet */
	char option[64];
	_Atomic uint32_t answer_count; /* those before it are complete */
	struct rules_answer answers[RULES_MAX_ANSWERS];
};

/**
 * Does what parsers of both families begin with, in the process that becomes one of them or forks them. Parses nothing.
 * @shared: of the parser that speaks for the process until then
 */
void rules_prepare(const struct rules_text *texts, size_t count, int family, int fd, struct rules_shared *shared);

/**
 * Parses texts, sends chains and rules through @fd (wire.h), and ends the process.
 * @texts: layer N of the ruleset is texts[N]
 * @family: AF_INET or AF_INET6
 * @shared: its place is overwritten as the parser goes
 */
noreturn void rules_parse(const struct rules_text *texts, size_t count, int family, int fd,
			  struct rules_shared *shared);

#endif
