/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages between a parser process and the worker process, over one stream socket. The parser reads hostile text
 * through a library that was not made for it: the receiving end believes nothing that it can't check.
 *
 * Parser to worker: question about a revision (answered with one byte), extension, chain, rule; last done or failure.
 */
#ifndef RULES_WIRE_H
#define RULES_WIRE_H

#include "base/error.h"
#include "rules/ruleset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of all entries of a family: so many for a start and so many for each rule allowed. 65,536 rules may have 768
 * each, which is a state, ports and a comment. Lists of -s times -d make as many of one line with a dozen matches, up
 * to 64 KiB a rule; the worker's memory is three times this, and the kernel keeps it while the container lives. */
#define WIRE_ENTRIES_BYTES ((uint64_t)16 * 1024 * 1024)
#define WIRE_ENTRIES_BYTES_PER_RULE 512

/** Answers whether the kernel supports an extension's revision. @return 1 yes, 0 no */
typedef uint8_t (*wire_revision_function)(void *context, int family, bool target, const char *name, uint8_t revision);

struct wire_writer; /* the parser's end */

/** @return a writer on @fd, owned by the caller for the rest of the process; @fd stays the caller's */
struct wire_writer *wire_writer_new(int fd);

/** Asks the worker; sends what is buffered first. @return whether the kernel has the revision */
bool wire_ask_revision(struct wire_writer *writer, bool target, const char *name, uint8_t revision);
void wire_send_extension(struct wire_writer *writer, const struct rules_extension *extension);
/** Sends a chain as it is at the end of the text; all chains in the order of their indexes, before done. */
void wire_send_chain(struct wire_writer *writer, const struct rules_chain *chain);
void wire_send_rule(struct wire_writer *writer, const struct rules_rule *rule, const void *entry);
/** Ends the stream. */
void wire_send_done(struct wire_writer *writer);
/**
 * Ends the stream with a failure.
 * @both_families: the rule named no family, so that it may be one for the other family only
 */
void wire_send_failure(struct wire_writer *writer, const char *message, bool both_families);

enum wire_result { WIRE_MORE, WIRE_DONE, WIRE_FAILED, WIRE_ENDED };

struct wire_reader; /* the worker's end */

/**
 * @family: AF_INET or AF_INET6
 * @layers: how many texts the parser reads
 * @max_rules: rules allowed; one more is a failure
 * @return a reader on @fd (non-blocking), owned by the caller (wire_reader_free); @fd stays the caller's
 */
struct wire_reader *wire_reader_new(int fd, int family, size_t layers, uint64_t max_rules,
				    wire_revision_function revision, void *context);
void wire_reader_free(struct wire_reader **reader);

/**
 * Takes in what has arrived.
 * @ret_both_families: set with WIRE_FAILED, see wire_send_failure()
 * @return WIRE_MORE: call again when the socket is readable; WIRE_DONE: wire_reader_take() has the rules; WIRE_FAILED:
 *	   the parser refused the text, @error is its message, or what it sent is not sound; WIRE_ENDED: the parser
 *ended without a last word, @error is not set
 */
enum wire_result wire_reader_run(struct wire_reader *reader, bool *ret_both_families, struct error **error);

/** Moves the rules out of a reader that said WIRE_DONE. */
void wire_reader_take(struct wire_reader *reader, struct ruleset *ret);

#endif
