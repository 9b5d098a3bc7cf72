/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything below stops at the first error of a text, as a hook must. To tell a person all of them at once, the place
 * that an error names is taken out and the text is judged again; what comes out is never used for anything else.
 */
#ifndef CLI_MEND_H
#define CLI_MEND_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Takes the place of an error out of a text, so that numbers of lines, rules and items and pointers elsewhere stay.
 * @text: NUL-terminated, owned by the caller; replaced by the mended one
 * @message: the error without the name of its source, as findings_add() takes it
 * @return whether the text could be changed; false when nothing behind this error can be judged
 */
bool mend_text(char **text, const char *message);

#endif
