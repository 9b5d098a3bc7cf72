/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/memory.h"
#include "cli/containers.h"
#include "cli/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A container that was refused has no record, so that failures have ids of their own. */
static const char **failure_ids(const struct listing_failures *failures)
{
	const char **ids = memory_allocate(failures->count + 1, sizeof(*ids));

	for (size_t i = 0; i < failures->count; i++)
		ids[i] = failures->items[i].id;
	return ids;
}

static void print_failure(const struct listing_failure *failure, struct json_writer *writer)
{
	char age[OUTPUT_NUMBER];

	if (writer != NULL) {
		json_write_object_begin(writer);
		json_write_member_string(writer, "id", failure->id);
		json_write_member_integer(writer, "when", failure->when);
		json_write_member_string(writer, "line", failure->line);
		json_write_object_end(writer);
		return;
	}
	output_age(failure->when, (uint64_t)time(NULL), age);
	printf("%s ago: ", age);
	output_put(failure->line);
	putchar('\n');
}

static int compare_ages(const void *left, const void *right)
{
	const struct listing_failure *a = left, *b = right;

	return a->when != b->when ? (a->when > b->when) - (a->when < b->when) : strcmp(a->id, b->id);
}

/* podman run --rm under crun says neither the reason nor the id, so that there is nothing to ask with. */
static void print_all(const struct cli *cli, struct listing_failures *failures)
{
	cleanup_json_writer struct json_writer *writer = cli->json ? json_writer_new(true) : NULL;

	if (failures->count > 1)
		qsort(failures->items, failures->count, sizeof(*failures->items), compare_ages);
	if (cli->json)
		json_write_array_begin(writer);
	for (size_t i = 0; i < failures->count; i++)
		print_failure(&failures->items[i], writer);
	if (cli->json) {
		json_write_array_end(writer);
		fputs(json_writer_text(writer, &(size_t){0}), stdout);
	} else if (failures->count == 0) {
		puts("nothing was refused");
	}
}

enum cli_exit cli_why(const struct cli *cli)
{
	cleanup_containers struct containers containers = {0};
	cleanup_failures struct listing_failures failures = {0};
	cleanup_error struct error *error = NULL;
	cleanup_free const char **ids = NULL;
	const char *id;

	if (!containers_open(cli, &containers, &error) || containers_need_store(&containers, &error) == NULL ||
	    !listing_read_failures(containers.store, &failures, &error))
		return cli_fail(cli, error);
	if (cli->container == NULL) {
		print_all(cli, &failures);
		return CLI_DONE;
	}
	ids = failure_ids(&failures);
	id = containers_find(&containers, cli->container, ids, &error);
	if (id == NULL) {
		cli_complain(cli, "`oci-iptables why` shows the refusals of all containers");
		return cli_fail(cli, error);
	}
	for (size_t i = 0; i < failures.count; i++) {
		cleanup_json_writer struct json_writer *writer = cli->json ? json_writer_new(true) : NULL;

		if (strcmp(failures.items[i].id, id) == 0) {
			print_failure(&failures.items[i], writer);
			if (cli->json)
				fputs(json_writer_text(writer, &(size_t){0}), stdout);
			return CLI_DONE;
		}
	}
	if (cli->json)
		puts("null");
	else
		printf("nothing was refused for %.12s since its last start\n", id);
	return CLI_DONE;
}
