/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/containers.h"
#include "cli/output.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/** What the list says of one container. */
struct summary {
	uint64_t rules; /* recorded */
	bool known;     /* the kernel was asked; what follows is its answer */
	uint64_t denied;
};

static const struct output_column columns[] = {
	{"CONTAINER", false, false}, {"NAME", false, true},   {"LAYERS", false, true}, {"NETNS", true, false},
	{"RULES", true, false},      {"DENIED", true, false}, {"SINCE", true, false},
};

static void summarise(const struct containers *containers, const struct record *record, struct summary *ret,
		      struct error **error)
{
	cleanup_view struct container_view view = {0};

	for (size_t i = 0; i < record->chain_count; i++)
		ret->rules += record->chains[i].rule_count;
	if (!containers_look(containers, record, false, false, &view, error))
		return;
	ret->known = view.reachable;
	for (size_t i = 0; i < view.inspection.live.rule_count; i++) {
		if (containers_rule_denies(&view.inspection.live.rules[i]))
			ret->denied += view.inspection.live.rules[i].packets;
	}
}

static void write_json(struct json_writer *writer, struct containers *containers, const struct record *record,
		       const struct summary *summary)
{
	json_write_object_begin(writer);
	containers_write_json(writer, containers, record);
	json_write_key(writer, "layers");
	json_write_array_begin(writer);
	for (size_t i = 0; i < record->layer_count; i++) {
		json_write_object_begin(writer);
		json_write_member_string(writer, "kind", record->layers[i].kind);
		json_write_member_string(writer, "source", record->layers[i].source);
		json_write_object_end(writer);
	}
	json_write_array_end(writer);
	json_write_member_integer(writer, "rules", summary->rules);
	json_write_key(writer, "denied");
	if (summary->known)
		json_write_integer(writer, summary->denied);
	else
		json_write_string(writer, NULL);
	json_write_key(writer, "reachable");
	json_write_boolean(writer, summary->known);
	json_write_object_end(writer);
}

static void add_row(struct output_table *table, struct containers *containers, const struct record *record,
		    const struct summary *summary)
{
	cleanup_free char *name = containers_name(containers, record);
	cleanup_text struct text layers = {0};
	char number[OUTPUT_NUMBER];

	output_addf(table, "%.12s", record->id);
	output_add(table, name == NULL ? "-" : name);
	for (size_t i = 0; i < record->layer_count; i++)
		text_printf(&layers, "%s%s", i > 0 ? ", " : "", record->layers[i].source);
	output_add(table, text_string(&layers));
	output_addf(table, "%llu", (unsigned long long)record->inode);
	output_count(summary->rules, number);
	output_add(table, number);
	output_count(summary->denied, number);
	output_add(table, summary->known ? number : "gone");
	output_age(record->created, (uint64_t)time(NULL), number);
	output_add(table, number);
}

enum cli_exit cli_list(const struct cli *cli)
{
	cleanup_containers struct containers containers = {0};
	cleanup_error struct error *error = NULL;
	cleanup_json_writer struct json_writer *writer = json_writer_new(true);
	cleanup_table struct output_table table = {.columns = columns, .column_count = ARRAY_LENGTH(columns)};
	enum cli_exit status = CLI_DONE;

	if (!containers_open(cli, &containers, &error))
		return cli_fail(cli, error);
	json_write_array_begin(writer);
	for (size_t i = 0; i < containers.records.count; i++) {
		cleanup_error struct error *failure = NULL;
		struct summary summary = {0};

		output_progress("looked at", i, containers.records.count);
		summarise(&containers, containers.records.items[i], &summary, &failure);
		if (failure != NULL && status == CLI_DONE)
			status = cli_fail(cli, failure); /* the first says it for all */
		if (cli->json)
			write_json(writer, &containers, containers.records.items[i], &summary);
		else
			add_row(&table, &containers, containers.records.items[i], &summary);
	}
	output_progress_end();
	json_write_array_end(writer);
	if (cli->json)
		fputs(json_writer_text(writer, &(size_t){0}), stdout);
	else
		output_print(&table, cli->width);
	return containers_complain(cli, &containers) ? CLI_FAILED : status;
}
