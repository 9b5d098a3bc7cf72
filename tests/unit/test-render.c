/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The normal form of rules text, and finding a rule's words in it. */
#include "base/cleanup.h"
#include "base/text.h"
#include "rules/render.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void renders(const char *text, int family, const char *expected)
{
	cleanup_error struct error *error = NULL;
	cleanup_text struct text once = {0};
	cleanup_text struct text twice = {0};

	assert_true(rules_render(text, strlen(text), family, &once, &error));
	assert_null(error);
	assert_string_equal(text_string(&once), expected);
	if (once.length == 0)
		return;
	assert_true(rules_render(once.data, once.length, family, &twice, &error));
	assert_string_equal(text_string(&twice), text_string(&once));
}

static void test_document(void **state)
{
	static const char text[] = "# comment\n*filter\n:mine - [0:0]\n:OUTPUT DROP [1:2]\n\n"
				   "-4 -A OUTPUT -p icmp -j mine\n[3:4] -A mine -j DROP\n-6 -A mine -j RETURN\nCOMMIT\n"
				   "*nat\n-4 -A OUTPUT -p tcp -j REDIRECT --to-ports 1\nCOMMIT\n";

	(void)state;
	renders(text, AF_INET,
		"*filter\n-4 -N mine\n-4 -P OUTPUT DROP\n-4 -A OUTPUT -p icmp -j mine\n[3:4] -4 -A mine -j DROP\n"
		"COMMIT\n*nat\n-4 -A OUTPUT -p tcp -j REDIRECT --to-ports 1\nCOMMIT\n");
	renders(text, AF_INET6,
		"*filter\n-6 -N mine\n-6 -P OUTPUT DROP\n[3:4] -6 -A mine -j DROP\n-6 -A mine -j RETURN\nCOMMIT\n");
}

static void test_one_line(void **state)
{
	static const char text[] =
		"-A OUTPUT -d 10.0.0.1 -j DROP; -t nat -A OUTPUT -j RETURN ;"
		" ip6tables -A INPUT -j DROP; -A INPUT -t mangle -m comment --comment \"-t; x\" -j RETURN;";

	(void)state;
	renders(text, AF_INET,
		"*filter\n-4 -A OUTPUT -d 10.0.0.1 -j DROP\nCOMMIT\n*nat\n-4 -A OUTPUT -j RETURN\nCOMMIT\n"
		"*mangle\n-4 -A INPUT -m comment --comment \"-t; x\" -j RETURN\nCOMMIT\n");
	renders(text, AF_INET6,
		"*nat\n-6 -A OUTPUT -j RETURN\nCOMMIT\n*filter\n-6 -A INPUT -j DROP\nCOMMIT\n"
		"*mangle\n-6 -A INPUT -m comment --comment \"-t; x\" -j RETURN\nCOMMIT\n");
}

static void test_table_in_free_text(void **state)
{
	(void)state;
	renders("-A OUTPUT -j NFLOG --nflog-prefix -t; -A OUTPUT -m comment --comment --comment -t mangle -j RETURN",
		AF_INET,
		"*filter\n-4 -A OUTPUT -j NFLOG --nflog-prefix -t\nCOMMIT\n"
		"*mangle\n-4 -A OUTPUT -m comment --comment --comment -j RETURN\nCOMMIT\n");
}

static void test_quoting(void **state)
{
	(void)state;
	renders("-A INPUT -m comment --comment \"a \\\"b\\\" \\\\ 'c'\" -j RETURN", AF_INET,
		"*filter\n-4 -A INPUT -m comment --comment \"a \\\"b\\\" \\\\ 'c'\" -j RETURN\nCOMMIT\n");
	renders("-A INPUT -m comment --comment \"\" -j RETURN", AF_INET,
		"*filter\n-4 -A INPUT -m comment --comment \"\" -j RETURN\nCOMMIT\n");
}

static void test_nothing_for_a_family(void **state)
{
	(void)state;
	renders("-A OUTPUT -d 10.0.0.1 -j DROP", AF_INET6, "");
	renders("*filter\n-6 -A OUTPUT -j DROP\nCOMMIT\n", AF_INET, "");
}

static void test_malformed(void **state)
{
	static const char *const texts[] = {"",
					    "*filter\n-A OUTPUT -j DROP\n",
					    "-A OUTPUT \"x",
					    "-A OUTPUT\n-A INPUT",
					    "-A OUTPUT ! -d 10.0.0.1 -j DROP",
					    "*n t\n-A OUTPUT -j DROP\nCOMMIT\n",
					    "-t \"n t\" -A OUTPUT -j DROP",
					    "--table= -A OUTPUT -j DROP"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		cleanup_error struct error *error = NULL;
		cleanup_text struct text text = {0};

		assert_false(rules_render(texts[i], strlen(texts[i]), AF_INET, &text, &error));
		assert_non_null(error);
		assert_int_equal(text.length, 0);
	}
}

static void finds(const char *text, unsigned number, const char *expected)
{
	size_t offset = 0, length = 0;

	assert_true(rules_find_line(text, strlen(text), number, &offset, &length));
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(text + offset, expected, length);
}

static void test_find_line(void **state)
{
	static const char document[] = "*filter\n\n  -A INPUT -j DROP  \nCOMMIT";
	static const char line[] = " -A INPUT -m comment --comment \"a;b\" ; ;-A OUTPUT -j DROP;";
	size_t offset, length;

	(void)state;
	finds(document, 1, "*filter");
	finds(document, 3, "-A INPUT -j DROP");
	finds(document, 4, "COMMIT");
	finds(line, 1, "-A INPUT -m comment --comment \"a;b\"");
	finds(line, 2, "-A OUTPUT -j DROP");
	assert_false(rules_find_line(document, strlen(document), 5, &offset, &length));
	assert_false(rules_find_line(line, strlen(line), 3, &offset, &length));
	assert_false(rules_find_line("", 0, 1, &offset, &length));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_document),
		cmocka_unit_test(test_one_line),
		cmocka_unit_test(test_table_in_free_text),
		cmocka_unit_test(test_quoting),
		cmocka_unit_test(test_nothing_for_a_family),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_find_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
