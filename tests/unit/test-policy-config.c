/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "policy/config.h"
#include "policy/names.h"
#include "policy/trust.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

static struct config *parse(const char *text)
{
	struct error *error = NULL;
	struct config *config = config_parse(text, strlen(text), "config.json", &error);

	if (config == NULL)
		fail_msg("%s: %s", text, error_text(error));
	return config;
}

static void test_defaults(void **state)
{
	cleanup_config struct config *config = config_default();

	(void)state;
	assert_int_equal(config->mandatory_profiles.count, 0);
	assert_true(string_list_allows(&config->allowed_profiles, "anything"));
	assert_true(config->allow_profile && config->allow_egress && config->allow_ingress && config->allow_policy &&
		    config->allow_rules);
	assert_true(string_list_allows(&config->rules_tables, "raw"));
	assert_true(string_list_allows(&config->rules_extensions, "conntrack"));
	assert_false(string_list_allows(&config->rules_extensions, "TEE"));
	assert_false(string_list_allows(&config->rules_extensions, "SNAT"));
	assert_false(string_list_allows(&config->rules_extensions, "set"));
	assert_true(config->forbidden_capabilities & UINT64_C(1) << CAP_NET_RAW);
	assert_true(config->forbidden_capabilities & UINT64_C(1) << CAP_SYS_PTRACE);
	assert_true(config->forbidden_capabilities & UINT64_C(1) << CAP_BPF);
	assert_false(config->forbidden_capabilities & UINT64_C(1) << CAP_CHOWN);
	assert_int_equal(config->lock_timeout_seconds, 5);
	assert_int_equal(config->log_level, LOG_WARNING);
	assert_int_equal(config->limit_annotation_bytes, 262144);
}

static void test_capability_numbers(void **state)
{
	(void)state;
	assert_int_equal(name_capability("CAP_CHOWN"), CAP_CHOWN);
	assert_int_equal(name_capability("CAP_DAC_READ_SEARCH"), CAP_DAC_READ_SEARCH);
	assert_int_equal(name_capability("CAP_NET_ADMIN"), CAP_NET_ADMIN);
	assert_int_equal(name_capability("CAP_NET_RAW"), CAP_NET_RAW);
	assert_int_equal(name_capability("CAP_SYS_MODULE"), CAP_SYS_MODULE);
	assert_int_equal(name_capability("CAP_SYS_RAWIO"), CAP_SYS_RAWIO);
	assert_int_equal(name_capability("CAP_SYS_PTRACE"), CAP_SYS_PTRACE);
	assert_int_equal(name_capability("CAP_SYS_ADMIN"), CAP_SYS_ADMIN);
	assert_int_equal(name_capability("CAP_SYSLOG"), CAP_SYSLOG);
	assert_int_equal(name_capability("CAP_AUDIT_READ"), CAP_AUDIT_READ);
	assert_int_equal(name_capability("CAP_PERFMON"), CAP_PERFMON);
	assert_int_equal(name_capability("CAP_BPF"), CAP_BPF);
	assert_int_equal(name_capability("CAP_CHECKPOINT_RESTORE"), CAP_CHECKPOINT_RESTORE);
	assert_int_equal(name_capability("NET_RAW"), -1);
}

static void test_members(void **state)
{
	cleanup_config struct config *config = parse(
		"{\"mandatory_profiles\": [\"a\"], \"allowed_profiles\": [\"web\"], \"vars\": {\"store\": "
		"\"10.0.0.1\"},"
		"\"annotations\": {\"egress\": false, \"rules\": {\"tables\": [\"filter\"], \"extensions\": "
		"[\"tcp\"]}},"
		"\"resolvers\": [\"10.0.0.53\"], \"forbidden_capabilities\": [\"CAP_NET_RAW\"], \"host_network\": "
		"\"ignore\", \"ipv6_unfiltered\": \"warn\", \"lock_timeout_seconds\": 0, \"state_directory\": \"/x\","
		"\"log\": {\"syslog\": false, \"level\": \"debug\"}, \"limits\": {\"rules\": 7}}");

	(void)state;
	assert_string_equal(config->mandatory_profiles.items[0], "a");
	assert_int_equal(config->system_mandatory_count, 1);
	assert_false(string_list_allows(&config->allowed_profiles, "other"));
	assert_string_equal(config->vars[0].value, "10.0.0.1");
	assert_false(config->allow_egress);
	assert_true(config->allow_ingress);
	assert_false(string_list_allows(&config->rules_tables, "nat"));
	assert_false(string_list_allows(&config->rules_extensions, "udp"));
	assert_int_equal(config->forbidden_capabilities, UINT64_C(1) << CAP_NET_RAW);
	assert_int_equal(config->host_network, CONFIG_HOST_NETWORK_IGNORE);
	assert_int_equal(config->ipv6_unfiltered, CONFIG_IPV6_WARN);
	assert_int_equal(config->lock_timeout_seconds, 0);
	assert_string_equal(config->state_directory, "/x");
	assert_false(config->log_syslog);
	assert_int_equal(config->log_level, LOG_DEBUG);
	assert_int_equal(config->limit_rules, 7);
}

static void test_messages(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"[]", "config.json: an object is wanted, not a list"},
		{"{\"mandatory_profile\": []}",
		 "config.json: /mandatory_profile: unknown member; did you mean \"mandatory_profiles\"?"},
		{"{\"default_profiles\": [\"a\", \".b\"]}",
		 "config.json: /default_profiles/1: \".b\" is not a profile's name: 1 to 64 of A-Z a-z 0-9 _ . - and "
		 "no dot in "
		 "front"},
		{"{\"annotations\": {\"rules\": {\"tables\": [\"filtr\"]}}}",
		 "config.json: /annotations/rules/tables/0: \"filtr\" is not a table; did you mean \"filter\"?"},
		{"{\"host_network\": \"ignor\"}",
		 "config.json: /host_network: \"ignor\" is not \"refuse\" or \"ignore\"; did you mean \"ignore\"?"},
		{"{\"forbidden_capabilities\": [\"CAP_NET_RAV\"]}",
		 "config.json: /forbidden_capabilities/0: \"CAP_NET_RAV\" is not a capability; did you mean "
		 "\"CAP_NET_RAW\"?"},
		{"{\"lock_timeout_seconds\": 60}",
		 "config.json: /lock_timeout_seconds: 60 is not a whole number from 0 to 8"},
		{"{\"limits\": {\"rules\": 65537}}",
		 "config.json: /limits/rules: 65537 is not a whole number from 1 to 65536"},
		{"{\"vars\": {\"a\": true}}", "config.json: /vars/a: a string is wanted, not true or false"},
		{"{\"vars\": {}, \"vars\": {}}", "config.json: duplicate member \"vars\""},
		{"{\"log\": {\"level\": \"warn\"}}", NULL},
		{"{\"state_directory\": \"x\"}", "config.json: /state_directory: \"x\" is not an absolute path"},
		{"", "config.json: empty, no JSON"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		cleanup_error struct error *error = NULL;

		assert_null(config_parse(cases[i].text, strlen(cases[i].text), "config.json", &error));
		assert_non_null(error);
		if (cases[i].message != NULL)
			assert_string_equal(error_text(error), cases[i].message);
	}
}

static void test_extensions(void **state)
{
	cleanup_config struct config *both =
		parse("{\"annotations\": {\"rules\": {\"extensions\": [\"default\", \"hashlimit\", \"tcp\"]}}}");
	cleanup_config struct config *all = parse("{\"annotations\": {\"rules\": {\"extensions\": [\"*\"]}}}");
	cleanup_config struct config *none = parse("{\"annotations\": {\"rules\": {\"extensions\": []}}}");

	(void)state;
	assert_true(string_list_allows(&both->rules_extensions, "hashlimit"));
	assert_true(string_list_allows(&both->rules_extensions, "NFLOG"));
	assert_false(string_list_allows(&both->rules_extensions, "TEE"));
	assert_true(string_list_allows(&all->rules_extensions, "TEE"));
	assert_false(string_list_allows(&none->rules_extensions, "tcp"));
}

/* What a user's own file says over the system's. */
static struct config *narrowed(const char *above, const char *user)
{
	struct error *error = NULL;
	struct config *config = parse(above);
	cleanup_config struct config *own = config_parse_user(user, strlen(user), "user", &error);

	if (own == NULL)
		fail_msg("%s: %s", user, error_text(error));
	config_narrow(config, own);
	return config;
}

static void test_user_changes_nothing_by_silence(void **state)
{
	cleanup_config struct config *config = narrowed(
		"{\"annotations\": {\"rules\": {\"extensions\": [\"*\"]}}, \"forbidden_capabilities\": [], "
		"\"host_network\": "
		"\"ignore\", \"ipv6_unfiltered\": \"warn\", \"log\": {\"syslog\": false, \"level\": \"error\"}}",
		"{}");

	(void)state;
	assert_true(string_list_allows(&config->rules_extensions, "TEE"));
	assert_int_equal(config->forbidden_capabilities, 0);
	assert_int_equal(config->host_network, CONFIG_HOST_NETWORK_IGNORE);
	assert_int_equal(config->ipv6_unfiltered, CONFIG_IPV6_WARN);
	assert_false(config->log_syslog);
	assert_int_equal(config->log_level, LOG_ERR);
	assert_int_equal(config->lock_timeout_seconds, 5);
}

static void test_user_narrows_only(void **state)
{
	cleanup_config struct config *config = narrowed(
		"{\"mandatory_profiles\": [\"a\"], \"allowed_profiles\": [\"web\", \"x\"], \"vars\": {\"v\": \"1\"},"
		"\"resolvers\": [\"10.0.0.1\", \"10.0.0.2\"], \"annotations\": {\"policy\": false, \"rules\": "
		"{\"tables\": "
		"[\"filter\", \"nat\"]}}, \"limits\": {\"rules\": 100}}",
		"{\"mandatory_profiles\": [\"a\", \"b\"], \"allowed_profiles\": [\"web\", \"y\"], \"vars\": {\"v\": "
		"\"2\", "
		"\"w\": \"3\"}, \"resolvers\": [\"10.0.0.2\", \"10.6.6.6\"], \"annotations\": {\"policy\": true, "
		"\"egress\": "
		"false, \"rules\": {\"tables\": [\"nat\", \"raw\"], \"extensions\": [\"*\"]}}, "
		"\"forbidden_capabilities\": "
		"[\"CAP_CHOWN\"], \"host_network\": \"ignore\", \"ipv6_unfiltered\": \"warn\", \"limits\": {\"rules\": "
		"500}}");

	(void)state;
	assert_int_equal(config->mandatory_profiles.count, 2);
	assert_string_equal(config->mandatory_profiles.items[1], "b");
	assert_int_equal(config->system_mandatory_count, 1);
	assert_true(string_list_allows(&config->allowed_profiles, "web"));
	assert_false(string_list_allows(&config->allowed_profiles, "x"));
	assert_false(string_list_allows(&config->allowed_profiles, "y"));
	assert_int_equal(config->var_count, 2);
	assert_string_equal(config->vars[0].value, "1");
	assert_int_equal(config->system_var_count, 1);
	assert_int_equal(config->resolvers.count, 1);
	assert_string_equal(config->resolvers.items[0], "10.0.0.2");
	assert_false(config->allow_policy);
	assert_false(config->allow_egress);
	assert_true(string_list_allows(&config->rules_tables, "nat"));
	assert_false(string_list_allows(&config->rules_tables, "filter"));
	assert_false(string_list_allows(&config->rules_tables, "raw"));
	assert_false(string_list_allows(&config->rules_extensions, "TEE"));
	assert_true(config->forbidden_capabilities & UINT64_C(1) << CAP_NET_RAW);
	assert_true(config->forbidden_capabilities & UINT64_C(1) << CAP_CHOWN);
	assert_int_equal(config->host_network, CONFIG_HOST_NETWORK_REFUSE);
	assert_int_equal(config->ipv6_unfiltered, CONFIG_IPV6_REFUSE);
	assert_int_equal(config->limit_rules, 100);
}

static void test_user_may_not_move_the_state(void **state)
{
	static const char text[] = "{\"state_directory\": \"/tmp/x\"}";
	cleanup_error struct error *error = NULL;

	(void)state;
	assert_null(config_parse_user(text, strlen(text), "user", &error));
}

static void test_owners(void **state)
{
	static const char rootless[] = "         0       1000          1\n         1     100000      65536\n";
	static const char whole[] = "         0          0 4294967295\n";

	(void)state;
	assert_true(trust_owner(0, 0, 65534, whole));
	assert_false(trust_owner(1000, 0, 65534, whole));
	assert_false(trust_owner(65534, 0, 65534, whole));
	assert_true(trust_owner(65534, 0, 65534, rootless));
	assert_false(trust_owner(65533, 0, 65534, rootless));
	assert_false(trust_owner(65534, 0, 65534, ""));
	assert_false(trust_owner(65534, 0, 65534, "rubbish\n"));
	assert_true(trust_owner(1000, 1000, 65534, whole)); /* the user's own, who runs the program */
}

struct place {
	char directory[64];
	char file[96];
	char link[96];
};

static void write_file(const char *path, const char *text)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static int make_place(void **state)
{
	static struct place place;
	char pattern[] = "/tmp/unit-policy-config-XXXXXX";

	assert_non_null(mkdtemp(pattern));
	snprintf(place.directory, sizeof(place.directory), "%s", pattern);
	snprintf(place.file, sizeof(place.file), "%s/config.json", pattern);
	snprintf(place.link, sizeof(place.link), "%s.link", pattern);
	*state = &place;
	return 0;
}

static int remove_place(void **state)
{
	const struct place *place = *state;

	unlink(place->file);
	unlink(place->link);
	rmdir(place->directory);
	return 0;
}

static void test_files(void **state)
{
	const struct place *place = *state;
	cleanup_config struct config *config = NULL;
	cleanup_error struct error *error = NULL;

	config = config_read("/nowhere/at/all", NULL, &error);
	assert_non_null(config);
	config_free(&config);
	config = config_read(place->directory, NULL, &error);
	assert_non_null(config); /* a directory without the file */
	config_free(&config);
	write_file(place->file, "{\"lock_timeout_seconds\": 2}");
	config = config_read(place->directory, NULL, &error);
	assert_non_null(config);
	assert_int_equal(config->lock_timeout_seconds, 2);
	config_free(&config);
	config = config_read("/nowhere/at/all", place->directory, &error);
	assert_non_null(config);
	assert_int_equal(config->lock_timeout_seconds, 2);
	config_free(&config);
	write_file(place->file, "{\"mandatory\": 1}");
	assert_null(config_read(place->directory, NULL, &error));
	assert_non_null(strstr(error_text(error), "/config.json: /mandatory: unknown member"));
}

static void test_files_of_others(void **state)
{
	const struct place *place = *state;
	static const mode_t modes[] = {0620, 0602, 0666};

	for (size_t i = 0; i < ARRAY_LENGTH(modes); i++) {
		cleanup_error struct error *error = NULL;

		write_file(place->file, "{}");
		assert_int_equal(chmod(place->file, modes[i]), 0);
		assert_null(config_read(place->directory, NULL, &error));
		assert_non_null(strstr(error_text(error), "others than its owner can write it"));
		assert_int_equal(chmod(place->file, 0600), 0);
	}
	cleanup_error struct error *open_directory = NULL;
	cleanup_error struct error *linked = NULL;
	cleanup_error struct error *linked_directory = NULL;

	assert_int_equal(chmod(place->directory, 0770), 0);
	assert_null(config_read(place->directory, NULL, &open_directory));
	assert_int_equal(chmod(place->directory, 0700), 0);
	assert_int_equal(symlink(place->directory, place->link), 0);
	assert_null(config_read(place->link, NULL, &linked_directory));
	unlink(place->file);
	assert_int_equal(symlink("/dev/null", place->file), 0);
	assert_null(config_read(place->directory, NULL, &linked));
	assert_non_null(strstr(error_text(linked), "symbolic link"));
}

static void test_file_of_another_user(void **state)
{
	const struct place *place = *state;
	cleanup_error struct error *error = NULL;

	/* Only root can give a file away; tests/run is root, a package's build is not. */
	if (geteuid() != 0)
		skip();
	write_file(place->file, "{}");
	assert_int_equal(chown(place->file, 1234, 0), 0);
	assert_null(config_read(place->directory, NULL, &error));
	assert_non_null(strstr(error_text(error), "belongs to uid 1234"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_capability_numbers),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_extensions),
		cmocka_unit_test(test_user_changes_nothing_by_silence),
		cmocka_unit_test(test_user_narrows_only),
		cmocka_unit_test(test_user_may_not_move_the_state),
		cmocka_unit_test(test_owners),
		cmocka_unit_test_setup_teardown(test_files, make_place, remove_place),
		cmocka_unit_test_setup_teardown(test_files_of_others, make_place, remove_place),
		cmocka_unit_test_setup_teardown(test_file_of_another_user, make_place, remove_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
