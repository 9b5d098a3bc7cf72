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

/**
 * Finds what the author wrote for one rule.
 * @number: of the line in document form, of the rule in one-line form, as error messages count them; from 1
 * @ret_offset, @ret_length: the rule within @text, without blanks around it; untouched on failure
 * @return whether there is such a line
 */
bool rules_find_line(const char *text, size_t length, unsigned number, size_t *ret_offset, size_t *ret_length);

/** A part of a text. */
struct rules_span {
	size_t offset, length;
};

/**
 * Cuts a text into what error messages count: the lines of a document, empty ones too, or the rules of a one-line text.
 * @ret: owned by the caller (free); without blanks around each; NULL when there is none
 * @ret_document: whether it is a document
 * @return how many
 */
size_t rules_split(const char *text, size_t length, struct rules_span **ret, bool *ret_document);

/** Appends a word, quoted where iptables-restore would otherwise read it as several or as none. */
void rules_render_word(struct text *text, const char *word);

#endif
