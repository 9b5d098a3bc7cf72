/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules text in one normal form: document form, every rule marked -4 or -6, all of IPv4 before all of IPv6, words
 * quoted only where they must be. What it prints means the same as what it was given, and printing that again changes
 * nothing.
 */
#ifndef RULES_RENDER_H
#define RULES_RENDER_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Appends the rules of one family.
 * @family: AF_INET or AF_INET6
 * @ret: gets nothing when the text holds nothing for the family
 * @return whether the text has the form of rules text; otherwise @error begins with its place
 */
bool rules_render(const char *text, size_t length, int family, struct text *ret, struct error **error);

/** Appends a word, quoted where iptables-restore would otherwise read it as several or as none. */
void rules_render_word(struct text *text, const char *word);

#endif
