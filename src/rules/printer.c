/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/printer.h"

#include "base/cleanup.h"
#include "base/network.h"
#include "rules/names.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libiptc/libiptc.h>

#include <libiptc/libip6tc.h>
#include <linux/netfilter/x_tables.h>
#include <xtables.h>

static noreturn void library_refuses(enum xtables_exittype status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static noreturn void library_refuses(enum xtables_exittype status, const char *format, ...)
{
	(void)status;
	(void)format;
	/* What was printed so far counts; the rule at work has no end mark. */
	fflush(stdout);
	_exit(1);
}

/* Every revision that a module knows: the entry says which it is. */
static int any_revision(const char *name, uint8_t revision, int option)
{
	(void)name;
	(void)revision;
	(void)option;
	return 1;
}

static struct option no_options[] = {{.name = NULL}};

static struct xtables_globals globals = {
	.program_name = "oci-iptables",
	.program_version = XTABLES_VERSION,
	.orig_opts = no_options,
	.opts = no_options,
	.exit_err = library_refuses,
	.compat_rev = any_revision,
};

const char *rules_library_version(void)
{
	return XTABLES_VERSION;
}

static bool is_zero(const void *bytes, size_t length)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < length; i++) {
		if (byte[i] != 0)
			return false;
	}
	return true;
}

/* -1 when the mask is none of a prefix */
static int prefix_length(const unsigned char *mask, size_t size)
{
	unsigned length = 0;

	while (length < size * 8 && (mask[length / 8] >> (7 - length % 8) & 1))
		length++;
	for (size_t i = length; i < size * 8; i++) {
		if (mask[i / 8] >> (7 - i % 8) & 1)
			return -1;
	}
	return (int)length;
}

static void print_address(int family, const char *option, bool negated, const void *address, const void *mask)
{
	size_t size = network_address_size(family);
	int length = prefix_length(mask, size);
	char text[INET6_ADDRSTRLEN], mask_text[INET6_ADDRSTRLEN];

	if (!negated && is_zero(address, size) && is_zero(mask, size))
		return;
	inet_ntop(family, address, text, sizeof(text));
	inet_ntop(family, mask, mask_text, sizeof(mask_text));
	if (length >= 0)
		printf("%s %s %s/%d", negated ? " !" : "", option, text, length);
	else
		printf("%s %s %s/%s", negated ? " !" : "", option, text, mask_text);
}

/* The mask is one byte longer than the name when the whole name counts; a shorter one means "+". */
static void print_interface(const char *option, bool negated, const char *name, const unsigned char *mask)
{
	size_t length = 0;

	if (mask[0] == 0)
		return;
	printf("%s %s ", negated ? " !" : "", option);
	while (length < IFNAMSIZ && mask[length] != 0 && name[length] != '\0')
		putchar(name[length++]);
	if (length < IFNAMSIZ && mask[length] == 0)
		putchar('+');
}

static void print_protocol(unsigned protocol, bool negated)
{
	if (protocol == 0)
		return;
	for (size_t i = 0; xtables_chain_protos[i].name != NULL; i++) {
		if (xtables_chain_protos[i].num == protocol) {
			printf("%s -p %s", negated ? " !" : "", xtables_chain_protos[i].name);
			return;
		}
	}
	printf("%s -p %u", negated ? " !" : "", protocol);
}

static void print_head_ipv4(const struct ipt_ip *ip)
{
	print_address(AF_INET, "-s", ip->invflags & IPT_INV_SRCIP, &ip->src, &ip->smsk);
	print_address(AF_INET, "-d", ip->invflags & IPT_INV_DSTIP, &ip->dst, &ip->dmsk);
	print_interface("-i", ip->invflags & IPT_INV_VIA_IN, ip->iniface, ip->iniface_mask);
	print_interface("-o", ip->invflags & IPT_INV_VIA_OUT, ip->outiface, ip->outiface_mask);
	print_protocol(ip->proto, ip->invflags & IPT_INV_PROTO);
	if (ip->flags & IPT_F_FRAG)
		printf("%s -f", ip->invflags & IPT_INV_FRAG ? " !" : "");
}

static void print_head_ipv6(const struct ip6t_ip6 *ip)
{
	print_address(AF_INET6, "-s", ip->invflags & IP6T_INV_SRCIP, &ip->src, &ip->smsk);
	print_address(AF_INET6, "-d", ip->invflags & IP6T_INV_DSTIP, &ip->dst, &ip->dmsk);
	print_interface("-i", ip->invflags & IP6T_INV_VIA_IN, ip->iniface, ip->iniface_mask);
	print_interface("-o", ip->invflags & IP6T_INV_VIA_OUT, ip->outiface, ip->outiface_mask);
	print_protocol(ip->proto, ip->invflags & IP6T_INV_PROTO);
}

static void print_match(const void *ip, const struct xt_entry_match *match)
{
	const char *name = match->u.user.name;
	const struct xtables_match *module =
		xtables_find_match_revision(name, XTF_TRY_LOAD, NULL, match->u.user.revision);

	if (module == NULL || module->save == NULL) {
		/* iptables-save leaves out matches without options too: "-m tcp" of "-p tcp" is one of these. */
		printf(" -m %s", name);
		return;
	}
	printf(" -m %s", module->alias != NULL ? module->alias(match) : name);
	module->save(ip, match);
}

static void print_target(const void *ip, const struct xt_entry_target *target, const char *name, bool is_goto)
{
	const struct xtables_target *module;

	if (name[0] == '\0')
		return;
	module = target->u.user.name[0] == '\0' || strcmp(target->u.user.name, name) != 0
			 ? NULL
			 : xtables_find_target_revision(name, XTF_TRY_LOAD, NULL, target->u.user.revision);
	printf(" -%c %s", is_goto ? 'g' : 'j', module != NULL && module->alias != NULL ? module->alias(target) : name);
	if (module != NULL && module->save != NULL)
		module->save(ip, target);
}

static void print_rule(int family, const struct rules_printable *rule)
{
	const unsigned char *bytes = rule->entry;
	const struct ipt_entry *ipv4 = rule->entry;
	const struct ip6t_entry *ipv6 = rule->entry;
	bool is_ipv4 = family == AF_INET;
	const void *ip = is_ipv4 ? (const void *)&ipv4->ip : (const void *)&ipv6->ipv6;
	size_t target_offset = is_ipv4 ? ipv4->target_offset : ipv6->target_offset;

	if (is_ipv4)
		print_head_ipv4(&ipv4->ip);
	else
		print_head_ipv6(&ipv6->ipv6);
	for (size_t at = is_ipv4 ? sizeof(*ipv4) : sizeof(*ipv6); at < target_offset;) {
		const struct xt_entry_match *match = (const struct xt_entry_match *)(const void *)(bytes + at);

		print_match(ip, match);
		at += match->u.match_size;
	}
	print_target(ip, (const struct xt_entry_target *)(const void *)(bytes + target_offset), rule->target,
		     is_ipv4 ? (ipv4->ip.flags & IPT_F_GOTO) != 0 : (ipv6->ipv6.flags & IP6T_F_GOTO) != 0);
}

noreturn void rules_print(int family, const struct rules_printable *rules, size_t count)
{
	rules_names_link();
	xtables_modprobe_program = "/nonexistent";
	if (xtables_init_all(&globals, family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6) < 0)
		_exit(1);
	for (size_t i = 0; i < count; i++) {
		print_rule(family, &rules[i]);
		putchar('\0');
	}
	fflush(stdout);
	_exit(0);
}
