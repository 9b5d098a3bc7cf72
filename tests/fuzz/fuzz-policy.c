/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input: a policy document. Rules that are compiled of it are accepted by libxtables, for both families: a string of
 * the document that reached a rule unchecked would be seen here.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "session/texts.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* A document may well be too large for this, which is said so. */
static bool is_limit(const struct fuzz_parsed *parsed)
{
	return strstr(error_text(parsed->error), "more than the limit") != NULL;
}

static void check_parsed(const struct layer_list *layers)
{
	static const int families[] = {AF_INET, AF_INET6};
	cleanup_texts struct session_texts texts = {0};

	session_texts_of_layers(layers, &texts);
	for (size_t i = 0; i < ARRAY_LENGTH(families); i++) {
		struct fuzz_parsed parsed;

		fuzz_parse(texts.items, texts.count, families[i], &parsed);
		if (parsed.result == WIRE_FAILED)
			fprintf(stderr, "%s\n%s\n", error_text(parsed.error), layers->items[0].text);
		MUST(parsed.result == WIRE_DONE || is_limit(&parsed));
		if (parsed.result == WIRE_DONE)
			fuzz_use_ruleset(&parsed.ruleset, texts.count);
		ruleset_free(&parsed.ruleset);
		error_free(&parsed.error);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_error struct error *error = NULL;
	cleanup_layers struct layer_list layers = {0};
	struct fuzz_container container = {.config = config_default(),
					   .text = fuzz_text(data, size),
					   .resolv_conf = "nameserver 192.0.2.1\nnameserver 2001:db8::1\n",
					   .annotation_count = 1};
	bool done;

	container.annotations[0] =
		(struct policy_annotation){.key = POLICY_ANNOTATION_PREFIX "policy", .value = container.text};
	done = fuzz_container_compile(&container, &layers, &error);
	fuzz_check_refusal(done, error);
	if (layers.count > 0)
		check_parsed(&layers);
	fuzz_container_free(&container);
	return 0;
}
