/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every error at once: each input is judged alone, and again without the place of its last error, until nothing is left
 * to say of it. Only when all are right they are judged together, as the hook would have them.
 */
#include "cli/inputs.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/mend.h"
#include "config-paths.h"
#include "policy/profile.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Errors told of one input. */
#define MOST_ERRORS 50

/** One input while it is judged. */
struct unit {
	struct inputs *inputs;
	struct input *input;                 /* NULL: none but the configuration's profiles */
	const struct input_profile *profile; /* of a profile given as a file */
	char *source;                        /* how the rooms below call it: "policy", "profile web" */
	char *text;                          /* what is judged and mended */
};

/* The error's words behind "SOURCE: ", or NULL when it is about something else. */
static const char *message_of(const struct unit *unit, const char *text)
{
	size_t length = strlen(unit->source);

	if (strncmp(text, unit->source, length) != 0 || strncmp(text + length, ": ", 2) != 0)
		return NULL;
	return text + length + 2;
}

/* An administrator's profile by name: its file, for the place. */
static bool find_profile_file(const struct inputs *inputs, const char *text, char **ret_file, const char **ret_message)
{
	const char *directories[] = {SYSTEM_CONFIG_DIRECTORY "/profiles", inputs->user_profiles,
				     PACKAGE_PROFILE_DIRECTORY};
	static const char *const endings[] = {"json", "rules"};
	size_t length;

	if (!text_has_prefix(text, "profile "))
		return false;
	text += strlen("profile ");
	length = strcspn(text, ": ");
	for (size_t i = 0; i < ARRAY_LENGTH(directories) * 2; i++) {
		char *file = NULL;

		if (directories[i / 2] == NULL ||
		    asprintf(&file, "%s/%.*s.%s", directories[i / 2], (int)length, text, endings[i % 2]) < 0)
			continue;
		if (access(file, F_OK) == 0 && strncmp(text + length, ": ", 2) == 0) {
			*ret_file = file;
			*ret_message = text + length + 2;
			return true;
		}
		free(file);
	}
	return false;
}

/* The rooms below put the path in front of what they say of a file itself. */
static const char *without_path(const char *message, const char *file)
{
	size_t length = strlen(file);

	if (strncmp(message, file, length) == 0 && strncmp(message + length, ": ", 2) == 0)
		return message + length + 2;
	return message;
}

static void tell_elsewhere(const struct inputs *inputs, const char *text, struct findings *findings)
{
	struct findings_source source = {0};
	cleanup_free char *file = NULL;
	cleanup_free char *bytes = NULL;
	const char *message = text;

	if (find_profile_file(inputs, text, &file, &message)) {
		source.file = file;
		message = without_path(message, file);
		if (file_read_at(AT_FDCWD, file, PROFILE_MAX_BYTES, file, &bytes, &source.length, NULL, NULL))
			source.text = bytes;
	}
	findings_add(findings, &source, message);
}

/* An annotation of config.json is at a member of it, whatever its value says about itself. */
static void tell_in_bundle(const struct input *input, const char *text, struct findings *findings)
{
	struct findings_source source = {.file = input->file, .text = input->whole, .length = input->whole_length};
	cleanup_text struct text message = {0};

	text_printf(&message, "/annotations/%s: %s", input->key, text);
	findings_add(findings, &source, text_string(&message));
}

/* @original: the text as the author wrote it, before anything was mended */
static void tell(const struct unit *unit, const char *original, const char *text, struct findings *findings)
{
	const char *message = message_of(unit, text);
	struct findings_source source = {.text = original, .length = strlen(original)};

	if (unit->input != NULL && unit->input->whole != NULL) {
		tell_in_bundle(unit->input, text, findings);
		return;
	}
	if (message == NULL && unit->input != NULL && unit->input->file != NULL) {
		findings_add(findings, &(struct findings_source){.file = unit->input->file}, text);
		return;
	}
	if (message == NULL || (unit->input != NULL && unit->input->file == NULL && unit->profile == NULL)) {
		tell_elsewhere(unit->inputs, text, findings);
		return;
	}
	source.file = unit->profile != NULL ? unit->profile->file : unit->input->file;
	if (text_has_prefix(original, "base64:"))
		source.text = NULL;
	findings_add(findings, &source, unit->profile != NULL ? without_path(message, unit->profile->copy) : message);
}

/* Everything about the unit alone, as far as it can be judged in one go. */
static bool judge_once(const struct unit *unit, const struct policy_annotation *annotations, size_t count,
		       struct error **error)
{
	cleanup_layers struct layer_list layers = {0};
	cleanup_texts struct session_texts texts = {0};
	cleanup_trial struct trial trial = {0};

	if (!inputs_compile(unit->inputs, annotations, count, &layers, error))
		return false;
	session_texts_of_layers(&layers, &texts);
	return inputs_try(unit->inputs, &texts, &trial, error);
}

/* The variables belong to every input. */
static struct policy_annotation *annotations_of(const struct unit *unit, size_t *ret_count)
{
	const struct inputs *inputs = unit->inputs;
	struct policy_annotation *list = memory_allocate(inputs->count + 1, sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < inputs->count; i++) {
		if (text_has_prefix(inputs->items[i].key, POLICY_ANNOTATION_PREFIX "var.") &&
		    &inputs->items[i] != unit->input)
			list[count++] = (struct policy_annotation){inputs->items[i].key, inputs->items[i].value};
	}
	if (unit->profile != NULL)
		list[count++] = (struct policy_annotation){POLICY_ANNOTATION_PREFIX "profile", unit->profile->name};
	else if (unit->input != NULL)
		list[count++] = (struct policy_annotation){unit->input->key, unit->text};
	*ret_count = count;
	return list;
}

static bool write_mended(const struct unit *unit)
{
	return unit->profile == NULL ||
	       file_replace_at(AT_FDCWD, unit->profile->copy, 0600, unit->text, strlen(unit->text), NULL);
}

static void judge_unit(struct unit *unit, struct findings *findings)
{
	cleanup_free char *original = memory_copy_string(unit->text);
	cleanup_free char *before = NULL;

	for (unsigned i = 0; i < MOST_ERRORS; i++) {
		cleanup_error struct error *error = NULL;
		cleanup_free struct policy_annotation *annotations = NULL;
		const char *message;
		size_t count;

		annotations = annotations_of(unit, &count);
		if (judge_once(unit, annotations, count, &error))
			break;
		/* A mend that did not help would say the same again. */
		if (before != NULL && strcmp(before, error_text(error)) == 0)
			break;
		message = message_of(unit, error_text(error));
		/* All that was in it has been told. */
		if (i > 0 && message != NULL && strcmp(message, "holds no rule") == 0)
			break;
		tell(unit, original, error_text(error), findings);
		free(before);
		before = memory_copy_string(error_text(error));
		if (message == NULL || !mend_text(&unit->text, message) || !write_mended(unit))
			break;
	}
	/* What comes together later is what the author wrote. */
	free(unit->text);
	unit->text = memory_copy_string(original);
	(void)write_mended(unit);
}

static void judge_input(struct inputs *inputs, struct input *input, struct findings *findings)
{
	struct unit unit = {.inputs = inputs,
			    .input = input,
			    .source = input->key + strlen(POLICY_ANNOTATION_PREFIX),
			    .text = memory_copy_string(input->value)};

	judge_unit(&unit, findings);
	free(unit.text);
}

static void judge_profile(struct inputs *inputs, const struct input_profile *profile, struct findings *findings)
{
	struct unit unit = {.inputs = inputs, .profile = profile};

	if (asprintf(&unit.source, "profile %s", profile->name) < 0 ||
	    !file_read_at(AT_FDCWD, profile->copy, PROFILE_MAX_BYTES, profile->file, &unit.text, NULL, NULL, NULL))
		return;
	judge_unit(&unit, findings);
	free(unit.source);
	free(unit.text);
}

static void judge_alone(struct inputs *inputs, struct findings *findings)
{
	struct string_list *mandatory = &inputs->config->mandatory_profiles;
	struct string_list *defaults = &inputs->config->default_profiles;
	size_t mandatory_count = mandatory->count, default_count = defaults->count;

	/* The administrator's own profiles would fail with every input again; they come with all inputs together. */
	mandatory->count = 0;
	defaults->count = 0;
	for (size_t i = 0; i < inputs->profile_count; i++)
		judge_profile(inputs, &inputs->profiles[i], findings);
	for (size_t i = 0; i < inputs->count; i++) {
		if (!text_has_prefix(inputs->items[i].key, POLICY_ANNOTATION_PREFIX "profile") ||
		    inputs->profile_count == 0)
			judge_input(inputs, &inputs->items[i], findings);
	}
	mandatory->count = mandatory_count;
	defaults->count = default_count;
}

static void judge_together(struct inputs *inputs, struct findings *findings, struct layer_list *layers,
			   struct trial *trial)
{
	cleanup_error struct error *error = NULL;
	cleanup_texts struct session_texts texts = {0};

	if (!inputs_compile(inputs, NULL, 0, layers, &error)) {
		tell_elsewhere(inputs, error_text(error), findings);
		return;
	}
	session_texts_of_layers(layers, &texts);
	if (!inputs_try(inputs, &texts, trial, &error)) {
		tell_elsewhere(inputs, error_text(error), findings);
		return;
	}
	if (trial->warning != NULL)
		findings_warn(findings, trial->warning);
	if (!trial->committed && texts.count > 0)
		cli_complain(inputs->cli, "note: the kernel was not asked about these rules: %s", trial->not_asked);
}

void inputs_judge(struct inputs *inputs, struct findings *findings, struct layer_list *layers, struct trial *trial)
{
	judge_alone(inputs, findings);
	if (findings_errors(findings) == 0)
		judge_together(inputs, findings, layers, trial);
	findings_sort(findings);
}
