/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/reapply.h"

#include "base/cleanup.h"
#include "cli/drift.h"
#include "cli/output.h"
#include "kernel/process.h"
#include "session/gc.h"

#include <stdio.h>
#include <string.h>

/** Milliseconds for one container. */
#define REAPPLY_MILLISECONDS 10000

enum outcome { OUTCOME_WHOLE, OUTCOME_PUT_BACK, OUTCOME_GONE, OUTCOME_FAILED };

static const char *const outcome_words[] = {"whole", "put back", "gone", "failed"};

static enum outcome reapply(struct containers *containers, struct record *record, size_t *ret_drifts,
			    struct error **error)
{
	cleanup_view struct container_view view = {0};
	cleanup_view struct container_view after = {0};
	cleanup_drifts struct drifts drifts = {0};
	cleanup_drifts struct drifts left = {0};
	enum gc_verdict verdict;

	if (!drifts_find(containers, record, &verdict, &view, &drifts, error))
		return OUTCOME_FAILED;
	if (verdict != GC_LIVE)
		return OUTCOME_GONE;
	*ret_drifts = drifts.count;
	if (drifts.count == 0 && record->active)
		return OUTCOME_WHOLE;
	if (!session_reapply(containers->store, record, process_now() + REAPPLY_MILLISECONDS, error) ||
	    !drifts_find(containers, record, &verdict, &after, &left, error))
		return OUTCOME_FAILED;
	if (verdict != GC_LIVE)
		return OUTCOME_GONE;
	/* What stands in the dispatcher is somebody else's and stays. */
	if (left.count > 0) {
		error_set(error, "the rules are there again, but something else still decides before them; see "
				 "`oci-iptables verify`");
		return OUTCOME_FAILED;
	}
	return OUTCOME_PUT_BACK;
}

static void write_json(struct json_writer *writer, const struct record *record, enum outcome outcome, size_t drifts)
{
	json_write_object_begin(writer);
	json_write_member_string(writer, "id", record->id);
	json_write_member_string(writer, "outcome", outcome_words[outcome]);
	json_write_member_integer(writer, "drifts", drifts);
	json_write_object_end(writer);
}

enum cli_exit cli_reapply(const struct cli *cli)
{
	cleanup_containers struct containers containers = {0};
	cleanup_error struct error *error = NULL;
	cleanup_json_writer struct json_writer *writer = json_writer_new(true);
	enum cli_exit status;
	const char *id = NULL;

	if (!containers_open(cli, &containers, &error))
		return cli_fail(cli, error);
	status = containers_complain(cli, &containers) ? CLI_FAILED : CLI_DONE;
	if (cli->container != NULL) {
		id = containers_find(&containers, cli->container, NULL, &error);
		if (id == NULL)
			return cli_fail(cli, error);
	}
	json_write_array_begin(writer);
	for (size_t i = 0; i < containers.records.count; i++) {
		struct record *record = containers.records.items[i];
		cleanup_error struct error *failure = NULL;
		enum outcome outcome;
		size_t drifts = 0;

		output_progress("looked at", i, containers.records.count);
		if (id != NULL && strcmp(record->id, id) != 0)
			continue;
		outcome = reapply(&containers, record, &drifts, &failure);
		if (failure != NULL) {
			error_prefix(&failure, "%.12s: ", record->id);
			status = cli_fail(cli, failure);
		}
		output_progress_end();
		if (cli->json)
			write_json(writer, record, outcome, drifts);
		else if (outcome != OUTCOME_FAILED)
			printf("%-8s  %.12s\n", outcome_words[outcome], record->id);
	}
	json_write_array_end(writer);
	if (cli->json)
		fputs(json_writer_text(writer, &(size_t){0}), stdout);
	return status;
}
