/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Input: config.json of the administrator, and after a separator perhaps a user's. The user's only narrows. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "policy/config.h"

#include <string.h>

static void check_narrowed(const struct config *before, const struct config *after)
{
	MUST(after->mandatory_profiles.count >= before->mandatory_profiles.count);
	MUST((after->forbidden_capabilities & before->forbidden_capabilities) == before->forbidden_capabilities);
	MUST(after->limit_rules <= before->limit_rules);
	MUST(after->limit_annotation_bytes <= before->limit_annotation_bytes);
	MUST(before->allow_rules || !after->allow_rules);
	MUST(before->allow_policy || !after->allow_policy);
	MUST(before->allow_egress || !after->allow_egress);
	MUST(before->allow_ingress || !after->allow_ingress);
	MUST(before->allow_profile || !after->allow_profile);
	MUST(before->host_network == CONFIG_HOST_NETWORK_IGNORE || after->host_network == CONFIG_HOST_NETWORK_REFUSE);
	MUST(before->ipv6_unfiltered == CONFIG_IPV6_WARN || after->ipv6_unfiltered == CONFIG_IPV6_REFUSE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_error struct error *error = NULL;
	cleanup_free char *text = fuzz_text(data, size);
	char *separator = memchr(text, FUZZ_SEPARATOR, size);
	size_t length = separator == NULL ? size : (size_t)(separator - text);
	cleanup_config struct config *config = config_parse(text, length, "configuration", &error);
	cleanup_config struct config *before = config_parse(text, length, "configuration", NULL);
	cleanup_config struct config *user = NULL;

	fuzz_check_refusal(config != NULL, error);
	if (config == NULL || separator == NULL)
		return 0;
	user = config_parse_user(separator + 1, size - length - 1, "user", &error);
	fuzz_check_refusal(user != NULL, error);
	if (user == NULL)
		return 0;
	config_narrow(config, user);
	check_narrowed(before, config);
	return 0;
}
