/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input: a container's annotations, endpoint lists and policy documents among them, with configuration and resolv.conf
 * (fuzz_container_read()). What is compiled is well-formed rules text, and is so in normal form.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/lines.h"
#include "rules/render.h"

#include <netinet/in.h>
#include <string.h>

static void check_compiled(const struct layer *layer)
{
	static const int families[] = {AF_INET, AF_INET6};

	for (size_t i = 0; i < ARRAY_LENGTH(families); i++) {
		cleanup_error struct error *error = NULL;
		cleanup_text struct text once = {0}, twice = {0};

		if (!rules_render(layer->text, layer->length, families[i], &once, &error)) {
			MUST(strcmp(error_text(error), "holds no rule") == 0);
			continue;
		}
		if (once.length == 0)
			continue;
		MUST(rules_render(once.data, once.length, families[i], &twice, NULL));
		MUST(strcmp(text_string(&once), text_string(&twice)) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_error struct error *error = NULL;
	cleanup_layers struct layer_list layers = {0};
	struct fuzz_container container;

	if (fuzz_container_read(data, size, &container)) {
		bool done = fuzz_container_compile(&container, &layers, &error);

		fuzz_check_refusal(done, error);
		MUST(layers.count <= POLICY_MAX_LAYERS);
		for (size_t i = 0; i < layers.count; i++) {
			MUST(strlen(layers.items[i].text) == layers.items[i].length);
			if (layers.items[i].compiled)
				check_compiled(&layers.items[i]);
		}
	}
	fuzz_container_free(&container);
	return 0;
}
