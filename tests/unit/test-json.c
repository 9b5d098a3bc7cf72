/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON: what is read, what hostile or broken text gets, places in messages, and the writer. */
#include "base/cleanup.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct json_document *read_bytes(const char *text, size_t length)
{
	cleanup_error struct error *error = NULL;
	struct json_document *document = json_read(text, length, "test", &error);

	if (document == NULL)
		fail_msg("refused: %s", error_text(error));
	assert_null(error);
	return document;
}

static struct json_document *read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void refuses_bytes(const char *text, size_t length, const char *reason)
{
	cleanup_error struct error *error = NULL;
	cleanup_json struct json_document *document = json_read(text, length, "test", &error);

	if (document != NULL)
		fail_msg("taken: %s", text);
	assert_non_null(error);
	assert_true(strncmp(error_text(error), "test: ", 6) == 0);
	if (strstr(error_text(error), reason) == NULL)
		fail_msg("\"%s\" says \"%s\" instead of \"%s\"", text, error_text(error), reason);
	assert_null(strchr(error_text(error), '\n'));
}

static void refuses(const char *text, const char *reason)
{
	refuses_bytes(text, strlen(text), reason);
}

static void test_values(void **state)
{
	cleanup_json struct json_document *document =
		read_text(" {\"null\": null, \"yes\": true, \"no\": false, \"number\": -1.5e3, \"string\": \"text\",\n"
			  "\"list\": [1, [], {}], \"object\": {\"a\": {}}} \n");
	const struct json *top = json_top(document);
	const struct json *list = json_member(top, "list");

	(void)state;
	assert_int_equal(top->type, JSON_OBJECT);
	assert_int_equal(top->count, 7);
	assert_null(top->parent);
	assert_null(top->key);
	assert_int_equal(json_member(top, "null")->type, JSON_NULL);
	assert_true(json_member(top, "yes")->boolean);
	assert_int_equal(json_member(top, "no")->type, JSON_BOOLEAN);
	assert_false(json_member(top, "no")->boolean);
	assert_int_equal(json_member(top, "number")->type, JSON_NUMBER);
	assert_string_equal(json_member(top, "number")->string, "-1.5e3");
	assert_string_equal(json_member_string(top, "string"), "text");
	assert_int_equal(json_member(top, "string")->length, 4);
	assert_int_equal(list->type, JSON_ARRAY);
	assert_int_equal(list->count, 3);
	assert_null(list->first->key);
	assert_ptr_equal(list->first->parent, list);
	assert_int_equal(list->first->next->count, 0);
	assert_null(list->first->next->first);
	assert_null(list->first->next->next->next);
	assert_non_null(json_member(json_member(top, "object"), "a"));
}

static void test_top_may_be_anything(void **state)
{
	static const struct {
		const char *text;
		enum json_type type;
	} tops[] = {{"null", JSON_NULL},    {"true", JSON_BOOLEAN}, {"12", JSON_NUMBER},
		    {"\"x\"", JSON_STRING}, {"[]", JSON_ARRAY},     {"{}", JSON_OBJECT}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(tops); i++) {
		cleanup_json struct json_document *document = read_text(tops[i].text);

		assert_int_equal(json_top(document)->type, tops[i].type);
	}
}

static void test_member_of_what_is_none(void **state)
{
	cleanup_json struct json_document *document = read_text("{\"list\": [\"a\"], \"number\": 1}");
	const struct json *top = json_top(document);

	(void)state;
	assert_null(json_member(top, "missing"));
	assert_null(json_member(top, "Number"));
	assert_null(json_member(NULL, "x"));
	assert_null(json_member(json_member(top, "list"), "a"));
	assert_null(json_member_string(top, "number"));
	assert_null(json_member_string(top, "missing"));
}

static void test_strings(void **state)
{
	cleanup_json struct json_document *document =
		read_text("[\"\\u00f6\\n\\\"\\\\\\/\\t\", \"\\ud83d\\udc27\", \"\", \"gr\xc3\xb6\xc3\x9f\"]");
	const struct json *value = json_top(document)->first;

	(void)state;
	assert_string_equal(value->string, "\xc3\xb6\n\"\\/\t");
	value = value->next;
	assert_string_equal(value->string, "\xf0\x9f\x90\xa7");
	assert_int_equal(value->length, 4);
	value = value->next;
	assert_string_equal(value->string, "");
	assert_int_equal(value->length, 0);
	assert_string_equal(value->next->string, "gr\xc3\xb6\xc3\x9f");
}

static void test_broken(void **state)
{
	static const char *const broken[] = {
		"{",
		"}",
		"[",
		"]",
		"{]",
		"[1,]",
		"[,1]",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{a:1}",
		"{'a':1}",
		"{1:1}",
		"[1 2]",
		"[01]",
		"[+1]",
		"[.5]",
		"[1.]",
		"[0x1]",
		"[NaN]",
		"[Infinity]",
		"[tru]",
		"[True]",
		"[nulll]",
		"\"open",
		"[\"a\nb\"]",
		"[\"\\x\"]",
		"[\"\\u12g4\"]",
		"{} {}",
		"[] x",
		"1 2",
		"{}}",
		"[\"\x01\"]",
		"-",
		"[1e]",
		"// no\n[1]",
		"/* no */[1]",
		"[1] // no",
		"[1 /* no */]",
		"# no\n[1]",
		"\xef\xbb\xbf[1]",
		"nul",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(broken); i++)
		refuses(broken[i], "test: ");
}

static void test_empty(void **state)
{
	(void)state;
	refuses("", "empty");
	refuses("  \t\r\n", "empty");
}

/* A runtime that dies while it writes must not leave half a state that is read as a whole one. */
static void test_every_cut(void **state)
{
	static const char whole[] =
		"{\"id\": \"a\\u00f6\", \"pid\": 12, \"list\": [true, false, null, {\"x\": -1.5e3}], \"o\": {}}";

	(void)state;
	for (size_t length = 0; length < sizeof(whole) - 1; length++) {
		cleanup_free char *cut = strndup(whole, length);

		refuses(cut, "test: ");
	}
	cleanup_json struct json_document *document = read_text(whole);

	assert_int_equal(json_top(document)->count, 4);
}

static void test_nul(void **state)
{
	(void)state;
	refuses_bytes("{}\0", 3, "NUL byte at offset 2");
	refuses_bytes("{\"a\": 1}\0garbage", 16, "NUL");
	refuses("[\"a\\u0000b\"]", "NUL");
	refuses("{\"id\\u0000x\": 1}", "NUL");
}

static void test_not_utf8(void **state)
{
	(void)state;
	refuses("[\"\xff\"]", "");
	refuses("[\"\xc0\xaf\"]", "");
	refuses("[\"\xed\xa0\x80\"]", "");
	refuses("{\"\xe2\x82\": 1}", "");
	refuses("[\"\xf4\x90\x80\x80\"]", "");
}

static void test_duplicates(void **state)
{
	(void)state;
	refuses("{\"a\": 1, \"a\": 2}", "test: duplicate member \"a\"");
	refuses("{\"a\": 1, \"b\": 2, \"\\u0061\": 3}", "duplicate member \"a\"");
	refuses("{\"x\": [{\"\": 1, \"y\": 2, \"\": 3}]}", "/x/0: duplicate member \"\"");
	refuses("{\"linux\": {\"namespaces\": [], \"namespaces\": []}}", "duplicate member \"namespaces\"");
	cleanup_json struct json_document *document =
		read_text("{\"a\": {\"a\": {\"a\": 1}}, \"A\": [{\"a\": 1}, {\"a\": 2}]}");

	assert_int_equal(json_top(document)->count, 2);
}

static char *nest(size_t depth, const char *open, const char *inside, const char *close)
{
	struct text text = {0};

	for (size_t i = 0; i < depth; i++)
		text_append(&text, open);
	text_append(&text, inside);
	for (size_t i = 0; i < depth; i++)
		text_append(&text, close);
	return text_steal(&text);
}

static void test_depth(void **state)
{
	cleanup_free char *deepest = nest(JSON_MAX_DEPTH, "[", "1", "]");
	cleanup_free char *deepest_object = nest(JSON_MAX_DEPTH, "{\"a\":", "1", "}");
	cleanup_free char *deeper = nest(JSON_MAX_DEPTH + 1, "[", "", "]");
	cleanup_free char *deeper_object = nest(JSON_MAX_DEPTH + 1, "{\"a\":", "1", "}");
	cleanup_free char *abyss = nest(1000000, "[", "", "");
	cleanup_json struct json_document *document = read_text(deepest);
	cleanup_json struct json_document *object = read_text(deepest_object);
	cleanup_text struct text pointer = {0};
	const struct json *value = json_top(document);

	(void)state;
	while (value->first != NULL)
		value = value->first;
	json_pointer(value, &pointer);
	assert_int_equal(pointer.length, 2 * JSON_MAX_DEPTH);
	assert_int_equal(json_top(object)->count, 1);
	refuses(deeper, "deeper than 64");
	refuses(deeper_object, "deeper than 64");
	refuses(abyss, "deeper than 64");
}

/* Sorting and blocks keep hostile sizes cheap; with pairwise comparison this test would not end. */
static void test_many_members(void **state)
{
	cleanup_text struct text text = {0};

	(void)state;
	text_append_char(&text, '{');
	for (int i = 0; i < 200000; i++)
		text_printf(&text, "\"k%d\":%d,", i, i);
	text_append(&text, "\"end\":{}}");
	cleanup_json struct json_document *document = read_bytes(text_string(&text), text.length);

	assert_int_equal(json_top(document)->count, 200001);
	assert_string_equal(json_member(json_top(document), "k199999")->string, "199999");
	text.length -= strlen("\"end\":{}}");
	text_append(&text, "\"k0\":{}}");
	refuses_bytes(text_string(&text), text.length, "duplicate member \"k0\"");
}

static void test_integers(void **state)
{
	cleanup_json struct json_document *document = read_text("[0, 7, 65535, 18446744073709551615, 65536, -1, -0, "
								"1.0, 1e3, 18446744073709551616, \"7\", null, true]");
	const struct json *value = json_top(document)->first;
	static const uint64_t most[] = {0, 7, 65535, UINT64_MAX};
	uint64_t number = 4711;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(most); i++, value = value->next) {
		assert_true(json_integer(value, most[i], &number));
		assert_true(number == most[i]);
	}
	assert_false(json_integer(value, 65535, &number));
	for (value = value->next; value != NULL; value = value->next)
		assert_false(json_integer(value, UINT64_MAX, &number));
	assert_false(json_integer(NULL, UINT64_MAX, &number));
	assert_true(number == UINT64_MAX);
}

static void test_pointer(void **state)
{
	cleanup_json struct json_document *document = read_text("{\"a/b\": [0, {\"m~n\": {\"\": [[7]]}}]}");
	const struct json *value = json_member(json_top(document), "a/b")->first->next;
	cleanup_text struct text pointer = {0};
	cleanup_text struct text top = {0};

	(void)state;
	value = json_member(json_member(value, "m~n"), "")->first->first;
	json_pointer(value, &pointer);
	assert_string_equal(text_string(&pointer), "/a~1b/1/m~0n//0/0");
	json_pointer(json_top(document), &top);
	assert_string_equal(text_string(&top), "");
}

static void test_messages(void **state)
{
	static const char *const known[] = {"egress", "ingress", NULL};
	cleanup_json struct json_document *document = read_text("{\"egres\": [1], \"zzzzzz\": 1}");
	cleanup_json struct json_document *good = read_text("{\"ingress\": 1}");
	cleanup_json struct json_document *far = read_text("{\"inside\": {\"zzzzzz\": 1}}");
	cleanup_error struct error *error = NULL;
	cleanup_error struct error *second = NULL;
	cleanup_error struct error *third = NULL;
	cleanup_error struct error *fourth = NULL;

	(void)state;
	assert_true(json_check_members(json_top(good), known, "policy", &error));
	assert_null(error);
	assert_false(json_check_members(json_top(document), known, "policy", &error));
	assert_string_equal(error_text(error), "policy: /egres: unknown member; did you mean \"egress\"?");
	assert_false(json_check_members(json_member(json_top(far), "inside"), known, "policy", &second));
	assert_string_equal(error_text(second), "policy: /inside/zzzzzz: unknown member");
	assert_false(json_fail(json_top(document)->first->first, "policy", &third, "%d is not a port", 70000));
	assert_string_equal(error_text(third), "policy: /egres/0: 70000 is not a port");
	assert_false(json_fail(json_top(document), "policy", &fourth, "wrong"));
	assert_string_equal(error_text(fourth), "policy: wrong");
}

static void test_error_place(void **state)
{
	(void)state;
	refuses("{\n  \"a\": [1,\n    x]}", "line 3");
	refuses("{\"a\": {\"b\": [1, tru", "/a/b");
}

static void test_type_names(void **state)
{
	(void)state;
	assert_string_equal(json_type_name(JSON_NULL), "null");
	assert_string_equal(json_type_name(JSON_BOOLEAN), "true or false");
	assert_string_equal(json_type_name(JSON_NUMBER), "a number");
	assert_string_equal(json_type_name(JSON_STRING), "a string");
	assert_string_equal(json_type_name(JSON_ARRAY), "a list");
	assert_string_equal(json_type_name(JSON_OBJECT), "an object");
}

static void test_release(void **state)
{
	struct json_document *none = NULL;

	(void)state;
	json_free(&none);
	assert_null(none);
	none = read_text("[]");
	json_free(&none);
	assert_null(none);
}

static void test_writer(void **state)
{
	cleanup_json_writer struct json_writer *writer = json_writer_new(false);
	size_t length = 0;

	(void)state;
	json_write_object_begin(writer);
	json_write_member_string(writer, "id", "a\"b\\c\n\x01");
	json_write_member_integer(writer, "cookie", UINT64_MAX);
	json_write_key(writer, "list");
	json_write_array_begin(writer);
	json_write_boolean(writer, true);
	json_write_boolean(writer, false);
	json_write_string(writer, NULL);
	json_write_integer(writer, 0);
	json_write_object_begin(writer);
	json_write_object_end(writer);
	json_write_array_end(writer);
	json_write_object_end(writer);
	assert_string_equal(json_writer_text(writer, &length),
			    "{\"id\":\"a\\\"b\\\\c\\n\\u0001\",\"cookie\":18446744073709551615,"
			    "\"list\":[true,false,null,0,{}]}");
	assert_int_equal(length, strlen(json_writer_text(writer, NULL)));
}

static void test_writer_pretty(void **state)
{
	cleanup_json_writer struct json_writer *writer = json_writer_new(true);

	(void)state;
	json_write_object_begin(writer);
	json_write_member_integer(writer, "a", 1);
	json_write_object_end(writer);
	assert_string_equal(json_writer_text(writer, NULL), "{\n  \"a\": 1\n}\n");
}

/* A name from outside must not make a record that cannot be read again. */
static void test_writer_bytes_come_back(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} strings[] = {
		{"plain", "plain"},
		{"", ""},
		{"gr\xc3\xb6\xc3\x9f", "gr\xc3\xb6\xc3\x9f"},
		{"\xff\xfe", "??"},
		{"a\xc3", "a?"},
		{"\xed\xa0\x80", "???"},
		{"\x7f\x1b[0m", "\x7f\x1b[0m"},
		{"</script>", "</script>"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(strings); i++) {
		cleanup_json_writer struct json_writer *writer = json_writer_new(false);
		const char *text;
		size_t length;

		json_write_string(writer, strings[i].in);
		text = json_writer_text(writer, &length);
		cleanup_json struct json_document *document = read_bytes(text, length);

		assert_string_equal(json_top(document)->string, strings[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_top_may_be_anything),
		cmocka_unit_test(test_member_of_what_is_none),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_not_utf8),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_many_members),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_pointer),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_error_place),
		cmocka_unit_test(test_type_names),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_writer),
		cmocka_unit_test(test_writer_pretty),
		cmocka_unit_test(test_writer_bytes_come_back),
	};

	return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
