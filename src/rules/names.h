/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs' own getaddrinfo(), getpwnam() and relatives. libxtables and its modules turn words of a rule into
 * addresses and ids with libc's functions, which ask name servers, nscd or LDAP: a privileged hook must not look up
 * names that hostile text hands it. A definition in the executable comes before libc's for every shared object, modules
 * included (ELF symbol search order), so that these answer instead:
 *
 * - host and network names: unknown; addresses as inet_pton() takes them
 * - user and group names: only root, which is 0 everywhere; others mean different numbers on host and in container
 * - services and protocols: the files /etc/services and /etc/protocols, never NSS
 */
#ifndef RULES_NAMES_H
#define RULES_NAMES_H

/** Refers to names.c, so that the linker takes it out of the library; does nothing. */
void rules_names_link(void);

#endif
