/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what people wrote to layers of rules text: annotations, profiles, endpoint lists and policy documents go in,
 * texts in the language of rules/ come out, in the order in which a packet must pass them. Pure: reads only the
 * profile files and what the caller's functions hand it; knows neither kernel nor libxtables.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "base/error.h"
#include "base/network.h"
#include "policy/config.h"

#include <stdbool.h>
#include <stddef.h>

#define POLICY_ANNOTATION_PREFIX "io.oci-iptables."
/** Layers of one container (interface section 11). */
#define POLICY_MAX_LAYERS 64

enum layer_kind {
	LAYER_MANDATORY, /* a profile of mandatory_profiles */
	LAYER_PROFILE,   /* named by the profile annotation */
	LAYER_DEFAULT,   /* a profile of default_profiles */
	LAYER_EGRESS,
	LAYER_INGRESS,
	LAYER_POLICY,
	LAYER_RULES, /* the rules annotation: stands behind all others of the namespace, ACCEPT works literally */
};

/** One layer. Owns what it points to. */
struct layer {
	enum layer_kind kind;
	char *source; /* for messages and `list`: "profile web", "egress", "rules" */
	char *text;   /* rules text, variables expanded; may hold no rule when the kind is not LAYER_RULES */
	size_t length;
	bool filters;                   /* denies anything: it counts for the CAP_NET_RAW refusal */
	bool accept_refused;            /* "-j ACCEPT" is an error: profiles in rules form */
	bool compiled;                  /* made by the policy compiler, not written by a person */
	bool annotation;                /* untrusted text: the lists below hold for it */
	struct string_list tables;      /* tables it may use; "*" is all */
	struct string_list extensions;  /* matches and targets it may use; "*" is all but set and SET */
	struct string_list nat_targets; /* targets it may use in table nat; empty: no limit beyond extensions */
	bool forward_ipv4;              /* needs net.ipv4.ip_forward in the namespace */
	bool forward_ipv6;              /* needs IPv6 forwarding with accept_ra 2 */
};

struct layer_list {
	struct layer *items;
	size_t count;
};

struct policy_annotation {
	const char *key; /* whole key, with the prefix */
	const char *value;
};

/** What the compiler may ask for; each function is called at most once and only when a layer needs the answer. */
struct policy_source {
	void *context;
	/** Facts of the container's namespace; belong to the source. NULL with @error set when they can't be had. */
	const struct network_facts *(*facts)(void *context, struct error **error);
	/** Text of the container's resolv.conf as config.json mounts it, owned by the caller; NULL with @error set. */
	char *(*resolv_conf)(void *context, struct error **error);
};

struct policy_request {
	const struct config *config;
	const char *container_id;
	const struct policy_annotation *annotations; /* all of the container's; other keys are skipped */
	size_t annotation_count;
	const char *const *profile_directories; /* searched in this order, ends with NULL */
	const char *user_profiles; /* a rootless user's, searched last and never for a name that the system's
				    * configuration demands; or NULL */
	const struct policy_source *source;
};

/**
 * Makes the layers of a container.
 * @ret: owned by the caller (layer_list_free); untouched on failure. Empty when nothing is asked for.
 * @return whether everything was understood and allowed; otherwise @error holds "SOURCE: PLACE: WHAT, MEND"
 */
bool policy_compile(const struct policy_request *request, struct layer_list *ret, struct error **error);

/** Releases the layers and empties the list. */
void layer_list_free(struct layer_list *layers);

#define cleanup_layers __attribute__((cleanup(layer_list_free)))

#endif
