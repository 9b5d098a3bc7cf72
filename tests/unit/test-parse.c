/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and base64 from text: what is taken, what is refused, and that a refusal leaves the output alone. */
#include "base/cleanup.h"
#include "base/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void takes(const char *text, uint64_t most, uint64_t expected)
{
	uint64_t value = ~expected;

	if (!parse_number_string(text, most, &value))
		fail_msg("\"%s\" was refused", text);
	assert_true(value == expected);
}

static void refuses(const char *text, uint64_t most)
{
	uint64_t value = 4711;

	if (parse_number_string(text, most, &value))
		fail_msg("\"%s\" was taken", text);
	assert_true(value == 4711);
}

static void test_numbers(void **state)
{
	(void)state;
	takes("0", 0, 0);
	takes("0", 10, 0);
	takes("7", 10, 7);
	takes("10", 10, 10);
	takes("65535", 65535, 65535);
	takes("4294967296", UINT64_MAX, 4294967296);
	takes("18446744073709551615", UINT64_MAX, UINT64_MAX);
}

static void test_numbers_beyond(void **state)
{
	(void)state;
	refuses("1", 0);
	refuses("11", 10);
	refuses("65536", 65535);
	refuses("18446744073709551615", UINT64_MAX - 1);
	refuses("18446744073709551616", UINT64_MAX);
	refuses("18446744073709551625", UINT64_MAX);
	refuses("184467440737095516150", UINT64_MAX);
	refuses("99999999999999999999999999999999999999999", UINT64_MAX);
}

static void test_numbers_malformed(void **state)
{
	static const char *const texts[] = {
		"",    "+1",  "-1",  "-0", " 1", "1 ", "1\n", "\t1", "00", "01", "007",
		"0x1", "1e3", "1.0", "1,", "a",  "1a", "a1",  "/",   ":",  "1:", "\xc2\xb9",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		refuses(texts[i], UINT64_MAX);
}

/* The number ends with the length, whatever stands behind it: the callers cut words out of lines. */
static void test_number_length(void **state)
{
	uint64_t value = 0;

	(void)state;
	assert_true(parse_number("12345", 2, 100, &value));
	assert_true(value == 12);
	assert_true(parse_number("8/tcp", 1, 100, &value));
	assert_true(value == 8);
	assert_false(parse_number("8/tcp", 2, 100, &value));
	assert_false(parse_number("8", 0, 100, &value));
	assert_false(parse_number("1\0002", 3, 1000, &value));
	assert_true(value == 8);
}

static void decodes(const char *text, const char *expected, size_t expected_length)
{
	cleanup_free char *bytes = NULL;
	size_t length = 4711;

	if (!parse_base64(text, strlen(text), &bytes, &length))
		fail_msg("\"%s\" was refused", text);
	assert_int_equal(length, expected_length);
	assert_memory_equal(bytes, expected, expected_length + 1); /* with the NUL behind */
}

static void test_base64(void **state)
{
	(void)state;
	/* RFC 4648 section 10 */
	decodes("", "", 0);
	decodes("Zg==", "f", 1);
	decodes("Zm8=", "fo", 2);
	decodes("Zm9v", "foo", 3);
	decodes("Zm9vYg==", "foob", 4);
	decodes("Zm9vYmE=", "fooba", 5);
	decodes("Zm9vYmFy", "foobar", 6);
	decodes("AAAA", "\0\0\0", 3);
	decodes("AA==", "\0", 1);
	decodes("+/+/", "\xfb\xff\xbf", 3);
	decodes("////", "\xff\xff\xff", 3);
	decodes("azAxOTo7QFpbYHo=", "k019:;@Z[`z", 11);
}

static void test_base64_blanks(void **state)
{
	(void)state;
	decodes("Zm9v\nYmFy\n", "foobar", 6);
	decodes("Zm9v\r\nYmFy\r\n", "foobar", 6);
	decodes(" Zm9v\tYg== ", "foob", 4);
	decodes("\n", "", 0);
}

static void test_base64_refused(void **state)
{
	static const char *const texts[] = {
		"Z",    "Zg",       "Zg=",      "Zm8",  "Zm9vY", "=",     "==",          "====",     "Z===",
		"=Zg=", "Zg==Zg==", "Zg==Zm9v", "Zm=v", "Z=g=",  "Zg===", "Zm9v=",       "Zm9v====", "Zm9*",
		"Zm9-", "Zm9_",     "Zh==",     "Zm9=", "Zm9v#", "Zm9v,", "Zm9\xc3\xbc", "Zm9v\v",   "Zg=\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		char *bytes = NULL;
		size_t length = 4711;

		if (parse_base64(texts[i], strlen(texts[i]), &bytes, &length))
			fail_msg("\"%s\" was taken", texts[i]);
		assert_null(bytes);
		assert_int_equal(length, 4711);
	}
}

static void test_base64_nul_is_no_end(void **state)
{
	char *bytes = NULL;
	size_t length = 0;

	(void)state;
	assert_false(parse_base64("Zm9v\0Zm9v", 9, &bytes, &length));
	assert_null(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_numbers_beyond),
		cmocka_unit_test(test_numbers_malformed),
		cmocka_unit_test(test_number_length),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_base64_blanks),
		cmocka_unit_test(test_base64_refused),
		cmocka_unit_test(test_base64_nul_is_no_end),
	};

	return cmocka_run_group_tests_name("base/parse", tests, NULL, NULL);
}
