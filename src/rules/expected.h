/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The extensions that rules use most: what is known of them before a text is read saves time, and decides nothing. */
#ifndef RULES_EXPECTED_H
#define RULES_EXPECTED_H

#include "rules/parser.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rules_expected {
	const char *name;
	bool target;
	uint8_t revisions; /* the highest of libxtables 1.8 */
	bool shared;       /* one libxtables module serves both families */
};

extern const struct rules_expected rules_expected[];
extern const size_t rules_expected_count;

/** @return whether a family has the extension at all; asking for one that it has not makes the kernel look for a module
 */
bool rules_expects_in_family(const struct rules_expected *extension, int family);

/**
 * Looks for an extension's name in the beginnings of texts. Only what is mentioned is asked for or loaded: a question
 * can make the kernel load a module, and a module has to be mapped.
 */
bool rules_mentions(const struct rules_text *texts, size_t count, const struct rules_expected *extension);

/**
 * Maps the libxtables modules of mentioned extensions that serve both families: before the families' processes part,
 * so that it is done once. Call it when libxtables is initialised. A module that isn't there is missed later, by
 * libxtables in its own words.
 */
void rules_map_expected(const struct rules_text *texts, size_t count);

#endif
