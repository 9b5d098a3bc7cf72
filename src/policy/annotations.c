/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/annotations.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/text.h"
#include "policy/names.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {"profile", "egress", "ingress", "policy", "rules", NULL};

const char *annotation_name(enum annotation_kind kind)
{
	return kind_names[kind];
}

static bool is_allowed(const struct config *config, enum annotation_kind kind)
{
	switch (kind) {
	case ANNOTATION_PROFILE:
		return config->allow_profile;
	case ANNOTATION_EGRESS:
		return config->allow_egress;
	case ANNOTATION_INGRESS:
		return config->allow_ingress;
	case ANNOTATION_POLICY:
		return config->allow_policy;
	case ANNOTATION_RULES:
		return config->allow_rules;
	case ANNOTATION_KINDS:
	default:
		return false;
	}
}

/* The value as text: base64 undone, length and encoding checked. */
static bool decode(const struct config *config, const char *value, char **ret, size_t *ret_length, struct error **error)
{
	size_t most = (size_t)config->limit_annotation_bytes;
	cleanup_free char *text = NULL;
	size_t length = strlen(value);

	if (length > most)
		return error_set(error, "longer than the limit of %zu bytes", most);
	if (!text_has_prefix(value, "base64:")) {
		text = memory_copy_bytes(value, length);
	} else {
		if (!parse_base64(value + 7, length - 7, &text, &length))
			return error_set(error, "what stands behind \"base64:\" is not base64");
		if (length != strlen(text))
			return error_set(error, "holds a NUL byte");
	}
	if (text[strspn(text, " \t\r\n")] == '\0')
		return error_set(error, "empty value");
	if (!text_is_utf8(text, length))
		return error_set(error, "not UTF-8");
	*ret = STEAL(text);
	*ret_length = length;
	return true;
}

static bool read_var(const struct config *config, const char *name, const char *value, struct annotations *into,
		     struct error **error)
{
	cleanup_free char *text = NULL;
	size_t length = 0;

	if (!name_is_variable(name, strlen(name)))
		return error_set(error, "not a variable's name: 1 to 64 of A-Z a-z 0-9 _ . -");
	if (!decode(config, value, &text, &length, error))
		return false;
	if (!name_is_value(text, length))
		return error_set(error, "a variable's value holds nothing but A-Z a-z 0-9 _ . : / , -");
	into->vars = memory_resize(into->vars, into->var_count + 1, sizeof(*into->vars));
	into->vars[into->var_count].name = memory_copy_string(name);
	into->vars[into->var_count++].value = STEAL(text);
	return true;
}

static bool fail_unknown(const char *key, struct error **error)
{
	static const char *const known[] = {"profile", "egress", "ingress", "policy", "rules", "var.NAME", NULL};
	const char *nearest = text_nearest(key, known);

	if (strcmp(key, "host-rules") == 0)
		return error_set(error, "reserved for later; rules for the host are not built yet");
	if (strcmp(key, "var") == 0)
		return error_set(error, "unknown annotation; did you mean \"" POLICY_ANNOTATION_PREFIX "var.NAME\"?");
	if (nearest == NULL)
		return error_set(error, "unknown annotation");
	return error_set(error, "unknown annotation; did you mean \"" POLICY_ANNOTATION_PREFIX "%s\"?", nearest);
}

static bool read_one(const struct config *config, const char *key, const char *value, struct annotations *into,
		     struct error **error)
{
	unsigned kind = 0;

	if (text_has_prefix(key, "var."))
		return read_var(config, key + 4, value, into, error);
	while (kind < ANNOTATION_KINDS && strcmp(kind_names[kind], key) != 0)
		kind++;
	if (kind == ANNOTATION_KINDS)
		return fail_unknown(key, error);
	if (!is_allowed(config, (enum annotation_kind)kind))
		return error_set(error, "the administrator does not allow this annotation");
	if (into->values[kind] != NULL)
		return error_set(error, "given twice");
	return decode(config, value, &into->values[kind], &into->lengths[kind], error);
}

bool annotations_read(const struct policy_request *request, struct annotations *ret, struct error **error)
{
	cleanup_annotations struct annotations found = {0};
	const size_t prefix = strlen(POLICY_ANNOTATION_PREFIX);

	for (size_t i = 0; i < request->annotation_count; i++) {
		const char *key = request->annotations[i].key;
		cleanup_text struct text shown = {0};

		if (!text_has_prefix(key, POLICY_ANNOTATION_PREFIX))
			continue;
		if (read_one(request->config, key + prefix, request->annotations[i].value, &found, error))
			continue;
		text_append_escaped(&shown, key + prefix, strnlen(key + prefix, 80));
		return error_prefix(error, "annotation %s: ", text_string(&shown));
	}
	*ret = found;
	memset(&found, 0, sizeof(found));
	return true;
}

void annotations_free(struct annotations *annotations)
{
	for (size_t i = 0; i < ANNOTATION_KINDS; i++)
		free(annotations->values[i]);
	for (size_t i = 0; i < annotations->var_count; i++) {
		free(annotations->vars[i].name);
		free(annotations->vars[i].value);
	}
	free(annotations->vars);
	memset(annotations, 0, sizeof(*annotations));
}
