/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input: rules text, as far as it is read without libxtables: lines, words, families, the normal form. Rendering what
 * was rendered changes nothing.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/render.h"

#include <netinet/in.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int families[] = {AF_INET, AF_INET6};
	cleanup_free char *text = fuzz_text(data, size);
	size_t offset, length;

	for (size_t i = 0; i < ARRAY_LENGTH(families); i++) {
		cleanup_error struct error *error = NULL;
		cleanup_text struct text once = {0}, twice = {0};
		bool done = rules_render(text, size, families[i], &once, &error);

		fuzz_check_refusal(done, error);
		MUST(done || once.length == 0);
		if (once.length == 0)
			continue;
		MUST(rules_render(once.data, once.length, families[i], &twice, NULL));
		MUST(strcmp(text_string(&once), text_string(&twice)) == 0);
	}
	for (unsigned number = 1; number < 5; number++) {
		if (rules_find_line(text, size, number, &offset, &length))
			MUST(offset <= size && length <= size - offset);
	}
	return 0;
}
