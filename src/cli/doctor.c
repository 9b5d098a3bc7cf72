/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/text.h"
#include "cli/containers.h"
#include "cli/hooks.h"
#include "cli/output.h"
#include "config-paths.h"
#include "kernel/process.h"
#include "kernel/trial.h"
#include "policy/profile.h"
#include "rules/printer.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define PROBE_MILLISECONDS 10000
/** Width of "not ok  ". */
#define INDENT 8
/** SO_NETNS_COOKIE came with it. */
#define LEAST_KERNEL_MAJOR 5
#define LEAST_KERNEL_MINOR 14

/** The examination as it goes. */
struct doctor {
	const struct cli *cli;
	struct json_writer *writer;
	size_t problems;
};

/* One line. @mend: NULL when it is ok */
static void say(struct doctor *doctor, const char *subject, const char *mend, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
static void say(struct doctor *doctor, const char *subject, const char *mend, const char *format, ...)
{
	cleanup_text struct text text = {0};
	const char *colour = mend == NULL ? "\033[32m" : "\033[31m";
	va_list arguments;

	va_start(arguments, format);
	text_vprintf(&text, format, arguments);
	va_end(arguments);
	doctor->problems += mend != NULL;
	if (doctor->cli->json) {
		json_write_object_begin(doctor->writer);
		json_write_member_string(doctor->writer, "subject", subject);
		json_write_key(doctor->writer, "ok");
		json_write_boolean(doctor->writer, mend == NULL);
		json_write_member_string(doctor->writer, "text", text_string(&text));
		json_write_member_string(doctor->writer, "mend", mend);
		json_write_object_end(doctor->writer);
		return;
	}
	printf("%s%-6s%s  %s: ", doctor->cli->colour ? colour : "", mend == NULL ? "ok" : "not ok",
	       doctor->cli->colour ? "\033[0m" : "", subject);
	output_wrap(text_string(&text), INDENT + strlen(subject) + 2, INDENT, doctor->cli->width);
	if (mend != NULL) {
		printf("%*smend: ", INDENT, "");
		output_wrap(mend, INDENT + strlen("mend: "), INDENT, doctor->cli->width);
	}
}

static void look_at_versions(struct doctor *doctor)
{
	struct utsname name;
	uint64_t major = 0, minor = 0;
	const char *dot;
	bool old;

	say(doctor, "version", NULL, "oci-iptables %s, built for %s", PROJECT_VERSION, rules_library_version());
	if (uname(&name) < 0)
		return;
	dot = strchr(name.release, '.');
	old = dot == NULL || !parse_number(name.release, (size_t)(dot - name.release), UINT32_MAX, &major) ||
	      !parse_number(dot + 1, strspn(dot + 1, "0123456789"), UINT32_MAX, &minor) || major < LEAST_KERNEL_MAJOR ||
	      (major == LEAST_KERNEL_MAJOR && minor < LEAST_KERNEL_MINOR);
	say(doctor, "kernel", old ? "boot Linux 5.14 or later" : NULL, "Linux %s", name.release);
}

#define TABLE(number)                                                                                                  \
	{.family = AF_INET, .is_table = true, .table = (number)},                                                      \
	{                                                                                                              \
		.family = AF_INET6, .is_table = true, .table = (number)                                                \
	}
#define MATCH(family_number, name, number)                                                                             \
	{                                                                                                              \
		.family = (family_number), .extension = (name), .revision = (number)                                   \
	}
#define TARGET(family_number, name, number)                                                                            \
	{                                                                                                              \
		.family = (family_number), .target = true, .extension = (name), .revision = (number)                   \
	}

/* The tables, and what compiled policies are made of. */
static const struct trial_probe wanted[] = {
	TABLE(RULES_RAW),
	TABLE(RULES_MANGLE),
	TABLE(RULES_NAT),
	TABLE(RULES_FILTER),
	MATCH(AF_INET, "conntrack", 3),
	MATCH(AF_INET6, "conntrack", 3),
	MATCH(AF_INET, "addrtype", 1),
	MATCH(AF_INET6, "addrtype", 1),
	MATCH(AF_INET, "comment", 0),
	MATCH(AF_INET6, "comment", 0),
	MATCH(AF_INET, "tcp", 0),
	MATCH(AF_INET6, "udp", 0),
	MATCH(AF_INET, "icmp", 0),
	MATCH(AF_INET6, "icmp6", 0),
	MATCH(AF_INET6, "hl", 0),
	MATCH(AF_INET, "multiport", 1),
	MATCH(AF_INET6, "multiport", 1),
	MATCH(AF_INET, "iprange", 1),
	MATCH(AF_INET6, "iprange", 1),
	MATCH(AF_INET, "limit", 0),
	MATCH(AF_INET6, "limit", 0),
	TARGET(AF_INET, "REJECT", 0),
	TARGET(AF_INET6, "REJECT", 0),
	TARGET(AF_INET, "NFLOG", 0),
	TARGET(AF_INET6, "NFLOG", 0),
	TARGET(AF_INET, "DNAT", 0),
	TARGET(AF_INET6, "DNAT", 1),
	TARGET(AF_INET, "MASQUERADE", 0),
	TARGET(AF_INET6, "MASQUERADE", 0),
	TARGET(AF_INET, "REDIRECT", 0),
	TARGET(AF_INET6, "REDIRECT", 0),
};

static void list_missing(const struct trial_probe *probes, size_t count, int family, bool tables, struct text *missing)
{
	for (size_t i = 0; i < count; i++) {
		if (probes[i].family != family || probes[i].is_table != tables || probes[i].present)
			continue;
		text_printf(missing, "%s%s", missing->length > 0 ? " " : "",
			    tables ? rules_table_name(probes[i].table) : probes[i].extension);
	}
}

static void look_at_tables(struct doctor *doctor)
{
	static const int families[] = {AF_INET, AF_INET6};
	struct trial_probe probes[ARRAY_LENGTH(wanted)];
	cleanup_error struct error *error = NULL;

	memcpy(probes, wanted, sizeof(probes));
	if (!trial_probe(probes, ARRAY_LENGTH(probes), process_now() + PROBE_MILLISECONDS, &error)) {
		say(doctor, "kernel", "run it as root", "its tables are not known: %s", error_text(error));
		return;
	}
	for (size_t f = 0; f < ARRAY_LENGTH(families); f++) {
		const char *word = families[f] == AF_INET ? "IPv4" : "IPv6";

		for (int tables = 1; tables >= 0; tables--) {
			cleanup_text struct text missing = {0};

			list_missing(probes, ARRAY_LENGTH(probes), families[f], tables == 1, &missing);
			if (missing.length == 0)
				say(doctor, "kernel", NULL, "%s %s", word,
				    tables == 1 ? "tables raw mangle nat filter"
						: "extensions that policies are made of");
			else if (tables == 1)
				say(doctor, "kernel",
				    "boot a kernel with CONFIG_NETFILTER_XTABLES_LEGACY and load its modules: modprobe "
				    "-a "
				    "iptable_raw iptable_mangle iptable_nat iptable_filter ip6table_raw "
				    "ip6table_mangle "
				    "ip6table_nat ip6table_filter",
				    "no %s tables: %s", word, text_string(&missing));
			else
				say(doctor, "kernel",
				    "install the kernel's netfilter modules; policies that use these are refused",
				    "no %s extensions: %s", word, text_string(&missing));
		}
	}
}

static void look_at_modules(struct doctor *doctor)
{
	cleanup_closedir DIR *listing = opendir(XTABLES_MODULE_DIRECTORY);
	const struct dirent *entry;
	size_t count = 0;

	while (listing != NULL && (entry = readdir(listing)) != NULL)
		count += text_has_prefix(entry->d_name, "libxt_") || text_has_prefix(entry->d_name, "libipt_") ||
			 text_has_prefix(entry->d_name, "libip6t_");
	say(doctor, "libxtables",
	    count > 0 ? NULL : "install the package iptables (Debian, Ubuntu) or iptables-libs (Fedora)",
	    "%zu extension modules in " XTABLES_MODULE_DIRECTORY, count);
}

/* @blind: those on this host that don't read it */
static void say_definition(struct doctor *doctor, const struct hook_definition *definition, unsigned blind)
{
	int directory = (int)(strrchr(definition->path, '/') - definition->path);
	const char *whom = definition->always ? "for all containers" : "for containers with annotations";

	if (blind == 0)
		say(doctor, "hook definition", NULL, "%s, %s", definition->path, whom);
	if ((blind & HOOKS_PODMAN) != 0)
		say(doctor, "hook definition",
		    "name all directories in /etc/containers/containers.conf: [engine] hooks_dir = "
		    "[\"" HOOK_DEFINITION_DIRECTORY "\", \"/etc/containers/oci/hooks.d\"]",
		    "%s, %s: podman does not read %.*s", definition->path, whom, directory, definition->path);
	if ((blind & HOOKS_CRIO) != 0)
		say(doctor, "hook definition",
		    "name all directories in hooks_dir under [crio.runtime] of /etc/crio/crio.conf",
		    "%s, %s: CRI-O does not read %.*s", definition->path, whom, directory, definition->path);
}

static void look_at_definitions(struct doctor *doctor, const struct config *config)
{
	cleanup_hooks struct hook_definitions definitions = {0};
	bool profiles = config != NULL && config->mandatory_profiles.count + config->default_profiles.count > 0;

	hooks_find(&definitions);
	for (size_t i = 0; i < definitions.count; i++) {
		const struct hook_definition *definition = &definitions.items[i];

		if (definition->problem != NULL)
			say(doctor, "hook definition",
			    definition->ours ? "install the definition of the package again"
					     : "mend or remove that file",
			    "%s: %s", definition->path, definition->problem);
		else if (definition->ours)
			say_definition(doctor, definition, definitions.readers & ~definition->readers);
	}
	for (size_t i = 0; i < definitions.directory_count && !hooks_has(&definitions, false); i++) {
		if (definitions.directories[i].readers != 0)
			say(doctor, "hook definition", "install oci-iptables.json there", "none of " HOOK_PATH " in %s",
			    definitions.directories[i].path);
	}
	if (definitions.directory_count == 0)
		say(doctor, "hook definition", "install oci-iptables.json in " HOOK_DEFINITION_DIRECTORY,
		    "no directory of podman's or CRI-O's");
	if (profiles && !hooks_has(&definitions, true))
		say(doctor, "hook definition",
		    "copy the package's oci-iptables/hooks/oci-iptables-always.json"
		    " to /etc/containers/oci/hooks.d/oci-iptables.json, a directory that hooks_dir must name",
		    "the configuration has mandatory or default profiles, which reach containers without annotations "
		    "only "
		    "with a definition for all");
}

static void look_at_profiles(struct doctor *doctor, const struct string_list *names)
{
	static const char *const directories[] = {SYSTEM_CONFIG_DIRECTORY "/profiles", PACKAGE_PROFILE_DIRECTORY, NULL};

	for (size_t i = 0; i < names->count; i++) {
		cleanup_error struct error *error = NULL;
		struct profile profile = {0};

		if (!profile_read(directories, names->items[i], &profile, &error))
			say(doctor, "profile",
			    "put it in place, or take its name out of " SYSTEM_CONFIG_DIRECTORY "/config.json",
			    "%s: %s", names->items[i], error_text(error));
		free(profile.text);
	}
}

static struct config *look_at_configuration(struct doctor *doctor)
{
	cleanup_error struct error *error = NULL;
	struct config *config = config_read(SYSTEM_CONFIG_DIRECTORY, NULL, &error);

	if (config == NULL) {
		say(doctor, "configuration",
		    "every container is refused until it is right; `oci-iptables check` says more", "%s",
		    error_text(error));
		return NULL;
	}
	if (access(SYSTEM_CONFIG_DIRECTORY "/config.json", F_OK) < 0)
		say(doctor, "configuration", NULL, "none: the defaults are in force");
	else
		say(doctor, "configuration", NULL,
		    SYSTEM_CONFIG_DIRECTORY "/config.json, %zu mandatory and %zu default profiles",
		    config->mandatory_profiles.count, config->default_profiles.count);
	look_at_profiles(doctor, &config->mandatory_profiles);
	look_at_profiles(doctor, &config->default_profiles);
	return config;
}

static void look_at_state(struct doctor *doctor, const struct config *config)
{
	cleanup_error struct error *error = NULL;
	cleanup_store struct store *store = NULL;
	cleanup_records struct record_list records = {0};
	cleanup_problems struct listing_problems problems = {0};
	struct stat status;

	if (geteuid() != 0) {
		say(doctor, "state", NULL, "not looked at: only root can");
		return;
	}
	store = store_open(config == NULL ? NULL : config->state_directory, false, &error);
	if (store == NULL && error == NULL) {
		bool run = stat("/run", &status) == 0 && access("/run", W_OK) == 0;

		say(doctor, "state", run ? NULL : "mount a tmpfs on /run", "none yet: the first container makes it");
		return;
	}
	if (store == NULL || !listing_read_records(store, &records, &problems, &error)) {
		say(doctor, "state", "remove the directory, or give it back to root with mode 0700", "%s",
		    error_text(error));
		return;
	}
	say(doctor, "state", NULL, "%s, %zu records", store_path(store), records.count);
	for (size_t i = 0; i < problems.count; i++)
		say(doctor, "state", "remove the file, or install the version that wrote it", "%s", problems.items[i]);
}

static void look_at_program(struct doctor *doctor)
{
	struct stat status;
	const char *mend = NULL;

	if (stat(HOOK_PATH, &status) < 0 || access(HOOK_PATH, X_OK) < 0)
		mend = "install oci-iptables completely";
	else if ((status.st_mode & (S_ISUID | S_ISGID)) != 0)
		mend = "chmod a-s it: the hook must not be set-user-id";
	say(doctor, "hook", mend, "%s%s", HOOK_PATH, mend == NULL ? "" : " is not as it should be");
}

enum cli_exit cli_doctor(const struct cli *cli)
{
	cleanup_config struct config *config = NULL;
	cleanup_json_writer struct json_writer *writer = json_writer_new(true);
	struct doctor doctor = {.cli = cli, .writer = writer};

	json_write_array_begin(writer);
	look_at_versions(&doctor);
	look_at_tables(&doctor);
	look_at_modules(&doctor);
	look_at_program(&doctor);
	config = look_at_configuration(&doctor);
	look_at_definitions(&doctor, config);
	look_at_state(&doctor, config);
	json_write_array_end(writer);
	if (cli->json)
		fputs(json_writer_text(writer, &(size_t){0}), stdout);
	return doctor.problems == 0 ? CLI_DONE : CLI_FAILED;
}
