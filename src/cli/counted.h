/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A layer's words with what the kernel counted for them. The rules that should be there are found again in the chains
 * that are there by their digests; the counters of all rules that come from the same words are added up.
 */
#ifndef CLI_COUNTED_H
#define CLI_COUNTED_H

#include "cli/containers.h"
#include "cli/origins.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One thing that a person wrote, in one family and table. */
struct counted_row {
	size_t origin;     /* index into origins; ORIGINS_NONE: made by the hook */
	const char *label; /* belongs to the origins; "" for what the hook made */
	const char *text;
	bool denies;
	bool always;  /* let through before the rules, see ORIGIN_ALWAYS */
	bool present; /* all its rules are in the kernel */
	uint64_t packets, bytes;
};

/** Rows that stand together: a chain of rules text, or a family and table of a policy. */
struct counted_group {
	uint8_t family, table;
	const struct backend_chain *chain; /* NULL for a policy */
	struct counted_row *rows;
	size_t count, capacity;
	bool passed_by; /* a built-in chain leads elsewhere before it comes here, if it does */
	size_t lost;    /* rules that decide nothing but lead to others, and are not in the kernel */
};

struct counted_layer {
	struct origins origins;
	struct counted_group *groups;
	size_t count, capacity;
	uint64_t denied; /* packets */
};

/**
 * Finds each rule that is meant to be there among those that are.
 * @return an array by rule of view->inspection.meant, owned by the caller: the live rule or NULL
 */
const struct backend_rule **counted_match(const struct container_view *view);

/**
 * Counts one layer.
 * @live: of counted_match()
 * @compiler: see origins_read()
 * @ret: owned by the caller (counted_layer_free); belongs to @view, too
 */
void counted_layer_read(const struct container_view *view, const struct backend_rule *const *live, size_t layer,
			bool compiler, struct counted_layer *ret);

void counted_layer_free(struct counted_layer *layer);

#define cleanup_counted __attribute__((cleanup(counted_layer_free)))

#endif
