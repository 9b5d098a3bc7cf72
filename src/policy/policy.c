/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layers of a container in the order of interface section 6. Two passes: first everything is read and resolved,
 * then policies are compiled, because the forward entries of one layer open the FORWARD chains of the others.
 */
#include "policy/policy.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "policy/annotations.h"
#include "policy/compiler.h"
#include "policy/document.h"
#include "policy/names.h"
#include "policy/profile.h"
#include "policy/surroundings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Chains that layers share out to be faster; the rest of the 256 is for what they cannot do without. */
#define OPTIONAL_CHAINS 192
/** Chains a compiled layer needs at most without them. */
#define CHAINS_OF_A_LAYER 16

/** What becomes a layer. */
struct draft {
	struct layer layer;
	struct policy_document *document; /* NULL for rules text */
};

struct builder {
	const struct policy_request *request;
	struct surroundings surroundings;
	struct annotations annotations;
	struct draft drafts[POLICY_MAX_LAYERS];
	size_t count;
};

static void free_layer(struct layer *layer)
{
	free(layer->source);
	free(layer->text);
	string_list_free(&layer->tables);
	string_list_free(&layer->extensions);
	string_list_free(&layer->nat_targets);
}

static void free_builder(struct builder *builder)
{
	for (size_t i = 0; i < builder->count; i++) {
		free_layer(&builder->drafts[i].layer);
		policy_document_free(&builder->drafts[i].document);
	}
	annotations_free(&builder->annotations);
}

void layer_list_free(struct layer_list *layers)
{
	for (size_t i = 0; i < layers->count; i++)
		free_layer(&layers->items[i]);
	free(layers->items);
	layers->items = NULL;
	layers->count = 0;
}

/* @source: taken over */
static struct draft *add_draft(struct builder *builder, enum layer_kind kind, char *source, struct error **error)
{
	struct draft *draft;

	if (builder->count == POLICY_MAX_LAYERS) {
		error_set(error, "%s: more than %d layers", source, POLICY_MAX_LAYERS);
		free(source);
		return NULL;
	}
	draft = &builder->drafts[builder->count++];
	draft->layer.kind = kind;
	draft->layer.source = source;
	return draft;
}

/* The first line from @at on that holds a variable; @number becomes that line's. */
static const char *find_variable_line(const char *at, const char *end, size_t *number)
{
	const char *dollar = memchr(at, '$', (size_t)(end - at));
	const char *newline;

	while (dollar != NULL && (newline = memchr(at, '\n', (size_t)(dollar - at))) != NULL) {
		at = newline + 1;
		(*number)++;
	}
	return dollar == NULL ? end : at;
}

/* Line by line where there are variables, so that an error can name the line, and the rest of a text as it is.
 * Variables end where their line does. */
static bool expand_rules(const struct scope *scope, const char *text, size_t length, size_t most, struct layer *layer,
			 struct error **error)
{
	cleanup_text struct text expanded = {0};
	size_t number = 1;

	for (const char *at = text, *end = text + length; at < end; number++) {
		const char *line = find_variable_line(at, end, &number);
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t size = newline == NULL ? (size_t)(end - line) : (size_t)(newline - line) + 1;
		cleanup_free char *words = NULL;
		size_t words_length = 0;

		text_append_bytes(&expanded, at, (size_t)(line - at));
		if (size != 0 && !scope_expand(scope, line, size, most, &words, &words_length, error))
			return error_prefix(error, "%s: line %zu: ", layer->source, number);
		text_append_bytes(&expanded, words, words_length);
		if (expanded.length > most)
			return error_set(error,
					 "%s: longer than the limit of %zu bytes after its variables are expanded",
					 layer->source, most);
		at = line + size;
	}
	layer->length = expanded.length;
	layer->text = text_steal(&expanded);
	layer->filters = true; /* judged by its words alone, any rules text can deny */
	return true;
}

/** Directories of profiles that a request may name, the user's included. */
#define MOST_DIRECTORIES 8

/* A profile that the system's configuration demands is the system's, or the user would write what binds him. */
static bool find_profile(const struct policy_request *request, enum scope_author author, const char *name,
			 struct profile *ret, struct error **error)
{
	const char *directories[MOST_DIRECTORIES + 1];
	size_t count = 0;

	while (count < MOST_DIRECTORIES - 1 && request->profile_directories[count] != NULL) {
		directories[count] = request->profile_directories[count];
		count++;
	}
	if (request->user_profiles != NULL && author != SCOPE_SYSTEM)
		directories[count++] = request->user_profiles;
	directories[count] = NULL;
	return profile_read(directories, name, ret, error);
}

static bool add_profile(struct builder *builder, enum layer_kind kind, enum scope_author author, const char *name,
			struct error **error)
{
	struct scope scope = {.surroundings = &builder->surroundings, .author = author};
	struct profile profile = {0};
	cleanup_free char *text = NULL;
	char *source = NULL;
	struct draft *draft;

	if (asprintf(&source, "profile %s", name) < 0)
		return error_set(error, "out of memory");
	draft = add_draft(builder, kind, source, error);
	if (draft == NULL)
		return false;
	if (!find_profile(builder->request, author, name, &profile, error))
		return error_prefix(error, "%s: ", source);
	text = profile.text;
	if (!profile.rules) {
		draft->document = policy_document_read(&scope, text, profile.length, PROFILE_MAX_BYTES, source, error);
		return draft->document != NULL;
	}
	draft->layer.accept_refused = true;
	string_list_add(&draft->layer.tables, "*", 1);
	string_list_add(&draft->layer.extensions, "*", 1);
	return expand_rules(&scope, text, profile.length, PROFILE_MAX_BYTES, &draft->layer, error);
}

static bool add_configured(struct builder *builder, enum layer_kind kind, const struct string_list *names,
			   size_t system_count, struct error **error)
{
	for (size_t i = 0; i < names->count; i++) {
		if (!add_profile(builder, kind, i < system_count ? SCOPE_SYSTEM : SCOPE_USER, names->items[i], error))
			return false;
	}
	return true;
}

/* The names of the profile annotation, each allowed and named once. */
static bool read_names(const struct builder *builder, struct string_list *names, struct error **error)
{
	const struct config *config = builder->request->config;
	const char *at = builder->annotations.values[ANNOTATION_PROFILE];
	const char *end = at + builder->annotations.lengths[ANNOTATION_PROFILE];
	size_t length;

	while ((length = name_next_word(&at, end)) != 0) {
		cleanup_free char *name = memory_copy_bytes(at, length);

		at += length;
		if (!name_is_profile(name, length))
			return error_set(error,
					 "annotation profile: \"%.80s\" is not a profile's name: 1 to 64 of "
					 "A-Z a-z 0-9 _ . - and no dot in front",
					 name);
		if (!string_list_allows(&config->allowed_profiles, name))
			return error_set(error, "annotation profile: the administrator does not allow \"%.80s\"", name);
		if (string_list_contains(names, name))
			return error_set(error, "annotation profile: \"%.80s\" is named twice", name);
		string_list_add(names, name, length);
	}
	if (names->count == 0)
		return error_set(error, "annotation profile: names no profile");
	return true;
}

static bool add_named(struct builder *builder, struct error **error)
{
	struct string_list names = {0};
	bool good = read_names(builder, &names, error);

	for (size_t i = 0; i < names.count && good; i++)
		good = add_profile(builder, LAYER_PROFILE, SCOPE_OPEN, names.items[i], error);
	string_list_free(&names);
	return good;
}

static bool add_policies(struct builder *builder, struct error **error)
{
	static const struct {
		enum annotation_kind annotation;
		enum layer_kind layer;
		enum direction direction; /* of the endpoint lists */
	} kinds[] = {
		{ANNOTATION_EGRESS, LAYER_EGRESS, DIRECTION_EGRESS},
		{ANNOTATION_INGRESS, LAYER_INGRESS, DIRECTION_INGRESS},
		{ANNOTATION_POLICY, LAYER_POLICY, DIRECTION_EGRESS},
	};
	struct scope scope = {.surroundings = &builder->surroundings, .author = SCOPE_OPEN};
	size_t most = (size_t)builder->request->config->limit_annotation_bytes;

	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
		const char *text = builder->annotations.values[kinds[i].annotation];
		size_t length = builder->annotations.lengths[kinds[i].annotation];
		const char *name = annotation_name(kinds[i].annotation);
		cleanup_free char *expanded = NULL;
		struct draft *draft;

		if (text == NULL)
			continue;
		draft = add_draft(builder, kinds[i].layer, memory_copy_string(name), error);
		if (draft == NULL)
			return false;
		if (kinds[i].annotation == ANNOTATION_POLICY) {
			draft->document = policy_document_read(&scope, text, length, most, name, error);
		} else {
			if (!scope_expand(&scope, text, length, most, &expanded, &length, error))
				return error_prefix(error, "%s: ", name);
			draft->document =
				policy_endpoints_read(&scope, kinds[i].direction, expanded, length, name, error);
		}
		if (draft->document == NULL)
			return false;
	}
	return true;
}

static bool add_rules(struct builder *builder, struct error **error)
{
	static const char *const tables[] = {"filter", "nat"};
	static const char *const targets[] = {"DNAT", "REDIRECT", "MASQUERADE"};
	const struct config *config = builder->request->config;
	struct scope scope = {.surroundings = &builder->surroundings, .author = SCOPE_OPEN};
	const char *text = builder->annotations.values[ANNOTATION_RULES];
	struct draft *draft;

	if (text == NULL)
		return true;
	draft = add_draft(builder, LAYER_RULES, memory_copy_string("rules"), error);
	if (draft == NULL)
		return false;
	draft->layer.annotation = true;
	string_list_copy(&draft->layer.extensions, &config->rules_extensions);
	if (config->mandatory_profiles.count == 0) {
		string_list_copy(&draft->layer.tables, &config->rules_tables);
	} else {
		/* raw, mangle and other targets of nat reach around the layers above: NOTRACK, TEE, marks, sources. */
		for (size_t i = 0; i < ARRAY_LENGTH(tables); i++) {
			if (string_list_allows(&config->rules_tables, tables[i]))
				string_list_add(&draft->layer.tables, tables[i], strlen(tables[i]));
		}
		for (size_t i = 0; i < ARRAY_LENGTH(targets); i++)
			string_list_add(&draft->layer.nat_targets, targets[i], strlen(targets[i]));
	}
	return expand_rules(&scope, text, builder->annotations.lengths[ANNOTATION_RULES],
			    (size_t)config->limit_annotation_bytes, &draft->layer, error);
}

static bool read_layers(struct builder *builder, struct error **error)
{
	const struct config *config = builder->request->config;

	if (!annotations_read(builder->request, &builder->annotations, error))
		return false;
	builder->surroundings.vars = builder->annotations.vars;
	builder->surroundings.var_count = builder->annotations.var_count;
	if (!add_configured(builder, LAYER_MANDATORY, &config->mandatory_profiles, config->system_mandatory_count,
			    error))
		return false;
	if (builder->annotations.values[ANNOTATION_PROFILE] != NULL) {
		if (!add_named(builder, error))
			return false;
	} else if (!add_configured(builder, LAYER_DEFAULT, &config->default_profiles, config->system_default_count,
				   error)) {
		return false;
	}
	return add_policies(builder, error) && add_rules(builder, error);
}

static struct policy_forward *collect_forwards(const struct builder *builder, size_t *ret_count)
{
	struct policy_forward *all;
	size_t count = 0;

	for (size_t i = 0; i < builder->count; i++)
		count += builder->drafts[i].document != NULL ? builder->drafts[i].document->forward_count : 0;
	all = memory_allocate(count + 1, sizeof(*all));
	*ret_count = count;
	count = 0;
	for (size_t i = 0; i < builder->count; i++) {
		const struct policy_document *document = builder->drafts[i].document;

		for (size_t k = 0; document != NULL && k < document->forward_count; k++)
			all[count++] = document->forwards[k];
	}
	return all;
}

static bool compile_layers(struct builder *builder, struct error **error)
{
	size_t needed = builder->count * CHAINS_OF_A_LAYER;
	struct compile_request request = {
		.container_id = builder->request->container_id,
		.most_rules = (size_t)builder->request->config->limit_rules,
	};
	cleanup_free struct policy_forward *forwards = collect_forwards(builder, &request.forward_count);

	request.forwards = forwards;
	if (builder->count > 0 && needed < OPTIONAL_CHAINS)
		request.optional_chains = (OPTIONAL_CHAINS - needed) / builder->count;
	for (size_t i = 0; i < builder->count; i++) {
		struct draft *draft = &builder->drafts[i];
		struct compile_result result = {0};

		if (draft->document == NULL)
			continue;
		if (!compiler_compile(draft->document, &request, &result, error))
			return error_prefix(error, "%s: ", draft->layer.source);
		draft->layer.text = result.text;
		draft->layer.length = result.length;
		draft->layer.filters = result.filters;
		draft->layer.forward_ipv4 = result.forward_ipv4;
		draft->layer.forward_ipv6 = result.forward_ipv6;
		draft->layer.compiled = true;
		string_list_add(&draft->layer.tables, "*", 1);
		string_list_add(&draft->layer.extensions, "*", 1);
	}
	return true;
}

bool policy_compile(const struct policy_request *request, struct layer_list *ret, struct error **error)
{
	__attribute__((cleanup(free_builder))) struct builder builder = {
		.request = request,
		.surroundings = {.request = request},
	};

	if (!read_layers(&builder, error) || !compile_layers(&builder, error))
		return false;
	ret->items = memory_allocate(builder.count + 1, sizeof(*ret->items));
	ret->count = builder.count;
	for (size_t i = 0; i < builder.count; i++) {
		ret->items[i] = builder.drafts[i].layer;
		memset(&builder.drafts[i].layer, 0, sizeof(builder.drafts[i].layer));
	}
	return true;
}
