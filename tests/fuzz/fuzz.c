/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target of all texts that somebody else wrote. The first byte says who reads the rest, so one corpus serves all
 * readers; what is read twice must come out the same.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "oci/container.h"
#include "policy/policy.h"
#include "rules/lines.h"
#include "state/record.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct network_facts *no_facts(void *context, struct error **error)
{
	(void)context;
	error_set(error, "no network here");
	return NULL;
}

static char *some_resolv_conf(void *context, struct error **error)
{
	(void)context;
	(void)error;
	return memory_copy_string("nameserver 192.0.2.1\nnameserver 2001:db8::1\n");
}

static void compile(const char *key, const char *text, struct config *config)
{
	struct policy_annotation annotations[] = {{.key = key, .value = text},
						  {.key = POLICY_ANNOTATION_PREFIX "var.a", .value = "10.0.0.1,::1"}};
	const char *directories[] = {NULL};
	struct policy_source source = {.facts = no_facts, .resolv_conf = some_resolv_conf};
	struct policy_request request = {.config = config,
					 .container_id = "fuzzed",
					 .annotations = annotations,
					 .annotation_count = 2,
					 .profile_directories = directories,
					 .source = &source};
	cleanup_layers struct layer_list layers = {0};

	policy_compile(&request, &layers, NULL);
}

static void read_lines(const char *text, size_t length)
{
	struct rules_lines lines;
	struct rules_line line;
	bool end = false;
	int family;

	if (!rules_lines_begin(&lines, text, length, NULL))
		return;
	while (rules_lines_next(&lines, &line, &end, NULL) && !end) {
		if (line.kind == LINE_RULE)
			rules_line_family(&line, &family, NULL);
	}
}

static void read_record(const char *text, size_t length)
{
	cleanup_record struct record *record = record_from_json(text, length, "fuzz", NULL);
	cleanup_record struct record *again = NULL;
	cleanup_free char *json = NULL;
	size_t json_length;

	if (record == NULL)
		return;
	json = record_to_json(record, &json_length);
	again = record_from_json(json, json_length, "fuzz", NULL);
	if (again == NULL)
		abort();
}

static void read_container(const char *text, size_t length, bool state)
{
	static const char whole[] =
		"{\"id\":\"a\",\"bundle\":\"/b\",\"annotations\":{\"io.oci-iptables.egress\":\"any\"}}";
	cleanup_container struct container *container =
		oci_read_state(state ? text : whole, state ? length : sizeof(whole) - 1, NULL);

	if (state) {
		free(oci_guess_id(text, length));
		return;
	}
	oci_read_config(container, text, length, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_config struct config *config = NULL;
	cleanup_json struct json_document *document = NULL;
	cleanup_free char *text = NULL;
	size_t length;

	if (size == 0)
		return 0;
	length = size - 1;
	text = malloc(length + 1); /* exact, so that one byte too far is seen */
	if (text == NULL)
		return 0;
	memcpy(text, data + 1, length);
	text[length] = '\0';
	switch (data[0] % 9) {
	case 0:
		document = json_read(text, length, "fuzz", NULL);
		break;
	case 1:
	case 2:
		read_container(text, length, data[0] % 9 == 1);
		break;
	case 3:
		config = config_parse(text, length, "fuzz", NULL);
		break;
	case 4:
	case 5:
	case 6:
		config = config_default();
		compile(data[0] % 9 == 4   ? POLICY_ANNOTATION_PREFIX "egress"
			: data[0] % 9 == 5 ? POLICY_ANNOTATION_PREFIX "policy"
					   : POLICY_ANNOTATION_PREFIX "rules",
			text, config);
		break;
	case 7:
		read_record(text, length);
		break;
	default:
		read_lines(text, length);
		break;
	}
	return 0;
}
