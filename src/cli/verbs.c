/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verb table. */
#include "cli/cli.h"

static const struct cli_option json_only[] = {
	{"--json", NULL, "machine-readable output", false},
	{NULL, NULL, NULL, false},
};

static const struct cli_option gc_options[] = {
	{"--dry-run", NULL, "only say what would be removed", false},
	{"--json", NULL, "machine-readable output", false},
	{NULL, NULL, NULL, false},
};

#define INPUT_OPTIONS                                                                                                  \
	{"--annotation", "KEY=VALUE", "annotation, with or without prefix", true},                                     \
		{"--policy", "FILE", "a policy document, as the annotation policy", false},                            \
		{"--profile", "NAME", "a profile; with a slash, its file", true},                                      \
		{"--rules", "FILE", "rules text, as the annotation rules", false},                                     \
	{                                                                                                              \
		"--bundle", "DIR", "annotations and resolv.conf of an OCI bundle", false                               \
	}

static const struct cli_option render_options[] = {
	INPUT_OPTIONS,
	{"--kernel", NULL, "the tables as they would be committed", false},
	{"--json", NULL, "machine-readable output", false},
	{NULL, NULL, NULL, false},
};

static const struct cli_option check_options[] = {
	INPUT_OPTIONS,
	{"--json", NULL, "machine-readable output", false},
	{NULL, NULL, NULL, false},
};

const struct cli_verb cli_verbs[] = {
	{"list", "", "containers with rules",
	 "One line for each container: its layers, the inode of its network namespace, how many rules it has, how many "
	 "packets they denied, and since when.",
	 json_only, cli_list},
	{"show", "CONTAINER", "layers and rules of a container with live counters",
	 "Each layer's rules as they were written, with the packets and bytes that the kernel counted. Rules that "
	 "denied packets are marked with \"!\", rules that are not in the kernel any more with \"?\".",
	 json_only, cli_show},
	{"render", "", "rules text of each layer, without touching anything",
	 "Needs no privilege and no container. FILE may be - for standard input. Where text asks for the container's "
	 "network, example addresses stand for it.",
	 render_options, cli_render},
	{"check", "", "look for errors in policies, rules and profiles",
	 "Prints every error as FILE:LINE:COLUMN: MESSAGE; exit status 1 on any. Needs no privilege and no container. "
	 "Without options the configuration and its profiles are checked.",
	 check_options, cli_check},
	{"verify", "[CONTAINER]", "compare the kernel with the records",
	 "Says what was removed (-), added (+) or moved since the hook applied the rules, and which running containers "
	 "ask for rules and have none. Exit status 1 on any finding.",
	 json_only, cli_verify},
	{"reapply", "[CONTAINER]", "put recorded layers back where they are gone",
	 "Only containers that run and differ from their record are touched.", json_only, cli_reapply},
	{"why", "[CONTAINER]", "the last refusal or failure of a container",
	 "CONTAINER may be one that was never started; then it is an id, because nobody keeps its name. Without it all "
	 "refusals that are kept are shown, the newest last.",
	 json_only, cli_why},
	{"gc", "", "remove state and rules of containers that are gone",
	 "Records of another boot, of namespaces that are gone, and of containers whose process ended; locks that "
	 "nobody "
	 "needs, and failures older than a week. Live containers are never touched.",
	 gc_options, cli_gc},
	{"doctor", "", "look for what keeps the hook from working",
	 "Kernel, extension modules, hook definitions, configuration and state directory; each line ok or not ok, with "
	 "the mend. Exit status 1 when anything is not ok.",
	 json_only, cli_doctor},
	{NULL, NULL, NULL, NULL, NULL, NULL},
};
