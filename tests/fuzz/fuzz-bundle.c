/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Input: config.json of a bundle. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "oci/container.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char state[] =
		"{\"ociVersion\":\"1.0.2\",\"id\":\"a\",\"status\":\"creating\",\"pid\":1,\"bundle\":"
		"\"/b\",\"annotations\":{\"io.oci-iptables.egress\":\"any\"}}";
	cleanup_error struct error *error = NULL;
	cleanup_free char *text = fuzz_text(data, size);
	cleanup_container struct container *container = oci_read_state(state, sizeof(state) - 1, NULL);
	const char *egress;
	bool done;

	MUST(container != NULL);
	done = oci_read_config(container, text, size, &error);
	fuzz_check_refusal(done, error);
	egress = container_annotation(container, "io.oci-iptables.egress");
	MUST(egress != NULL && strcmp(egress, "any") == 0);
	return 0;
}
