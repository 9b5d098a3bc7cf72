/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions that have no safe use here; meson includes this file before every source, so that a call fails the build.
 * Each has a replacement: text_* and snprintf for strings, parse_* for numbers, process_spawn for programs.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#pragma GCC poison system popen execlp execvp execvpe
#pragma GCC poison strcpy strcat strncat sprintf vsprintf gets stpcpy
#pragma GCC poison atoi atol atoll strtol strtoul strtoll strtoull sscanf
#pragma GCC poison mktemp tmpnam tempnam strtok

#endif
