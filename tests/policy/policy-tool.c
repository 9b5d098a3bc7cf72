/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy room without a container: prints the layers that annotations make, or says whether an example file is
 * valid. The network is a made-up one, given by options, so that tests know the answers.
 *
 *     policy-tool print [OPTION...] [KEY=VALUE...]      KEY without the prefix; VALUE of the form @FILE reads a file
 *     policy-tool check policy|config|annotations FILE  exit status 0 valid, 1 not (the reason on stderr)
 *
 *     --config FILE    --profiles DIRECTORY (again for more)    --resolv FILE    --id ID    --unconfigured
 *     --layers         print only kind, source and flags of each layer
 */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "policy/annotations.h"
#include "policy/policy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST ((size_t)32 * 1024 * 1024)

struct setting {
	const char *config_path;
	const char *profiles[8];
	size_t profile_count;
	const char *resolv_path;
	const char *id;
	bool unconfigured;
	bool layers_only;
};

static struct network_interface_address loopback_addresses[2];
static struct network_interface_address ethernet_addresses[3];
static struct network_interface interfaces[2];
static struct network_address gateways[2];
static char gateway_interfaces[2][16] = {"eth0", "eth0"};
static struct network_facts facts;

static struct network_interface_address make_address(const char *text, uint8_t length, bool global)
{
	struct network_interface_address address = {.prefix_length = length, .global = global};

	if (!network_address_parse(text, strlen(text), &address.address))
		abort();
	return address;
}

static void make_facts(bool unconfigured)
{
	loopback_addresses[0] = make_address("127.0.0.1", 8, false);
	loopback_addresses[1] = make_address("::1", 128, false);
	ethernet_addresses[0] = make_address("10.88.0.5", 16, true);
	ethernet_addresses[1] = make_address("fd00:88::5", 64, true);
	ethernet_addresses[2] = make_address("fe80::5", 64, false);
	gateways[0] = make_address("10.88.0.1", 32, true).address;
	gateways[1] = make_address("fd00:88::1", 128, true).address;
	interfaces[0] = (struct network_interface){
		.name = "lo", .loopback = true, .addresses = loopback_addresses, .address_count = 2};
	interfaces[1] = (struct network_interface){.name = "eth0", .addresses = ethernet_addresses, .address_count = 3};
	facts.interfaces = interfaces;
	facts.interface_count = unconfigured ? 1 : 2;
	facts.gateways = gateways;
	facts.gateway_interfaces = gateway_interfaces;
	facts.gateway_count = unconfigured ? 0 : 2;
}

static const struct network_facts *get_facts(void *context, struct error **error)
{
	(void)context;
	(void)error;
	return &facts;
}

static char *get_resolv_conf(void *context, struct error **error)
{
	const struct setting *setting = context;
	char *text = NULL;

	if (setting->resolv_path == NULL)
		return memory_copy_string("nameserver 10.20.0.5\nnameserver fd00:88::35\n");
	file_read_at(AT_FDCWD, setting->resolv_path, MOST, setting->resolv_path, &text, NULL, NULL, error);
	return text;
}

static int fail(struct error *error)
{
	fprintf(stderr, "%s\n", error_text(error));
	error_free(&error);
	return 1;
}

static void print_layer(const struct layer *layer, bool short_form)
{
	static const char *const kinds[] = {"mandatory", "profile", "default", "egress", "ingress", "policy", "rules"};

	printf("# layer %s \"%s\"%s%s%s%s\n", kinds[layer->kind], layer->source, layer->filters ? " filters" : "",
	       layer->forward_ipv4 ? " forward4" : "", layer->forward_ipv6 ? " forward6" : "",
	       layer->accept_refused ? " accept-refused" : "");
	if (!short_form)
		fputs(layer->text, stdout);
}

static int compile(struct setting *setting, const struct policy_annotation *annotations, size_t count, bool print)
{
	cleanup_config struct config *config = config_default();
	cleanup_layers struct layer_list layers = {0};
	struct policy_source source = {.context = setting, .facts = get_facts, .resolv_conf = get_resolv_conf};
	struct error *error = NULL;

	make_facts(setting->unconfigured);
	if (setting->config_path != NULL) {
		cleanup_free char *text = NULL;
		size_t length = 0;

		config_free(&config);
		if (!file_read_at(AT_FDCWD, setting->config_path, MOST, setting->config_path, &text, &length, NULL,
				  &error))
			return fail(error);
		config = config_parse(text, length, setting->config_path, &error);
		if (config == NULL)
			return fail(error);
	}
	const struct policy_request request = {
		.config = config,
		.container_id = setting->id,
		.annotations = annotations,
		.annotation_count = count,
		.profile_directories = setting->profiles,
		.source = &source,
	};

	if (!policy_compile(&request, &layers, &error))
		return fail(error);
	for (size_t i = 0; i < layers.count && print; i++)
		print_layer(&layers.items[i], setting->layers_only);
	return 0;
}

static bool take_option(struct setting *setting, char **argument, char **value)
{
	if (strcmp(*argument, "--unconfigured") == 0) {
		setting->unconfigured = true;
		return true;
	}
	if (strcmp(*argument, "--layers") == 0) {
		setting->layers_only = true;
		return true;
	}
	if (*value == NULL)
		return false;
	if (strcmp(*argument, "--config") == 0)
		setting->config_path = *value;
	else if (strcmp(*argument, "--resolv") == 0)
		setting->resolv_path = *value;
	else if (strcmp(*argument, "--id") == 0)
		setting->id = *value;
	else if (strcmp(*argument, "--profiles") == 0 && setting->profile_count + 1 < ARRAY_LENGTH(setting->profiles))
		setting->profiles[setting->profile_count++] = *value;
	else
		return false;
	*value = NULL; /* taken */
	return true;
}

static int print_main(int count, char **arguments)
{
	struct setting setting = {.id = "0123456789abcdef"};
	static struct policy_annotation annotations[128];
	size_t used = 0;

	for (int i = 0; i < count && arguments[i] != NULL; i++) {
		char *equals = strchr(arguments[i], '=');
		char *value = i + 1 < count ? arguments[i + 1] : NULL;
		struct error *error = NULL;
		char *key = NULL;

		if (strncmp(arguments[i], "--", 2) == 0) {
			bool had = value != NULL;

			if (!take_option(&setting, &arguments[i], &value))
				return 2;
			i += had && value == NULL;
			continue;
		}
		if (equals == NULL || used == ARRAY_LENGTH(annotations) ||
		    asprintf(&key, POLICY_ANNOTATION_PREFIX "%.*s", (int)(equals - arguments[i]), arguments[i]) < 0)
			return 2;
		annotations[used].key = key;
		annotations[used].value = equals + 1;
		if (equals[1] == '@') {
			char *text = NULL;

			if (!file_read_at(AT_FDCWD, &equals[2], MOST, &equals[2], &text, NULL, NULL, &error))
				return fail(error);
			annotations[used].value = text;
		}
		used++;
	}
	return compile(&setting, annotations, used, true);
}

/* An object of strings, as the annotations of config.json are. */
static int check_annotations(const char *text, size_t length)
{
	struct setting setting = {.id = "0123456789abcdef"};
	cleanup_json struct json_document *document = NULL;
	cleanup_free struct policy_annotation *annotations = NULL;
	struct error *error = NULL;
	size_t count = 0;

	document = json_read(text, length, "annotations", &error);
	if (document == NULL)
		return fail(error);
	annotations = memory_allocate(json_top(document)->count + 1, sizeof(*annotations));
	for (const struct json *item = json_top(document)->first; item != NULL; item = item->next) {
		if (item->key == NULL || item->type != JSON_STRING) {
			fprintf(stderr, "annotations: not an object of strings\n");
			return 1;
		}
		annotations[count].key = item->key;
		annotations[count++].value = item->string;
	}
	setting.profiles[0] = getenv("POLICY_TOOL_PROFILES");
	return compile(&setting, annotations, count, false);
}

static int check_policy(const char *text)
{
	struct setting setting = {.id = "0123456789abcdef"};
	const struct policy_annotation annotation = {.key = POLICY_ANNOTATION_PREFIX "policy", .value = text};

	return compile(&setting, &annotation, 1, false);
}

static int check_main(const char *kind, const char *path)
{
	cleanup_config struct config *config = NULL;
	cleanup_free char *text = NULL;
	struct error *error = NULL;
	size_t length = 0;

	if (!file_read_at(AT_FDCWD, path, MOST, path, &text, &length, NULL, &error))
		return fail(error);
	if (strcmp(kind, "annotations") == 0)
		return check_annotations(text, length);
	if (strcmp(kind, "policy") == 0)
		return check_policy(text);
	config = config_parse(text, length, "config.json", &error);
	return config == NULL ? fail(error) : 0;
}

int main(int count, char **arguments)
{
	if (count >= 2 && strcmp(arguments[1], "print") == 0)
		return print_main(count - 2, arguments + 2);
	if (count == 4 && strcmp(arguments[1], "check") == 0)
		return check_main(arguments[2], arguments[3]);
	fprintf(stderr, "usage: policy-tool print [OPTION...] [KEY=VALUE...] | check policy|config|annotations FILE\n");
	return 2;
}
