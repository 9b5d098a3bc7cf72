/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/names.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static const char *const default_extensions[] = {
	"addrtype", "comment",  "connlimit",  "connmark", "conntrack", "dccp",    "dscp",       "ecn",    "esp",
	"ah",       "frag",     "hl",         "icmp",     "icmp6",     "iprange", "ipv6header", "length", "limit",
	"mac",      "mark",     "multiport",  "owner",    "pkttype",   "quota",   "sctp",       "state",  "statistic",
	"tcp",      "tcpmss",   "time",       "ttl",      "udp",       "ACCEPT",  "DROP",       "REJECT", "RETURN",
	"DNAT",     "REDIRECT", "MASQUERADE", "MARK",     "CONNMARK",  "NFLOG",   "TCPMSS",     NULL,
};

/* In the order of their numbers. */
static const char *const capabilities[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
	NULL,
};

void string_list_add(struct string_list *list, const char *item, size_t length)
{
	/* The list keeps no capacity; it is at its end whenever the count is a power of two. */
	if ((list->count & (list->count - 1)) == 0)
		list->items = memory_resize(list->items, list->count == 0 ? 1 : list->count * 2, sizeof(*list->items));
	list->items[list->count++] = memory_copy_bytes(item, length);
}

bool string_list_contains(const struct string_list *list, const char *item)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i], item) == 0)
			return true;
	}
	return false;
}

bool string_list_allows(const struct string_list *list, const char *item)
{
	return string_list_contains(list, item) || string_list_contains(list, "*");
}

void string_list_copy(struct string_list *list, const struct string_list *from)
{
	for (size_t i = 0; i < from->count; i++)
		string_list_add(list, from->items[i], strlen(from->items[i]));
}

void string_list_intersect(struct string_list *list, const struct string_list *with)
{
	struct string_list both = {0};

	if (string_list_contains(with, "*"))
		return;
	if (string_list_contains(list, "*")) {
		string_list_copy(&both, with);
	} else {
		for (size_t i = 0; i < list->count; i++) {
			if (string_list_contains(with, list->items[i]))
				string_list_add(&both, list->items[i], strlen(list->items[i]));
		}
	}
	string_list_free(list);
	*list = both;
}

void string_list_free(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	list->items = NULL;
	list->count = 0;
}

static bool is_made_of(const char *word, size_t length, const char *others)
{
	for (size_t i = 0; i < length; i++) {
		char at = word[i];

		if ((at < 'a' || at > 'z') && (at < 'A' || at > 'Z') && (at < '0' || at > '9') &&
		    (at == '\0' || strchr(others, at) == NULL))
			return false;
	}
	return true;
}

bool name_is_profile(const char *name, size_t length)
{
	return name_is_variable(name, length) && name[0] != '.';
}

bool name_is_variable(const char *name, size_t length)
{
	return length >= 1 && length <= 64 && is_made_of(name, length, "_.-");
}

bool name_is_value(const char *value, size_t length)
{
	return length >= 1 && is_made_of(value, length, "_.:/,-");
}

bool name_is_interface(const char *name, size_t length)
{
	return length >= 1 && length <= 15 && name[0] != '-' && is_made_of(name, length, "_.:@-");
}

void name_add_default_extensions(struct string_list *list)
{
	for (size_t i = 0; default_extensions[i] != NULL; i++)
		string_list_add(list, default_extensions[i], strlen(default_extensions[i]));
}

int name_capability(const char *name)
{
	for (int i = 0; capabilities[i] != NULL; i++) {
		if (strcmp(capabilities[i], name) == 0)
			return i;
	}
	return -1;
}

const char *const *name_capabilities(void)
{
	return capabilities;
}

size_t name_next_word(const char **at, const char *end)
{
	const char *stop;

	while (*at < end && strchr(" \t\r\n,", **at) != NULL)
		(*at)++;
	for (stop = *at; stop < end && strchr(" \t\r\n,", *stop) == NULL;)
		stop++;
	return (size_t)(stop - *at);
}
