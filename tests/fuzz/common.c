/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A report must end the process by a signal: with an exit status it would look like a library's exit().
 * tests/lib/sanitizer-options.c has one, too. NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizer's name */
const char *__asan_default_options(void) __attribute__((weak));
const char *__asan_default_options(void)
{
	return "abort_on_error=1";
}

void fuzz_broken(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (text == NULL)
		abort();
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

char *fuzz_next_part(char **at)
{
	char *part = *at, *end;

	if (part == NULL)
		return NULL;
	end = strchr(part, FUZZ_SEPARATOR);
	*at = end == NULL ? NULL : end + 1;
	if (end != NULL)
		*end = '\0';
	return part;
}

void fuzz_check_refusal(bool done, const struct error *error)
{
	cleanup_text struct text line = {0};

	MUST(done == (error == NULL));
	if (done)
		return;
	MUST(error_text(error)[0] != '\0');
	text_append_escaped(&line, error_text(error), strlen(error_text(error)));
	MUST(text_is_utf8(text_string(&line), line.length));
	for (size_t i = 0; i < line.length; i++)
		MUST((unsigned char)line.data[i] >= 0x20 && line.data[i] != 0x7f);
}

static struct network_interface_address addresses[] = {
	{.address = {AF_INET, {10, 88, 0, 5}}, .prefix_length = 16, .global = true},
	{.address = {AF_INET6, {0xfd, 0, 0, 0x88, [15] = 5}}, .prefix_length = 64, .global = true},
	{.address = {AF_INET6, {0xfe, 0x80, [15] = 5}}, .prefix_length = 64},
};
static struct network_interface interface = {.name = "eth0", .addresses = addresses, .address_count = 3};
static struct network_address gateways[] = {{AF_INET, {10, 88, 0, 1}}, {AF_INET6, {0xfd, 0, 0, 0x88, [15] = 1}}};
static char gateway_interfaces[][16] = {"eth0", "eth0"};

static const struct network_facts *facts_of(void *context, struct error **error)
{
	static const struct network_facts facts = {.interfaces = &interface,
						   .interface_count = 1,
						   .gateways = gateways,
						   .gateway_interfaces = gateway_interfaces,
						   .gateway_count = 2};

	(void)context;
	(void)error;
	return &facts;
}

static char *resolv_conf_of(void *context, struct error **error)
{
	const struct fuzz_container *container = context;

	if (container->resolv_conf != NULL)
		return memory_copy_string(container->resolv_conf);
	error_set(error, "no resolv.conf");
	return NULL;
}

static void add_annotation(struct fuzz_container *container, const char *key, const char *value)
{
	cleanup_text struct text whole = {0};

	if (container->annotation_count == ARRAY_LENGTH(container->annotations))
		return;
	text_printf(&whole, POLICY_ANNOTATION_PREFIX "%s", key);
	container->keys[container->annotation_count] = text_steal(&whole);
	container->annotations[container->annotation_count] =
		(struct policy_annotation){.key = container->keys[container->annotation_count], .value = value};
	container->annotation_count++;
}

bool fuzz_container_read(const uint8_t *data, size_t size, struct fuzz_container *ret)
{
	char *at;

	*ret = (struct fuzz_container){.text = fuzz_text(data, size)};
	at = ret->text;
	for (char *part = fuzz_next_part(&at); part != NULL; part = fuzz_next_part(&at)) {
		char *value = strchr(part, '=');

		if (value == NULL)
			continue;
		*value++ = '\0';
		if (strcmp(part, "resolv.conf") == 0) {
			ret->resolv_conf = value;
		} else if (strcmp(part, "config") == 0) {
			config_free(&ret->config);
			ret->config = config_parse(value, strlen(value), "configuration", NULL);
			if (ret->config == NULL)
				return false;
		} else {
			add_annotation(ret, part, value);
		}
	}
	if (ret->config == NULL)
		ret->config = config_default();
	return true;
}

bool fuzz_container_compile(const struct fuzz_container *container, struct layer_list *ret, struct error **error)
{
	static const char *const profiles[] = {FUZZ_PROFILES, NULL};
	const struct policy_source source = {
		.context = (void *)(uintptr_t)container, .facts = facts_of, .resolv_conf = resolv_conf_of};
	const struct policy_request request = {.config = container->config,
					       .container_id = "0123456789abcdef",
					       .annotations = container->annotations,
					       .annotation_count = container->annotation_count,
					       .profile_directories = profiles,
					       .source = &source};

	return policy_compile(&request, ret, error);
}

void fuzz_container_free(struct fuzz_container *container)
{
	for (size_t i = 0; i < container->annotation_count; i++)
		free(container->keys[i]);
	config_free(&container->config);
	free(container->text);
}
