/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is different in the kernel from what a hook applied. */
#ifndef CLI_DRIFT_H
#define CLI_DRIFT_H

#include "cli/containers.h"
#include "session/gc.h"

#include <stdbool.h>
#include <stddef.h>

enum drift_kind {
	DRIFT_CHAIN_GONE,  /* with all its rules */
	DRIFT_NOT_REACHED, /* no packet comes to the chain, or another rule decides before */
	DRIFT_REMOVED,     /* a rule */
	DRIFT_ADDED,
	DRIFT_MOVED,
	DRIFT_CHANGED, /* the same rules by their words, but not by the digest that was recorded */
};

struct drift {
	enum drift_kind kind;
	const struct backend_chain *chain; /* belongs to the view */
	char *rule;                        /* as iptables-save writes it, for rules; owned */
	size_t layer;
};

struct drifts {
	struct drift *items;
	size_t count;
};

/** @return the word of a kind: "removed" */
const char *drift_word(enum drift_kind kind);

/**
 * Looks at a container's rules and compares them with what was applied.
 * @ret_verdict: GC_LIVE, else nothing was looked at
 * @view: filled, and must outlive @ret; owned by the caller (container_view_free)
 * @ret: owned by the caller (drifts_free)
 * @return whether it could be compared, or need not be
 */
bool drifts_find(const struct containers *containers, const struct record *record, enum gc_verdict *ret_verdict,
		 struct container_view *view, struct drifts *ret, struct error **error);

void drifts_free(struct drifts *drifts);

#define cleanup_drifts __attribute__((cleanup(drifts_free)))

#endif
