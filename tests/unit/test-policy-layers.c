/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "policy/names.h"
#include "policy/policy.h"
#include "policy/surroundings.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PREFIX POLICY_ANNOTATION_PREFIX

/* A container with one interface, and how often it was asked about it. */
struct container {
	struct network_interface_address addresses[2];
	struct network_interface interfaces[2];
	struct network_address gateways[1];
	char gateway_interfaces[1][16];
	struct network_facts facts;
	const char *resolv_conf;
	unsigned facts_asked;
	unsigned resolv_conf_asked;
	char directories[2][64];
	const char *list[3];
};

static const struct network_facts *get_facts(void *context, struct error **error)
{
	struct container *container = context;

	(void)error;
	container->facts_asked++;
	return &container->facts;
}

static char *get_resolv_conf(void *context, struct error **error)
{
	struct container *container = context;

	container->resolv_conf_asked++;
	if (container->resolv_conf == NULL) {
		error_set(error, "config.json mounts no resolv.conf");
		return NULL;
	}
	return memory_copy_string(container->resolv_conf);
}

static int make_container(void **state)
{
	struct container *container = memory_allocate(1, sizeof(*container));

	assert_true(network_address_parse("10.88.0.5", 9, &container->addresses[0].address));
	container->addresses[0].prefix_length = 16;
	container->addresses[0].global = true;
	assert_true(network_address_parse("fd00:88::5", 10, &container->addresses[1].address));
	container->addresses[1].prefix_length = 64;
	container->addresses[1].global = true;
	assert_true(network_address_parse("10.88.0.1", 9, &container->gateways[0]));
	memcpy(container->gateway_interfaces[0], "eth0", 5);
	memcpy(container->interfaces[0].name, "lo", 3);
	container->interfaces[0].loopback = true;
	memcpy(container->interfaces[1].name, "eth0", 5);
	container->interfaces[1].addresses = container->addresses;
	container->interfaces[1].address_count = 2;
	container->facts.interfaces = container->interfaces;
	container->facts.interface_count = 2;
	container->facts.gateways = container->gateways;
	container->facts.gateway_interfaces = container->gateway_interfaces;
	container->facts.gateway_count = 1;
	container->resolv_conf = "search example\nnameserver 10.20.0.5\nnameserver fd00:88::35\n";
	for (size_t i = 0; i < ARRAY_LENGTH(container->directories); i++) {
		char pattern[] = "/tmp/unit-policy-layers-XXXXXX";

		assert_non_null(mkdtemp(pattern));
		memcpy(container->directories[i], pattern, sizeof(pattern));
		container->list[i] = container->directories[i];
	}
	*state = container;
	return 0;
}

static void remove_file(const struct container *container, unsigned directory, const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", container->directories[directory], name);
	unlink(path);
}

static int remove_container(void **state)
{
	static const char *const names[] = {"a.json", "a.rules", "b.json", "b.rules", "v.json", "v.rules", "dns.json"};
	struct container *container = *state;

	for (unsigned i = 0; i < ARRAY_LENGTH(container->directories); i++) {
		for (size_t k = 0; k < ARRAY_LENGTH(names); k++)
			remove_file(container, i, names[k]);
		assert_int_equal(rmdir(container->directories[i]), 0);
	}
	free(container);
	return 0;
}

static void write_profile(const struct container *container, unsigned directory, const char *name, const char *text)
{
	char path[160];
	cleanup_close int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", container->directories[directory], name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* @pairs: keys without the prefix and values, ends with NULL */
static bool compile_with(struct container *container, const char *config_text, const char *const *pairs,
			 struct layer_list *ret, struct error **error)
{
	cleanup_config struct config *config = config_parse(config_text, strlen(config_text), "config.json", error);
	struct policy_source source = {.context = container, .facts = get_facts, .resolv_conf = get_resolv_conf};
	struct policy_annotation annotations[16];
	char *keys[16];
	size_t count = 0;
	bool good;

	assert_non_null(config);
	for (; pairs[count * 2] != NULL; count++) {
		cleanup_text struct text key = {0};

		text_printf(&key, PREFIX "%s", pairs[count * 2]);
		keys[count] = text_steal(&key);
		annotations[count].key = keys[count];
		annotations[count].value = pairs[count * 2 + 1];
	}
	annotations[count].key = "org.example.other";
	annotations[count].value = "";

	const struct policy_request request = {
		.config = config,
		.container_id = "0123456789abcdef",
		.annotations = annotations,
		.annotation_count = count + 1,
		.profile_directories = container->list,
		.source = &source,
	};

	good = policy_compile(&request, ret, error);
	for (size_t i = 0; i < count; i++)
		free(keys[i]);
	return good;
}

#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL, NULL})

static void expect_layers(struct container *container, const char *config, const char *const *pairs, const char *wanted)
{
	static const char *const kinds[] = {"mandatory", "profile", "default", "egress", "ingress", "policy", "rules"};
	cleanup_layers struct layer_list layers = {0};
	cleanup_error struct error *error = NULL;
	cleanup_text struct text names = {0};

	if (!compile_with(container, config, pairs, &layers, &error))
		fail_msg("%s", error_text(error));
	for (size_t i = 0; i < layers.count; i++)
		text_printf(&names, "%s%s:%s", i == 0 ? "" : ", ", kinds[layers.items[i].kind], layers.items[i].source);
	assert_string_equal(text_string(&names), wanted);
}

static void expect_error(struct container *container, const char *config, const char *const *pairs, const char *wanted)
{
	cleanup_layers struct layer_list layers = {0};
	cleanup_error struct error *error = NULL;

	assert_false(compile_with(container, config, pairs, &layers, &error));
	assert_non_null(error);
	if (strstr(error_text(error), wanted) == NULL)
		fail_msg("\"%s\" does not hold \"%s\"", error_text(error), wanted);
	assert_null(strchr(error_text(error), '\n'));
	assert_int_equal(layers.count, 0);
}

/* A compiled text without the lines that say what its rules come from. */
static char *without_origins(const char *text)
{
	struct text kept = {0};

	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		length += text[length] == '\n';
		if (strncmp(text, "#: ", 3) != 0)
			text_append_bytes(&kept, text, length);
		text += length;
	}
	return text_steal(&kept);
}

/* Whether the one layer's text holds a line. */
static void expect_text(struct container *container, const char *config, const char *const *pairs, const char *wanted)
{
	cleanup_layers struct layer_list layers = {0};
	cleanup_error struct error *error = NULL;
	cleanup_free char *text = NULL;

	if (!compile_with(container, config, pairs, &layers, &error))
		fail_msg("%s", error_text(error));
	assert_int_equal(layers.count, 1);
	text = without_origins(layers.items[0].text);
	if (strstr(text, wanted) == NULL)
		fail_msg("\"%s\" is not in:\n%s", wanted, text);
}

/* What the rules of the one layer's text are said to come from, a line each. */
static void expect_origins(struct container *container, const char *const *pairs, const char *wanted)
{
	cleanup_layers struct layer_list layers = {0};
	cleanup_error struct error *error = NULL;
	cleanup_text struct text origins = {0};

	if (!compile_with(container, "{}", pairs, &layers, &error))
		fail_msg("%s", error_text(error));
	for (const char *at = layers.items[0].text; (at = strstr(at, "#: ")) != NULL; at++) {
		if (strncmp(at, "#: always", strlen("#: always")) == 0 ||
		    strncmp(at, "#: walk", strlen("#: walk")) == 0)
			continue;
		text_append_bytes(&origins, at + 3, strcspn(at + 3, "\n") + 1);
	}
	assert_string_equal(text_string(&origins), wanted);
}

static const char plain[] = "{\"version\": 1, \"egress\": {\"default\": \"reject\"}}";

static void test_order(void **state)
{
	struct container *container = *state;

	write_profile(container, 0, "a.json", plain);
	write_profile(container, 1, "b.rules", "-A OUTPUT -j DROP");
	expect_layers(container, "{}", PAIRS(NULL, NULL), "");
	expect_layers(
		container, "{\"mandatory_profiles\": [\"b\"], \"default_profiles\": [\"a\"]}",
		PAIRS("rules", "-A OUTPUT -j DROP", "policy", plain, "ingress", "none", "egress", "any"),
		"mandatory:profile b, default:profile a, egress:egress, ingress:ingress, policy:policy, rules:rules");
	expect_layers(container, "{\"mandatory_profiles\": [\"b\"], \"default_profiles\": [\"a\"]}",
		      PAIRS("profile", "a,b"), "mandatory:profile b, profile:profile a, profile:profile b");
	expect_layers(container, "{\"default_profiles\": [\"a\"]}", PAIRS("profile", "b"), "profile:profile b");
}

static void test_administrator(void **state)
{
	struct container *container = *state;

	write_profile(container, 0, "a.json", plain);
	expect_error(container, "{\"allowed_profiles\": [\"b\"]}", PAIRS("profile", "a"), "does not allow \"a\"");
	expect_error(container, "{\"allowed_profiles\": []}", PAIRS("profile", "a"), "does not allow \"a\"");
	expect_error(container, "{\"annotations\": {\"profile\": false}}", PAIRS("profile", "a"),
		     "annotation profile: the administrator does not allow");
	expect_error(container, "{\"annotations\": {\"egress\": false}}", PAIRS("egress", "any"), "annotation egress:");
	expect_error(container, "{\"annotations\": {\"ingress\": false}}", PAIRS("ingress", "any"),
		     "annotation ingress:");
	expect_error(container, "{\"annotations\": {\"policy\": false}}", PAIRS("policy", plain), "annotation policy:");
	expect_error(container, "{\"annotations\": {\"rules\": false}}", PAIRS("rules", "-A OUTPUT -j DROP"),
		     "annotation rules:");
	/* What an administrator's profile is named by does not depend on what annotations may name. */
	expect_layers(container, "{\"mandatory_profiles\": [\"a\"], \"allowed_profiles\": []}", PAIRS(NULL, NULL),
		      "mandatory:profile a");
}

static void test_annotation_keys(void **state)
{
	struct container *container = *state;

	expect_error(container, "{}", PAIRS("egres", "any"), "did you mean \"io.oci-iptables.egress\"?");
	expect_error(container, "{}", PAIRS("host-rules", "x"), "annotation host-rules: reserved");
	expect_error(container, "{}", PAIRS("", "x"), "unknown annotation");
	expect_error(container, "{}", PAIRS("EGRESS", "any"), "unknown annotation");
	expect_error(container, "{}", PAIRS("egress", ""), "annotation egress: empty value");
	expect_error(container, "{}", PAIRS("egress", " \n"), "empty value");
	expect_error(container, "{}", PAIRS("egress", "base64:"), "empty value");
	expect_error(container, "{}", PAIRS("egress", "base64:YQ"), "not base64");
	expect_error(container, "{}", PAIRS("egress", "base64:YQBi"), "NUL");
	expect_error(container, "{}", PAIRS("egress", "base64:/w=="), "not UTF-8");
	expect_error(container, "{}", PAIRS("rules", "\xff"), "not UTF-8");
	expect_error(container, "{}", PAIRS("var.a b", "x"), "not a variable's name");
	expect_error(container, "{}", PAIRS("var.", "x"), "not a variable's name");
	expect_error(container, "{}", PAIRS("var.a", "x y"), "annotation var.a: a variable's value");
	expect_error(container, "{}", PAIRS("var.a", "x\ny"), "annotation var.a: a variable's value");
	expect_error(container, "{}", PAIRS("var.a", "${id}"), "annotation var.a: a variable's value");
	expect_error(container, "{\"limits\": {\"annotation_bytes\": 8}}", PAIRS("egress", "10.0.0.11"),
		     "limit of 8 bytes");
	expect_layers(container, "{\"limits\": {\"annotation_bytes\": 8}}", PAIRS("egress", "10.0.0.1"),
		      "egress:egress");
	expect_layers(container, "{}", PAIRS("egress", "base64:YW55"), "egress:egress");
}

static void test_endpoint_messages(void **state)
{
	static const char *const cases[][2] = {
		{"privat", "egress: item 1 \"privat\": not an address; did you mean \"private\"?"},
		{"10.0.0.1, 443@example.org", "egress: item 2 \"443@example.org\": host names are not looked up"},
		{"10.0.0.1:443",
		 "egress: item 1 \"10.0.0.1:443\": not an address; the port stands before it, 443@10.0.0.1"},
		{"[2001:db8::1]:80-90", "the port stands before it, 80-90@2001:db8::1, in a policy document in ports"},
		{"10.0.0.1:", "not an address, a prefix, a range or one of the words"},
		{"70000@any", "70000 is not a port"},
		{"0@any", "0 is not a port"},
		{"90-80@any", "90-80 ends before it begins"},
		{"443/tpc@any", "\"tpc\" is not a protocol; did you mean \"tcp\"?"},
		{"443/icmp@any", "icmp has no ports"},
		{"443/6@any", "6 has no ports"},
		{"tcp/443@any", "write PORT/PROTOCOL"},
		{"icmp/300@any", "\"300\" is not a type of ICMP"},
		{"icmp/echo-reqest@any", "did you mean \"echo-request\"?"},
		{"icmpv6@any", "\"icmp\" means ICMPv6"},
		{"@any", "nothing stands before the @"},
		{"443@", "not an address"},
		{"1@2@3", "not an address"},
		{"none dns", "none stands alone"},
		{"80@none", "none stands alone"},
		{",", "no item in the list"},
		{"::ffff:10.0.0.1", "IPv4-mapped"},
		{"10.0.0.0/33", "prefix length"},
		{"10.0.0.2-10.0.0.1", "ends before it begins"},
		{"$x", "single $"},
		{"${var:x}", "egress: ${var:x}: not set; give the annotation io.oci-iptables.var.x"},
	};
	struct container *container = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		expect_error(container, "{}", PAIRS("egress", cases[i][0]), cases[i][1]);
	expect_error(container, "{}", PAIRS("ingress", "dns"), "ingress: item 1 \"dns\": dns is a destination");
}

static void test_endpoint_rules(void **state)
{
	static const char *const cases[][2] = {
		{"443/tcp@10.96.0.0/16", "-4 -A egress -d 10.96.0.0/16 -p tcp -m tcp --dport 443 -j RETURN\n"},
		{"443@2001:db8::/32", "-6 -A egress -d 2001:db8::/32 -p tcp -m tcp --dport 443 -j RETURN\n"},
		{"8000-8100/udp@10.0.0.1", "-4 -A egress -d 10.0.0.1/32 -p udp -m udp --dport 8000:8100 -j RETURN\n"},
		{"53/udp@any", "\n-A egress -p udp -m udp --dport 53 -j RETURN\n"},
		{"udp@any", "\n-A egress -p udp -j RETURN\n"},
		{"any", "\n-A egress -j RETURN\n"},
		{"icmp@any", "-4 -A egress -p icmp -j RETURN\n-6 -A egress -p icmpv6 -j RETURN\n"},
		{"icmp/8@10.0.0.1", "-4 -A egress -d 10.0.0.1/32 -p icmp -m icmp --icmp-type 8 -j RETURN\n"},
		{"icmp/echo-request@fd00::1",
		 "-6 -A egress -d fd00::1/128 -p icmpv6 -m icmp6 --icmpv6-type 128 -j RETURN\n"},
		{"9/sctp@10.0.0.1", "-p sctp -m sctp --dport 9 -j RETURN\n"},
		{"9/dccp@10.0.0.1", "-p dccp -m dccp --dport 9 -j RETURN\n"},
		{"192.168.1.1-192.168.1.3", "-4 -A egress -m iprange --dst-range 192.168.1.1-192.168.1.3 -j RETURN\n"},
		{"gateway", "-4 -A egress -d 10.88.0.1/32 -j RETURN\n"},
		{"connected", "-4 -A egress -d 10.88.0.0/16 -j RETURN\n-6 -A egress -d fd00:88::/64 -j RETURN\n"},
		{"metadata", "-4 -A egress -d 168.63.129.16/32 -j RETURN\n"},
		{"private", "-6 -A egress -d 64:ff9b::a00:0/104 -j RETURN\n"},
		{"dns", "-4 -A egress -d 10.20.0.5/32 -p udp -m udp --dport 53 -j RETURN\n"},
		{"dns", "-6 -A egress -d fd00:88::35/128 -p tcp -m tcp --dport 53 -j RETURN\n"},
		{"443@dns", "-4 -A egress -d 10.20.0.5/32 -p udp -m udp --dport 53 -j RETURN\n"},
		{"80@10.0.0.1 443@10.0.0.1",
		 "-4 -A egress -d 10.0.0.1/32 -p tcp -m multiport --dports 80,443 -j RETURN\n"},
		{"80@10.0.0.0 80@10.0.0.1", "-4 -A egress -d 10.0.0.0/31 -p tcp -m tcp --dport 80 -j RETURN\n"},
		{"none", "-A egress -g reject\n"},
		{"80@${ip4}", "-d 10.88.0.5/32 -p tcp -m tcp --dport 80"},
	};
	struct container *container = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		expect_text(container, "{}", PAIRS("egress", cases[i][0]), cases[i][1]);
	expect_text(container, "{}", PAIRS("ingress", "80@10.0.0.1"),
		    "-4 -A ingress -s 10.0.0.1/32 -p tcp -m tcp --dport 80");
}

static void test_origins(void **state)
{
	struct container *container = *state;

	expect_origins(container, PAIRS("egress", "dns, 443@10.0.0.1 80@any\n443@10.0.0.2 443@${ip4}"),
		       "allow item 1\tdns\nallow item 1\tdns\nallow item 3\t80@any\n"
		       "allow items 2, 4, 5\t443@10.0.0.1 443@10.0.0.2 443@10.88.0.5\ndeny egress default\treject\n");
	expect_origins(container, PAIRS("ingress", "none"), "deny ingress default\treject\n");
	/* JSON allows a 0x7f that no rules text may hold. */
	expect_origins(container,
		       PAIRS("policy", "{\"version\": 1, \"egress\": {\"default\": \"drop\", \"rules\": [{\"action\": "
				       "\"allow\", \"comment\": \"a\x7f z\"}]}}"),
		       "allow egress[0]\t{\"action\": \"allow\", \"comment\": \"a  z\"}\ndeny egress default\tdrop\n");
	expect_origins(container,
		       PAIRS("policy",
			     "{\"version\": 1, \"egress\": {\"default\": \"allow\", \"rules\": [\n  {\n"
			     "    \"action\": \"drop\",\n    \"to\": [ \"10.0.0.1\" ]\n  },\n"
			     "{\"action\":\"allow\",\"comment\":\"a }\\\\\\\" ${x\"}]},"
			     "\"redirect\": [{\"direction\": \"egress\", \"protocol\": \"tcp\", \"port\": 80, "
			     "\"to-port\": 81}]}"),
		       "allow redirect[0]\tegress tcp 80 to 81\ndeny egress[0]\t{\"action\": \"drop\", \"to\": "
		       "[\"10.0.0.1\"]}\n"
		       "allow egress[1]\t{\"action\": \"allow\", \"comment\": \"a }\\\\\\\" $${x\"}\n"
		       "allow egress default\tallow\n");
}

static void test_long_origins(void **state)
{
	cleanup_layers struct layer_list layers = {0};
	cleanup_text struct text many = {0};
	const char *line, *end;

	for (unsigned i = 0; i < 60; i++)
		text_printf(&many, "80@10.0.0.%u 81@10.0.1.%u ", i * 2, i * 2);
	assert_true(compile_with(*state, "{}", PAIRS("egress", text_string(&many)), &layers, NULL));
	line = strstr(layers.items[0].text, "#: allow items 1, 3, 5, ");
	assert_non_null(line);
	end = strchr(line, '\n');
	assert_true(end - line < 420);
	assert_memory_equal(end - 4, " ...", 4);
	line = strstr(line, ", ...\t80@10.0.0.0 80@10.0.0.2 ");
	assert_true(line != NULL && line < end);
}

static void test_always_allowed(void **state)
{
	static const char *const output[] = {
		"*filter\n:egress - [0:0]\n:reject - [0:0]\n-A OUTPUT -m conntrack --ctstate ESTABLISHED -j RETURN\n",
		"\n-A OUTPUT -m addrtype --dst-type LOCAL -j RETURN\n",
		"\n-4 -A OUTPUT -p icmp -m conntrack --ctstate RELATED -j RETURN\n",
		"\n-6 -A OUTPUT -p icmpv6 -m conntrack --ctstate RELATED -j RETURN\n",
		"\n-A OUTPUT -p tcp -m tcp --tcp-flags SYN,RST RST -m conntrack --ctstate RELATED -j RETURN\n",
		"\n-6 -A OUTPUT -p icmpv6 -m icmp6 --icmpv6-type 133 -m hl --hl-eq 255 -j RETURN\n",
		"\n-6 -A OUTPUT -p icmpv6 -m icmp6 --icmpv6-type 136 -m hl --hl-eq 255 -j RETURN\n",
		"\n-6 -A OUTPUT -d ff02::/16 -p icmpv6 -m icmp6 --icmpv6-type 143 -j RETURN\n",
		"\n-4 -A OUTPUT -d 255.255.255.255 -p udp -m udp --sport 68 --dport 67 -j RETURN\n",
		"\n-6 -A OUTPUT -d ff02::1:2 -p udp -m udp --sport 546 --dport 547 -j RETURN\n",
		"\n-A OUTPUT -j egress\n",
		"\n-A FORWARD -j egress\n",
	};
	struct container *container = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(output); i++)
		expect_text(container, "{}", PAIRS("egress", "none"), output[i]);
	expect_text(container, "{}", PAIRS("ingress", "none"), "\n-A INPUT -i lo -j RETURN\n");
	expect_text(container, "{}", PAIRS("ingress", "none"), "\n-A FORWARD -j ingress\n");
}

static void test_variables(void **state)
{
	static const char *const cases[][2] = {
		{"-s ${ip4}", "-s 10.88.0.5"},
		{"-s ${ip6}", "-s fd00:88::5"},
		{"-s ${ip4:eth0}", "-s 10.88.0.5"},
		{"-s ${subnet4}", "-s 10.88.0.0/16"},
		{"-s ${subnet6}", "-s fd00:88::/64"},
		{"-d ${gateway4}", "-d 10.88.0.1"},
		{"-d ${dns4}", "-d 10.20.0.5"},
		{"-d ${dns6}", "-d fd00:88::35"},
		{"-o ${interface}", "-o eth0"},
		{"${id}", "0123456789abcdef"},
		{"${var:a}${var:b}", "1.2.3.4,5.6.7.8system"},
		{"$$ $${ip4}", "$ ${ip4}"},
	};
	static const char *const wrong[][2] = {
		{"${ip5}", "rules: line 1: ${ip5}: unknown variable; did you mean ${ip4}?"},
		{"\n\n${var:none}", "rules: line 3: ${var:none}: not set"},
		{"${ip4:eth7}", "no global IPv4 address on eth7"},
		{"${gateway6}", "no IPv6 default gateway"},
		{"${}", "unknown variable"},
		{"${ip4", "${ without }"},
		{"$", "single $"},
		{"$(id)", "single $"},
	};
	struct container *container = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		expect_text(container, "{\"vars\": {\"a\": \"9.9.9.9\", \"b\": \"system\"}}",
			    PAIRS("rules", cases[i][0], "var.a", "1.2.3.4,5.6.7.8"), cases[i][1]);
	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++)
		expect_error(container, "{}", PAIRS("rules", wrong[i][0]), wrong[i][1]);
}

static void test_expansion_limit(void **state)
{
	static const char policy[] = "{\"version\": 1, \"egress\": {\"default\": \"drop\", \"rules\": "
				     "[{\"action\": \"drop\", \"to\": [\"${var:a}\", \"${var:a}\"]}]}}";
	struct container *container = *state;

	expect_error(container, "{\"limits\": {\"annotation_bytes\": 40}}",
		     PAIRS("rules", "${var:a}${var:a}${var:a}", "var.a", "0123456789012345678901234567890123456789"),
		     "limit of 40 bytes after its variables are expanded");
	expect_error(container, "{\"limits\": {\"annotation_bytes\": 120}}",
		     PAIRS("policy", policy, "var.a",
			   "10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5,10.0.0.6,10.0.0.7,10.0.0.8"),
		     "policy: /egress/rules/0/to/1: the document is longer than the limit of 120 bytes");
}

static void test_port_redirected_twice(void **state)
{
	static const char policy[] =
		"{\"version\": 1, \"redirect\": ["
		"{\"direction\": \"egress\", \"protocol\": \"tcp\", \"port\": 80, \"to-port\": 81},"
		"{\"direction\": \"ingress\", \"protocol\": \"tcp\", \"port\": 80, \"to-port\": 82},"
		"{\"direction\": \"egress\", \"protocol\": \"tcp\", \"port\": 80, \"to-port\": 83}]}";
	static const char forwarded[] =
		"{\"version\": 1, \"forward\": [{\"protocol\": \"tcp\", \"port\": 80, \"to\": \"192.0.2.7:80\"}], "
		"\"redirect\": [{\"direction\": \"egress\", \"protocol\": \"tcp\", \"port\": 80, \"to-port\": 81}, "
		"{\"direction\": \"ingress\", \"protocol\": \"tcp\", \"port\": 80, \"to-port\": 81}]}";
	struct container *container = *state;

	expect_error(container, "{}", PAIRS("policy", policy),
		     "policy: /redirect/2: this port is redirected by /redirect/0 already");
	expect_error(container, "{}", PAIRS("policy", forwarded),
		     "policy: /redirect/1: this port is forwarded by /forward/0 already");
}

static void test_interface_names(void **state)
{
	struct container *container = *state;

	memcpy(container->gateway_interfaces[0], "a;-j", 5);
	expect_error(container, "{}", PAIRS("rules", "-o ${interface}"), "cannot stand in a rule");
}

static void test_not_configured(void **state)
{
	static const char *const texts[] = {"gateway", "connected", "${ip4}", "${gateway4}", "${subnet6}"};
	struct container *container = *state;

	container->facts.gateway_count = 0;
	container->facts.interface_count = 1;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		expect_error(container, "{}", PAIRS("egress", texts[i]),
			     "network not configured yet; use fixed addresses");
	expect_layers(container, "{}", PAIRS("egress", "10.0.0.1 dns private"), "egress:egress");
}

static void test_asked_once(void **state)
{
	static const char policy[] = "{\"version\": 1, \"egress\": {\"default\": \"drop\", \"rules\": [{\"action\": "
				     "\"allow\", \"to\": [\"dns\", \"connected\"]}]}}";
	struct container *container = *state;

	expect_layers(container, "{}", PAIRS("egress", "dns gateway", "policy", policy),
		      "egress:egress, policy:policy");
	assert_int_equal(container->facts_asked, 1);
	assert_int_equal(container->resolv_conf_asked, 1);
	expect_layers(container, "{}", PAIRS("egress", "10.0.0.1"), "egress:egress");
	assert_int_equal(container->facts_asked, 1);
	assert_int_equal(container->resolv_conf_asked, 1);
}

static void test_resolv_conf(void **state)
{
	struct network_address found[CONFIG_MAX_RESOLVERS];
	struct container *container = *state;

	assert_int_equal(resolvers_parse("", found), 0);
	assert_int_equal(resolvers_parse("nameserver\nnameserverx 10.0.0.1\n#nameserver 10.0.0.1\n", found), 0);
	assert_int_equal(resolvers_parse("nameserver 1.1.1.1\nnameserver\t2.2.2.2 # two\nnameserver fe80::1%eth0\n"
					 "nameserver 4.4.4.4",
					 found),
			 3);
	assert_int_equal(found[1].bytes[0], 2);
	assert_int_equal(found[2].family, AF_INET6);
	container->resolv_conf = "search example\n";
	expect_error(container, "{}", PAIRS("egress", "dns"),
		     "egress: dns: the container's resolv.conf names no resolver");
	container->resolv_conf = NULL;
	expect_error(container, "{}", PAIRS("egress", "dns"), "config.json mounts no resolv.conf");
}

static void test_profiles(void **state)
{
	struct container *container = *state;

	expect_error(container, "{}", PAIRS("profile", "a"), "profile a: there is no such profile");
	expect_error(container, "{}", PAIRS("profile", "../a"), "not a profile's name");
	expect_error(container, "{}", PAIRS("profile", ".a"), "not a profile's name");
	expect_error(container, "{}", PAIRS("profile", ", ,"), "names no profile");
	write_profile(container, 0, "a.json", plain);
	expect_error(container, "{}", PAIRS("profile", "a a"), "named twice");
	write_profile(container, 1, "a.json", "{");
	expect_layers(container, "{}", PAIRS("profile", "a"), "profile:profile a"); /* the first directory wins */
	write_profile(container, 0, "a.rules", "-A OUTPUT -j DROP");
	expect_error(container, "{}", PAIRS("profile", "a"), "both a.json and a.rules");
	write_profile(container, 0, "b.json", "{\"version\": 1, \"egres\": {}}");
	expect_error(container, "{}", PAIRS("profile", "b"),
		     "profile b: /egres: unknown member; did you mean \"egress\"?");
	write_profile(container, 0, "b.json", "{\"version\": 1}");
	expect_layers(container, "{}", PAIRS("profile", "b"), "profile:profile b");
}

static void test_profiles_of_others(void **state)
{
	struct container *container = *state;
	char path[160];

	write_profile(container, 0, "a.json", plain);
	snprintf(path, sizeof(path), "%s/a.json", container->directories[0]);
	assert_int_equal(chmod(path, 0664), 0);
	expect_error(container, "{}", PAIRS("profile", "a"), "others than its owner can write it");
	remove_file(container, 0, "a.json");
	assert_int_equal(symlink("/etc/passwd", path), 0);
	expect_error(container, "{}", PAIRS("profile", "a"), "symbolic link");
	remove_file(container, 0, "a.json");
	write_profile(container, 1, "a.json", plain);
	expect_layers(container, "{}", PAIRS("profile", "a"), "profile:profile a");
	/* A first directory that others can write could be given such a file at any time. */
	assert_int_equal(chmod(container->directories[0], 0777), 0);
	expect_error(container, "{}", PAIRS("profile", "a"), "others than its owner can write it");
	assert_int_equal(chmod(container->directories[0], 0700), 0);
}

static void test_rules_profile(void **state)
{
	struct container *container = *state;
	cleanup_layers struct layer_list layers = {0};
	cleanup_error struct error *error = NULL;

	write_profile(container, 0, "a.rules", "-A OUTPUT -d ${dns4} -j RETURN; -A OUTPUT -j DROP");
	assert_true(compile_with(container, "{\"annotations\": {\"rules\": {\"tables\": [\"nat\"]}}}",
				 PAIRS("profile", "a"), &layers, &error));
	assert_string_equal(layers.items[0].text, "-A OUTPUT -d 10.20.0.5 -j RETURN; -A OUTPUT -j DROP");
	assert_true(layers.items[0].accept_refused);
	assert_true(layers.items[0].filters);
	assert_false(layers.items[0].annotation);
	assert_true(string_list_allows(&layers.items[0].tables, "raw"));
	assert_true(string_list_allows(&layers.items[0].extensions, "TEE"));
	assert_int_equal(layers.items[0].nat_targets.count, 0);
}

static void test_rules_annotation(void **state)
{
	struct container *container = *state;
	const char *const *pairs = PAIRS("rules", "*filter\n-A OUTPUT -j DROP\nCOMMIT\n");
	cleanup_layers struct layer_list layers = {0};
	cleanup_layers struct layer_list under = {0};
	cleanup_layers struct layer_list narrow = {0};
	cleanup_error struct error *error = NULL;

	assert_true(compile_with(container, "{}", pairs, &layers, &error));
	assert_true(layers.items[0].annotation);
	assert_false(layers.items[0].accept_refused);
	assert_true(string_list_allows(&layers.items[0].tables, "raw"));
	assert_false(string_list_allows(&layers.items[0].extensions, "TEE"));
	assert_int_equal(layers.items[0].nat_targets.count, 0);

	write_profile(container, 0, "a.json", plain);
	assert_true(compile_with(container, "{\"mandatory_profiles\": [\"a\"]}", pairs, &under, &error));
	assert_int_equal(under.items[1].tables.count, 2);
	assert_true(string_list_allows(&under.items[1].tables, "filter"));
	assert_true(string_list_allows(&under.items[1].tables, "nat"));
	assert_false(string_list_allows(&under.items[1].tables, "mangle"));
	assert_int_equal(under.items[1].nat_targets.count, 3);
	assert_true(
		compile_with(container,
			     "{\"mandatory_profiles\": [\"a\"], \"annotations\": {\"rules\": {\"tables\": [\"raw\", "
			     "\"filter\"]}}}",
			     pairs, &narrow, &error));
	assert_int_equal(narrow.items[1].tables.count, 1);
	assert_string_equal(narrow.items[1].tables.items[0], "filter");
}

/* A container, and a user below the administrator, must not choose what a mandatory profile means. */
static void test_mandatory_scope(void **state)
{
	static const char variable[] =
		"{\"version\": 1, \"egress\": {\"default\": \"reject\", \"rules\": [{\"action\": "
		"\"allow\", \"to\": [\"${var:store}\"]}]}}";
	static const char dns[] = "{\"version\": 1, \"egress\": {\"default\": \"reject\", \"rules\": [{\"action\": "
				  "\"allow\", \"to\": [\"dns\"]}]}}";
	struct container *container = *state;

	write_profile(container, 0, "v.json", variable);
	write_profile(container, 0, "dns.json", dns);
	expect_error(
		container, "{\"mandatory_profiles\": [\"v\"]}", PAIRS("var.store", "6.6.6.6"),
		"profile v: /egress/rules/0/to/0: ${var:store}: not set; mandatory and default profiles read only");
	expect_error(container, "{\"default_profiles\": [\"v\"]}", PAIRS("var.store", "6.6.6.6"), "not set; mandatory");
	expect_text(container, "{\"mandatory_profiles\": [\"v\"], \"vars\": {\"store\": \"10.0.0.1\"}}",
		    PAIRS("var.store", "6.6.6.6"), "-d 10.0.0.1/32 -j RETURN");
	expect_text(container, "{\"vars\": {\"store\": \"10.0.0.1\"}}", PAIRS("profile", "v", "var.store", "6.6.6.6"),
		    "-d 6.6.6.6/32 -j RETURN");
	expect_error(container, "{\"mandatory_profiles\": [\"dns\"]}", PAIRS(NULL, NULL), "no resolver is known; set");
	expect_text(container, "{\"mandatory_profiles\": [\"dns\"], \"resolvers\": [\"10.0.0.53\"]}", PAIRS(NULL, NULL),
		    "-d 10.0.0.53/32 -p udp -m udp --dport 53 -j RETURN");
	assert_int_equal(container->resolv_conf_asked, 0);
}

static void test_filters(void **state)
{
	static const struct {
		const char *policy;
		bool filters, ipv4, ipv6, empty;
	} cases[] = {
		{"{\"version\": 1}", false, false, false, true},
		{"{\"version\": 1, \"egress\": {\"default\": \"allow\"}}", false, false, false, true},
		{"{\"version\": 1, \"egress\": {\"default\": \"drop\"}}", true, false, false, false},
		{"{\"version\": 1, \"ingress\": {\"default\": \"allow\", \"rules\": [{\"action\": \"drop\", \"from\": "
		 "[\"10.0.0.1\"]}]}}",
		 true, false, false, false},
		{"{\"version\": 1, \"egress\": {\"default\": \"allow\", \"rules\": [{\"action\": \"allow\", \"log\": "
		 "true}]}}",
		 false, false, false, false},
		{"{\"version\": 1, \"forward\": [{\"protocol\": \"tcp\", \"port\": 1, \"to\": \"1.2.3.4:2\"}]}", true,
		 true, false, false},
		{"{\"version\": 1, \"forward\": [{\"protocol\": \"tcp\", \"port\": 1, \"to\": \"[fd00::1]:2\"}]}", true,
		 false, true, false},
		{"{\"version\": 1, \"redirect\": [{\"direction\": \"ingress\", \"protocol\": \"tcp\", \"port\": 1, "
		 "\"to-port\": 2}]}",
		 false, false, false, false},
	};
	struct container *container = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		cleanup_layers struct layer_list layers = {0};
		cleanup_error struct error *error = NULL;

		assert_true(compile_with(container, "{}", PAIRS("policy", cases[i].policy), &layers, &error));
		assert_int_equal(layers.items[0].filters, cases[i].filters);
		assert_int_equal(layers.items[0].forward_ipv4, cases[i].ipv4);
		assert_int_equal(layers.items[0].forward_ipv6, cases[i].ipv6);
		assert_int_equal(layers.items[0].length == 0, cases[i].empty);
		assert_int_equal(layers.items[0].length, strlen(layers.items[0].text));
		assert_true(layers.items[0].compiled);
	}
}

/* Any layer's forward entry opens the FORWARD chain of a layer that has one. */
static void test_forward_of_two_layers(void **state)
{
	static const char policy[] =
		"{\"version\": 1, \"forward\": [{\"protocol\": \"udp\", \"port\": 5, \"to\": \"5.6.7.8:6\"}]}";
	struct container *container = *state;
	cleanup_layers struct layer_list layers = {0};
	cleanup_error struct error *error = NULL;

	write_profile(container, 0, "a.json",
		      "{\"version\": 1, \"forward\": [{\"protocol\": \"tcp\", \"port\": 1, \"to\": \"1.2.3.4:2\"}]}");
	assert_true(compile_with(container, "{}", PAIRS("profile", "a", "policy", policy), &layers, &error));
	for (size_t i = 0; i < 2; i++) {
		assert_non_null(strstr(layers.items[i].text, "-A FORWARD -d 1.2.3.4 -p tcp"));
		assert_non_null(strstr(layers.items[i].text, "-A FORWARD -d 5.6.7.8 -p udp"));
	}
	assert_null(strstr(layers.items[0].text, "-A PREROUTING ! -i lo -p udp"));
}

static void test_layer_limit(void **state)
{
	struct container *container = *state;
	cleanup_text struct text config = {0};

	write_profile(container, 0, "a.json", plain);
	text_append(&config, "{\"mandatory_profiles\": [\"a\"");
	for (int i = 1; i < POLICY_MAX_LAYERS; i++) {
		char name[32], path[160], target[160];

		snprintf(name, sizeof(name), "n%d", i);
		text_printf(&config, ", \"%s\"", name);
		snprintf(path, sizeof(path), "%s/%s.json", container->directories[0], name);
		snprintf(target, sizeof(target), "%s/a.json", container->directories[0]);
		assert_int_equal(link(target, path), 0);
	}
	text_append(&config, "]}");

	cleanup_layers struct layer_list layers = {0};
	cleanup_error struct error *error = NULL;

	assert_true(compile_with(container, text_string(&config), PAIRS(NULL, NULL), &layers, &error));
	assert_int_equal(layers.count, POLICY_MAX_LAYERS);
	expect_error(container, text_string(&config), PAIRS("egress", "any"), "egress: more than 64 layers");
	for (int i = 1; i < POLICY_MAX_LAYERS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "n%d.json", i);
		remove_file(container, 0, name);
	}
}

static void append_list(struct text *text, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		text_printf(text, "%s11.%u.%u.%u", i == 0 ? "" : " ", i >> 14, i >> 7 & 0x7f, (i & 0x7f) * 2);
}

static size_t count_lines(const char *text, const char *front)
{
	size_t count = 0;

	for (const char *at = text; (at = strstr(at, front)) != NULL; at++)
		count++;
	return count;
}

static void test_long_lists(void **state)
{
	static const unsigned sizes[] = {10, 1000, 10000};
	struct container *container = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
		cleanup_layers struct layer_list layers = {0};
		cleanup_error struct error *error = NULL;
		cleanup_text struct text list = {0};
		size_t rules;

		append_list(&list, sizes[i]);
		assert_true(compile_with(container, "{}", PAIRS("egress", text_string(&list)), &layers, &error));
		assert_int_equal(count_lines(layers.items[0].text, "/32 -j RETURN\n"), sizes[i]);
		rules = count_lines(layers.items[0].text, "-A ");
		assert_true(rules < sizes[i] + 250);
		assert_true(count_lines(layers.items[0].text, "\n:") < 120);
	}
}

static void test_rule_limit(void **state)
{
	struct container *container = *state;
	cleanup_text struct text policy = {0};
	const char *separator = "";

	expect_error(container, "{\"limits\": {\"rules\": 30}}",
		     PAIRS("egress", "1.1.1.1 2.2.2.2 3.3.3.3 4.4.4.4 5.5.5.5 6.6.6.6"),
		     "egress: takes more than the limit of 30 rules");
	/* A product of lists in every rule: shared conditions end with the chains, the limit ends the rest. */
	text_append(&policy, "{\"version\": 1, \"egress\": {\"default\": \"drop\", \"rules\": [");
	for (int i = 0; i < 60; i++, separator = ",") {
		text_printf(&policy, "%s{\"action\": \"allow\", \"protocol\": \"tcp\", \"to\": [\"", separator);
		append_list(&policy, 200);
		text_append(&policy, "\"], \"ports\": [\"1");
		for (unsigned port = 3; port < 1000; port += 2)
			text_printf(&policy, ",%u", port);
		text_append(&policy, "\"]}");
	}
	text_append(&policy, "]}}");
	expect_error(container, "{}", PAIRS("policy", text_string(&policy)), "policy: takes more than the limit");
}

static void test_shared_conditions(void **state)
{
	struct container *container = *state;

	expect_text(container, "{}",
		    PAIRS("policy",
			  "{\"version\": 1, \"egress\": {\"default\": \"reject\", \"rules\": [{\"action\": \"allow\", "
			  "\"protocol\": \"tcp\", \"to\": [\"10.0.0.1\", \"10.0.0.3\", \"10.0.0.5\", \"10.0.0.7\"], "
			  "\"ports\": [\"1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31\"]}]}}"),
		    "-4 -A egress -p tcp -m multiport --dports 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29 -g egress-2\n"
		    "-4 -A egress -p tcp -m tcp --dport 31 -g egress-2\n"
		    "-4 -A egress-2 -d 10.0.0.1/32 -j RETURN\n");
}

static void test_ids(void **state)
{
	struct container *container = *state;
	const char *logged = "{\"version\": 1, \"egress\": {\"default\": \"drop\"}, \"log\": {\"denied\": true}}";

	expect_text(container, "{}", PAIRS("policy", logged),
		    "--nflog-group 100 --nflog-prefix \"oci-iptables:0123456789ab:egress\"\n");
}

int main(void)
{
#define WITH_CONTAINER(test) cmocka_unit_test_setup_teardown(test, make_container, remove_container)
	const struct CMUnitTest tests[] = {
		WITH_CONTAINER(test_order),
		WITH_CONTAINER(test_administrator),
		WITH_CONTAINER(test_annotation_keys),
		WITH_CONTAINER(test_endpoint_messages),
		WITH_CONTAINER(test_endpoint_rules),
		WITH_CONTAINER(test_origins),
		WITH_CONTAINER(test_long_origins),
		WITH_CONTAINER(test_always_allowed),
		WITH_CONTAINER(test_variables),
		WITH_CONTAINER(test_expansion_limit),
		WITH_CONTAINER(test_interface_names),
		WITH_CONTAINER(test_port_redirected_twice),
		WITH_CONTAINER(test_not_configured),
		WITH_CONTAINER(test_asked_once),
		WITH_CONTAINER(test_resolv_conf),
		WITH_CONTAINER(test_profiles),
		WITH_CONTAINER(test_profiles_of_others),
		WITH_CONTAINER(test_rules_profile),
		WITH_CONTAINER(test_rules_annotation),
		WITH_CONTAINER(test_mandatory_scope),
		WITH_CONTAINER(test_filters),
		WITH_CONTAINER(test_forward_of_two_layers),
		WITH_CONTAINER(test_layer_limit),
		WITH_CONTAINER(test_long_lists),
		WITH_CONTAINER(test_rule_limit),
		WITH_CONTAINER(test_shared_conditions),
		WITH_CONTAINER(test_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
