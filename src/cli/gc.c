/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/gc.h"

#include "base/cleanup.h"
#include "cli/containers.h"
#include "cli/output.h"
#include "session/damaged.h"

#include <stdio.h>
#include <string.h>

/** Seconds after which nobody asks any more why a container was refused. */
#define FAILURE_AGE ((uint64_t)7 * 24 * 3600)
#define DEFAULT_LOCK_SECONDS 5

struct report {
	const struct cli *cli;
	struct json_writer *writer;
	size_t count;
};

static void report_record(void *context, const struct record *record, enum gc_verdict verdict, const char *error)
{
	struct report *report = context;

	if (error != NULL) {
		cli_complain(report->cli, "%.12s: %s", record->id, error);
		return;
	}
	report->count++;
	output_progress_end();
	if (report->cli->json) {
		json_write_object_begin(report->writer);
		json_write_member_string(report->writer, "id", record->id);
		json_write_member_string(report->writer, "bundle", record->bundle);
		json_write_member_string(report->writer, "reason", gc_verdict_text(verdict));
		json_write_object_end(report->writer);
		return;
	}
	printf("%s %.12s: %s\n", cli_has(report->cli, "--dry-run") ? "would remove" : "removed", record->id,
	       gc_verdict_text(verdict));
}

static void show_progress(void *context, size_t done, size_t total)
{
	(void)context;
	output_progress("looked at", done, total);
}

static void print_rest(const struct cli *cli, const struct report *report, const struct listing_cleaned *cleaned)
{
	const char *what = cli_has(cli, "--dry-run") ? "would remove" : "removed";

	if (cleaned->locks > 0)
		printf("%s %zu lock file%s\n", what, cleaned->locks, cleaned->locks == 1 ? "" : "s");
	if (cleaned->failures > 0)
		printf("%s %zu failure%s older than a week\n", what, cleaned->failures,
		       cleaned->failures == 1 ? "" : "s");
	if (cleaned->leftovers > 0)
		printf("%s %zu half-written file%s\n", what, cleaned->leftovers, cleaned->leftovers == 1 ? "" : "s");
	if (report->count + cleaned->locks + cleaned->failures + cleaned->leftovers == 0)
		puts("nothing to remove");
}

/* The damaged ones that went are no problem any more; what else can't be read is not gc's to remove. */
static bool read_problems_again(struct containers *containers, struct error **error)
{
	cleanup_records struct record_list records = {0};

	listing_problems_free(&containers->problems);
	return listing_read_records(containers->store, &records, &containers->problems, error);
}

enum cli_exit cli_gc(const struct cli *cli)
{
	cleanup_containers struct containers containers = {0};
	cleanup_error struct error *error = NULL;
	cleanup_json_writer struct json_writer *writer = json_writer_new(true);
	struct listing_cleaned cleaned = {0};
	struct report report = {.cli = cli, .writer = writer};
	struct gc_request request = {.dry_run = cli_has(cli, "--dry-run"),
				     .report = report_record,
				     .progress = show_progress,
				     .context = &report};
	bool done = true;

	if (!containers_open(cli, &containers, &error))
		return cli_fail(cli, error);
	request.store = containers.store;
	request.lock_milliseconds =
		1000LL * (containers.config == NULL ? DEFAULT_LOCK_SECONDS : containers.config->lock_timeout_seconds);
	json_write_object_begin(writer);
	json_write_key(writer, "dry_run");
	json_write_boolean(writer, request.dry_run);
	json_write_key(writer, "containers");
	json_write_array_begin(writer);
	if (containers.store != NULL) {
		done = gc_run(&request, &containers.records);
		done &= gc_run_damaged(&request, &error);
		done &= error == NULL && read_problems_again(&containers, &error) &&
			listing_clean(containers.store, FAILURE_AGE, request.dry_run, &cleaned, &error);
	}
	output_progress_end();
	json_write_array_end(writer);
	json_write_member_integer(writer, "locks", cleaned.locks);
	json_write_member_integer(writer, "failures", cleaned.failures);
	json_write_member_integer(writer, "leftovers", cleaned.leftovers);
	json_write_object_end(writer);
	if (cli->json)
		fputs(json_writer_text(writer, &(size_t){0}), stdout);
	else
		print_rest(cli, &report, &cleaned);
	if (error != NULL)
		cli_fail(cli, error);
	return containers_complain(cli, &containers) || !done ? CLI_FAILED : CLI_DONE;
}
