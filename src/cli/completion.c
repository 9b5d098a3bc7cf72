/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completion scripts for shells, made of the verb table. Containers are asked of `list --json`. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static void print_options(const struct cli_verb *verb)
{
	for (const struct cli_option *option = verb->options; option->name != NULL; option++)
		printf("%s ", option->name);
	fputs("--help --version", stdout);
}

/** Ids that are completed: crun takes nearly any character, and the shell would expand or run some of them. */
#define PLAIN_ID "[A-Za-z0-9_.:@+-]+"

/** What an annotation's key can be, as far as it goes before a name or value of the user's. */
#define ANNOTATIONS "egress= ingress= policy= profile= rules= var."

static bool takes(const struct cli_option *option, const char *argument)
{
	return option->argument != NULL && strcmp(option->argument, argument) == 0;
}

static bool takes_file(const struct cli_option *option)
{
	return takes(option, "FILE");
}

static void print_bash(void)
{
	fputs("# bash completion for oci-iptables\n\n"
	      "_oci_iptables_containers() {\n"
	      "\toci-iptables list --json 2>/dev/null | grep -oE '\"id\": *\"" PLAIN_ID "\"' | sed "
	      "'s/.*\"\\([^\"]*\\)\"$/\\1/'\n"
	      "}\n\n"
	      "_oci_iptables() {\n"
	      "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=\n"
	      "\tCOMPREPLY=()\n"
	      "\tif [[ $COMP_CWORD -eq 1 ]]; then\n"
	      "\t\twords='",
	      stdout);
	for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++)
		printf("%s ", verb->name);
	fputs("--help --version --completion'\n"
	      "\telse\n"
	      "\t\tcase $before in\n"
	      "\t\t\t--policy | --rules) mapfile -t COMPREPLY < <(compgen -f -- \"$word\") && return ;;\n"
	      "\t\t\t--bundle) mapfile -t COMPREPLY < <(compgen -d -- \"$word\") && return ;;\n"
	      "\t\t\t--completion) words='bash zsh fish' ;;\n"
	      "\t\t\t--annotation) words='" ANNOTATIONS "' ;;\n"
	      "\t\t\t*)\n"
	      "\t\t\t\tcase ${COMP_WORDS[1]} in\n",
	      stdout);
	for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
		printf("\t\t\t\t\t%s) words='", verb->name);
		print_options(verb);
		fputc('\'', stdout);
		if (verb->arguments[0] != '\0')
			fputs("\" $(_oci_iptables_containers)\"", stdout);
		fputs(" ;;\n", stdout);
	}
	fputs("\t\t\t\tesac\n"
	      "\t\t\t\t;;\n"
	      "\t\tesac\n"
	      "\tfi\n"
	      "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
	      "}\n\n"
	      "complete -F _oci_iptables oci-iptables\n",
	      stdout);
}

static void print_zsh(void)
{
	fputs("#compdef oci-iptables\n\n"
	      "_oci_iptables_containers() {\n"
	      "\tlocal -a ids\n"
	      "\tids=(${(f)\"$(oci-iptables list --json 2>/dev/null | grep -oE '\"id\": *\"" PLAIN_ID "\"' |\n"
	      "\t\tsed 's/.*\"\\([^\"]*\\)\"$/\\1/')\"})\n"
	      "\tcompadd -a ids\n"
	      "}\n\n"
	      "_oci_iptables_annotations() {\n"
	      "\tcompadd -S '' -- " ANNOTATIONS "\n"
	      "}\n\n"
	      "local -a verbs\nverbs=(\n",
	      stdout);
	for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++)
		printf("\t'%s:%s'\n", verb->name, verb->summary);
	fputs(")\n\nif (( CURRENT == 2 )) || [[ $words[2] == --completion ]]; then\n"
	      "\t(( CURRENT > 2 )) || _describe verb verbs\n"
	      "\t_arguments '--help[usage]' '--version[version]' '--completion[completion script]:shell:(bash zsh "
	      "fish)'\n"
	      "\treturn\nfi\nshift words\n(( CURRENT-- ))\ncase $words[1] in\n",
	      stdout);
	for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
		printf("\t%s) _arguments", verb->name);
		for (const struct cli_option *option = verb->options; option->name != NULL; option++) {
			printf(" '%s%s[%s]", option->repeated ? "*" : "", option->name, option->help);
			if (option->argument != NULL)
				printf(":%s:%s", option->argument,
				       takes_file(option)           ? "_files"
				       : takes(option, "DIR")       ? "_directories"
				       : takes(option, "KEY=VALUE") ? "_oci_iptables_annotations"
								    : "");
			fputc('\'', stdout);
		}
		fputs(" '--help[usage]' '--version[version]'", stdout);
		if (verb->arguments[0] != '\0')
			fputs(" '1:container:_oci_iptables_containers'", stdout);
		fputs(" ;;\n", stdout);
	}
	fputs("esac\n", stdout);
}

static void print_fish(void)
{
	fputs("# fish completion for oci-iptables\n\n"
	      "function __oci_iptables_containers\n"
	      "\toci-iptables list --json 2>/dev/null | string match -rg '\"id\": *\"(" PLAIN_ID ")\"'\n"
	      "end\n\n"
	      "complete -c oci-iptables -f\n"
	      "complete -c oci-iptables -n __fish_use_subcommand -l help -d usage\n"
	      "complete -c oci-iptables -n __fish_use_subcommand -l version -d version\n"
	      "complete -c oci-iptables -n __fish_use_subcommand -l completion -x -a 'bash zsh fish'\n",
	      stdout);
	for (const struct cli_verb *verb = cli_verbs; verb->name != NULL; verb++) {
		printf("complete -c oci-iptables -n __fish_use_subcommand -a %s -d '%s'\n", verb->name, verb->summary);
		for (const struct cli_option *option = verb->options; option->name != NULL; option++)
			printf("complete -c oci-iptables -n '__fish_seen_subcommand_from %s' -l %s%s -d '%s'\n",
			       verb->name, option->name + 2,
			       option->argument == NULL     ? ""
			       : takes_file(option)         ? " -r -F"
			       : takes(option, "DIR")       ? " -x -a '(__fish_complete_directories)'"
			       : takes(option, "KEY=VALUE") ? " -x -a '" ANNOTATIONS "'"
							    : " -x",
			       option->help);
		if (verb->arguments[0] != '\0')
			printf("complete -c oci-iptables -n '__fish_seen_subcommand_from %s' "
			       "-a '(__oci_iptables_containers)'\n",
			       verb->name);
	}
}

bool cli_print_completion(const char *shell)
{
	if (strcmp(shell, "bash") == 0)
		print_bash();
	else if (strcmp(shell, "zsh") == 0)
		print_zsh();
	else if (strcmp(shell, "fish") == 0)
		print_fish();
	else
		return false;
	return true;
}
