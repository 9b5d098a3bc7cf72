/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many rules: they come back in their order, also when a reader let go of their memory on its way. */
#include "base/cleanup.h"
#include "rules/ruleset.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ENTRY_SIZE 208

/* A rule whose bytes say which one it is. */
static void add_rule(struct ruleset *ruleset, uint32_t number, size_t size)
{
	struct rules_rule rule = {.jump = RULES_NO_JUMP, .size = (uint32_t)size, .line = number};
	cleanup_free unsigned char *entry = malloc(size);

	assert_non_null(entry);
	memset(entry, (int)(number % 251), size);
	ruleset_add_rule(ruleset, &rule, entry);
}

static bool holds_rules(const struct ruleset *ruleset, bool passing)
{
	struct rules_cursor cursor = {.passing = passing};
	const struct rules_rule *rule;
	uint32_t number = 0;

	while ((rule = ruleset_next(ruleset, &cursor)) != NULL) {
		if (rule->line != number || rule->entry[0] != number % 251 ||
		    rule->entry[rule->size - 1] != number % 251)
			return false;
		number++;
	}
	return number == ruleset->rule_count && ruleset_next(ruleset, &cursor) == NULL;
}

static void test_none(void **state)
{
	cleanup_ruleset struct ruleset ruleset = {.family = AF_INET};

	(void)state;
	assert_true(holds_rules(&ruleset, false));
	assert_true(holds_rules(&ruleset, true));
}

static void test_passing(void **state)
{
	static const uint32_t counts[] = {1, 10, 1024, 1025, 20000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(counts); i++) {
		cleanup_ruleset struct ruleset ruleset = {.family = AF_INET};

		for (uint32_t number = 0; number < counts[i]; number++)
			add_rule(&ruleset, number, ENTRY_SIZE);
		assert_int_equal(ruleset.entry_bytes, counts[i] * ENTRY_SIZE);
		assert_true(holds_rules(&ruleset, false));
		assert_true(holds_rules(&ruleset, true));
		assert_true(holds_rules(&ruleset, true));
		assert_true(holds_rules(&ruleset, false));
	}
}

/* More may come behind what was passed, and rules may be larger than a block. */
static void test_growing_after_passing(void **state)
{
	cleanup_ruleset struct ruleset ruleset = {.family = AF_INET};

	(void)state;
	for (uint32_t number = 0; number < 6000; number++) {
		add_rule(&ruleset, number, number % 1000 == 999 ? RULES_MAX_ENTRY : ENTRY_SIZE);
		if (number % 2000 == 1500)
			assert_true(holds_rules(&ruleset, true));
	}
	assert_true(holds_rules(&ruleset, false));
}

/* The process that commits a family is a fork of the one that read both. */
static void test_passing_in_a_child(void **state)
{
	cleanup_ruleset struct ruleset ruleset = {.family = AF_INET};
	int status;
	pid_t pid;

	(void)state;
	for (uint32_t number = 0; number < 20000; number++)
		add_rule(&ruleset, number, ENTRY_SIZE);
	assert_true(holds_rules(&ruleset, true));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(holds_rules(&ruleset, true) && holds_rules(&ruleset, false) ? 0 : 1);
	assert_true(holds_rules(&ruleset, true));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(holds_rules(&ruleset, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_passing),
		cmocka_unit_test(test_growing_after_passing),
		cmocka_unit_test(test_passing_in_a_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
