/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules are compared by their digests: a longest common subsequence says which stayed, the rest was removed or added,
 * and what was both was moved. Only rules that differ are printed.
 */
#include "cli/drift.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "kernel/printers.h"

#include <stdlib.h>
#include <string.h>

/** Cells of the comparison's table; where two chains are larger and alike nowhere, all of both is told. */
#define MOST_CELLS ((size_t)4 * 1024 * 1024)

/** The comparison of one container. */
struct comparison {
	const struct backend_contents *meant, *live;
	bool *meant_gone, *live_new; /* one per rule */
	bool *moved;                 /* of live rules that are new: one like it is gone */
};

const char *drift_word(enum drift_kind kind)
{
	static const char *const words[] = {"chain gone", "not reached", "removed", "added", "moved", "changed"};

	return words[kind];
}

/* Index of the first rule of a chain; rules stand chain by chain. */
static size_t first_rule(const struct backend_contents *contents, size_t chain, size_t *ret_count)
{
	size_t first = 0;

	while (first < contents->rule_count && contents->rules[first].chain != chain)
		first++;
	*ret_count = 0;
	while (first + *ret_count < contents->rule_count && contents->rules[first + *ret_count].chain == chain)
		(*ret_count)++;
	return first;
}

static bool is_same(const struct comparison *comparison, size_t meant, size_t live)
{
	return comparison->meant->rules[meant].digest == comparison->live->rules[live].digest;
}

static void mark_all(struct comparison *comparison, size_t meant, size_t meant_count, size_t live, size_t live_count)
{
	for (size_t i = 0; i < meant_count; i++)
		comparison->meant_gone[meant + i] = true;
	for (size_t i = 0; i < live_count; i++)
		comparison->live_new[live + i] = true;
}

/* lengths[i][k]: of the longest common subsequence of what follows the i-th and the k-th rule. */
static void mark_differences(struct comparison *comparison, size_t meant, size_t meant_count, size_t live,
			     size_t live_count)
{
	size_t columns = live_count + 1, i = 0, k = 0;
	cleanup_free uint16_t *lengths = NULL;

	if (meant_count == 0 || live_count == 0 || (meant_count + 1) > MOST_CELLS / columns) {
		mark_all(comparison, meant, meant_count, live, live_count);
		return;
	}
	lengths = memory_allocate((meant_count + 1) * columns, sizeof(*lengths));
	for (i = meant_count; i-- > 0;) {
		for (k = live_count; k-- > 0;) {
			uint16_t below = lengths[(i + 1) * columns + k], right = lengths[i * columns + k + 1];

			if (is_same(comparison, meant + i, live + k))
				lengths[i * columns + k] = (uint16_t)(lengths[(i + 1) * columns + k + 1] + 1);
			else
				lengths[i * columns + k] = below > right ? below : right;
		}
	}
	for (i = 0, k = 0; i < meant_count && k < live_count;) {
		if (is_same(comparison, meant + i, live + k)) {
			i++;
			k++;
		} else if (lengths[(i + 1) * columns + k] >= lengths[i * columns + k + 1]) {
			comparison->meant_gone[meant + i++] = true;
		} else {
			comparison->live_new[live + k++] = true;
		}
	}
	mark_all(comparison, meant + i, meant_count - i, live + k, live_count - k);
}

static void compare_chain(struct comparison *comparison, size_t meant_chain, size_t live_chain)
{
	size_t meant_count, live_count;
	size_t meant = first_rule(comparison->meant, meant_chain, &meant_count);
	size_t live = first_rule(comparison->live, live_chain, &live_count);

	/* What is alike at both ends needs no table. */
	while (meant_count > 0 && live_count > 0 && is_same(comparison, meant, live)) {
		meant++;
		live++;
		meant_count--;
		live_count--;
	}
	while (meant_count > 0 && live_count > 0 &&
	       is_same(comparison, meant + meant_count - 1, live + live_count - 1)) {
		meant_count--;
		live_count--;
	}
	mark_differences(comparison, meant, meant_count, live, live_count);
	for (size_t k = 0; k < live_count; k++) {
		for (size_t i = 0; i < meant_count && comparison->live_new[live + k]; i++) {
			if (!comparison->meant_gone[meant + i] || !is_same(comparison, meant + i, live + k))
				continue;
			comparison->meant_gone[meant + i] = false;
			comparison->moved[live + k] = true;
			break;
		}
	}
}

static const struct backend_chain *find_chain(const struct backend_contents *contents, const struct backend_chain *like,
					      size_t *ret_index)
{
	for (size_t i = 0; i < contents->chain_count; i++) {
		const struct backend_chain *chain = &contents->chains[i];

		if (chain->family == like->family && chain->table == like->table &&
		    strcmp(chain->name, like->name) == 0) {
			*ret_index = i;
			return chain;
		}
	}
	return NULL;
}

static void add(struct drifts *drifts, enum drift_kind kind, const struct backend_chain *chain, const char *rule)
{
	drifts->items = memory_resize(drifts->items, drifts->count + 1, sizeof(*drifts->items));
	drifts->items[drifts->count++] = (struct drift){.kind = kind,
							.chain = chain,
							.rule = rule == NULL ? NULL : memory_copy_string(rule),
							.layer = chain->layer};
}

static uint64_t recorded_digest(const struct record *record, const struct backend_chain *chain)
{
	for (size_t i = 0; i < record->chain_count; i++) {
		if (record->chains[i].family == chain->family && record->chains[i].table == chain->table &&
		    strcmp(record->chains[i].name, chain->name) == 0)
			return record->chains[i].digest;
	}
	return 0;
}

static void add_rules(const struct comparison *comparison, const struct printed *gone, const struct printed *new_rules,
		      size_t meant_chain, size_t live_chain, struct drifts *ret)
{
	const struct backend_chain *chain = &comparison->meant->chains[meant_chain];

	for (size_t i = 0; i < comparison->meant->rule_count; i++) {
		if (comparison->meant->rules[i].chain == meant_chain && comparison->meant_gone[i])
			add(ret, DRIFT_REMOVED, chain, gone->items[i]);
	}
	for (size_t i = 0; i < comparison->live->rule_count; i++) {
		if (comparison->live->rules[i].chain == live_chain && comparison->live_new[i])
			add(ret, comparison->moved[i] ? DRIFT_MOVED : DRIFT_ADDED, chain, new_rules->items[i]);
	}
}

static bool collect(const struct record *record, const struct comparison *comparison, struct drifts *ret,
		    struct error **error)
{
	cleanup_printed struct printed gone = {0};
	cleanup_printed struct printed new_rules = {0};

	if (!printers_run(comparison->meant, comparison->meant_gone, &gone, error) ||
	    !printers_run(comparison->live, comparison->live_new, &new_rules, error))
		return false;
	for (size_t i = 0; i < comparison->meant->chain_count; i++) {
		const struct backend_chain *chain = &comparison->meant->chains[i];
		size_t index = 0, before = ret->count;
		const struct backend_chain *live = find_chain(comparison->live, chain, &index);

		if (live == NULL || !live->present) {
			add(ret, DRIFT_CHAIN_GONE, chain, NULL);
			continue;
		}
		if (!live->reached)
			add(ret, DRIFT_NOT_REACHED, chain, NULL);
		add_rules(comparison, &gone, &new_rules, i, index, ret);
		if (ret->count == before && live->digest != recorded_digest(record, chain))
			add(ret, DRIFT_CHANGED, chain, NULL);
	}
	return true;
}

static bool compare(const struct record *record, const struct container_view *view, struct drifts *ret,
		    struct error **error)
{
	struct comparison comparison = {.meant = &view->inspection.meant, .live = &view->inspection.live};
	cleanup_free bool *meant_gone = memory_allocate(comparison.meant->rule_count, sizeof(bool));
	cleanup_free bool *live_new = memory_allocate(comparison.live->rule_count, sizeof(bool));
	cleanup_free bool *moved = memory_allocate(comparison.live->rule_count, sizeof(bool));

	comparison.meant_gone = meant_gone;
	comparison.live_new = live_new;
	comparison.moved = moved;
	for (size_t i = 0; i < comparison.meant->chain_count; i++) {
		size_t index = 0;
		const struct backend_chain *live = find_chain(comparison.live, &comparison.meant->chains[i], &index);

		if (live != NULL && live->present)
			compare_chain(&comparison, i, index);
	}
	return collect(record, &comparison, ret, error);
}

bool drifts_find(const struct containers *containers, const struct record *record, enum gc_verdict *ret_verdict,
		 struct container_view *view, struct drifts *ret, struct error **error)
{
	if (!gc_judge(record, ret_verdict, error))
		return false;
	if (*ret_verdict != GC_LIVE)
		return true;
	if (!containers_look(containers, record, true, true, view, error))
		return false;
	if (view->reachable)
		return compare(record, view, ret, error);
	/* It may have ended meanwhile; what lives and was not seen is not whole. */
	return gc_judge(record, ret_verdict, error) &&
	       (*ret_verdict != GC_LIVE ||
		error_set(error, "its process lives, but nothing leads to its network namespace"));
}

void drifts_free(struct drifts *drifts)
{
	for (size_t i = 0; i < drifts->count; i++)
		free(drifts->items[i].rule);
	free(drifts->items);
	*drifts = (struct drifts){0};
}
