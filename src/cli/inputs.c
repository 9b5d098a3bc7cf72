/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/inputs.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "config-paths.h"
#include "kernel/process.h"
#include "oci/container.h"
#include "policy/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Milliseconds for parsing and trying. */
#define TRIAL_MILLISECONDS 60000
#define RESOLV_CONF_LIMIT ((size_t)64 * 1024)

/* What a person names may be a link, a pipe or standard input; what the hook reads may not. */
static bool read_file(const char *path, char **ret, size_t *ret_length, struct error **error)
{
	cleanup_close int fd = -1;
	int from = STDIN_FILENO;

	if (strcmp(path, "-") != 0) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0)
			return error_set_errno(error, errno, "%s: cannot be opened", path);
		from = fd;
	}
	if (!file_read_fd(from, PROFILE_MAX_BYTES, path, ret, ret_length, error))
		return false;
	if (strlen(*ret) != *ret_length)
		return error_set(error, "%s: holds a NUL byte", path);
	return true;
}

static struct input *add_input(struct inputs *inputs, const char *key, const char *value)
{
	struct input *input;
	char *whole_key = NULL;

	inputs->items = memory_resize(inputs->items, inputs->count + 1, sizeof(*inputs->items));
	input = &inputs->items[inputs->count++];
	if (text_has_prefix(key, POLICY_ANNOTATION_PREFIX) ||
	    asprintf(&whole_key, POLICY_ANNOTATION_PREFIX "%s", key) < 0)
		whole_key = memory_copy_string(key);
	*input = (struct input){.key = whole_key, .value = memory_copy_string(value)};
	return input;
}

static bool add_file(struct inputs *inputs, const char *key, const char *path, struct error **error)
{
	cleanup_free char *text = NULL;
	struct input *input;
	size_t length;

	if (!read_file(path, &text, &length, error))
		return false;
	if (length > inputs->config->limit_annotation_bytes)
		cli_complain(inputs->cli, "note: %s has %zu bytes; an annotation holds at most %llu, a profile more",
			     path, length, (unsigned long long)inputs->config->limit_annotation_bytes);
	input = add_input(inputs, key, text);
	input->file = memory_copy_string(strcmp(path, "-") == 0 ? "standard input" : path);
	return true;
}

static bool make_profile_directory(struct inputs *inputs, struct error **error)
{
	char path[] = "/tmp/oci-iptables-check.XXXXXX";

	if (inputs->profile_directory != NULL)
		return true;
	if (mkdtemp(path) == NULL)
		return error_set_errno(error, errno, "a directory in /tmp cannot be made");
	inputs->profile_directory = memory_copy_string(path);
	return true;
}

/* The file is judged as if an administrator had put it in place: under a directory that only this user can write. */
static bool add_profile_file(struct inputs *inputs, const char *path, struct text *names, struct error **error)
{
	const char *base = strrchr(path, '/') + 1;
	const char *dot = strrchr(base, '.');
	cleanup_free char *text = NULL;
	struct input_profile profile = {0};
	size_t length;

	if (dot == NULL || dot == base || (strcmp(dot, ".json") != 0 && strcmp(dot, ".rules") != 0))
		return error_set(error, "%s: a profile's file is called NAME.json or NAME.rules", path);
	if (!read_file(path, &text, &length, error) || !make_profile_directory(inputs, error) ||
	    asprintf(&profile.copy, "%s/%s", inputs->profile_directory, base) < 0)
		return false;
	profile.file = memory_copy_string(path);
	profile.name = memory_copy_bytes(base, (size_t)(dot - base));
	text_printf(names, "%s%s", names->length > 0 ? " " : "", profile.name);
	inputs->profiles = memory_resize(inputs->profiles, inputs->profile_count + 1, sizeof(*inputs->profiles));
	inputs->profiles[inputs->profile_count++] = profile;
	return file_replace_at(AT_FDCWD, profile.copy, 0600, text, length, error);
}

static bool add_profiles(struct inputs *inputs, struct error **error)
{
	cleanup_text struct text names = {0};

	for (size_t i = 0; i < inputs->cli->given_count; i++) {
		const struct cli_given *given = &inputs->cli->given[i];

		if (strcmp(given->option->name, "--profile") != 0)
			continue;
		if (strchr(given->value, '/') == NULL)
			text_printf(&names, "%s%s", names.length > 0 ? " " : "", given->value);
		else if (!add_profile_file(inputs, given->value, &names, error))
			return false;
	}
	if (names.length > 0)
		add_input(inputs, "profile", text_string(&names));
	return true;
}

static bool add_bundle(struct inputs *inputs, const char *directory, struct error **error)
{
	cleanup_container struct container *container = memory_allocate(1, sizeof(*container));
	cleanup_free char *path = NULL;
	cleanup_free char *text = NULL;
	size_t length;

	if (asprintf(&path, "%s/config.json", directory) < 0)
		return error_set(error, "out of memory");
	if (!read_file(path, &text, &length, error) || !oci_read_config(container, text, length, error))
		return false;
	for (size_t i = 0; i < container->annotation_count; i++) {
		struct input *input = add_input(inputs, container->annotations[i].key, container->annotations[i].value);

		input->file = memory_copy_string(path);
		input->whole = memory_copy_bytes(text, length);
		input->whole_length = length;
	}
	inputs->resolv_conf = container->resolv_conf == NULL ? NULL : memory_copy_string(container->resolv_conf);
	return true;
}

static bool add_given(struct inputs *inputs, struct error **error)
{
	for (size_t i = 0; i < inputs->cli->given_count; i++) {
		const char *name = inputs->cli->given[i].option->name;
		const char *value = inputs->cli->given[i].value;
		cleanup_free char *key = NULL;

		if (strcmp(name, "--bundle") == 0) {
			if (!add_bundle(inputs, value, error))
				return false;
		} else if (strcmp(name, "--policy") == 0 || strcmp(name, "--rules") == 0) {
			if (!add_file(inputs, name + 2, value, error))
				return false;
		} else if (strcmp(name, "--annotation") == 0) {
			if (strchr(value, '=') == NULL)
				return error_set(error, "--annotation \"%s\": write KEY=VALUE", value);
			key = memory_copy_bytes(value, strcspn(value, "="));
			add_input(inputs, key, strchr(value, '=') + 1);
		}
	}
	return add_profiles(inputs, error);
}

static void read_config(struct inputs *inputs, struct findings *findings)
{
	cleanup_error struct error *error = NULL;
	const struct passwd *user = geteuid() == 0 ? NULL : getpwuid(geteuid());
	const char *message;

	if (user != NULL && user->pw_dir != NULL && user->pw_dir[0] == '/' &&
	    (asprintf(&inputs->user_directory, "%s/.config/oci-iptables", user->pw_dir) < 0 ||
	     asprintf(&inputs->user_profiles, "%s/profiles", inputs->user_directory) < 0))
		inputs->user_profiles = NULL;
	inputs->config = config_read(SYSTEM_CONFIG_DIRECTORY, inputs->user_directory, &error);
	if (inputs->config != NULL)
		return;
	inputs->config_failed = true;
	inputs->config = config_default();
	message = error_text(error);
	for (size_t i = 0; i < 2; i++) {
		const char *directory = i == 0 ? SYSTEM_CONFIG_DIRECTORY : inputs->user_directory;
		cleanup_free char *file = NULL;
		cleanup_free char *text = NULL;
		struct findings_source source = {0};

		if (directory == NULL || asprintf(&file, "%s/config.json", directory) < 0 ||
		    !text_has_prefix(message, file) || strncmp(message + strlen(file), ": ", 2) != 0)
			continue;
		source.file = file;
		if (read_file(file, &text, &source.length, NULL))
			source.text = text;
		findings_add(findings, &source, message + strlen(file) + 2);
		return;
	}
	findings_add(findings, &(struct findings_source){0}, message);
}

bool inputs_open(const struct cli *cli, struct inputs *ret, struct findings *findings, struct error **error)
{
	ret->cli = cli;
	read_config(ret, findings);
	return add_given(ret, error);
}

void inputs_close(struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++) {
		free(inputs->items[i].key);
		free(inputs->items[i].value);
		free(inputs->items[i].file);
		free(inputs->items[i].whole);
	}
	for (size_t i = 0; i < inputs->profile_count; i++) {
		unlink(inputs->profiles[i].copy);
		free(inputs->profiles[i].name);
		free(inputs->profiles[i].file);
		free(inputs->profiles[i].copy);
	}
	if (inputs->profile_directory != NULL)
		rmdir(inputs->profile_directory);
	free(inputs->items);
	free(inputs->profiles);
	free(inputs->profile_directory);
	free(inputs->user_directory);
	free(inputs->user_profiles);
	free(inputs->resolv_conf);
	config_free(&inputs->config);
}

static struct network_address example(const char *text)
{
	struct network_address address = {0};

	network_address_parse(text, strlen(text), &address);
	return address;
}

static const struct network_facts *ask_facts(void *context, struct error **error)
{
	static struct network_interface_address addresses[2], loopbacks[2];
	static struct network_interface interfaces[2] = {
		{.name = "lo", .loopback = true, .addresses = loopbacks, .address_count = 2},
		{.name = "eth0", .addresses = addresses, .address_count = 2},
	};
	static struct network_address gateways[2];
	static char gateway_interfaces[2][16] = {"eth0", "eth0"};
	static const struct network_facts facts = {.interfaces = interfaces,
						   .interface_count = 2,
						   .gateways = gateways,
						   .gateway_interfaces = gateway_interfaces,
						   .gateway_count = 2};
	struct inputs *inputs = context;

	(void)error;
	loopbacks[0] = (struct network_interface_address){.address = example("127.0.0.1"), .prefix_length = 8};
	loopbacks[1] = (struct network_interface_address){.address = example("::1"), .prefix_length = 128};
	addresses[0] = (struct network_interface_address){
		.address = example("192.0.2.2"), .prefix_length = 24, .global = true};
	addresses[1] = (struct network_interface_address){
		.address = example("2001:db8::2"), .prefix_length = 64, .global = true};
	gateways[0] = example("192.0.2.1");
	gateways[1] = example("2001:db8::1");
	inputs->facts_used = true;
	return &facts;
}

static char *ask_resolv_conf(void *context, struct error **error)
{
	struct inputs *inputs = context;
	char *text = NULL;

	(void)error;
	if (inputs->resolv_conf != NULL && file_read_at(AT_FDCWD, inputs->resolv_conf, RESOLV_CONF_LIMIT,
							inputs->resolv_conf, &text, NULL, NULL, NULL))
		return text;
	inputs->resolvers_used = true;
	return memory_copy_string("nameserver 192.0.2.53\nnameserver 2001:db8::53\n");
}

void inputs_note_examples(const struct inputs *inputs)
{
	if (inputs->facts_used)
		cli_complain(inputs->cli,
			     "note: the container's network is an example here: eth0 with 192.0.2.2/24 and "
			     "2001:db8::2/64, gateways 192.0.2.1 and 2001:db8::1");
	if (inputs->resolvers_used)
		cli_complain(inputs->cli,
			     "note: the container's resolvers are examples here: 192.0.2.53 and 2001:db8::53");
}

bool inputs_compile(struct inputs *inputs, const struct policy_annotation *annotations, size_t count,
		    struct layer_list *ret, struct error **error)
{
	struct policy_source source = {.context = inputs, .facts = ask_facts, .resolv_conf = ask_resolv_conf};
	cleanup_free struct policy_annotation *all = memory_allocate(inputs->count, sizeof(*all));
	uint64_t limit = inputs->config->limit_annotation_bytes;
	const char *directories[5];
	size_t used = 0;
	struct policy_request request = {
		.config = inputs->config,
		.container_id = INPUTS_ID,
		.annotations = annotations == NULL ? all : annotations,
		.annotation_count = annotations == NULL ? inputs->count : count,
		.profile_directories = directories,
		.user_profiles = inputs->user_profiles,
		.source = &source,
	};
	bool done;

	if (inputs->profile_directory != NULL)
		directories[used++] = inputs->profile_directory;
	directories[used++] = SYSTEM_CONFIG_DIRECTORY "/profiles";
	directories[used++] = PACKAGE_PROFILE_DIRECTORY;
	directories[used] = NULL;
	for (size_t i = 0; i < inputs->count; i++)
		all[i] = (struct policy_annotation){.key = inputs->items[i].key, .value = inputs->items[i].value};
	/* A file may become a profile, which can be larger than an annotation; add_file() says so. */
	inputs->config->limit_annotation_bytes = PROFILE_MAX_BYTES;
	done = policy_compile(&request, ret, error);
	inputs->config->limit_annotation_bytes = limit;
	return done;
}

bool inputs_try(const struct inputs *inputs, const struct session_texts *texts, struct trial *ret, struct error **error)
{
	struct trial_job job = {.texts = texts->items,
				.sections = texts->sections,
				.text_count = texts->count,
				.id = INPUTS_ID,
				.bundle = "",
				.max_rules = inputs->config->limit_rules,
				.one_sided_refused = inputs->config->ipv6_unfiltered == CONFIG_IPV6_REFUSE,
				.deadline = process_now() + TRIAL_MILLISECONDS};

	return trial_run(&job, ret, error);
}
