/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/iptc_family.h"

/* Defines the functions of one family and the table that points to them. */
#define DEFINE_FAMILY(number, lower, entry_type, ip_type)                                                              \
	static int lower##_append(const char *chain, const void *entry, struct xtc_handle *handle)                     \
	{                                                                                                              \
		return lower##_append_entry(chain, entry, handle);                                                     \
	}                                                                                                              \
	static int lower##_insert(const char *chain, const void *entry, unsigned position, struct xtc_handle *handle)  \
	{                                                                                                              \
		return lower##_insert_entry(chain, entry, position, handle);                                           \
	}                                                                                                              \
	static const void *lower##_first(const char *chain, struct xtc_handle *handle)                                 \
	{                                                                                                              \
		return lower##_first_rule(chain, handle);                                                              \
	}                                                                                                              \
	static const void *lower##_next(const void *before, struct xtc_handle *handle)                                 \
	{                                                                                                              \
		return lower##_next_rule(before, handle);                                                              \
	}                                                                                                              \
	static const char *lower##_target(const void *entry, struct xtc_handle *handle)                                \
	{                                                                                                              \
		return lower##_get_target(entry, handle);                                                              \
	}                                                                                                              \
	static unsigned lower##_target_offset(const void *entry)                                                       \
	{                                                                                                              \
		return ((const entry_type *)entry)->target_offset;                                                     \
	}                                                                                                              \
	static unsigned lower##_next_offset(const void *entry)                                                         \
	{                                                                                                              \
		return ((const entry_type *)entry)->next_offset;                                                       \
	}                                                                                                              \
	static void lower##_set_offsets(void *entry, unsigned target_offset, unsigned next_offset)                     \
	{                                                                                                              \
		((entry_type *)entry)->target_offset = (uint16_t)target_offset;                                        \
		((entry_type *)entry)->next_offset = (uint16_t)next_offset;                                            \
	}                                                                                                              \
	static int lower##_create(const char *chain, struct xtc_handle *handle)                                        \
	{                                                                                                              \
		return lower##_create_chain(chain, handle);                                                            \
	}                                                                                                              \
	static int lower##_delete(const char *chain, struct xtc_handle *handle)                                        \
	{                                                                                                              \
		return lower##_delete_chain(chain, handle);                                                            \
	}                                                                                                              \
	static int lower##_flush(const char *chain, struct xtc_handle *handle)                                         \
	{                                                                                                              \
		return lower##_flush_entries(chain, handle);                                                           \
	}                                                                                                              \
	static int lower##_delete_number(const char *chain, unsigned position, struct xtc_handle *handle)              \
	{                                                                                                              \
		return lower##_delete_num_entry(chain, position, handle);                                              \
	}

#define FAMILY_TABLE(number, lower, entry_type, ip_type)                                                               \
	{                                                                                                              \
		.family = (number), .entry_size = sizeof(entry_type), .ip_size = sizeof(ip_type),                      \
		.init = lower##_init, .free = lower##_free, .commit = lower##_commit, .is_chain = lower##_is_chain,    \
		.create_chain = lower##_create, .delete_chain = lower##_delete, .flush = lower##_flush,                \
		.append = lower##_append, .insert = lower##_insert, .delete_number = lower##_delete_number,            \
		.first_rule = lower##_first, .next_rule = lower##_next, .target_name = lower##_target,                 \
		.first_chain = lower##_first_chain, .next_chain = lower##_next_chain, .strerror = lower##_strerror,    \
		.target_offset = lower##_target_offset, .next_offset = lower##_next_offset,                            \
		.set_offsets = lower##_set_offsets,                                                                    \
	}

DEFINE_FAMILY(AF_INET, iptc, struct ipt_entry, struct ipt_ip)
DEFINE_FAMILY(AF_INET6, ip6tc, struct ip6t_entry, struct ip6t_ip6)

const struct iptc_family iptc_ipv4 = FAMILY_TABLE(AF_INET, iptc, struct ipt_entry, struct ipt_ip);
const struct iptc_family iptc_ipv6 = FAMILY_TABLE(AF_INET6, ip6tc, struct ip6t_entry, struct ip6t_ip6);
