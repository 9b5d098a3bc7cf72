/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/render.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "kernel/plan.h"
#include "kernel/printers.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const int families[] = {AF_INET, AF_INET6};
static const char *const family_words[] = {"IPv4", "IPv6"};
static const char *const family_keys[] = {"ipv4", "ipv6"};

/* A layer's text; the pieces have been parsed, so that they have the form of rules text. It can be given back as an
 * author's text, where a single dollar begins a variable. */
static void render_layer(const struct layer *layer, int family, struct text *ret)
{
	cleanup_text struct text rendered = {0};
	const char *at, *dollar;

	(void)rules_render(layer->text, layer->length, family, &rendered, NULL);
	for (at = text_string(&rendered); (dollar = strchr(at, '$')) != NULL; at = dollar + 1) {
		text_append_bytes(ret, at, (size_t)(dollar - at));
		text_append(ret, "$$");
	}
	text_append(ret, at);
}

static void print_layers(const struct layer_list *layers)
{
	for (size_t i = 0; i < layers->count; i++) {
		bool any = false;

		if (layers->count > 1) {
			printf("%s# layer %zu of %zu: ", i > 0 ? "\n" : "", i + 1, layers->count);
			output_put(layers->items[i].source);
			putchar('\n');
		}
		for (size_t f = 0; f < ARRAY_LENGTH(families); f++) {
			cleanup_text struct text text = {0};

			render_layer(&layers->items[i], families[f], &text);
			if (text.length == 0)
				continue;
			printf("# %s\n%s", family_words[f], text_string(&text));
			any = true;
		}
		if (!any)
			puts("# no rules");
	}
}

static void write_layers(const struct layer_list *layers, struct json_writer *writer)
{
	json_write_key(writer, "layers");
	json_write_array_begin(writer);
	for (size_t i = 0; i < layers->count; i++) {
		cleanup_text struct text all = {0};

		json_write_object_begin(writer);
		json_write_member_string(writer, "kind", session_kind_name(layers->items[i].kind));
		json_write_member_string(writer, "source", layers->items[i].source);
		for (size_t f = 0; f < ARRAY_LENGTH(families); f++) {
			cleanup_text struct text text = {0};

			render_layer(&layers->items[i], families[f], &text);
			json_write_member_string(writer, family_keys[f], text_string(&text));
		}
		json_write_object_end(writer);
	}
	json_write_array_end(writer);
}

/** The tables of one family, or of both with each rule marked. */
struct tables {
	const struct backend_contents *meant;
	const struct printed *printed;
	int family; /* AF_UNSPEC: both */
};

static bool is_in(const struct tables *tables, const struct backend_chain *chain, int table)
{
	return chain->table == table && (tables->family == AF_UNSPEC || chain->family == tables->family);
}

/* Chains are declared once, also those that only the other family uses: both programs read the whole text. */
static bool is_first(const struct tables *tables, size_t index)
{
	const struct backend_chain *chain = &tables->meant->chains[index];

	for (size_t i = 0; i < index; i++) {
		if (is_in(tables, &tables->meant->chains[i], chain->table) &&
		    strcmp(tables->meant->chains[i].name, chain->name) == 0)
			return false;
	}
	return true;
}

static bool is_first_builtin(const struct tables *tables, size_t index, bool per_family)
{
	const struct backend_chain *chain = &tables->meant->chains[index];

	if (chain->builtin[0] == '\0')
		return false;
	for (size_t i = 0; i < index; i++) {
		const struct backend_chain *other = &tables->meant->chains[i];

		if (is_in(tables, other, chain->table) && strcmp(other->builtin, chain->builtin) == 0 &&
		    (!per_family || other->family == chain->family))
			return false;
	}
	return true;
}

static void declare_chains(const struct tables *tables, int table, struct text *ret)
{
	const struct backend_contents *meant = tables->meant;

	for (size_t i = 0; i < meant->chain_count; i++) {
		if (is_in(tables, &meant->chains[i], table) && is_first_builtin(tables, i, false))
			text_printf(ret, ":%s ACCEPT [0:0]\n", meant->chains[i].builtin);
	}
	for (size_t i = 0; i < meant->chain_count; i++) {
		char dispatcher[RULES_CHAIN_NAME + 1];

		if (!is_in(tables, &meant->chains[i], table) || !is_first_builtin(tables, i, false))
			continue;
		plan_dispatcher_name(meant->chains[i].builtin, dispatcher);
		text_printf(ret, ":%s - [0:0]\n", dispatcher);
	}
	for (size_t i = 0; i < meant->chain_count; i++) {
		if (is_in(tables, &meant->chains[i], table) && is_first(tables, i))
			text_printf(ret, ":%s - [0:0]\n", meant->chains[i].name);
	}
}

static void begin_rule(const struct tables *tables, const struct backend_chain *chain, const char *name,
		       struct text *ret)
{
	if (tables->family == AF_UNSPEC)
		text_append(ret, chain->family == AF_INET ? "-4 " : "-6 ");
	text_printf(ret, "-A %s ", name);
}

/* The jumps from built-in chain to dispatcher, and from there to policy layers first, then to rules layers. */
static void print_jumps(const struct tables *tables, int table, struct text *ret)
{
	const struct backend_contents *meant = tables->meant;
	char dispatcher[RULES_CHAIN_NAME + 1];

	for (size_t i = 0; i < meant->chain_count; i++) {
		const struct backend_chain *chain = &meant->chains[i];

		if (!is_in(tables, chain, table) || !is_first_builtin(tables, i, true))
			continue;
		plan_dispatcher_name(chain->builtin, dispatcher);
		begin_rule(tables, chain, chain->builtin, ret);
		text_printf(ret, "-m comment --comment oci-iptables -j %s\n", dispatcher);
	}
	for (uint8_t section = 0; section < 2; section++) {
		for (size_t i = 0; i < meant->chain_count; i++) {
			const struct backend_chain *chain = &meant->chains[i];

			if (!is_in(tables, chain, table) || chain->builtin[0] == '\0' || chain->section != section)
				continue;
			plan_dispatcher_name(chain->builtin, dispatcher);
			begin_rule(tables, chain, dispatcher, ret);
			text_printf(ret, "-j %s\n", chain->name);
		}
	}
}

static void print_table(const struct tables *tables, int table, struct text *ret)
{
	const struct backend_contents *meant = tables->meant;
	bool any = false;

	for (size_t i = 0; i < meant->chain_count; i++)
		any |= is_in(tables, &meant->chains[i], table);
	if (!any)
		return;
	text_printf(ret, "*%s\n", rules_table_name((enum rules_table)table));
	declare_chains(tables, table, ret);
	print_jumps(tables, table, ret);
	for (size_t i = 0; i < meant->rule_count; i++) {
		const struct backend_chain *chain = &meant->chains[meant->rules[i].chain];

		if (!is_in(tables, chain, table))
			continue;
		begin_rule(tables, chain, chain->name, ret);
		text_printf(ret, "%s\n", tables->printed->items[i]);
	}
	text_append(ret, "COMMIT\n");
}

static void print_tables(const struct tables *tables, struct text *ret)
{
	for (int table = 0; table < RULES_TABLE_COUNT; table++)
		print_table(tables, table, ret);
}

static bool output_tables(const struct cli *cli, const struct trial *trial, struct json_writer *writer,
			  struct error **error)
{
	cleanup_printed struct printed printed = {0};
	struct tables tables = {.meant = &trial->meant, .printed = &printed, .family = AF_UNSPEC};

	if (!printers_run(&trial->meant, NULL, &printed, error))
		return false;
	if (!cli->json) {
		cleanup_text struct text text = {0};

		print_tables(&tables, &text);
		fputs(text.length == 0 ? "# no rules\n" : text_string(&text), stdout);
		return true;
	}
	json_write_key(writer, "kernel");
	json_write_object_begin(writer);
	for (size_t f = 0; f < ARRAY_LENGTH(families); f++) {
		cleanup_text struct text text = {0};

		tables.family = families[f];
		print_tables(&tables, &text);
		json_write_member_string(writer, family_keys[f], text_string(&text));
	}
	json_write_object_end(writer);
	return true;
}

static void complain_findings(const struct cli *cli, const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		if (finding->file != NULL && finding->line > 0)
			cli_complain(cli, "%s:%zu:%zu: %s", finding->file, finding->line, finding->column,
				     finding->message);
		else
			cli_complain(cli, "%s%s%s", finding->file == NULL ? "" : finding->file,
				     finding->file == NULL ? "" : ": ", finding->message);
	}
}

enum cli_exit cli_render(const struct cli *cli)
{
	cleanup_findings struct findings findings = {0};
	cleanup_inputs struct inputs inputs = {0};
	cleanup_layers struct layer_list layers = {0};
	cleanup_trial struct trial trial = {0};
	cleanup_error struct error *error = NULL;
	cleanup_json_writer struct json_writer *writer = json_writer_new(true);

	if (!inputs_open(cli, &inputs, &findings, &error))
		return cli_fail(cli, error);
	inputs_judge(&inputs, &findings, &layers, &trial);
	inputs_note_examples(&inputs);
	complain_findings(cli, &findings);
	if (findings_errors(&findings) > 0)
		return CLI_FAILED;
	json_write_object_begin(writer);
	write_layers(&layers, writer);
	if (cli_has(cli, "--kernel")) {
		if (!output_tables(cli, &trial, writer, &error))
			return cli_fail(cli, error);
	} else if (!cli->json) {
		print_layers(&layers);
	}
	json_write_object_end(writer);
	if (cli->json)
		fputs(json_writer_text(writer, &(size_t){0}), stdout);
	return CLI_DONE;
}
