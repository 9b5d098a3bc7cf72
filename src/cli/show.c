/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules as their author wrote them, each beside the counters of the rule in the kernel that has the same digest.
 * Where somebody changed the chain, the first such rule behind the one before counts, and what is left over is drift,
 * which `verify` explains.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/containers.h"
#include "cli/output.h"
#include "rules/render.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/** One rule that is meant to be there. */
struct shown_rule {
	const struct backend_rule *meant;
	const struct backend_rule *live; /* NULL: not in the kernel */
	const char *text;                /* within the layer's text; "" for one that the plan made */
	size_t length;
};

/* Matches each rule that should be in a chain with one that is. */
static size_t match_rules(const struct container_view *view, size_t index, struct shown_rule *ret)
{
	const struct backend_contents *meant = &view->inspection.meant, *live = &view->inspection.live;
	const struct backend_chain *chain = &meant->chains[index];
	const struct rules_text *text = &view->texts.items[chain->layer];
	size_t count = 0, next = 0;

	for (size_t i = 0; i < meant->rule_count; i++) {
		const struct backend_rule *rule = &meant->rules[i];
		struct shown_rule *shown = &ret[count];
		size_t offset = 0;

		if (rule->chain != index)
			continue;
		*shown = (struct shown_rule){.meant = rule, .text = ""};
		count++;
		if (rule->line > 0 && rules_find_line(text->text, text->length, rule->line, &offset, &shown->length))
			shown->text = text->text + offset;
		for (size_t k = next; k < live->rule_count; k++) {
			const struct backend_chain *there = &live->chains[live->rules[k].chain];

			if (there->family != chain->family || there->table != chain->table ||
			    strcmp(there->name, chain->name) != 0 || live->rules[k].digest != rule->digest)
				continue;
			shown->live = &live->rules[k];
			next = k + 1;
			break;
		}
	}
	return count;
}

static const char *family_word(const struct backend_chain *chain)
{
	return chain->family == AF_INET ? "IPv4" : "IPv6";
}

static void print_rule(const struct cli *cli, const struct shown_rule *shown)
{
	cleanup_text struct text rule = {0};
	char packets[OUTPUT_NUMBER] = "-", bytes[OUTPUT_NUMBER] = "-";
	char mark = ' ';
	bool denied = shown->live != NULL && containers_rule_denies(shown->live) && shown->live->packets > 0;

	if (shown->live != NULL) {
		output_count(shown->live->packets, packets);
		output_count(shown->live->bytes, bytes);
	} else {
		mark = '?';
	}
	if (denied)
		mark = '!';
	if (shown->length > 0)
		text_append_escaped(&rule, shown->text, shown->length);
	else
		text_printf(&rule, "-j %s", shown->meant->target);
	printf("%s  %c %7s %7s  %s%s\n", denied && cli->colour ? "\033[31m" : "", mark, packets, bytes,
	       text_string(&rule), denied && cli->colour ? "\033[0m" : "");
}

static void print_chain(const struct cli *cli, const struct container_view *view, size_t index)
{
	const struct backend_contents *meant = &view->inspection.meant;
	const struct backend_chain *chain = &meant->chains[index];
	cleanup_free struct shown_rule *rules = memory_allocate(chain->rule_count, sizeof(*rules));
	size_t count = match_rules(view, index, rules);

	printf("\n  %s %s ", family_word(chain), rules_table_name(chain->table));
	output_put(chain->origin);
	printf("\n  %c %7s %7s  %s\n", ' ', "packets", "bytes", "rule");
	for (size_t i = 0; i < count; i++)
		print_rule(cli, &rules[i]);
}

static void print_container(const struct cli *cli, struct containers *containers, const struct record *record,
			    const struct container_view *view)
{
	cleanup_free char *name = containers_name(containers, record);
	const struct backend_contents *meant = &view->inspection.meant;
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
	for (size_t layer = 0; layer < record->layer_count; layer++) {
		bool any = false;

		printf("\nlayer %zu: ", layer + 1);
		output_put(record->layers[layer].source);
		if (strcmp(record->layers[layer].kind, "mandatory") == 0 ||
		    strcmp(record->layers[layer].kind, "default") == 0)
			printf(" (%s)", record->layers[layer].kind);
		putchar('\n');
		for (size_t i = 0; i < meant->chain_count; i++) {
			if (meant->chains[i].layer != layer)
				continue;
			print_chain(cli, view, i);
			any = true;
		}
		if (!any)
			puts("  no rules");
	}
}

static void write_rule(struct json_writer *writer, const struct shown_rule *shown)
{
	cleanup_free char *text = memory_copy_bytes(shown->text, shown->length);

	json_write_object_begin(writer);
	json_write_member_integer(writer, "line", shown->meant->line);
	json_write_member_string(writer, "rule", text);
	json_write_member_string(writer, "target", shown->meant->target);
	json_write_key(writer, "present");
	json_write_boolean(writer, shown->live != NULL);
	json_write_key(writer, "denies");
	json_write_boolean(writer, containers_rule_denies(shown->meant));
	json_write_member_integer(writer, "packets", shown->live == NULL ? 0 : shown->live->packets);
	json_write_member_integer(writer, "bytes", shown->live == NULL ? 0 : shown->live->bytes);
	json_write_object_end(writer);
}

static void write_chain(struct json_writer *writer, const struct container_view *view, size_t index)
{
	const struct backend_chain *chain = &view->inspection.meant.chains[index];
	cleanup_free struct shown_rule *rules = memory_allocate(chain->rule_count, sizeof(*rules));
	size_t count = match_rules(view, index, rules);

	json_write_object_begin(writer);
	json_write_member_string(writer, "family", chain->family == AF_INET ? "ipv4" : "ipv6");
	json_write_member_string(writer, "table", rules_table_name(chain->table));
	json_write_member_string(writer, "chain", chain->origin);
	json_write_member_string(writer, "name", chain->name);
	json_write_key(writer, "rules");
	json_write_array_begin(writer);
	for (size_t i = 0; i < count; i++)
		write_rule(writer, &rules[i]);
	json_write_array_end(writer);
	json_write_object_end(writer);
}

static void write_container(struct json_writer *writer, struct containers *containers, const struct record *record,
			    const struct container_view *view)
{
	const struct backend_contents *meant = &view->inspection.meant;

	json_write_object_begin(writer);
	containers_write_json(writer, containers, record);
	json_write_key(writer, "layers");
	json_write_array_begin(writer);
	for (size_t layer = 0; layer < record->layer_count; layer++) {
		cleanup_free char *text =
			memory_copy_bytes(view->texts.items[layer].text, view->texts.items[layer].length);

		json_write_object_begin(writer);
		json_write_member_string(writer, "kind", record->layers[layer].kind);
		json_write_member_string(writer, "source", record->layers[layer].source);
		json_write_member_string(writer, "text", text);
		json_write_key(writer, "chains");
		json_write_array_begin(writer);
		for (size_t i = 0; i < meant->chain_count; i++) {
			if (meant->chains[i].layer == layer)
				write_chain(writer, view, i);
		}
		json_write_array_end(writer);
		json_write_object_end(writer);
	}
	json_write_array_end(writer);
	json_write_object_end(writer);
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
		if (cli->json) {
			write_container(writer, &containers, record, &view);
		} else {
			if (!first)
				putchar('\n');
			print_container(cli, &containers, record, &view);
		}
		first = false;
	}
	json_write_array_end(writer);
	if (cli->json)
		fputs(json_writer_text(writer, &(size_t){0}), stdout);
	return CLI_DONE;
}
