/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input: one byte of flags, then rules texts with separators between them, each a layer of its own. They go through
 * libxtables in a parser process as the hook runs it; what it sends is read and planned as the worker does.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "policy/names.h"

#include <netinet/in.h>
#include <string.h>

enum {
	FLAG_IPV6 = 1,            /* the family */
	FLAG_LISTED = 2,          /* only the extensions that annotations may use by default */
	FLAG_BELOW_MANDATORY = 4, /* only the tables and nat targets beside a mandatory profile */
	FLAG_PROFILE = 8,         /* ACCEPT is refused */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const tables[] = {"filter", "nat", NULL};
	static const char *const nat_targets[] = {"DNAT", "REDIRECT", "MASQUERADE", NULL};
	static struct string_list listed;
	struct rules_text texts[4];
	struct fuzz_parsed parsed;
	cleanup_free char *all = NULL;
	size_t count = 0;
	char *at;

	if (size == 0)
		return 0;
	if (listed.count == 0) {
		name_add_default_extensions(&listed);
		/* The list of strings as rules/ takes it ends with NULL. */
		listed.items = memory_resize(listed.items, listed.count + 1, sizeof(*listed.items));
		listed.items[listed.count] = NULL;
	}
	at = all = fuzz_text(data + 1, size - 1);
	for (char *part = fuzz_next_part(&at); part != NULL && count < ARRAY_LENGTH(texts);
	     part = fuzz_next_part(&at)) {
		texts[count] = (struct rules_text){
			.source = "rules",
			.text = part,
			.length = strlen(part),
			.may_be_empty = count > 0,
			.accept_refused = (data[0] & FLAG_PROFILE) != 0,
			.tables = data[0] & FLAG_BELOW_MANDATORY ? tables : NULL,
			.extensions = data[0] & FLAG_LISTED ? (const char *const *)listed.items : NULL,
			.nat_targets = data[0] & FLAG_BELOW_MANDATORY ? nat_targets : NULL,
		};
		count++;
	}
	fuzz_parse(texts, count, data[0] & FLAG_IPV6 ? AF_INET6 : AF_INET, &parsed);
	if (parsed.result == WIRE_DONE)
		fuzz_use_ruleset(&parsed.ruleset, count);
	ruleset_free(&parsed.ruleset);
	error_free(&parsed.error);
	return 0;
}
