/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/counted.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rules come chain by chain: where each chain's begin, and behind the last one where all end. */
static size_t *find_starts(const struct backend_contents *contents)
{
	size_t *starts = memory_allocate(contents->chain_count + 1, sizeof(*starts));
	size_t rule = 0;

	for (size_t i = 0; i < contents->chain_count; i++) {
		starts[i] = rule;
		while (rule < contents->rule_count && contents->rules[rule].chain == i)
			rule++;
	}
	starts[contents->chain_count] = rule;
	return starts;
}

static bool is_same_chain(const struct backend_chain *left, const struct backend_chain *right)
{
	return left->family == right->family && left->table == right->table && strcmp(left->name, right->name) == 0;
}

const struct backend_rule **counted_match(const struct container_view *view)
{
	const struct backend_contents *meant = &view->inspection.meant, *live = &view->inspection.live;
	const struct backend_rule **matches = memory_allocate(meant->rule_count + 1, sizeof(*matches));
	cleanup_free size_t *meant_starts = find_starts(meant);
	cleanup_free size_t *live_starts = find_starts(live);

	for (size_t i = 0; i < meant->chain_count; i++) {
		size_t chain = 0, next;

		while (chain < live->chain_count && !is_same_chain(&meant->chains[i], &live->chains[chain]))
			chain++;
		if (chain == live->chain_count)
			continue;
		/* Where somebody changed the chain, the first such rule behind the one before counts; what is left over
		 * is drift, which `verify` explains. */
		next = live_starts[chain];
		for (size_t rule = meant_starts[i]; rule < meant_starts[i + 1]; rule++) {
			size_t at = next;

			while (at < live_starts[chain + 1] && live->rules[at].digest != meant->rules[rule].digest)
				at++;
			if (at == live_starts[chain + 1])
				continue;
			matches[rule] = &live->rules[at];
			next = at + 1;
		}
	}
	return matches;
}

/* Whether packets of the built-in chain pass a chain of ours by. */
static bool is_passed_by(const struct container_view *view, const struct backend_chain *chain)
{
	const struct backend_contents *live = &view->inspection.live;

	for (size_t i = 0; i < live->chain_count; i++) {
		if (is_same_chain(chain, &live->chains[i]))
			return chain->builtin[0] != '\0' && (!live->chains[i].present || !live->chains[i].reached);
	}
	return chain->builtin[0] != '\0';
}

/* The group that a chain's rows belong to. */
static struct counted_group *find_group(struct counted_layer *layer, const struct backend_chain *chain)
{
	struct counted_group *group;

	for (size_t i = 0; i < layer->count && layer->origins.compiled; i++) {
		if (layer->groups[i].family == chain->family && layer->groups[i].table == chain->table)
			return &layer->groups[i];
	}
	layer->groups = memory_grow(layer->groups, &layer->capacity, layer->count, sizeof(*layer->groups));
	group = &layer->groups[layer->count++];
	*group = (struct counted_group){
		.family = chain->family, .table = chain->table, .chain = layer->origins.compiled ? NULL : chain};
	return group;
}

/* A line can make several rules, and a policy's rule many. Mostly it is the row before. */
static struct counted_row *find_row(struct counted_layer *layer, struct counted_group *group, size_t origin)
{
	static const struct origin_words nobody = {.kind = ORIGIN_WRITTEN};
	const struct origin_words *words = origin == ORIGINS_NONE ? &nobody : &layer->origins.items[origin];
	struct counted_row *row;

	for (size_t i = group->count; i > 0 && origin != ORIGINS_NONE; i--) {
		if (group->rows[i - 1].origin == origin)
			return &group->rows[i - 1];
	}
	group->rows = memory_grow(group->rows, &group->capacity, group->count, sizeof(*group->rows));
	row = &group->rows[group->count++];
	*row = (struct counted_row){.origin = origin,
				    .label = words->label == NULL ? "" : words->label,
				    .text = words->text == NULL ? "" : words->text,
				    .denies = words->kind == ORIGIN_DENY,
				    .always = words->kind == ORIGIN_ALWAYS,
				    .present = true};
	return row;
}

static void count_rule(struct counted_layer *layer, struct counted_group *group, const struct backend_rule *rule,
		       const struct backend_rule *live)
{
	size_t origin = origins_of_line(&layer->origins, rule->line);
	struct counted_row *row;

	if (layer->origins.compiled && origin == ORIGINS_NONE) {
		group->lost += live == NULL;
		return;
	}
	row = find_row(layer, group, origin);
	row->denies |= !layer->origins.compiled && containers_rule_denies(rule);
	/* A chain's policy, which the plan makes a rule, has no line of its own. */
	if (row->text[0] == '\0' && row->label[0] == '\0')
		row->text = rule->target;
	if (live == NULL) {
		row->present = false;
		return;
	}
	row->packets += live->packets;
	row->bytes += live->bytes;
	if (row->denies)
		layer->denied += live->packets;
}

static int compare_rows(const void *left, const void *right)
{
	const struct counted_row *one = left, *other = right;

	return (one->origin > other->origin) - (one->origin < other->origin);
}

void counted_layer_read(const struct container_view *view, const struct backend_rule *const *live, size_t layer,
			bool compiler, struct counted_layer *ret)
{
	const struct backend_contents *meant = &view->inspection.meant;
	const struct rules_text *text = &view->texts.items[layer];
	size_t rule = 0;

	*ret = (struct counted_layer){0};
	origins_read(text->text, text->length, compiler, &ret->origins);
	for (size_t i = 0; i < meant->chain_count; i++) {
		struct counted_group *group = NULL;

		if (meant->chains[i].layer == layer) {
			group = find_group(ret, &meant->chains[i]);
			group->passed_by |= is_passed_by(view, &meant->chains[i]);
		}
		for (; rule < meant->rule_count && meant->rules[rule].chain == i; rule++) {
			if (group != NULL)
				count_rule(ret, group, &meant->rules[rule], live[rule]);
		}
	}
	/* Chains come in the order of their names, people's rules in that of the text. */
	for (size_t i = 0; i < ret->count && ret->origins.compiled; i++)
		qsort(ret->groups[i].rows, ret->groups[i].count, sizeof(*ret->groups[i].rows), compare_rows);
}

void counted_layer_free(struct counted_layer *layer)
{
	for (size_t i = 0; i < layer->count; i++)
		free(layer->groups[i].rows);
	free(layer->groups);
	origins_free(&layer->origins);
	memset(layer, 0, sizeof(*layer));
}
