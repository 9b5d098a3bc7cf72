/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/extensions.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <libiptc/libiptc.h>

#include <libiptc/libip6tc.h>
#include <linux/netfilter/x_tables.h>
#include <xtables.h>

#include "rules/reading.h"

/* "-o +" is any interface: a name whose mask is empty. */
static void forget_any_interface(char *name, const unsigned char *mask)
{
	static const unsigned char none[IFNAMSIZ];

	if (memcmp(mask, none, IFNAMSIZ) == 0)
		memset(name, 0, IFNAMSIZ);
}

/* All that the entry says beside matches and target is zero, masks included. @ip: struct ipt_ip or ip6t_ip6 */
static bool is_unconditional(const struct reading *reading, const void *ip)
{
	static const struct ipt_ip any_ipv4;
	static const struct ip6t_ip6 any_ipv6;

	for (const struct xtables_rule_match *match = reading->matches; match != NULL; match = match->next) {
		if (strcmp(match->match->name, "comment") != 0)
			return false;
	}
	if (reading->family == AF_INET) {
		struct ipt_ip copy;

		memcpy(&copy, ip, sizeof(copy));
		copy.flags &= (uint8_t)~IPT_F_GOTO;
		forget_any_interface(copy.iniface, copy.iniface_mask);
		forget_any_interface(copy.outiface, copy.outiface_mask);
		return memcmp(&copy, &any_ipv4, sizeof(copy)) == 0;
	} else {
		struct ip6t_ip6 copy;

		memcpy(&copy, ip, sizeof(copy));
		copy.flags &= (uint8_t)~IP6T_F_GOTO;
		forget_any_interface(copy.iniface, copy.iniface_mask);
		forget_any_interface(copy.outiface, copy.outiface_mask);
		return memcmp(&copy, &any_ipv6, sizeof(copy)) == 0;
	}
}

/* Puts entry, matches and target behind each other, as the kernel wants them. */
static void *build_entry(const struct reading *reading, const struct xt_entry_target *target, size_t *ret_size)
{
	size_t base = reading->family == AF_INET ? sizeof(struct ipt_entry) : sizeof(struct ip6t_entry);
	size_t target_offset, size, at = base;
	unsigned char *bytes;

	for (const struct xtables_rule_match *match = reading->matches; match != NULL; match = match->next)
		at += match->match->m->u.match_size;
	target_offset = at;
	size = target_offset + target->u.target_size;
	if (size > UINT16_MAX)
		parser_refuse("the rule is larger than the kernel takes");
	bytes = xtables_calloc(1, size);
	memcpy(bytes, &reading->entry, base);
	at = base;
	for (const struct xtables_rule_match *match = reading->matches; match != NULL; match = match->next) {
		memcpy(bytes + at, match->match->m, match->match->m->u.match_size);
		at += match->match->m->u.match_size;
	}
	memcpy(bytes + target_offset, target, target->u.target_size);
	if (reading->family == AF_INET) {
		struct ipt_entry *entry = (struct ipt_entry *)(void *)bytes;

		entry->target_offset = (uint16_t)target_offset;
		entry->next_offset = (uint16_t)size;
		entry->counters = reading->counters;
	} else {
		struct ip6t_entry *entry = (struct ip6t_entry *)(void *)bytes;

		entry->target_offset = (uint16_t)target_offset;
		entry->next_offset = (uint16_t)size;
		entry->counters = reading->counters;
	}
	*ret_size = size;
	return bytes;
}

static void refuse_negated_list(unsigned inversions, unsigned sources, unsigned destinations)
{
	if ((sources > 1 || destinations > 1) && inversions != 0)
		parser_refuse("! not allowed with multiple source or destination IP addresses");
}

/* Addresses of -s or -d, or without one what stands for any. */
static void read_ipv4(const char *text, struct in_addr **ret, struct in_addr **ret_masks, unsigned *ret_count)
{
	if (text != NULL) {
		xtables_ipparse_multiple(text, ret, ret_masks, ret_count);
		return;
	}
	*ret = xtables_calloc(1, sizeof(**ret));
	*ret_masks = xtables_calloc(1, sizeof(**ret_masks));
	*ret_count = 1;
}

static void add_entries_ipv4(struct reading *reading, unsigned char *bytes, size_t size)
{
	struct ipt_entry *entry = (struct ipt_entry *)(void *)bytes;
	struct in_addr *sources, *source_masks, *destinations, *destination_masks;
	unsigned source_count, destination_count;

	reading->host->at_option("-s");
	read_ipv4(reading->sources, &sources, &source_masks, &source_count);
	reading->host->at_option("-d");
	read_ipv4(reading->destinations, &destinations, &destination_masks, &destination_count);
	reading->host->at_option("");
	refuse_negated_list(entry->ip.invflags & (IPT_INV_SRCIP | IPT_INV_DSTIP), source_count, destination_count);
	for (unsigned i = 0; i < source_count; i++) {
		entry->ip.src = sources[i];
		entry->ip.smsk = source_masks[i];
		for (unsigned k = 0; k < destination_count; k++) {
			entry->ip.dst = destinations[k];
			entry->ip.dmsk = destination_masks[k];
			reading->command->unconditional = is_unconditional(reading, &entry->ip);
			reading->host->add_entry(reading->command, bytes, size);
		}
	}
	free(sources);
	free(source_masks);
	free(destinations);
	free(destination_masks);
}

/* Addresses of -s or -d, or without one what stands for any. */
static void read_ipv6(const char *text, struct in6_addr **ret, struct in6_addr **ret_masks, unsigned *ret_count)
{
	if (text != NULL) {
		xtables_ip6parse_multiple(text, ret, ret_masks, ret_count);
		return;
	}
	*ret = xtables_calloc(1, sizeof(**ret));
	*ret_masks = xtables_calloc(1, sizeof(**ret_masks));
	*ret_count = 1;
}

static void add_entries_ipv6(struct reading *reading, unsigned char *bytes, size_t size)
{
	struct ip6t_entry *entry = (struct ip6t_entry *)(void *)bytes;
	struct in6_addr *sources, *source_masks, *destinations, *destination_masks;
	unsigned source_count, destination_count;

	reading->host->at_option("-s");
	read_ipv6(reading->sources, &sources, &source_masks, &source_count);
	reading->host->at_option("-d");
	read_ipv6(reading->destinations, &destinations, &destination_masks, &destination_count);
	reading->host->at_option("");
	refuse_negated_list(entry->ipv6.invflags & (IP6T_INV_SRCIP | IP6T_INV_DSTIP), source_count, destination_count);
	for (unsigned i = 0; i < source_count; i++) {
		entry->ipv6.src = sources[i];
		entry->ipv6.smsk = source_masks[i];
		for (unsigned k = 0; k < destination_count; k++) {
			entry->ipv6.dst = destinations[k];
			entry->ipv6.dmsk = destination_masks[k];
			reading->command->unconditional = is_unconditional(reading, &entry->ipv6);
			reading->host->add_entry(reading->command, bytes, size);
		}
	}
	free(sources);
	free(source_masks);
	free(destinations);
	free(destination_masks);
}

/* A jump to a chain, and a rule without target, are entries with libxtables' "standard" target. */
static void use_standard_target(struct reading *reading)
{
	struct xtables_target *target = xtables_find_target(XT_STANDARD_TARGET, XTF_LOAD_MUST_SUCCEED);
	const char *name = reading->command->target;
	size_t size = XT_ALIGN(sizeof(struct xt_entry_target)) + target->size;

	target->t = xtables_calloc(1, size);
	target->t->u.target_size = (uint16_t)size;
	memcpy(target->t->u.user.name, name, strnlen(name, sizeof(target->t->u.user.name) - 1));
	reading->target = target;
}

void reading_finish(struct reading *reading)
{
	struct rules_command *command = reading->command;
	unsigned char *bytes;
	size_t size;

	for (struct xtables_rule_match *match = reading->matches; match != NULL; match = match->next)
		xtables_option_mfcall(match->match);
	if (reading->target != NULL)
		xtables_option_tfcall(reading->target);
	else if (command->target[0] != '\0' && !command->jump)
		parser_refuse("target or chain \"%s\" does not exist", command->target);
	else
		use_standard_target(reading);
	if (command->is_goto && reading->family == AF_INET)
		reading->entry.ipv4.ip.flags |= IPT_F_GOTO;
	reading->host->check_command(command, (reading->seen & SEEN_INPUT) != 0, (reading->seen & SEEN_OUTPUT) != 0);
	bytes = build_entry(reading, reading->target->t, &size);
	if (command->is_goto && reading->family == AF_INET6)
		((struct ip6t_entry *)(void *)bytes)->ipv6.flags |= IP6T_F_GOTO;
	if (reading->family == AF_INET)
		add_entries_ipv4(reading, bytes, size);
	else
		add_entries_ipv6(reading, bytes, size);
	free(bytes);
}
