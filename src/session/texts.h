/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layers of a container as the worker takes them: made of what the policy room compiled, or of what the state
 * directory kept of a running container.
 */
#ifndef SESSION_TEXTS_H
#define SESSION_TEXTS_H

#include "base/error.h"
#include "kernel/forwarding.h"
#include "policy/policy.h"
#include "rules/parser.h"
#include "state/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Texts and their sections, one per layer. Sources and texts belong to the layers or the record they were made of. */
struct session_texts {
	struct rules_text *items;
	uint8_t *sections; /* 0: policy layers, 1: rules layers */
	size_t count;
	struct forwarding_request forwarding;
	char *kept; /* of a record: all texts, one behind the other */
};

/** @return the word of a kind of layer: "mandatory", "egress" */
const char *session_kind_name(enum layer_kind kind);

/**
 * Makes texts of layers.
 * @layers: must outlive the result
 * @ret: owned by the caller (session_texts_free)
 */
void session_texts_of_layers(const struct layer_list *layers, struct session_texts *ret);

/**
 * Reads the texts that were kept with a record. They were judged when they were applied: no list limits them now.
 * @record: must outlive the result
 * @ret: owned by the caller (session_texts_free); untouched on failure
 * @return whether they are there and whole
 */
bool session_texts_of_record(struct store *store, const struct record *record, struct session_texts *ret,
			     struct error **error);

/** Keeps the texts beside a record, whose layers get their lengths; the record itself is saved afterwards. */
bool session_texts_save(struct store *store, const struct session_texts *texts, struct record *record,
			struct error **error);

/** Releases the texts and empties the struct. */
void session_texts_free(struct session_texts *texts);

#define cleanup_texts __attribute__((cleanup(session_texts_free)))

#endif
