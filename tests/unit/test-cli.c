/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pure parts of the command: places of errors, taking errors out of texts, ages and counts. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "cli/findings.h"
#include "cli/mend.h"
#include "cli/output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void is_at(const char *text, const char *message, size_t line, size_t column, const char *shown)
{
	cleanup_findings struct findings findings = {0};
	struct findings_source source = {.file = "f", .text = text, .length = strlen(text)};

	findings_add(&findings, &source, message);
	assert_int_equal(findings.count, 1);
	assert_int_equal(findings.items[0].line, line);
	assert_int_equal(findings.items[0].column, column);
	assert_string_equal(findings.items[0].message, shown);
}

static void test_places(void **state)
{
	static const char policy[] = "{\n  \"a\": [1, 22, {\"b\\\"c/d~\": \"x\\\"y\"}],\n  \"e\": true\n}";
	static const char rules[] = "*filter\n  -A INPUT --dport x -j DROP\nCOMMIT\n";

	(void)state;
	is_at(policy, "/a/0: no", 2, 9, "/a/0: no");
	is_at(policy, "/a/1: no", 2, 12, "/a/1: no");
	is_at(policy, "/a/2: no", 2, 16, "/a/2: no");
	is_at(policy, "/a/2/b\"c~1d~0: no", 2, 28, "/a/2/b\"c~1d~0: no");
	is_at(policy, "/e: no", 3, 8, "/e: no");
	is_at(policy, "/e/missing: no", 3, 8, "/e/missing: no");
	is_at(rules, "line 2: --dport: no", 2, 12, "--dport: no");
	is_at(rules, "line 2: unknown option \"--dport\"", 2, 12, "unknown option \"--dport\"");
	is_at(rules, "line 2: no", 2, 3, "no");
	is_at(rules, "line 9: no", 9, 0, "no");
	is_at(rules, "line 4 column 7: no", 4, 7, "no");
	is_at("-A A; -A B -j X", "rule 2: -j: no", 1, 12, "rule 2: -j: no");
	is_at("a, b\nc", "item 3 \"c\": no", 2, 1, "item 3 \"c\": no");
	is_at(rules, "no place", 0, 0, "no place");
}

static void becomes(const char *text, const char *message, const char *expected)
{
	char *mended = memory_copy_string(text);

	assert_int_equal(mend_text(&mended, message), expected != NULL);
	if (expected != NULL)
		assert_string_equal(mended, expected);
	free(mended);
}

static void test_mends(void **state)
{
	(void)state;
	becomes("*filter\n-A X\nCOMMIT\n", "line 2: no", "*filter\n#   \nCOMMIT\n");
	becomes("*filter\n:new - [0:0]\nCOMMIT\n", "line 2: no", NULL);
	becomes("*filter\n-N new\nCOMMIT\n", "line 2: no", NULL);
	becomes("-A OUTPUT -j X; -A B -j Y", "rule 1: no", "-A INPUT      ; -A B -j Y");
	becomes("a b,c", "item 2 \"b\": no", "a 192.0.2.1,c");
	becomes("a", "item 2 \"b\": no", NULL);
	becomes("{\"egress\":{\"default\":\"x\",\"rules\":[]}}", "/egress/default: no",
		"{\"egress\":{\"default\":\"allow\",\"rules\":[]}}");
	becomes("{\"egress\":{\"rules\":[{\"action\":\"allow\",\"to\":[\"x\"]}]}}", "/egress/rules/0/to/0: no",
		"{\"egress\":{\"rules\":[{\"action\":\"allow\"}]}}");
	becomes("{\"egress\":{\"rules\":[1,{\"action\":\"x\"}]}}", "/egress/rules/1/action: no",
		"{\"egress\":{\"rules\":[1,{\"action\":\"allow\"}]}}");
	becomes("{\"a\":1,\"b\":2}", "/a: unknown member", "{\"b\":2}");
	becomes("{\"a\":1}", "/nothing/there: no", NULL);
	becomes("{", "line 1 column 1: no", NULL);
	becomes("anything", "no place", NULL);
}

static void test_ages(void **state)
{
	static const struct {
		uint64_t age;
		const char *text;
	} ages[] = {{0, "0s"},       {119, "119s"},  {120, "2m"},      {7199, "119m"}, {7200, "2h"},
		    {172799, "47h"}, {172800, "2d"}, {1209599, "13d"}, {1209600, "2w"}};
	char text[OUTPUT_NUMBER];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(ages); i++) {
		output_age(5000000, 5000000 + ages[i].age, text);
		assert_string_equal(text, ages[i].text);
	}
	output_age(100, 50, text);
	assert_string_equal(text, "0s");
}

static void test_counts(void **state)
{
	static const struct {
		uint64_t number;
		const char *text;
	} counts[] = {{0, "0"},         {9999, "9999"},    {10000, "10.0k"},    {99999, "99.9k"},     {100000, "100k"},
		      {999999, "999k"}, {1000000, "1.0M"}, {12345678, "12.3M"}, {UINT64_MAX, "18.4E"}};
	char text[OUTPUT_NUMBER];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(counts); i++) {
		output_count(counts[i].number, text);
		assert_string_equal(text, counts[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_mends),
		cmocka_unit_test(test_ages),
		cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
