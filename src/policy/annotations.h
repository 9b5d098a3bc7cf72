/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The annotations of a container that are meant for this program: which there are, and what they hold. */
#ifndef POLICY_ANNOTATIONS_H
#define POLICY_ANNOTATIONS_H

#include "base/error.h"
#include "policy/config.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>

enum annotation_kind {
	ANNOTATION_PROFILE,
	ANNOTATION_EGRESS,
	ANNOTATION_INGRESS,
	ANNOTATION_POLICY,
	ANNOTATION_RULES,
	ANNOTATION_KINDS,
};

/** Decoded values; all owned. */
struct annotations {
	char *values[ANNOTATION_KINDS]; /* NULL: absent */
	size_t lengths[ANNOTATION_KINDS];
	struct config_variable *vars;
	size_t var_count;
};

/** @return the word of a kind: "egress" */
const char *annotation_name(enum annotation_kind kind);

/**
 * Takes the keys under the prefix out of all annotations, decodes and checks them against the configuration.
 * @ret: owned by the caller (annotations_free); untouched on failure
 * @return false with @error set for an unknown key, an empty value, one that is too long, not UTF-8, or a kind that
 *         the administrator forbids
 */
bool annotations_read(const struct policy_request *request, struct annotations *ret, struct error **error);

/** Releases what it points to and empties it. */
void annotations_free(struct annotations *annotations);

#define cleanup_annotations __attribute__((cleanup(annotations_free)))

#endif
