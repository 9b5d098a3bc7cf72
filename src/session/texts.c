/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/texts.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {
	[LAYER_MANDATORY] = "mandatory", [LAYER_PROFILE] = "profile", [LAYER_DEFAULT] = "default",
	[LAYER_EGRESS] = "egress",       [LAYER_INGRESS] = "ingress", [LAYER_POLICY] = "policy",
	[LAYER_RULES] = "rules",
};

const char *session_kind_name(enum layer_kind kind)
{
	return kind_names[kind];
}

/* The list of strings as rules/ takes it; the strings stay the layer's. NULL would allow all, so it is never that. */
static const char **list_of(const struct string_list *list)
{
	const char **items = memory_allocate(list->count + 1, sizeof(*items));

	for (size_t i = 0; i < list->count; i++)
		items[i] = list->items[i];
	return items;
}

static void allocate(struct session_texts *texts, size_t count)
{
	*texts = (struct session_texts){
		.items = memory_allocate(count, sizeof(*texts->items)),
		.sections = memory_allocate(count, 1),
		.count = count,
	};
}

void session_texts_of_layers(const struct layer_list *layers, struct session_texts *ret)
{
	allocate(ret, layers->count);
	for (size_t i = 0; i < layers->count; i++) {
		const struct layer *layer = &layers->items[i];

		ret->items[i] = (struct rules_text){
			.source = layer->source,
			.text = layer->text,
			.length = layer->length,
			.may_be_empty = layer->compiled,
			.one_sided = layer->compiled,
			.accept_refused = layer->accept_refused,
			.tables = layer->annotation ? list_of(&layer->tables) : NULL,
			.extensions = layer->annotation ? list_of(&layer->extensions) : NULL,
			.nat_targets = layer->nat_targets.count > 0 ? list_of(&layer->nat_targets) : NULL,
		};
		ret->sections[i] = layer->kind == LAYER_RULES;
		ret->forwarding.ipv4 |= layer->forward_ipv4;
		ret->forwarding.ipv6 |= layer->forward_ipv6;
	}
}

bool session_texts_of_record(struct store *store, const struct record *record, struct session_texts *ret,
			     struct error **error)
{
	cleanup_free char *kept = NULL;
	size_t length = 0, at = 0;

	if (!store_read_texts(store, record, &kept, &length, error))
		return false;
	for (size_t i = 0; i < record->layer_count; i++) {
		if (record->layers[i].length > length - at)
			return error_set(error, "state: the texts of container %.12s are cut off", record->id);
		at += record->layers[i].length;
	}
	allocate(ret, record->layer_count);
	at = 0;
	for (size_t i = 0; i < record->layer_count; i++) {
		ret->items[i] = (struct rules_text){
			.source = record->layers[i].source,
			.text = kept + at,
			.length = record->layers[i].length,
			.may_be_empty = true,
			.one_sided = true,
		};
		ret->sections[i] = strcmp(record->layers[i].kind, kind_names[LAYER_RULES]) == 0;
		at += record->layers[i].length;
	}
	for (size_t i = 0; i < record->sysctl_count; i++) {
		ret->forwarding.ipv4 |= text_has_prefix(record->sysctls[i].name, "ipv4/");
		ret->forwarding.ipv6 |= text_has_prefix(record->sysctls[i].name, "ipv6/");
	}
	ret->kept = STEAL(kept);
	return true;
}

bool session_texts_save(struct store *store, const struct session_texts *texts, struct record *record,
			struct error **error)
{
	cleanup_text struct text all = {0};

	for (size_t i = 0; i < texts->count; i++) {
		record->layers[i].length = texts->items[i].length;
		text_append_bytes(&all, texts->items[i].text, texts->items[i].length);
	}
	return store_save_texts(store, record, text_string(&all), all.length, error);
}

void session_texts_free(struct session_texts *texts)
{
	for (size_t i = 0; i < texts->count; i++) {
		free((void *)(uintptr_t)texts->items[i].tables);
		free((void *)(uintptr_t)texts->items[i].extensions);
		free((void *)(uintptr_t)texts->items[i].nat_targets);
	}
	free(texts->items);
	free(texts->sections);
	free(texts->kept);
	memset(texts, 0, sizeof(*texts));
}
