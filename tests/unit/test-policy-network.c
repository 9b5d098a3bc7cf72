/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/network.h"
#include "base/text.h"
#include "policy/address-set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void print_list(const struct range_list *list, struct text *text)
{
	for (size_t i = 0; i < list->count; i++) {
		char low[INET6_ADDRSTRLEN], high[INET6_ADDRSTRLEN];

		network_address_format(&list->items[i].low, low);
		network_address_format(&list->items[i].high, high);
		text_printf(text, "%s%s-%s", text->length > 0 ? " " : "", low, high);
	}
}

/* Fills a set with words that are separated by one blank. */
static void fill(struct address_set *set, const char *words)
{
	for (const char *at = words; *at != '\0';) {
		size_t length = strcspn(at, " ");
		struct network_range range;
		const char *reason;

		assert_true(network_range_parse(at, length, &range, &reason));
		address_set_add(set, &range);
		at += length;
		at += *at == ' ';
	}
	address_set_normalise(set);
}

static void test_ranges(void **state)
{
	static const struct {
		const char *text, *low, *high;
	} good[] = {
		{"10.0.0.1", "10.0.0.1", "10.0.0.1"},
		{"10.0.0.0/8", "10.0.0.0", "10.255.255.255"},
		{"10.1.2.3/8", "10.0.0.0", "10.255.255.255"},
		{"0.0.0.0/0", "0.0.0.0", "255.255.255.255"},
		{"10.0.0.5/31", "10.0.0.4", "10.0.0.5"},
		{"192.168.1.1-192.168.1.3", "192.168.1.1", "192.168.1.3"},
		{"2001:db8::/33", "2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"},
		{"fd00::1-fd00::2", "fd00::1", "fd00::2"},
		{"::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"64:ff9b::10.0.0.0/104", "64:ff9b::a00:0", "64:ff9b::aff:ffff"},
	};
	static const char *const bad[] = {
		"",
		"10.0.0",
		"10.0.0.0/33",
		"10.0.0.0/08",
		"10.0.0.0/",
		"10.0.0.0/-1",
		"10.0.0.256",
		"010.0.0.1",
		"10.0.0.1 ",
		"fd00::/129",
		"fd00::1%eth0",
		"::ffff:10.0.0.1",
		"example.org",
		"10.0.0.9-10.0.0.1",
		"10.0.0.1-fd00::1",
		"::ffff:0:0/96",
		"10.0.0.1-",
		"::ffff:1.2.3.0/120",
		"10.0.0.0/255.0.0.0",
		"1",
		"0x7f.1",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
		struct network_range range;
		const char *reason;
		char name[INET6_ADDRSTRLEN];

		assert_true(network_range_parse(good[i].text, strlen(good[i].text), &range, &reason));
		network_address_format(&range.low, name);
		assert_string_equal(name, good[i].low);
		network_address_format(&range.high, name);
		assert_string_equal(name, good[i].high);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		struct network_range range = {.low = {.family = 77}};
		const char *reason;

		assert_false(network_range_parse(bad[i], strlen(bad[i]), &range, &reason));
		assert_int_equal(range.low.family, 77);
	}
}

static void test_steps(void **state)
{
	struct network_address address;

	(void)state;
	assert_true(network_address_parse("10.0.255.255", 12, &address));
	assert_true(network_address_increment(&address));
	assert_int_equal(address.bytes[1], 1);
	assert_true(network_address_decrement(&address));
	assert_int_equal(address.bytes[3], 255);
	assert_true(network_address_parse("255.255.255.255", 15, &address));
	assert_false(network_address_increment(&address));
	assert_true(network_address_parse("::", 2, &address));
	assert_false(network_address_decrement(&address));
}

static void test_sets(void **state)
{
	static const struct {
		const char *add, *less, *ipv4, *ipv6;
	} cases[] = {
		{"10.0.0.0/25 10.0.0.128/25", "", "10.0.0.0-10.0.0.255", ""},
		{"10.0.0.5 10.0.0.1 10.0.0.3", "", "10.0.0.1-10.0.0.1 10.0.0.3-10.0.0.3 10.0.0.5-10.0.0.5", ""},
		{"10.0.0.0/8 10.1.0.0/16", "", "10.0.0.0-10.255.255.255", ""},
		{"10.96.0.0/16", "10.96.7.0/24", "10.96.0.0-10.96.6.255 10.96.8.0-10.96.255.255", ""},
		{"0.0.0.0/0", "0.0.0.0/1 255.255.255.255", "128.0.0.0-255.255.255.254", ""},
		{"10.0.0.0/30", "10.0.0.0/30", "", ""},
		{"10.0.0.0/30", "9.0.0.0-11.0.0.0", "", ""},
		{"10.0.0.0/30 10.0.0.8/30", "10.0.0.2-10.0.0.9", "10.0.0.0-10.0.0.1 10.0.0.10-10.0.0.11", ""},
		{"10.0.0.1 fd00::/64", "fd00::1", "10.0.0.1-10.0.0.1",
		 "fd00::-fd00:: fd00::2-fd00::ffff:ffff:ffff:ffff"},
		{"::/0", "::/1", "", "8000::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		cleanup_address_set struct address_set set = {0};
		cleanup_address_set struct address_set less = {0};
		cleanup_text struct text ipv4 = {0};
		cleanup_text struct text ipv6 = {0};

		fill(&set, cases[i].add);
		fill(&less, cases[i].less);
		address_set_subtract(&set, &less);
		print_list(&set.ipv4, &ipv4);
		print_list(&set.ipv6, &ipv6);
		assert_string_equal(text_string(&ipv4), cases[i].ipv4);
		assert_string_equal(text_string(&ipv6), cases[i].ipv6);
	}
}

static void test_full(void **state)
{
	cleanup_address_set struct address_set set = {0};

	(void)state;
	address_set_add_any(&set);
	address_set_normalise(&set);
	assert_true(range_list_is_full(&set.ipv4));
	assert_true(range_list_is_full(&set.ipv6));
	address_set_free(&set);
	fill(&set, "0.0.0.0/1 128.0.0.0/1");
	assert_true(range_list_is_full(&set.ipv4));
	assert_false(range_list_is_full(&set.ipv6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
