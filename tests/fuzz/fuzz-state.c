/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Input: a state JSON, as a runtime writes it to the hook's standard input. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "oci/container.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_error struct error *error = NULL;
	cleanup_free char *text = fuzz_text(data, size);
	cleanup_container struct container *container = oci_read_state(text, size, &error);
	cleanup_free char *id = oci_guess_id(text, size);

	fuzz_check_refusal(container != NULL, error);
	MUST(id == NULL || (id[0] != '\0' && text_is_utf8(id, strlen(id))));
	if (container == NULL)
		return 0;
	MUST(container->id[0] != '\0' && container->bundle[0] == '/' && container->pid >= 0);
	for (size_t i = 0; i < container->annotation_count; i++)
		MUST(container_annotation(container, container->annotations[i].key) == container->annotations[i].value);
	return 0;
}
