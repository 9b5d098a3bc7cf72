/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One rule between its words and the kernel's entries: what extensions.c, which reads the options, hands to entries.c,
 * which builds. Nobody else includes this; xtables.h and libiptc's headers must come before it.
 */
#ifndef RULES_READING_H
#define RULES_READING_H

#include "rules/extensions.h"

enum {
	SEEN_SOURCE = 1 << 0,
	SEEN_DESTINATION = 1 << 1,
	SEEN_PROTOCOL = 1 << 2,
	SEEN_INPUT = 1 << 3,
	SEEN_OUTPUT = 1 << 4,
	SEEN_TARGET = 1 << 5,
	SEEN_FRAGMENT = 1 << 6,
	SEEN_COUNTERS = 1 << 7,
	SEEN_COMMAND = 1 << 8,
	SEEN_TABLE = 1 << 9,
};

/** One rule while it is read. */
struct reading {
	const struct extensions_host *host;
	int family; /* AF_INET or AF_INET6 */
	int argc;
	char **argv;
	struct rules_command *command;
	unsigned seen;
	bool negated;
	const char *protocol; /* as written, in lower case */
	bool protocol_tried;  /* its module was asked for already */
	const char *sources;  /* argument of -s */
	const char *destinations;
	struct xtables_rule_match *matches;
	struct xtables_target *target;
	union {
		struct ipt_entry ipv4;
		struct ip6t_entry ipv6;
	} entry;
	struct xt_counters counters;
};

/** Runs the final checks of all modules, builds the entry and hands it to the host once per address. */
void reading_finish(struct reading *reading);

#endif
