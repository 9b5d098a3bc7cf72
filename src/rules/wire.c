/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/wire.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum message_type {
	MESSAGE_QUESTION = 1,
	MESSAGE_EXTENSION,
	MESSAGE_CHAIN,
	MESSAGE_RULE,
	MESSAGE_DONE,
	MESSAGE_FAILURE,
};

struct message_header {
	uint32_t type;
	uint32_t length; /* bytes behind the header, padding to 8 not counted */
};

#define MESSAGE_LIMIT (RULES_MAX_ENTRY + sizeof(struct rules_rule))
#define FAILURE_LIMIT 4096
#define WRITER_SIZE ((size_t)32 * 1024)
/** libxtables has about 150 modules with up to 5 revisions. */
#define QUESTION_LIMIT 4096
#define EXTENSION_LIMIT 1024

struct wire_writer {
	int fd;
	size_t used;
	_Alignas(8) unsigned char bytes[WRITER_SIZE];
};

static size_t padded(size_t length)
{
	return (length + 7) & ~(size_t)7;
}

struct wire_writer *wire_writer_new(int fd)
{
	struct wire_writer *writer = malloc(sizeof(*writer));

	if (writer == NULL)
		_exit(1);
	writer->fd = fd;
	writer->used = 0;
	return writer;
}

/* A worker that is gone has no use for the rest; the parser ends and nobody is misled. */
static void writer_flush(struct wire_writer *writer)
{
	if (!file_write_all(writer->fd, writer->bytes, writer->used))
		_exit(1);
	writer->used = 0;
}

static void writer_put(struct wire_writer *writer, const void *bytes, size_t length)
{
	if (WRITER_SIZE - writer->used < length)
		writer_flush(writer);
	if (length > WRITER_SIZE) {
		if (!file_write_all(writer->fd, bytes, length))
			_exit(1);
		return;
	}
	if (length != 0)
		memcpy(writer->bytes + writer->used, bytes, length);
	writer->used += length;
}

static void writer_message(struct wire_writer *writer, enum message_type type, const void *head, size_t head_length,
			   const void *tail, size_t tail_length)
{
	static const unsigned char zeros[8];
	struct message_header header = {.type = type, .length = (uint32_t)(head_length + tail_length)};

	writer_put(writer, &header, sizeof(header));
	writer_put(writer, head, head_length);
	writer_put(writer, tail, tail_length);
	writer_put(writer, zeros, padded(header.length) - header.length);
}

bool wire_ask_revision(struct wire_writer *writer, bool target, const char *name, uint8_t revision)
{
	struct rules_extension question = {.target = target, .revision = revision};
	ssize_t got;
	uint8_t answer;

	if (strlen(name) >= sizeof(question.name))
		return false;
	memcpy(question.name, name, strlen(name));
	writer_message(writer, MESSAGE_QUESTION, &question, sizeof(question), NULL, 0);
	writer_flush(writer);
	do {
		got = read(writer->fd, &answer, 1);
	} while (got < 0 && errno == EINTR);
	if (got != 1)
		_exit(1);
	return answer == 1;
}

void wire_send_extension(struct wire_writer *writer, const struct rules_extension *extension)
{
	writer_message(writer, MESSAGE_EXTENSION, extension, sizeof(*extension), NULL, 0);
}

void wire_send_chain(struct wire_writer *writer, const struct rules_chain *chain)
{
	writer_message(writer, MESSAGE_CHAIN, chain, sizeof(*chain), NULL, 0);
}

void wire_send_rule(struct wire_writer *writer, const struct rules_rule *rule, const void *entry)
{
	writer_message(writer, MESSAGE_RULE, rule, sizeof(*rule), entry, rule->size);
}

void wire_send_done(struct wire_writer *writer)
{
	writer_message(writer, MESSAGE_DONE, NULL, 0, NULL, 0);
	writer_flush(writer);
}

void wire_send_failure(struct wire_writer *writer, const char *message, bool both_families)
{
	uint64_t flag = both_families ? 1 : 0;
	size_t length = strlen(message);

	if (length > FAILURE_LIMIT)
		length = FAILURE_LIMIT;
	writer_message(writer, MESSAGE_FAILURE, &flag, sizeof(flag), message, length);
	writer_flush(writer);
}

struct wire_reader {
	int fd;
	int family;
	size_t layers;
	uint64_t max_rules;
	uint64_t entries_left; /* bytes */
	wire_revision_function revision;
	void *context;
	struct ruleset ruleset;
	/* What rules say about chains by their indexes, until the chains come behind them: how many a chain has, and
	 * bit b of jumps[a] for a jump from chain a to chain b. */
	uint32_t counts[RULES_MAX_CHAINS];
	uint64_t jumps[RULES_MAX_CHAINS][RULES_MAX_CHAINS / 64];
	unsigned questions;
	unsigned char *bytes;
	size_t used, size;
};

static uint64_t entries_limit(uint64_t max_rules)
{
	return WIRE_ENTRIES_BYTES + max_rules * WIRE_ENTRIES_BYTES_PER_RULE;
}

struct wire_reader *wire_reader_new(int fd, int family, size_t layers, uint64_t max_rules,
				    wire_revision_function revision, void *context)
{
	struct wire_reader *reader = memory_allocate(1, sizeof(*reader));

	reader->fd = fd;
	reader->family = family;
	reader->layers = layers;
	reader->max_rules = max_rules;
	reader->entries_left = entries_limit(max_rules);
	reader->revision = revision;
	reader->context = context;
	reader->ruleset.family = family;
	reader->size = 16384;
	reader->bytes = memory_resize(NULL, reader->size, 1);
	return reader;
}

void wire_reader_free(struct wire_reader **reader)
{
	if (*reader == NULL)
		return;
	ruleset_free(&(*reader)->ruleset);
	free((*reader)->bytes);
	free(*reader);
	*reader = NULL;
}

static bool unsound(struct error **error, const char *what)
{
	return error_set(error, "parser: sent an unsound message (%s)", what);
}

static bool name_is_sound(const char *name, size_t size)
{
	size_t length = strnlen(name, size);

	if (length == 0 || length == size)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (name[i] <= ' ' || name[i] >= 0x7f)
			return false;
	}
	return true;
}

/* A byte that is none of C's truth values must not be read as one. */
static bool bool_is_sound(const bool *value)
{
	return *(const unsigned char *)value <= 1;
}

static bool take_question(struct wire_reader *reader, const void *body, size_t length, struct error **error)
{
	struct rules_extension question;
	uint8_t answer;

	if (length != sizeof(question) || ++reader->questions > QUESTION_LIMIT)
		return unsound(error, "question");
	memcpy(&question, body, sizeof(question));
	if (!bool_is_sound(&question.target) || !name_is_sound(question.name, sizeof(question.name)))
		return unsound(error, "question's name");
	answer = reader->revision(reader->context, reader->family, question.target, question.name, question.revision);
	/* The parser waits for this byte, so the socket has room for it; if not, it ends and says so by that. */
	(void)send(reader->fd, &answer, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	return true;
}

static bool take_extension(struct wire_reader *reader, const void *body, size_t length, struct error **error)
{
	struct ruleset *ruleset = &reader->ruleset;
	struct rules_extension *extension;

	if (length != sizeof(*extension) || ruleset->extension_count == EXTENSION_LIMIT)
		return unsound(error, "extension");
	ruleset->extensions =
		memory_resize(ruleset->extensions, ruleset->extension_count + 1, sizeof(*ruleset->extensions));
	extension = &ruleset->extensions[ruleset->extension_count++];
	memcpy(extension, body, sizeof(*extension));
	if (!bool_is_sound(&extension->target) || !name_is_sound(extension->name, sizeof(extension->name)))
		return unsound(error, "extension's name");
	return true;
}

static bool chain_is_sound(const struct wire_reader *reader, const struct rules_chain *chain)
{
	return bool_is_sound(&chain->builtin) && bool_is_sound(&chain->leaves) && bool_is_sound(&chain->denies) &&
	       bool_is_sound(&chain->filters) && bool_is_sound(&chain->one_sided) && chain->layer < reader->layers &&
	       chain->table < RULES_TABLE_COUNT && chain->policy <= RULES_POLICY_DROP &&
	       name_is_sound(chain->name, sizeof(chain->name)) &&
	       (!chain->builtin || rules_table_has_builtin(chain->table, chain->name));
}

static bool take_chain(struct wire_reader *reader, const void *body, size_t length, struct error **error)
{
	struct ruleset *ruleset = &reader->ruleset;
	struct rules_chain *chain;

	if (length != sizeof(*chain) || ruleset->chain_count == RULES_MAX_CHAINS)
		return unsound(error, "chain");
	ruleset->chains = memory_resize(ruleset->chains, ruleset->chain_count + 1, sizeof(*ruleset->chains));
	chain = &ruleset->chains[ruleset->chain_count++];
	memcpy(chain, body, sizeof(*chain));
	if (!chain_is_sound(reader, chain))
		return unsound(error, "chain");
	chain->rule_count = 0;
	return true;
}

static bool note_indexes(struct wire_reader *reader, const struct rules_rule *rule, struct error **error)
{
	if (rule->chain >= RULES_MAX_CHAINS)
		return unsound(error, "rule's chain");
	if (rule->position > reader->counts[rule->chain] + 1)
		return unsound(error, "rule's position");
	reader->counts[rule->chain]++;
	if (rule->jump == RULES_NO_JUMP)
		return true;
	if (rule->jump >= RULES_MAX_CHAINS)
		return unsound(error, "rule's jump");
	reader->jumps[rule->chain][rule->jump / 64] |= UINT64_C(1) << rule->jump % 64;
	return true;
}

static bool take_rule(struct wire_reader *reader, const unsigned char *body, size_t length, struct error **error)
{
	struct rules_rule rule;

	if (length < sizeof(rule))
		return unsound(error, "rule");
	memcpy(&rule, body, sizeof(rule));
	if (rule.size != length - sizeof(rule) || rule.size > RULES_MAX_ENTRY ||
	    !ruleset_entry_is_sound(reader->family, rule.jump != RULES_NO_JUMP, body + sizeof(rule), rule.size))
		return unsound(error, "rule");
	if (reader->ruleset.rule_count == reader->max_rules)
		return error_set(error, "rules: more than the limit of %llu rules",
				 (unsigned long long)reader->max_rules);
	if (rule.size > reader->entries_left)
		return error_set(error,
				 "rules: more than the limit of %llu MiB in all; write fewer matches and comments in "
				 "rules with lists",
				 (unsigned long long)(entries_limit(reader->max_rules) >> 20));
	if (!note_indexes(reader, &rule, error))
		return false;
	reader->entries_left -= rule.size;
	ruleset_add_rule(&reader->ruleset, &rule, body + sizeof(rule));
	return true;
}

static bool may_jump(const struct ruleset *ruleset, size_t from, size_t to)
{
	const struct rules_chain *chains = ruleset->chains;

	return from < ruleset->chain_count && to < ruleset->chain_count && chains[from].table == chains[to].table &&
	       chains[from].layer == chains[to].layer && !chains[to].builtin;
}

/* Chains come behind the rules that name them by index, so that is checked at the end. */
static bool check_indexes(struct wire_reader *reader, struct error **error)
{
	struct ruleset *ruleset = &reader->ruleset;

	for (size_t from = 0; from < RULES_MAX_CHAINS; from++) {
		if (reader->counts[from] == 0)
			continue;
		if (from >= ruleset->chain_count)
			return unsound(error, "rule's chain");
		ruleset->chains[from].rule_count = reader->counts[from];
		for (size_t to = 0; to < RULES_MAX_CHAINS; to++) {
			if ((reader->jumps[from][to / 64] >> to % 64 & 1) != 0 && !may_jump(ruleset, from, to))
				return unsound(error, "rule's jump");
		}
	}
	ruleset_let_go(ruleset);
	return true;
}

static enum wire_result take_failure(const unsigned char *body, size_t length, bool *ret_both_families,
				     struct error **error)
{
	uint64_t flag;

	/* A refusal says why. */
	if (length <= sizeof(flag) || length > sizeof(flag) + FAILURE_LIMIT || body[sizeof(flag)] == '\0') {
		unsound(error, "failure");
		return WIRE_FAILED;
	}
	memcpy(&flag, body, sizeof(flag));
	*ret_both_families = flag == 1;
	error_set(error, "%.*s", (int)(length - sizeof(flag)), (const char *)body + sizeof(flag));
	return WIRE_FAILED;
}

static enum wire_result take_message(struct wire_reader *reader, const struct message_header *header,
				     const unsigned char *body, bool *ret_both_families, struct error **error)
{
	bool sound;

	switch (header->type) {
	case MESSAGE_QUESTION:
		sound = take_question(reader, body, header->length, error);
		break;
	case MESSAGE_EXTENSION:
		sound = take_extension(reader, body, header->length, error);
		break;
	case MESSAGE_CHAIN:
		sound = take_chain(reader, body, header->length, error);
		break;
	case MESSAGE_RULE:
		sound = take_rule(reader, body, header->length, error);
		break;
	case MESSAGE_DONE:
		return check_indexes(reader, error) ? WIRE_DONE : WIRE_FAILED;
	case MESSAGE_FAILURE:
		return take_failure(body, header->length, ret_both_families, error);
	default:
		sound = unsound(error, "type");
	}
	return sound ? WIRE_MORE : WIRE_FAILED;
}

static enum wire_result take_messages(struct wire_reader *reader, bool *ret_both_families, struct error **error)
{
	size_t at = 0;

	while (reader->used - at >= sizeof(struct message_header)) {
		struct message_header header;
		enum wire_result result;
		size_t whole;

		memcpy(&header, reader->bytes + at, sizeof(header));
		if (header.length > MESSAGE_LIMIT) {
			unsound(error, "length");
			return WIRE_FAILED;
		}
		whole = sizeof(header) + padded(header.length);
		if (reader->used - at < whole) {
			if (whole > reader->size) {
				reader->size = whole;
				reader->bytes = memory_resize(reader->bytes, reader->size, 1);
			}
			break;
		}
		result = take_message(reader, &header, reader->bytes + at + sizeof(header), ret_both_families, error);
		if (result != WIRE_MORE)
			return result;
		at += whole;
	}
	reader->used -= at;
	if (at != 0 && reader->used != 0)
		memmove(reader->bytes, reader->bytes + at, reader->used);
	return WIRE_MORE;
}

enum wire_result wire_reader_run(struct wire_reader *reader, bool *ret_both_families, struct error **error)
{
	*ret_both_families = false;
	for (;;) {
		ssize_t got = read(reader->fd, reader->bytes + reader->used, reader->size - reader->used);
		enum wire_result result;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return WIRE_MORE;
		if (got <= 0)
			return WIRE_ENDED;
		reader->used += (size_t)got;
		result = take_messages(reader, ret_both_families, error);
		if (result != WIRE_MORE)
			return result;
	}
}

void wire_reader_take(struct wire_reader *reader, struct ruleset *ret)
{
	*ret = reader->ruleset;
	memset(&reader->ruleset, 0, sizeof(reader->ruleset));
}
