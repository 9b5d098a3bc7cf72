/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `render` and `check` are given, as the annotations of a container that does not exist: files and words of the
 * command line, or a bundle. Example addresses of the documentation ranges (RFC 5737, RFC 3849) stand for its network.
 */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include "cli/cli.h"
#include "cli/findings.h"
#include "kernel/trial.h"
#include "policy/config.h"
#include "policy/policy.h"
#include "session/texts.h"

#include <stdbool.h>
#include <stddef.h>

/** Stands for the id of the container. */
#define INPUTS_ID "example"

/** One annotation. */
struct input {
	char *key;   /* with the prefix */
	char *value; /* as the author wrote it; not NULL */
	char *file;  /* that it was read from; NULL: the command line */
	char *whole; /* text of the file, where the value is only a part of it */
	size_t whole_length;
};

/** A profile given as a file, copied to where only this user can write. */
struct input_profile {
	char *name;
	char *file;
	char *copy;
};

struct inputs {
	const struct cli *cli;
	struct config *config;
	bool config_failed; /* a finding says why; the defaults stand for it */
	struct input *items;
	size_t count;
	struct input_profile *profiles;
	size_t profile_count;
	char *profile_directory; /* of the copies, or NULL */
	char *user_directory;    /* ~/.config/oci-iptables, or NULL */
	char *user_profiles;
	char *resolv_conf;               /* path, or NULL */
	bool facts_used, resolvers_used; /* examples stood for them */
};

/**
 * Reads everything that the command line names.
 * @findings: gets what is wrong with the configuration
 * @ret: owned by the caller (inputs_close)
 */
bool inputs_open(const struct cli *cli, struct inputs *ret, struct findings *findings, struct error **error);

void inputs_close(struct inputs *inputs);

#define cleanup_inputs __attribute__((cleanup(inputs_close)))

/**
 * Compiles annotations as the hook would.
 * @annotations: NULL: those of the inputs
 */
bool inputs_compile(struct inputs *inputs, const struct policy_annotation *annotations, size_t count,
		    struct layer_list *ret, struct error **error);

/** Tries layers as the hook would apply them. */
bool inputs_try(const struct inputs *inputs, const struct session_texts *texts, struct trial *ret,
		struct error **error);

/**
 * Looks for every error.
 * @layers, @trial: what came of all inputs together; empty when there are errors. Owned by the caller
 */
void inputs_judge(struct inputs *inputs, struct findings *findings, struct layer_list *layers, struct trial *trial);

/** Says on standard error what examples stood for. */
void inputs_note_examples(const struct inputs *inputs);

#endif
