/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a resolved policy to rules text in document form, for both families. */
#ifndef POLICY_COMPILER_H
#define POLICY_COMPILER_H

#include "base/error.h"
#include "policy/document.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Comment lines in a compiled text say what the rules behind them come from, up to the next such line:
 *
 *     #: allow LABEL<TAB>WRITTEN    these rules decide: what they match is what LABEL allows
 *     #: deny LABEL<TAB>WRITTEN     ... denies
 *     #: always LABEL               ... what every policy lets through before its rules
 *     #: walk                       these rules decide nothing: they lead to others
 *
 * LABEL is "egress[2]", "items 1-3", "egress default"; WRITTEN is what the person wrote there, one line, cut off when
 * long, a dollar doubled as in all rules text; it stands at the first such line of a LABEL only.
 */
#define COMPILER_ORIGIN "#: "
/** Bytes of LABEL and WRITTEN together; who wants to read more reads what was written. */
#define COMPILER_MAX_ORIGIN 400

struct compile_request {
	const char *container_id;
	size_t most_rules;      /* lines with a rule that the text may have */
	size_t optional_chains; /* chains that may be made only to be faster or shorter */
	/* The forward entries of all layers of the container: any of them opens the FORWARD chain of a layer that has
	 * one itself. */
	const struct policy_forward *forwards;
	size_t forward_count;
};

struct compile_result {
	char *text; /* owned by the caller; "" when nothing is denied, forwarded or redirected */
	size_t length;
	bool filters; /* denies anything */
	bool forward_ipv4;
	bool forward_ipv6;
};

/**
 * Compiles a policy. The text means what interface section 4 says, each layer's built-in chain names standing for
 * chains of its own: RETURN from them passes the layer.
 * @ret: untouched on failure
 * @return false with @error set when the text would have more rules than allowed
 */
bool compiler_compile(const struct policy_document *document, const struct compile_request *request,
		      struct compile_result *ret, struct error **error);

#endif
