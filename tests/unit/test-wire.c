/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a worker takes from a parser, and what it refuses of one that somebody else commands. */
#include "base/cleanup.h"
#include "rules/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter_ipv4/ip_tables.h>

#include <cmocka.h>

#define LAYERS 2
#define MAX_RULES 3

/* A rule without conditions and its target, as the kernel takes it. */
struct plain_entry {
	struct ipt_entry entry;
	struct xt_standard_target target;
};

struct stream {
	int ends[2];
	struct wire_writer *writer;
	struct wire_reader *reader;
};

static uint8_t has_revision(void *context, int family, bool target, const char *name, uint8_t revision)
{
	(void)context;
	(void)family;
	(void)target;
	(void)name;
	return revision == 0;
}

static void begin(struct stream *stream)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream->ends), 0);
	assert_int_equal(fcntl(stream->ends[0], F_SETFL, O_NONBLOCK), 0);
	stream->writer = wire_writer_new(stream->ends[1]);
	stream->reader = wire_reader_new(stream->ends[0], AF_INET, LAYERS, MAX_RULES, has_revision, NULL);
}

static void end(struct stream *stream)
{
	wire_reader_free(&stream->reader);
	free(stream->writer);
	close(stream->ends[0]);
	close(stream->ends[1]);
}

static struct rules_chain make_chain(void)
{
	return (struct rules_chain){.table = RULES_FILTER, .builtin = true, .name = "OUTPUT"};
}

static struct rules_rule make_rule(void)
{
	return (struct rules_rule){.jump = RULES_NO_JUMP, .size = sizeof(struct plain_entry), .line = 1};
}

static struct plain_entry make_entry(const char *target)
{
	struct plain_entry entry = {.entry = {.target_offset = sizeof(entry.entry), .next_offset = sizeof(entry)},
				    .target.target.u.target_size = sizeof(entry.target)};

	memcpy(entry.target.target.u.user.name, target, strlen(target));
	return entry;
}

/* Sends one rule and one or two chains and ends the stream. */
static void send_all(struct stream *stream, const struct rules_rule *rule, const void *entry,
		     const struct rules_chain *chain, const struct rules_chain *second)
{
	wire_send_rule(stream->writer, rule, entry);
	wire_send_chain(stream->writer, chain);
	if (second != NULL)
		wire_send_chain(stream->writer, second);
	wire_send_done(stream->writer);
}

static void refuses(struct stream *stream, const char *reason)
{
	cleanup_error struct error *error = NULL;
	bool both_families;

	assert_int_equal(wire_reader_run(stream->reader, &both_families, &error), WIRE_FAILED);
	assert_non_null(strstr(error_text(error), reason));
	end(stream);
}

static void refuses_chain(const struct rules_chain *chain)
{
	struct rules_rule rule = make_rule();
	struct plain_entry entry = make_entry("DROP");
	struct stream stream;

	begin(&stream);
	send_all(&stream, &rule, &entry, chain, NULL);
	refuses(&stream, "unsound message (chain)");
}

static void refuses_rule(const struct rules_rule *rule, const struct plain_entry *entry, const char *reason)
{
	struct rules_chain chain = make_chain(), second = {.table = RULES_FILTER, .name = "mine"};
	struct stream stream;

	begin(&stream);
	send_all(&stream, rule, entry, &chain, &second);
	refuses(&stream, reason);
}

static void test_takes_what_a_parser_sends(void **state)
{
	struct rules_chain chain = make_chain(), second = {.layer = 0, .table = RULES_FILTER, .name = "mine"};
	struct rules_extension extension = {.name = "tcp"};
	struct plain_entry entry = make_entry("mine");
	cleanup_error struct error *error = NULL;
	cleanup_ruleset struct ruleset ruleset = {0};
	struct rules_rule rule = make_rule();
	struct rules_cursor cursor = {0};
	const struct rules_rule *taken;
	struct stream stream;
	bool both_families;

	(void)state;
	rule.jump = 1;
	begin(&stream);
	wire_send_extension(stream.writer, &extension);
	send_all(&stream, &rule, &entry, &chain, &second);
	assert_int_equal(wire_reader_run(stream.reader, &both_families, &error), WIRE_DONE);
	wire_reader_take(stream.reader, &ruleset);
	assert_int_equal(ruleset.chain_count, 2);
	assert_int_equal(ruleset.chains[0].rule_count, 1);
	assert_int_equal(ruleset.extension_count, 1);
	taken = ruleset_next(&ruleset, &cursor);
	assert_non_null(taken);
	assert_memory_equal(taken->entry, &entry, sizeof(entry));
	assert_null(ruleset_next(&ruleset, &cursor));
	end(&stream);
}

static void test_refuses_a_chain_of_a_layer_that_is_not_there(void **state)
{
	struct rules_chain chain = make_chain();

	(void)state;
	chain.layer = LAYERS;
	refuses_chain(&chain);
}

static void test_refuses_a_chain_with_unsound_members(void **state)
{
	struct rules_chain chain = make_chain();

	(void)state;
	chain.table = RULES_TABLE_COUNT;
	refuses_chain(&chain);
	chain = make_chain();
	chain.policy = RULES_POLICY_DROP + 1;
	refuses_chain(&chain);
	chain = make_chain();
	memset(chain.name, 'x', sizeof(chain.name));
	refuses_chain(&chain);
	chain = make_chain();
	memcpy(chain.name, "PREROUTING", sizeof("PREROUTING"));
	refuses_chain(&chain);
	chain = make_chain();
	memset(&chain.leaves, 2, 1);
	refuses_chain(&chain);
}

static void test_refuses_a_jump_to_a_built_in_chain(void **state)
{
	struct plain_entry entry = make_entry("OUTPUT");
	struct rules_rule rule = make_rule();

	(void)state;
	rule.chain = 1;
	rule.jump = 0;
	refuses_rule(&rule, &entry, "rule's jump");
	rule.jump = 2;
	refuses_rule(&rule, &entry, "rule's jump");
}

/* libiptc writes the verdict behind the target's head, whether there is room or not. */
static void test_refuses_a_jump_out_of_its_table(void **state)
{
	struct rules_chain chain = make_chain(), second = {.table = RULES_MANGLE, .name = "mine"};
	struct plain_entry entry = make_entry("mine");
	struct rules_rule rule = make_rule();
	struct stream stream;

	(void)state;
	rule.jump = 1;
	begin(&stream);
	send_all(&stream, &rule, &entry, &chain, &second);
	refuses(&stream, "rule's jump");
}

/* Positions are counted for each chain. */
static void test_counts_positions_by_chain(void **state)
{
	struct rules_chain chain = make_chain(), second = {.table = RULES_FILTER, .name = "mine"};
	struct plain_entry entry = make_entry("DROP");
	struct rules_rule rule = make_rule();
	struct stream stream;

	(void)state;
	begin(&stream);
	wire_send_rule(stream.writer, &rule, &entry);
	rule.chain = 1;
	rule.position = 2;
	send_all(&stream, &rule, &entry, &chain, &second);
	refuses(&stream, "rule's position");
}

static void test_refuses_a_jump_without_room_for_its_verdict(void **state)
{
	struct plain_entry entry = make_entry("mine");
	struct rules_rule rule = make_rule();

	(void)state;
	entry.target.target.u.target_size = sizeof(struct xt_entry_target);
	entry.entry.next_offset = sizeof(entry.entry) + sizeof(struct xt_entry_target);
	rule.size = entry.entry.next_offset;
	rule.jump = 1;
	refuses_rule(&rule, &entry, "unsound message (rule)");
	rule.jump = RULES_NO_JUMP;
	memset(entry.target.target.u.user.name, 0, sizeof(entry.target.target.u.user.name));
	refuses_rule(&rule, &entry, "unsound message (rule)");
}

static void test_refuses_a_rule_out_of_bounds(void **state)
{
	struct plain_entry entry = make_entry("DROP");
	struct rules_rule rule = make_rule();

	(void)state;
	rule.chain = 2;
	refuses_rule(&rule, &entry, "rule's chain");
	rule.chain = RULES_MAX_CHAINS;
	refuses_rule(&rule, &entry, "rule's chain");
	rule.chain = UINT16_MAX;
	refuses_rule(&rule, &entry, "rule's chain");
	rule = make_rule();
	rule.jump = RULES_MAX_CHAINS;
	refuses_rule(&rule, &entry, "rule's jump");
	rule.jump = RULES_NO_JUMP - 1;
	refuses_rule(&rule, &entry, "rule's jump");
	rule = make_rule();
	rule.position = 2;
	refuses_rule(&rule, &entry, "rule's position");
	rule = make_rule();
	entry.entry.target_offset = sizeof(entry);
	refuses_rule(&rule, &entry, "unsound message (rule)");
	entry = make_entry("DROP");
	entry.entry.next_offset += 8;
	refuses_rule(&rule, &entry, "unsound message (rule)");
	entry = make_entry("DROP");
	memset(entry.target.target.u.user.name, 'x', sizeof(entry.target.target.u.user.name));
	refuses_rule(&rule, &entry, "unsound message (rule)");
}

static void test_refuses_more_rules_than_allowed(void **state)
{
	struct plain_entry entry = make_entry("DROP");
	struct rules_rule rule = make_rule();
	struct stream stream;

	(void)state;
	begin(&stream);
	for (size_t i = 0; i <= MAX_RULES; i++)
		wire_send_rule(stream.writer, &rule, &entry);
	wire_send_done(stream.writer);
	refuses(&stream, "limit of 3 rules");
}

static void test_tells_a_failure(void **state)
{
	cleanup_error struct error *error = NULL;
	struct stream stream;
	bool both_families;

	(void)state;
	begin(&stream);
	wire_send_failure(stream.writer, "rules: rule 1: no", true);
	assert_int_equal(wire_reader_run(stream.reader, &both_families, &error), WIRE_FAILED);
	assert_true(both_families);
	assert_string_equal(error_text(error), "rules: rule 1: no");
	end(&stream);
}

static void test_refuses_a_failure_without_words(void **state)
{
	struct stream stream;

	(void)state;
	begin(&stream);
	wire_send_failure(stream.writer, "", false);
	refuses(&stream, "unsound message (failure)");
}

static void test_refuses_what_is_no_message(void **state)
{
	static const uint32_t headers[][2] = {{0, 0}, {7, 0}, {2, 1}, {4, 8}, {3, UINT32_MAX}, {1, 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(headers); i++) {
		static const unsigned char zeros[64];
		struct stream stream;

		begin(&stream);
		assert_int_equal(write(stream.ends[1], headers[i], sizeof(headers[i])), sizeof(headers[i]));
		assert_int_equal(write(stream.ends[1], zeros, sizeof(zeros)), sizeof(zeros));
		refuses(&stream, "unsound message");
	}
}

static void test_says_that_a_parser_ended_without_a_word(void **state)
{
	cleanup_error struct error *error = NULL;
	struct stream stream;
	bool both_families;

	(void)state;
	begin(&stream);
	assert_int_equal(wire_reader_run(stream.reader, &both_families, &error), WIRE_MORE);
	shutdown(stream.ends[1], SHUT_WR);
	assert_int_equal(wire_reader_run(stream.reader, &both_families, &error), WIRE_ENDED);
	assert_null(error);
	end(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_what_a_parser_sends),
		cmocka_unit_test(test_refuses_a_chain_of_a_layer_that_is_not_there),
		cmocka_unit_test(test_refuses_a_chain_with_unsound_members),
		cmocka_unit_test(test_refuses_a_jump_to_a_built_in_chain),
		cmocka_unit_test(test_refuses_a_jump_out_of_its_table),
		cmocka_unit_test(test_counts_positions_by_chain),
		cmocka_unit_test(test_refuses_a_jump_without_room_for_its_verdict),
		cmocka_unit_test(test_refuses_a_rule_out_of_bounds),
		cmocka_unit_test(test_refuses_more_rules_than_allowed),
		cmocka_unit_test(test_tells_a_failure),
		cmocka_unit_test(test_refuses_a_failure_without_words),
		cmocka_unit_test(test_refuses_what_is_no_message),
		cmocka_unit_test(test_says_that_a_parser_ended_without_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
