/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules as their author wrote them, each with the counters of the rules in the kernel that were made of it. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/containers.h"
#include "cli/counted.h"
#include "cli/output.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/** Labels that are longer push the text behind them aside. */
#define LABEL_WIDTH 20
/** Columns before the label: mark, packets, bytes. */
#define LABEL_COLUMN 22

static const char *family_word(const struct counted_group *group)
{
	return group->family == AF_INET ? "IPv4" : "IPv6";
}

/* The words behind the counters; on a terminal they are broken within their column. */
static void print_words(const struct cli *cli, const struct counted_row *row, size_t label_width)
{
	size_t column = LABEL_COLUMN + (label_width > 0 ? label_width + 2 : 0);
	cleanup_text struct text words = {0};

	if (row->text[0] == '\0') {
		puts(row->label);
		return;
	}
	if (label_width > 0)
		printf("%-*s", (int)label_width, row->label);
	if (strlen(row->label) > label_width)
		column += strlen(row->label) - label_width;
	fputs(label_width > 0 ? "  " : "", stdout);
	/* What the hook made of a chain's policy. */
	if (row->origin == ORIGINS_NONE)
		text_append(&words, "-j ");
	text_append(&words, row->text);
	output_long(text_string(&words), column, LABEL_COLUMN + (label_width > 0 ? label_width + 2 : 0), cli->width);
}

static void print_row(const struct cli *cli, const struct counted_row *row, size_t label_width)
{
	char packets[OUTPUT_NUMBER] = "-", bytes[OUTPUT_NUMBER] = "-";
	bool denied = row->denies && row->packets > 0;
	bool counted = row->present || row->packets > 0;

	if (counted) {
		output_count(row->packets, packets);
		output_count(row->bytes, bytes);
	}
	printf("%s  %c %7s %7s   ", denied && cli->colour ? "\033[31m" : "",
	       !row->present ? '?'
	       : denied      ? '!'
			     : ' ',
	       packets, bytes);
	print_words(cli, row, label_width);
	if (denied && cli->colour)
		fputs("\033[0m", stdout);
}

/* What every policy lets through is worth a line where something came. */
static bool is_shown(const struct counted_row *row)
{
	return !row->always || row->packets > 0 || !row->present;
}

static void print_group(const struct cli *cli, const struct counted_group *group)
{
	size_t label_width = 0;

	printf("\n  %s %s", family_word(group), rules_table_name(group->table));
	if (group->chain != NULL) {
		putchar(' ');
		output_put(group->chain->origin);
	}
	printf("\n    %7s %7s   rule\n", "packets", "bytes");
	for (size_t i = 0; i < group->count; i++) {
		size_t length = strlen(group->rows[i].label);

		if (is_shown(&group->rows[i]) && length > label_width && length <= LABEL_WIDTH)
			label_width = length;
	}
	if (group->passed_by)
		puts("  ?       -       -   packets do not come here first: see `oci-iptables verify`");
	for (size_t i = 0; i < group->count; i++) {
		if (is_shown(&group->rows[i]))
			print_row(cli, &group->rows[i], label_width);
	}
	if (group->lost > 0)
		printf("  ?       -       -   %zu rule%s that lead%s to these %s gone: see `oci-iptables verify`\n",
		       group->lost, group->lost == 1 ? "" : "s", group->lost == 1 ? "s" : "",
		       group->lost == 1 ? "is" : "are");
}

static void print_heading(struct containers *containers, const struct record *record)
{
	cleanup_free char *name = containers_name(containers, record);
	char age[OUTPUT_NUMBER];

	output_age(record->created, (uint64_t)time(NULL), age);
	fputs("container  ", stdout);
	output_put(record->id);
	if (name != NULL) {
		fputs("\nname       ", stdout);
		output_put(name);
	}
	fputs("\nbundle     ", stdout);
	output_put(record->bundle);
	printf("\nnamespace  net:[%llu]\nsince      %s ago\n", (unsigned long long)record->inode, age);
}

static void print_layer(const struct cli *cli, const struct record *record, size_t number,
			const struct counted_layer *layer)
{
	const char *kind = record->layers[number].kind;
	char denied[OUTPUT_NUMBER];

	printf("\nlayer %zu: ", number + 1);
	output_put(record->layers[number].source);
	if (strcmp(kind, "mandatory") == 0 || strcmp(kind, "default") == 0)
		printf(" (%s)", kind);
	if (layer->denied > 0) {
		output_count(layer->denied, denied);
		printf(", %s%s packet%s denied%s", cli->colour ? "\033[31m" : "", denied, layer->denied == 1 ? "" : "s",
		       cli->colour ? "\033[0m" : "");
	}
	putchar('\n');
	if (layer->count == 0)
		puts("  no rules");
	for (size_t i = 0; i < layer->count; i++)
		print_group(cli, &layer->groups[i]);
}

static void write_row(struct json_writer *writer, const struct counted_group *group, const struct counted_row *row)
{
	json_write_object_begin(writer);
	json_write_member_string(writer, "family", group->family == AF_INET ? "ipv4" : "ipv6");
	json_write_member_string(writer, "table", rules_table_name(group->table));
	json_write_member_string(writer, "chain", group->chain == NULL ? NULL : group->chain->origin);
	json_write_member_string(writer, "origin", row->origin == ORIGINS_NONE ? NULL : row->label);
	json_write_member_string(writer, "text", row->text);
	json_write_key(writer, "always");
	json_write_boolean(writer, row->always);
	json_write_key(writer, "denies");
	json_write_boolean(writer, row->denies);
	json_write_key(writer, "present");
	json_write_boolean(writer, row->present);
	json_write_member_integer(writer, "packets", row->packets);
	json_write_member_integer(writer, "bytes", row->bytes);
	json_write_object_end(writer);
}

static void write_rows(struct json_writer *writer, const struct counted_layer *layer)
{
	json_write_key(writer, "rules");
	json_write_array_begin(writer);
	for (size_t i = 0; i < layer->count; i++) {
		for (size_t k = 0; k < layer->groups[i].count; k++)
			write_row(writer, &layer->groups[i], &layer->groups[i].rows[k]);
	}
	json_write_array_end(writer);
}

/* One rule that is meant to be in the kernel. @text: the layer's */
static void write_rule(struct json_writer *writer, const struct counted_layer *layer, const char *text,
		       const struct backend_rule *meant, const struct backend_rule *live)
{
	size_t origin = origins_of_line(&layer->origins, meant->line);
	cleanup_free char *rule = NULL;

	if (meant->line > 0 && meant->line <= layer->origins.line_count)
		rule = memory_copy_bytes(text + layer->origins.lines[meant->line - 1].offset,
					 layer->origins.lines[meant->line - 1].length);
	json_write_object_begin(writer);
	json_write_member_integer(writer, "line", meant->line);
	json_write_member_string(writer, "origin", origin == ORIGINS_NONE ? NULL : layer->origins.items[origin].label);
	json_write_member_string(writer, "rule", rule == NULL ? "" : rule);
	json_write_member_string(writer, "target", meant->target);
	json_write_key(writer, "present");
	json_write_boolean(writer, live != NULL);
	json_write_key(writer, "denies");
	json_write_boolean(writer, containers_rule_denies(meant));
	json_write_member_integer(writer, "packets", live == NULL ? 0 : live->packets);
	json_write_member_integer(writer, "bytes", live == NULL ? 0 : live->bytes);
	json_write_object_end(writer);
}

static void write_chain(struct json_writer *writer, const struct backend_chain *chain)
{
	json_write_member_string(writer, "family", chain->family == AF_INET ? "ipv4" : "ipv6");
	json_write_member_string(writer, "table", rules_table_name(chain->table));
	json_write_member_string(writer, "chain", chain->origin);
	json_write_member_string(writer, "name", chain->name);
}

static void write_chains(struct json_writer *writer, const struct container_view *view,
			 const struct backend_rule *const *live, size_t number, const struct counted_layer *layer)
{
	const struct backend_contents *meant = &view->inspection.meant;
	size_t rule = 0;

	json_write_key(writer, "chains");
	json_write_array_begin(writer);
	for (size_t i = 0; i < meant->chain_count; i++) {
		bool own = meant->chains[i].layer == number;

		if (own) {
			json_write_object_begin(writer);
			write_chain(writer, &meant->chains[i]);
			json_write_key(writer, "rules");
			json_write_array_begin(writer);
		}
		for (; rule < meant->rule_count && meant->rules[rule].chain == i; rule++) {
			if (own)
				write_rule(writer, layer, view->texts.items[number].text, &meant->rules[rule],
					   live[rule]);
		}
		if (own) {
			json_write_array_end(writer);
			json_write_object_end(writer);
		}
	}
	json_write_array_end(writer);
}

static bool is_passed_by(const struct counted_layer *layer)
{
	bool any = false;

	for (size_t i = 0; i < layer->count; i++)
		any |= layer->groups[i].passed_by || layer->groups[i].lost > 0;
	return any;
}

static void write_layer(struct json_writer *writer, const struct record *record, const struct container_view *view,
			const struct backend_rule *const *live, size_t number, const struct counted_layer *layer)
{
	cleanup_free char *text = memory_copy_bytes(view->texts.items[number].text, view->texts.items[number].length);

	json_write_object_begin(writer);
	json_write_member_string(writer, "kind", record->layers[number].kind);
	json_write_member_string(writer, "source", record->layers[number].source);
	json_write_member_integer(writer, "denied", layer->denied);
	json_write_key(writer, "passed_by");
	json_write_boolean(writer, is_passed_by(layer));
	write_rows(writer, layer);
	json_write_member_string(writer, "text", text);
	write_chains(writer, view, live, number, layer);
	json_write_object_end(writer);
}

static void show_container(const struct cli *cli, struct containers *containers, const struct record *record,
			   const struct container_view *view, struct json_writer *writer)
{
	cleanup_free const struct backend_rule **live = counted_match(view);

	if (cli->json) {
		json_write_object_begin(writer);
		containers_write_json(writer, containers, record);
		json_write_key(writer, "layers");
		json_write_array_begin(writer);
	} else {
		print_heading(containers, record);
	}
	for (size_t i = 0; i < record->layer_count; i++) {
		cleanup_counted struct counted_layer layer = {0};

		/* Comments of the rules annotation are anybody's, whatever they look like. */
		counted_layer_read(view, live, i, strcmp(record->layers[i].kind, "rules") != 0, &layer);
		if (cli->json)
			write_layer(writer, record, view, live, i, &layer);
		else
			print_layer(cli, record, i, &layer);
	}
	if (cli->json) {
		json_write_array_end(writer);
		json_write_object_end(writer);
	}
}

enum cli_exit cli_show(const struct cli *cli)
{
	cleanup_containers struct containers containers = {0};
	cleanup_error struct error *error = NULL;
	cleanup_json_writer struct json_writer *writer = json_writer_new(true);
	const char *id;
	bool first = true;

	if (!containers_open(cli, &containers, &error))
		return cli_fail(cli, error);
	containers_complain(cli, &containers);
	id = containers_find(&containers, cli->container, NULL, &error);
	if (id == NULL)
		return cli_fail(cli, error);
	json_write_array_begin(writer);
	/* One id can have several records: under two runtimes, or of two attempts. */
	for (size_t i = 0; i < containers.records.count; i++) {
		const struct record *record = containers.records.items[i];
		cleanup_view struct container_view view = {0};

		if (strcmp(record->id, id) != 0)
			continue;
		if (!containers_look(&containers, record, true, false, &view, &error))
			return cli_fail(cli, error);
		if (!view.reachable) {
			cli_complain(cli, "the namespace of %.12s is gone; `oci-iptables gc` removes its record", id);
			return CLI_FAILED;
		}
		if (!cli->json && !first)
			putchar('\n');
		show_container(cli, &containers, record, &view, writer);
		first = false;
	}
	json_write_array_end(writer);
	if (cli->json)
		fputs(json_writer_text(writer, &(size_t){0}), stdout);
	return CLI_DONE;
}
