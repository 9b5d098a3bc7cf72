/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growing strings, escaping for log lines, UTF-8, and the suggestion for a mistyped word. */
#include "base/cleanup.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_appending(void **state)
{
	cleanup_text struct text text = {0};

	(void)state;
	assert_string_equal(text_string(&text), "");
	text_append(&text, "");
	assert_string_equal(text_string(&text), "");
	text_append(&text, "one");
	text_append_char(&text, ' ');
	text_append_bytes(&text, "two and more", 3);
	text_printf(&text, " %d %s", 3, "four");
	text_printf(&text, "%s", "");
	assert_string_equal(text_string(&text), "one two 3 four");
	assert_int_equal(text.length, strlen("one two 3 four"));
}

static void test_growing(void **state)
{
	cleanup_text struct text text = {0};
	cleanup_free char *line = malloc(10001);

	(void)state;
	assert_non_null(line);
	memset(line, 'x', 10000);
	line[10000] = '\0';
	for (int i = 0; i < 100; i++) {
		text_append_char(&text, 'y');
		text_printf(&text, "%s", line);
		assert_int_equal(text.data[text.length], '\0');
	}
	assert_int_equal(text.length, 100 * 10001);
	assert_int_equal(text.data[10001], 'y');
	assert_int_equal(text.data[10000], 'x');
}

static void test_bytes_may_hold_nul(void **state)
{
	cleanup_text struct text text = {0};

	(void)state;
	text_append_bytes(&text, "a\0b", 3);
	assert_int_equal(text.length, 3);
	assert_memory_equal(text.data, "a\0b", 4);
}

static void test_steal(void **state)
{
	struct text text = {0};
	cleanup_free char *empty = text_steal(&text);
	cleanup_free char *full = NULL;

	(void)state;
	assert_string_equal(empty, "");
	text_append(&text, "mine");
	full = text_steal(&text);
	assert_string_equal(full, "mine");
	assert_string_equal(text_string(&text), "");
	text_append(&text, "again");
	assert_string_equal(text_string(&text), "again");
	text_free(&text);
	assert_null(text.data);
	assert_int_equal(text.length, 0);
	text_free(&text);
}

static void test_prefix(void **state)
{
	(void)state;
	assert_true(text_has_prefix("io.oci-iptables.rules", "io.oci-iptables."));
	assert_true(text_has_prefix("same", "same"));
	assert_true(text_has_prefix("any", ""));
	assert_false(text_has_prefix("io.oci-iptables", "io.oci-iptables."));
	assert_false(text_has_prefix("IO.oci-iptables.rules", "io."));
	assert_false(text_has_prefix("", "x"));
}

static void escapes(const char *bytes, size_t length, const char *expected)
{
	cleanup_text struct text text = {0};

	text_append_escaped(&text, bytes, length);
	assert_string_equal(text_string(&text), expected);
}

static void test_escaping(void **state)
{
	(void)state;
	escapes("", 0, "");
	escapes("plain text, 100 %", 17, "plain text, 100 %");
	escapes("two\nlines", 9, "two\\nlines");
	escapes("a\\b", 3, "a\\\\b");
	escapes("\t\r\x1b[31m\x7f", 8, "\\x09\\x0d\\x1b[31m\\x7f");
	escapes("a\0b", 3, "a\\x00b");
	escapes("gr\xc3\xb6\xc3\x9f"
		"e \xe2\x82\xac",
		11,
		"gr\xc3\xb6\xc3\x9f"
		"e \xe2\x82\xac");
}

/* A terminal acts on C1 controls and on the direction marks as it does on an escape sequence. */
static void test_escaping_steering(void **state)
{
	(void)state;
	escapes("\xc2\x9b"
		"31m",
		5,
		"\\xc2\\x9b"
		"31m");
	escapes("\xc2\x80\xc2\x9f\xc2\xa0", 6, "\\xc2\\x80\\xc2\\x9f\xc2\xa0");
	escapes("\xe2\x80\xae", 3, "\\xe2\\x80\\xae");
	escapes("\xe2\x80\xa8\xe2\x80\xa9", 6, "\\xe2\\x80\\xa8\\xe2\\x80\\xa9");
	escapes("\xe2\x80\x8e\xe2\x80\x8f", 6, "\\xe2\\x80\\x8e\\xe2\\x80\\x8f");
	escapes("\xe2\x81\xa6\xe2\x81\xa9", 6, "\\xe2\\x81\\xa6\\xe2\\x81\\xa9");
	escapes("\xe2\x80\x93\xe2\x80\xa7", 6, "\xe2\x80\x93\xe2\x80\xa7");
}

static void test_escaping_not_utf8(void **state)
{
	(void)state;
	escapes("\xff\xfe", 2, "\\xff\\xfe");
	escapes("\xc3", 1, "\\xc3");
	escapes("\xc3(", 2, "\\xc3(");
	escapes("\xc0\xaf", 2, "\\xc0\\xaf");
	escapes("\xe2\x82", 2, "\\xe2\\x82");
}

static void test_utf8_valid(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
	} valid[] = {
		{"\x01", 1},
		{"\x7f", 1},
		{"\xc2\x80", 2},
		{"\xdf\xbf", 2},
		{"\xe0\xa0\x80", 3},
		{"\xed\x9f\xbf", 3},
		{"\xee\x80\x80", 3},
		{"\xef\xbf\xbf", 3},
		{"\xf0\x90\x80\x80", 4},
		{"\xf4\x8f\xbf\xbf", 4},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(valid); i++) {
		assert_int_equal(text_utf8_length(valid[i].bytes, valid[i].length), valid[i].length);
		assert_true(text_is_utf8(valid[i].bytes, valid[i].length));
		/* What stands behind is not looked at, what is missing is missed. */
		assert_int_equal(text_utf8_length(valid[i].bytes, valid[i].length + 1), valid[i].length);
		assert_int_equal(text_utf8_length(valid[i].bytes, valid[i].length - 1), 0);
	}
	assert_true(text_is_utf8("", 0));
	assert_true(text_is_utf8("a\xc3\xb6\xe2\x82\xac\xf0\x9f\x90\xa7z", 11));
}

static void test_utf8_invalid(void **state)
{
	static const char *const invalid[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x80\x80",
		"\xe0\x9f\xbf",
		"\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xf8\x88\x80\x80\x80",
		"\xfe",
		"\xff",
		"\xc3\x28",
		"\xe2\x28\xa1",
		"\xe2\x82\x28",
		"\xf0\x28\x8c\xbc",
		"\xf0\x90\x8c\x28",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(invalid); i++) {
		assert_int_equal(text_utf8_length(invalid[i], strlen(invalid[i])), 0);
		assert_false(text_is_utf8(invalid[i], strlen(invalid[i])));
	}
	assert_false(text_is_utf8("good\xff", 5));
	assert_false(text_is_utf8("\xffgood", 5));
}

static void test_nearest(void **state)
{
	static const char *const words[] = {"egress", "ingress", "policy", "profile", "rules", NULL};
	static const char *const none[] = {NULL};

	(void)state;
	assert_string_equal(text_nearest("egres", words), "egress");
	assert_string_equal(text_nearest("egerss", words), "egress");
	assert_string_equal(text_nearest("ingres", words), "ingress");
	assert_string_equal(text_nearest("ruls", words), "rules");
	assert_string_equal(text_nearest("rules", words), "rules");
	assert_string_equal(text_nearest("Profile", words), "profile");
	assert_null(text_nearest("zzzzzz", words));
	assert_null(text_nearest("firewall", words));
	assert_null(text_nearest("anything", none));
}

static void test_nearest_long_words(void **state)
{
	static const char *const words[] = {"short", NULL};
	char longer[5001];

	(void)state;
	memset(longer, 's', 5000);
	longer[5000] = '\0';
	assert_null(text_nearest(longer, words));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_appending),
		cmocka_unit_test(test_growing),
		cmocka_unit_test(test_bytes_may_hold_nul),
		cmocka_unit_test(test_steal),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_escaping),
		cmocka_unit_test(test_escaping_steering),
		cmocka_unit_test(test_escaping_not_utf8),
		cmocka_unit_test(test_utf8_valid),
		cmocka_unit_test(test_utf8_invalid),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_nearest_long_words),
	};

	return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
