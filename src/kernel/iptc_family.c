/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/iptc_family.h"

#include "base/cleanup.h"
#include "config-paths.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* The functions of libiptc that are used, without the prefix of their family. */
#define FUNCTIONS(X, lower)                                                                                            \
	X(lower, init)                                                                                                 \
	X(lower, free)                                                                                                 \
	X(lower, commit)                                                                                               \
	X(lower, is_chain)                                                                                             \
	X(lower, create_chain)                                                                                         \
	X(lower, delete_chain)                                                                                         \
	X(lower, flush_entries)                                                                                        \
	X(lower, append_entry)                                                                                         \
	X(lower, insert_entry)                                                                                         \
	X(lower, delete_num_entry)                                                                                     \
	X(lower, first_rule)                                                                                           \
	X(lower, next_rule)                                                                                            \
	X(lower, get_target)                                                                                           \
	X(lower, first_chain)                                                                                          \
	X(lower, next_chain)                                                                                           \
	X(lower, strerror)

#define DECLARE(lower, name) static __typeof__(lower##_##name) *loaded_##lower##_##name;
#define FIND(lower, name) {#lower "_" #name, (void **)(void *)&loaded_##lower##_##name},

FUNCTIONS(DECLARE, iptc)
FUNCTIONS(DECLARE, ip6tc)

struct symbol {
	const char *name;
	void **place;
};

/* Defines the functions of one family, in types that both have in common. */
#define DEFINE_FAMILY(lower, entry_type)                                                                               \
	static struct xtc_handle *lower##_open(const char *table)                                                      \
	{                                                                                                              \
		return loaded_##lower##_init(table);                                                                   \
	}                                                                                                              \
	static void lower##_close(struct xtc_handle *handle)                                                           \
	{                                                                                                              \
		loaded_##lower##_free(handle);                                                                         \
	}                                                                                                              \
	static int lower##_replace(struct xtc_handle *handle)                                                          \
	{                                                                                                              \
		return loaded_##lower##_commit(handle);                                                                \
	}                                                                                                              \
	static int lower##_has(const char *chain, struct xtc_handle *handle)                                           \
	{                                                                                                              \
		return loaded_##lower##_is_chain(chain, handle);                                                       \
	}                                                                                                              \
	static int lower##_create(const char *chain, struct xtc_handle *handle)                                        \
	{                                                                                                              \
		return loaded_##lower##_create_chain(chain, handle);                                                   \
	}                                                                                                              \
	static int lower##_delete(const char *chain, struct xtc_handle *handle)                                        \
	{                                                                                                              \
		return loaded_##lower##_delete_chain(chain, handle);                                                   \
	}                                                                                                              \
	static int lower##_flush(const char *chain, struct xtc_handle *handle)                                         \
	{                                                                                                              \
		return loaded_##lower##_flush_entries(chain, handle);                                                  \
	}                                                                                                              \
	static int lower##_append(const char *chain, const void *entry, struct xtc_handle *handle)                     \
	{                                                                                                              \
		return loaded_##lower##_append_entry(chain, entry, handle);                                            \
	}                                                                                                              \
	static int lower##_insert(const char *chain, const void *entry, unsigned position, struct xtc_handle *handle)  \
	{                                                                                                              \
		return loaded_##lower##_insert_entry(chain, entry, position, handle);                                  \
	}                                                                                                              \
	static int lower##_delete_number(const char *chain, unsigned position, struct xtc_handle *handle)              \
	{                                                                                                              \
		return loaded_##lower##_delete_num_entry(chain, position, handle);                                     \
	}                                                                                                              \
	static const void *lower##_first(const char *chain, struct xtc_handle *handle)                                 \
	{                                                                                                              \
		return loaded_##lower##_first_rule(chain, handle);                                                     \
	}                                                                                                              \
	static const void *lower##_next(const void *before, struct xtc_handle *handle)                                 \
	{                                                                                                              \
		return loaded_##lower##_next_rule(before, handle);                                                     \
	}                                                                                                              \
	static const char *lower##_target(const void *entry, struct xtc_handle *handle)                                \
	{                                                                                                              \
		return loaded_##lower##_get_target(entry, handle);                                                     \
	}                                                                                                              \
	static const char *lower##_first_name(struct xtc_handle *handle)                                               \
	{                                                                                                              \
		return loaded_##lower##_first_chain(handle);                                                           \
	}                                                                                                              \
	static const char *lower##_next_name(struct xtc_handle *handle)                                                \
	{                                                                                                              \
		return loaded_##lower##_next_chain(handle);                                                            \
	}                                                                                                              \
	static const char *lower##_reason(int number)                                                                  \
	{                                                                                                              \
		return loaded_##lower##_strerror(number);                                                              \
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
	}

#define FAMILY_TABLE(number, lower, entry_type, ip_type)                                                               \
	{                                                                                                              \
		.family = (number), .entry_size = sizeof(entry_type), .ip_size = sizeof(ip_type),                      \
		.init = lower##_open, .free = lower##_close, .commit = lower##_replace, .is_chain = lower##_has,       \
		.create_chain = lower##_create, .delete_chain = lower##_delete, .flush = lower##_flush,                \
		.append = lower##_append, .insert = lower##_insert, .delete_number = lower##_delete_number,            \
		.first_rule = lower##_first, .next_rule = lower##_next, .target_name = lower##_target,                 \
		.first_chain = lower##_first_name, .next_chain = lower##_next_name, .strerror = lower##_reason,        \
		.target_offset = lower##_target_offset, .next_offset = lower##_next_offset,                            \
		.set_offsets = lower##_set_offsets,                                                                    \
	}

DEFINE_FAMILY(iptc, struct ipt_entry)
DEFINE_FAMILY(ip6tc, struct ip6t_entry)

const struct iptc_family iptc_ipv4 = FAMILY_TABLE(AF_INET, iptc, struct ipt_entry, struct ipt_ip);
const struct iptc_family iptc_ipv6 = FAMILY_TABLE(AF_INET6, ip6tc, struct ip6t_entry, struct ip6t_ip6);

static bool load(const char *name, const struct symbol *symbols, size_t count, struct error **error)
{
	char path[256];
	void *handle;

	/* Where it was when this was built: the loader need not open its cache. Else by its own list of directories;
	 * the environment is empty by now. */
	snprintf(path, sizeof(path), IPTC_LIBRARY_DIRECTORY "/%s", name);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL)
		handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL)
		return error_set(error, "kernel: %s", dlerror());
	for (size_t i = 0; i < count; i++) {
		*symbols[i].place = dlsym(handle, symbols[i].name);
		if (*symbols[i].place == NULL)
			return error_set(error, "kernel: %s has no function %s", name, symbols[i].name);
	}
	return true;
}

bool iptc_family_load(int family, struct error **error)
{
	static const struct symbol ipv4_symbols[] = {FUNCTIONS(FIND, iptc)};
	static const struct symbol ipv6_symbols[] = {FUNCTIONS(FIND, ip6tc)};
	static bool loaded[2];
	bool *done = &loaded[family == AF_INET6];

	if (!*done)
		*done = family == AF_INET ? load("libip4tc.so.2", ipv4_symbols, ARRAY_LENGTH(ipv4_symbols), error)
					  : load("libip6tc.so.2", ipv6_symbols, ARRAY_LENGTH(ipv6_symbols), error);
	return *done;
}
