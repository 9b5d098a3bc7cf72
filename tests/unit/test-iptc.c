/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the backend commits to the tables of a network namespace made for this, and what it refuses though it came
 * through the wire: only a parser under somebody else's command sends that. */
#include "base/cleanup.h"
#include "kernel/backend.h"
#include "kernel/iptc_table.h"

#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netfilter_ipv4/ip_tables.h>

#include <cmocka.h>

#define DIGEST "abcdefghi"

struct plain_entry {
	struct ipt_entry entry;
	struct xt_standard_target target;
};

/* Commits one rule with this target in OUTPUT of the filter table. */
static bool apply_target(const char *target, struct plan *plan, struct error **error)
{
	static const uint8_t sections[] = {1};
	struct rules_chain chain = {.table = RULES_FILTER, .builtin = true, .rule_count = 1, .name = "OUTPUT"};
	struct rules_rule rule = {.jump = RULES_NO_JUMP, .size = sizeof(struct plain_entry), .line = 1};
	struct plain_entry entry = {.entry = {.target_offset = sizeof(entry.entry), .next_offset = sizeof(entry)},
				    .target.target.u.target_size = sizeof(entry.target)};
	struct ruleset ruleset = {.family = AF_INET, .chain_count = 1};
	struct backend_change change = {.family = AF_INET, .table = RULES_FILTER, .ruleset = &ruleset, .plan = plan};
	bool done;

	memcpy(entry.target.target.u.user.name, target, strlen(target));
	ruleset.chains = malloc(sizeof(chain));
	assert_non_null(ruleset.chains);
	memcpy(ruleset.chains, &chain, sizeof(chain));
	ruleset_add_rule(&ruleset, &rule, &entry);
	plan_make(&ruleset, 1, sections, DIGEST, plan);
	done = backend_iptc.apply(&change, error);
	ruleset_free(&ruleset);
	return done;
}

/* @return how many of the plan's chains stand in the kernel */
static size_t count_present(const struct plan *plan)
{
	struct backend_reading reading = {.plan = plan};
	cleanup_contents struct backend_contents contents = {0};
	size_t present = 0;

	assert_true(backend_iptc.read(&reading, &contents, NULL));
	for (size_t i = 0; i < contents.chain_count; i++)
		present += contents.chains[i].present;
	return present;
}

static void test_verdict_is_committed(void **state)
{
	cleanup_error struct error *error = NULL;
	cleanup_plan struct plan plan = {0};

	(void)state;
	if (!apply_target("DROP", &plan, &error))
		fail_msg("%s", error_text(error));
	assert_int_equal(count_present(&plan), plan.count);
}

static void refuses(const char *target)
{
	cleanup_error struct error *error = NULL;
	cleanup_plan struct plan plan = {0};

	assert_false(apply_target(target, &plan, &error));
	assert_string_equal(error_text(error), "parser: sent a target with the name of a chain");
	assert_int_equal(count_present(&plan), 0);
}

static void test_target_with_name_of_own_chain(void **state)
{
	(void)state;
	refuses("oi-" DIGEST "-r00-OUTPUT");
}

static void test_target_with_name_of_builtin_chain(void **state)
{
	(void)state;
	refuses("INPUT");
}

static struct xtc_handle *init_without_code(const char *table)
{
	(void)table;
	errno = ENOPROTOOPT;
	return NULL;
}

static void test_module_that_nobody_loaded_is_named(void **state)
{
	cleanup_error struct error *error = NULL;
	struct iptc_family family = *iptc_family_of(AF_INET6);
	struct table table = {.ops = &family, .number = RULES_FILTER};

	(void)state;
	family.init = init_without_code;
	assert_false(iptc_table_open(&table, &error));
	assert_string_equal(error_text(error), "kernel: IPv6 table filter: not in this kernel, or not loaded yet: "
					       "modprobe ip6_tables");
}

static int make_namespace(void **state)
{
	(void)state;
	return unshare(CLONE_NEWNET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_verdict_is_committed, make_namespace),
		cmocka_unit_test_setup(test_target_with_name_of_own_chain, make_namespace),
		cmocka_unit_test_setup(test_target_with_name_of_builtin_chain, make_namespace),
		cmocka_unit_test(test_module_that_nobody_loaded_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
