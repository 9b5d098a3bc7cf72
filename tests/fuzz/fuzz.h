/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput(): libFuzzer's and AFL++'s drivers call
 * it, and so does replay.c, which makes a unit test of it. Beside memory errors each target looks for broken promises;
 * what must hold is checked by MUST().
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include "base/error.h"
#include "policy/policy.h"
#include "rules/parser.h"
#include "rules/ruleset.h"
#include "rules/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Between the parts of an input that has several: ASCII's record separator, which no text of ours may hold. */
#define FUZZ_SEPARATOR '\x1e'

/** Ends the process when a promise is broken: a finding. */
#define MUST(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			fuzz_broken(__FILE__, __LINE__, #condition);                                                   \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

_Noreturn void fuzz_broken(const char *file, int line, const char *condition);

/** @return a copy of the bytes with a NUL behind them, of exactly that size: one byte too far is seen; caller frees */
char *fuzz_text(const uint8_t *data, size_t size);

/** Cuts the next part off the text at *@at. @return it, or NULL behind the last; belongs to the text */
char *fuzz_next_part(char **at);

/** Checks that a reader which failed said why, and that the line made of it can't be broken. */
void fuzz_check_refusal(bool done, const struct error *error);

/** A container with its annotations, configuration and surroundings, made of the parts of one input. */
struct fuzz_container {
	char *text; /* all of it */
	struct config *config;
	struct policy_annotation annotations[24];
	size_t annotation_count;
	char *keys[24];
	const char *resolv_conf;
};

/**
 * Reads parts KEY=VALUE: "config" is the administrator's configuration, "resolv.conf" that file, anything else an
 * annotation without its prefix.
 * @return whether there is a container; false when its configuration is refused
 */
bool fuzz_container_read(const uint8_t *data, size_t size, struct fuzz_container *ret);

/** Compiles its layers, in a network with an interface and gateways. */
bool fuzz_container_compile(const struct fuzz_container *container, struct layer_list *ret, struct error **error);
void fuzz_container_free(struct fuzz_container *container);

/** What came of texts that a parser process read. */
struct fuzz_parsed {
	enum wire_result result;
	struct ruleset ruleset; /* owned by the caller (ruleset_free), when the result is WIRE_DONE */
	struct error *error;    /* owned by the caller, when it is WIRE_FAILED */
};

/**
 * Has texts parsed as the hook does: by a process of its own without privilege, through libxtables, read with what the
 * worker reads with. The kernel is one that has every revision. A parser that dies of a signal is a finding.
 */
void fuzz_parse(const struct rules_text *texts, size_t count, int family, struct fuzz_parsed *ret);

/** Does with rules of one family what a worker does before the kernel sees them. @layers: texts they came of */
void fuzz_use_ruleset(const struct ruleset *ruleset, size_t layers);

#endif
