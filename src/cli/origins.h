/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which words of a person each line of a layer's text comes from: in a text of the policy compiler what its comments
 * say (policy/compiler.h), in any other the line itself.
 */
#ifndef CLI_ORIGINS_H
#define CLI_ORIGINS_H

#include "rules/render.h"

#include <stdbool.h>
#include <stddef.h>

/** No origin. */
#define ORIGINS_NONE ((size_t)-1)

enum origin_kind {
	ORIGIN_WRITTEN, /* a line of rules text; its rules' targets say whether they deny */
	ORIGIN_ALLOW,
	ORIGIN_DENY,
	ORIGIN_ALWAYS, /* what every policy lets through before its rules */
};

/** What a person wrote. */
struct origin_words {
	enum origin_kind kind;
	char *label; /* "egress[2]", "items 1-3", "line 7" */
	char *text;  /* of the rule, the items, the line; may be "" */
};

struct origins {
	struct origin_words *items; /* in the order of the text */
	size_t count, capacity;
	size_t *of_line; /* of each line, from 1: index into items, or ORIGINS_NONE where it decides nothing */
	struct rules_span *lines;
	size_t line_count;
	bool compiled;
};

/**
 * Reads the origins of a layer's text.
 * @compiler: the text may be the policy compiler's; a text that anybody can write is never
 * @ret: owned by the caller (origins_free)
 */
void origins_read(const char *text, size_t length, bool compiler, struct origins *ret);

void origins_free(struct origins *origins);

#define cleanup_origins __attribute__((cleanup(origins_free)))

/** @return the origin of a line, or ORIGINS_NONE; also for line 0 and those that the text does not have */
size_t origins_of_line(const struct origins *origins, size_t line);

#endif
