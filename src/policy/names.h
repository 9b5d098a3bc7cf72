/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of words, and which words may be names; shared by the files of this room. */
#ifndef POLICY_NAMES_H
#define POLICY_NAMES_H

#include "policy/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Appends a copy of the @length bytes at @item. */
void string_list_add(struct string_list *list, const char *item, size_t length);

/** @return whether @item stands in the list; "*" stands for nothing else here */
bool string_list_contains(const struct string_list *list, const char *item);

/** @return whether @item or "*" stands in the list */
bool string_list_allows(const struct string_list *list, const char *item);

/** Appends copies of all items of @from. */
void string_list_copy(struct string_list *list, const struct string_list *from);

/** Keeps what both lists allow, "*" being everything. */
void string_list_intersect(struct string_list *list, const struct string_list *with);

/** Releases the items and empties the list. */
void string_list_free(struct string_list *list);

/** @return whether it is a profile's name: 1 to 64 of A-Za-z0-9_.- without a dot in front */
bool name_is_profile(const char *name, size_t length);

/** @return whether it is a variable's name: 1 to 64 of A-Za-z0-9_.- */
bool name_is_variable(const char *name, size_t length);

/** @return whether it may be a variable's value: 1 or more of A-Za-z0-9_.:/,- */
bool name_is_value(const char *value, size_t length);

/**
 * @return whether it is an interface's name that can stand in a rule: 1 to 15 of A-Za-z0-9_.:@- and no '-' in front.
 * The kernel takes more, but a name with a quote or a semicolon would end the rule it stands in.
 */
bool name_is_interface(const char *name, size_t length);

/** Appends the matches and targets that "default" means in `extensions` (interface section 5). */
void name_add_default_extensions(struct string_list *list);

/** @return the number of a capability ("CAP_NET_RAW" is 13), or -1; capabilities(7), Linux 5.14 */
int name_capability(const char *name);

/** @return all names that name_capability() knows, ends with NULL */
const char *const *name_capabilities(void);

/** Steps over blanks and commas to the next word. @return its length, 0 at the end; *@at is set to its begin */
size_t name_next_word(const char **at, const char *end);

#endif
