/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/memory.h"
#include "cli/containers.h"
#include "cli/output.h"

#include <stdio.h>
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

static void print_failure(const struct cli *cli, const struct listing_failure *failure)
{
	char age[OUTPUT_NUMBER];

	if (cli->json) {
		cleanup_json_writer struct json_writer *writer = json_writer_new(true);

		json_write_object_begin(writer);
		json_write_member_string(writer, "id", failure->id);
		json_write_member_integer(writer, "when", failure->when);
		json_write_member_string(writer, "line", failure->line);
		json_write_object_end(writer);
		fputs(json_writer_text(writer, &(size_t){0}), stdout);
		return;
	}
	output_age(failure->when, (uint64_t)time(NULL), age);
	printf("%s ago: ", age);
	output_put(failure->line);
	putchar('\n');
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
	ids = failure_ids(&failures);
	id = containers_find(&containers, cli->container, ids, &error);
	if (id == NULL)
		return cli_fail(cli, error);
	for (size_t i = 0; i < failures.count; i++) {
		if (strcmp(failures.items[i].id, id) == 0) {
			print_failure(cli, &failures.items[i]);
			return CLI_DONE;
		}
	}
	if (cli->json)
		puts("null");
	else
		printf("nothing was refused for %.12s since its last start\n", id);
	return CLI_DONE;
}
