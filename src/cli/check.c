/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "cli/hooks.h"
#include "cli/inputs.h"

#include <stdio.h>

static void warn_about_hooks(const struct inputs *inputs, struct findings *findings)
{
	cleanup_hooks struct hook_definitions definitions = {0};

	if (inputs->config->mandatory_profiles.count + inputs->config->default_profiles.count == 0)
		return;
	hooks_find(&definitions);
	if (!hooks_has(&definitions, true))
		findings_warn(
			findings,
			"the configuration has mandatory or default profiles, but no hook definition with "
			"\"when\": {\"always\": true} is where podman or CRI-O looks: containers without annotations "
			"start without them; `oci-iptables doctor` says more");
}

enum cli_exit cli_check(const struct cli *cli)
{
	cleanup_findings struct findings findings = {0};
	cleanup_inputs struct inputs inputs = {0};
	cleanup_layers struct layer_list layers = {0};
	cleanup_trial struct trial trial = {0};
	cleanup_error struct error *error = NULL;
	cleanup_json_writer struct json_writer *writer = json_writer_new(true);
	size_t errors;

	if (!inputs_open(cli, &inputs, &findings, &error))
		return cli_fail(cli, error);
	inputs_judge(&inputs, &findings, &layers, &trial);
	inputs_note_examples(&inputs);
	warn_about_hooks(&inputs, &findings);
	errors = findings_errors(&findings);
	if (cli->json) {
		json_write_object_begin(writer);
		json_write_key(writer, "valid");
		json_write_boolean(writer, errors == 0);
		json_write_key(writer, "kernel_asked");
		json_write_boolean(writer, trial.committed);
		json_write_key(writer, "findings");
		findings_write_json(&findings, writer);
		json_write_object_end(writer);
		fputs(json_writer_text(writer, &(size_t){0}), stdout);
	} else {
		findings_print(&findings);
	}
	return errors == 0 ? CLI_DONE : CLI_FAILED;
}
