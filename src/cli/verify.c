/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/drift.h"
#include "cli/output.h"
#include "cli/uncovered.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/** One run of the verb. */
struct verification {
	const struct cli *cli;
	struct containers *containers;
	struct json_writer *writer;
	size_t verified, findings;
	bool failed;
};

static void print_drift(const struct cli *cli, const struct record *record, const struct drift *drift)
{
	static const char signs[] = {'!', '!', '-', '+', '~', '!'};
	static const char *const colours[] = {"31", "31", "31", "32", "33", "31"};
	const char *layer = drift->layer < record->layer_count ? record->layers[drift->layer].source : "?";
	cleanup_text struct text line = {0};

	printf("%s%s%s  %c ", cli->colour ? "\033[" : "", cli->colour ? colours[drift->kind] : "",
	       cli->colour ? "m" : "", signs[drift->kind]);
	text_printf(&line, "%s %s %s of %s: ", drift->chain->family == AF_INET ? "IPv4" : "IPv6",
		    rules_table_name(drift->chain->table), drift->chain->origin, layer);
	switch (drift->kind) {
	case DRIFT_CHAIN_GONE:
		text_printf(&line, "the chain is gone, with its %u rule%s", drift->chain->rule_count,
			    drift->chain->rule_count == 1 ? "" : "s");
		break;
	case DRIFT_NOT_REACHED:
		text_append(&line, "packets do not come to the chain first: the jump is gone, or another rule stands "
				   "before it");
		break;
	case DRIFT_CHANGED:
		text_append(&line, "holds other rules than were recorded");
		break;
	case DRIFT_REMOVED:
	case DRIFT_ADDED:
	case DRIFT_MOVED:
		text_printf(&line, "%s: %s", drift_word(drift->kind), drift->rule);
		break;
	}
	output_long(text_string(&line), strlen("  ! "), strlen("    "), cli->width);
	if (cli->colour)
		fputs("\033[0m", stdout);
}

static void write_drifts(struct json_writer *writer, const struct record *record, const struct drifts *drifts)
{
	json_write_key(writer, "drift");
	json_write_array_begin(writer);
	for (size_t i = 0; i < drifts->count; i++) {
		const struct drift *drift = &drifts->items[i];

		json_write_object_begin(writer);
		json_write_member_string(writer, "kind", drift_word(drift->kind));
		json_write_member_string(writer, "family", drift->chain->family == AF_INET ? "ipv4" : "ipv6");
		json_write_member_string(writer, "table", rules_table_name(drift->chain->table));
		json_write_member_string(writer, "chain", drift->chain->origin);
		json_write_member_string(writer, "name", drift->chain->name);
		json_write_member_string(writer, "layer",
					 drift->layer < record->layer_count ? record->layers[drift->layer].source
									    : NULL);
		json_write_member_string(writer, "rule", drift->rule);
		json_write_object_end(writer);
	}
	json_write_array_end(writer);
}

static void report(struct verification *verification, const struct record *record, const struct drifts *drifts,
		   const char *state, const char *text)
{
	if (verification->cli->json) {
		json_write_object_begin(verification->writer);
		containers_write_json(verification->writer, verification->containers, record);
		json_write_member_string(verification->writer, "state", state);
		json_write_member_string(verification->writer, "text", text);
		write_drifts(verification->writer, record, drifts);
		json_write_object_end(verification->writer);
		return;
	}
	output_progress_end();
	printf("%-6s  %.12s: %s\n", state, record->id, text);
	for (size_t i = 0; i < drifts->count; i++)
		print_drift(verification->cli, record, &drifts->items[i]);
	if (drifts->count > 0)
		printf("        mend: oci-iptables reapply %.12s\n", record->id);
}

static void verify_one(struct verification *verification, const struct record *record)
{
	cleanup_view struct container_view view = {0};
	cleanup_drifts struct drifts drifts = {0};
	cleanup_error struct error *error = NULL;
	cleanup_text struct text text = {0};
	enum gc_verdict verdict;
	size_t rules = 0;

	if (!drifts_find(verification->containers, record, &verdict, &view, &drifts, &error)) {
		error_prefix(&error, "%.12s: ", record->id);
		cli_fail(verification->cli, error);
		verification->failed = true;
		return;
	}
	if (verdict != GC_LIVE) {
		text_printf(&text, "%s; `oci-iptables gc` removes its record", gc_verdict_text(verdict));
		report(verification, record, &drifts, "gone", text_string(&text));
		return;
	}
	verification->verified++;
	for (size_t i = 0; i < record->chain_count; i++)
		rules += record->chains[i].rule_count;
	if (drifts.count > 0 || !record->active) {
		verification->findings++;
		text_printf(&text, "%s",
			    record->active ? "the kernel holds other rules than were applied"
					   : "its hook did not finish");
		report(verification, record, &drifts, "DRIFT", text_string(&text));
		return;
	}
	text_printf(&text, rules == 1 ? "%zu rule as it was applied" : "%zu rules as they were applied", rules);
	report(verification, record, &drifts, "ok", text_string(&text));
}

static void verify_uncovered(struct verification *verification)
{
	cleanup_uncovered struct uncovered_list list = {0};

	uncovered_find(verification->containers, &list);
	for (size_t i = 0; i < list.count; i++) {
		verification->findings++;
		if (verification->cli->json) {
			json_write_object_begin(verification->writer);
			json_write_member_string(verification->writer, "id", list.items[i].id);
			json_write_member_string(verification->writer, "bundle", list.items[i].bundle);
			json_write_member_string(verification->writer, "state", "OPEN");
			json_write_member_string(verification->writer, "text", list.items[i].reason);
			json_write_object_end(verification->writer);
			continue;
		}
		printf("%-6s  %.12s: runs, %s\n", "OPEN", list.items[i].id, list.items[i].reason);
		puts("        mend: see `oci-iptables doctor` for the hook, then start it again");
	}
}

enum cli_exit cli_verify(const struct cli *cli)
{
	cleanup_containers struct containers containers = {0};
	cleanup_error struct error *error = NULL;
	cleanup_json_writer struct json_writer *writer = json_writer_new(true);
	struct verification verification = {.cli = cli, .containers = &containers, .writer = writer};
	const char *id = NULL;

	if (!containers_open(cli, &containers, &error))
		return cli_fail(cli, error);
	verification.failed = containers_complain(cli, &containers);
	if (cli->container != NULL) {
		id = containers_find(&containers, cli->container, NULL, &error);
		if (id == NULL)
			return cli_fail(cli, error);
	}
	json_write_array_begin(writer);
	for (size_t i = 0; i < containers.records.count; i++) {
		output_progress("verified", i, containers.records.count);
		if (id == NULL || strcmp(containers.records.items[i]->id, id) == 0)
			verify_one(&verification, containers.records.items[i]);
	}
	output_progress_end();
	if (id == NULL)
		verify_uncovered(&verification);
	json_write_array_end(writer);
	if (cli->json)
		fputs(json_writer_text(writer, &(size_t){0}), stdout);
	else if (verification.verified == 0 && verification.findings == 0 && !verification.failed)
		puts("no container with rules is running");
	return verification.findings > 0 || verification.failed ? CLI_FAILED : CLI_DONE;
}
