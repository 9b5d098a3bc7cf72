/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the processes that meet hostile text take from themselves, beyond capabilities (privileges.h): system calls
 * (seccomp), files (Landlock) and resources. It is a second fence: no promise of the hook rests on it alone, and where
 * the kernel has neither, the hook works without.
 */
#ifndef KERNEL_CONFINE_H
#define KERNEL_CONFINE_H

#include "base/error.h"

#include <stdbool.h>

/**
 * For a process that is about to read rules text with libxtables, after privileges_drop_root(). It can then read and
 * write what is open, open files for reading below the directory of the modules' libraries and /etc, map modules, ask
 * for memory, fork without anything shared, and end; it cannot make a socket, run a program, write to a file, signal,
 * trace, mount or enter a namespace: that ends it with SIGSYS. Memory, descriptors and processor time are limited.
 * @return whether the process is confined as far as the kernel can; false with @error set when it refuses
 */
bool confine_parser(struct error **error);

/** The last step of a process that parses: it can't fork any more. */
void confine_parser_alone(void);

/** The same for a process that prints rules with libxtables, into a file in memory. */
bool confine_printer(struct error **error);

/**
 * For a worker that has entered its namespace and opened all that it will write to, before it reads what a parser
 * sends. It can then replace tables, lock what is open, and fork the process that diagnoses; it can't run programs,
 * connect or send, signal, trace, mount, or open files for writing, except, when @sets_sysctls, those that are below
 * /proc/sys/net.
 * @return as confine_parser()
 */
bool confine_worker(bool sets_sysctls, struct error **error);

/**
 * How a confined process ended, for an error message.
 * @param status: of wait()
 * @return as in "made a system call that it may not"; a static string, valid until the next call
 */
const char *confine_explain_end(int status);

#endif
