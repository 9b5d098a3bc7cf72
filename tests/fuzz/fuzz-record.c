/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Input: a record of the state directory. What is accepted is written again as it was read. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "kernel/plan.h"
#include "state/record.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_error struct error *error = NULL;
	cleanup_free char *text = fuzz_text(data, size);
	cleanup_record struct record *record = record_from_json(text, size, "record", &error);
	cleanup_record struct record *again = NULL;
	cleanup_free char *once = NULL, *twice = NULL;
	size_t length, again_length;

	fuzz_check_refusal(record != NULL, error);
	if (record == NULL)
		return 0;
	/* The worker removes what a record names: nothing but chains of containers. */
	for (size_t i = 0; i < record->chain_count; i++)
		MUST(text_has_prefix(record->chains[i].name, PLAN_CHAIN_PREFIX));
	once = record_to_json(record, &length);
	again = record_from_json(once, length, "record", NULL);
	MUST(again != NULL);
	twice = record_to_json(again, &again_length);
	MUST(length == again_length && memcmp(once, twice, length) == 0);
	return 0;
}
