/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which chains of the kernel a container's rules become. Names, jumps and order are decided here, apart from the calls
 * that make them.
 *
 *   built-in chain -> oci-iptables-OUTPUT (dispatcher, one per built-in chain, shared by all containers of the
 * namespace)
 *                       -> oi-k3v9x2m4q-p00-OUTPUT   (a container's layer; all policy layers of all containers first)
 *                       -> oi-k3v9x2m4q-r01-OUTPUT   (then all rules layers)
 *                            -> oi-k3v9x2m4q-r01-00mychain   (chains that the layer's author made)
 */
#ifndef KERNEL_PLAN_H
#define KERNEL_PLAN_H

#include "base/error.h"
#include "rules/ruleset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Begins the names of a container's chains, and of dispatchers. */
#define PLAN_CHAIN_PREFIX "oi-"
#define PLAN_DISPATCHER_PREFIX "oci-iptables-"
/** Characters of the digest in a chain's name. */
#define PLAN_DIGEST_LENGTH 9

struct plan_chain {
	uint8_t family;                     /* AF_INET or AF_INET6 */
	uint8_t table;                      /* enum rules_table */
	uint8_t section;                    /* 0: policy layers, 1: rules layers */
	uint8_t filters;                    /* something in it drops or rejects */
	uint8_t final_drop;                 /* ends with DROP after its rules */
	uint16_t layer;                     /* index of the layer */
	uint16_t source;                    /* chain of the ruleset whose rules it gets, or PLAN_NO_CHAIN */
	uint16_t body;                      /* chain of the plan that it jumps to first, or PLAN_NO_CHAIN */
	uint32_t rule_count;                /* rules read back from the kernel */
	uint64_t digest;                    /* of the rules read back */
	char name[RULES_CHAIN_NAME + 1];    /* in the kernel */
	char builtin[RULES_CHAIN_NAME + 1]; /* built-in chain whose dispatcher jumps here, or "" */
	char origin[RULES_CHAIN_NAME + 1];  /* name in the layer's text */
};

#define PLAN_NO_CHAIN UINT16_MAX

struct plan {
	struct plan_chain *chains;
	size_t count;
};

/**
 * Makes the digest that the names of a container's chains begin with.
 * @ret: PLAN_DIGEST_LENGTH characters a-z2-7 and a NUL. Two containers may get the same one; the backend refuses chains
 *	 that exist already, so that this is an error and never a mixture.
 */
void plan_digest(const char *id, const char *bundle, uint64_t cookie, char ret[PLAN_DIGEST_LENGTH + 1]);

/**
 * Plans the chains of a container.
 * @rulesets: one per family
 * @sections: of each layer, 0 or 1
 * @digest: of plan_digest()
 * @ret: owned by the caller (plan_free)
 */
void plan_make(const struct ruleset *rulesets, size_t ruleset_count, const uint8_t *sections, const char *digest,
	       struct plan *ret);

/** @return whether any chain drops or rejects packets */
bool plan_filters(const struct plan *plan);

/** @return the chain of the plan that holds a ruleset's chain @source, or NULL */
const struct plan_chain *plan_find_source(const struct plan *plan, int family, uint16_t source);

/** @return whether the plan has a chain in this table */
bool plan_has_table(const struct plan *plan, int family, enum rules_table table);

/** @return the section (0 or 1) of a chain name of ours, or -1 when it is none */
int plan_name_section(const char *name);

/** Puts the name that stands for all chains of a container into @ret: what those begin with, which ends with a "-". */
void plan_name_of_all(const char *digest, char ret[RULES_CHAIN_NAME + 1]);

/** @return whether @name is @pattern, or one of those that a plan_name_of_all() or PLAN_CHAIN_PREFIX stands for */
bool plan_name_matches(const char *name, const char *pattern);

/** Puts the name of a dispatcher into @ret. */
void plan_dispatcher_name(const char *builtin, char ret[RULES_CHAIN_NAME + 1]);

void plan_free(struct plan *plan);

#define cleanup_plan __attribute__((cleanup(plan_free)))

#endif
