/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's entries back to rules as iptables-save(8) writes them. The words of a match or target are its module's
 * to print, and modules may end the process; so this too runs in a child process without privilege (kernel/printers.h).
 */
#ifndef RULES_PRINTER_H
#define RULES_PRINTER_H

#include <stddef.h>
#include <stdnoreturn.h>

/** One rule. The entry must be sound (ruleset_entry_is_sound()) or come from the kernel. */
struct rules_printable {
	const void *entry;  /* struct ipt_entry or ip6t_entry with matches and target */
	const char *target; /* verdict, target or chain; "" for none */
};

/**
 * Prints what stands behind "-A CHAIN" of each rule to standard output, with a NUL behind each, and ends the process.
 * @family: AF_INET or AF_INET6
 */
noreturn void rules_print(int family, const struct rules_printable *rules, size_t count);

/** @return the interface of libxtables that the program was built for: "libxtables.so.12" */
const char *rules_library_version(void);

#endif
