/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/expected.h"

#include "base/cleanup.h"
#include "config-paths.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/** How much of a text is searched for names of extensions. */
#define AHEAD_BYTES ((size_t)8192)

const struct rules_expected rules_expected[] = {
	{"tcp", false, 0, true},        {"udp", false, 0, true},       {"icmp", false, 0, false},
	{"icmp6", false, 0, false},     {"conntrack", false, 3, true}, {"state", false, 0, true},
	{"addrtype", false, 1, true},   {"comment", false, 0, true},   {"limit", false, 0, true},
	{"multiport", false, 1, true},  {"iprange", false, 1, true},   {"mark", false, 1, true},
	{"owner", false, 1, true},      {"hl", false, 0, false},       {"REJECT", true, 0, false},
	{"NFLOG", true, 0, true},       {"DNAT", true, 3, false},      {"SNAT", true, 2, false},
	{"MASQUERADE", true, 0, false}, {"REDIRECT", true, 0, false},  {"MARK", true, 2, true},
};
const size_t rules_expected_count = ARRAY_LENGTH(rules_expected);

bool rules_expects_in_family(const struct rules_expected *extension, int family)
{
	if (strcmp(extension->name, "icmp") == 0)
		return family == AF_INET;
	if (strcmp(extension->name, "icmp6") == 0 || strcmp(extension->name, "hl") == 0)
		return family == AF_INET6;
	return true;
}

bool rules_mentions(const struct rules_text *texts, size_t count, const struct rules_expected *extension)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = texts[i].length < AHEAD_BYTES ? texts[i].length : AHEAD_BYTES;

		if (memmem(texts[i].text, length, extension->name, strlen(extension->name)) != NULL)
			return true;
	}
	return false;
}

void rules_map_expected(const struct rules_text *texts, size_t count)
{
#if MODULES_REGISTER_ALL_FAMILIES
	for (size_t i = 0; i < rules_expected_count; i++) {
		char path[256];

		if (!rules_expected[i].shared || !rules_mentions(texts, count, &rules_expected[i]))
			continue;
		snprintf(path, sizeof(path), XTABLES_MODULE_DIRECTORY "/libxt_%s.so", rules_expected[i].name);
		/* Its constructor registers what it has for both families; it stays open for the life of the process.
		 */
		(void)dlopen(path, RTLD_NOW);
	}
#else
	(void)texts;
	(void)count;
#endif
}
