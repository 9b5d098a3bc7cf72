/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "config-paths.h"
#include "hook/hook.h"
#include "kernel/privileges.h"
#include "kernel/process.h"

#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/** Seconds after which the hook gives up whatever it does, below the ten of the shipped definition. */
#define LAST_RESORT_SECONDS 9

enum stage { STAGE_FROM_STATUS, STAGE_APPLY, STAGE_REMOVE };

static const char usage[] =
	"Usage: oci-iptables-hook [createRuntime|prestart|poststop]\n"
	"\n"
	"OCI runtime hook: reads the container's state (JSON) from standard input and applies or removes the iptables\n"
	"rules that its annotations and the administrator's profiles ask for. Without a stage the state's status says\n"
	"which. For container runtimes to run, see oci-iptables-hook(8).\n"
	"\n"
	"  --help     show this text\n"
	"  --version  show the version\n";

/* What a signal handler can still say. */
static char too_late[64] = "oci-iptables-hook: -: hook: not done in time\n";

static void say_too_late(int signal_number)
{
	ssize_t ignored;

	(void)signal_number;
	ignored = write(STDERR_FILENO, too_late, strlen(too_late));
	(void)ignored;
	_exit(1);
}

static void say_exhausted(void)
{
	static const char line[] = "oci-iptables-hook: -: hook: out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, line, sizeof(line) - 1);

	(void)ignored;
	_exit(1);
}

/* "oci-iptables-hook: 0123456789ab: rules: line 3: ..." */
static void tell_failure(const struct hook *hook, const char *id, const struct error *error)
{
	cleanup_free char *reason = log_escape(error_text(error));
	cleanup_free char *line = NULL;
	cleanup_store struct store *store = NULL;

	if (asprintf(&line, "oci-iptables-hook: %.12s: %s", id, reason) < 0)
		say_exhausted();
	log_stderr(line);
	/* A configuration that can't be read does not switch logging off. */
	if (hook->config == NULL || (hook->config->log_syslog && hook->config->log_level >= LOG_ERR))
		log_syslog(LOG_ERR, line);
	if (hook->store == NULL)
		store = store_open(hook->config == NULL ? NULL : hook->config->state_directory, true, NULL);
	/* Best effort: stderr and syslog have it. */
	if (hook->store != NULL || store != NULL)
		store_save_failure(hook->store != NULL ? hook->store : store, id, line, NULL);
}

static bool parse_stage(int argc, char **argv, enum stage *ret, struct error **error)
{
	if (argc > 2)
		return error_set(error, "arguments: one stage at most: createRuntime, prestart or poststop");
	if (argc < 2)
		*ret = STAGE_FROM_STATUS;
	else if (strcmp(argv[1], "createRuntime") == 0 || strcmp(argv[1], "prestart") == 0)
		*ret = STAGE_APPLY;
	else if (strcmp(argv[1], "poststop") == 0)
		*ret = STAGE_REMOVE;
	else
		return error_set(error,
				 "arguments: unknown stage \"%s\"; there are createRuntime, prestart and poststop",
				 argv[1]);
	return true;
}

static bool stage_from_status(const struct container *container, enum stage *stage, struct error **error)
{
	if (*stage != STAGE_FROM_STATUS)
		return true;
	switch (container->status) {
	case OCI_STATUS_CREATING:
	case OCI_STATUS_CREATED:
		*stage = STAGE_APPLY;
		return true;
	case OCI_STATUS_STOPPED:
		*stage = STAGE_REMOVE;
		return true;
	case OCI_STATUS_RUNNING:
	case OCI_STATUS_OTHER:
		break;
	}
	return error_set(error,
			 "state: its status names no stage; call the hook with createRuntime, prestart or poststop");
}

/* ~/.config/oci-iptables of the user who runs podman rootless; the environment's HOME is not to be believed. */
static char *user_directory(void)
{
	const struct passwd *user;
	char *path = NULL;
	uint64_t uid;

	if (!store_is_rootless(&uid))
		return NULL;
	user = getpwuid((uid_t)uid);
	if (user == NULL || user->pw_dir == NULL || user->pw_dir[0] != '/' ||
	    asprintf(&path, "%s/.config/oci-iptables", user->pw_dir) < 0)
		return NULL;
	return path;
}

/* Standard input is read to its end whatever else is wrong: crun dies of SIGPIPE or forgets its time-out if not. */
static bool read_state(struct hook *hook, char **ret_id, struct error **error)
{
	cleanup_free char *text = NULL;
	size_t length;

	if (!file_read_until(STDIN_FILENO, OCI_STATE_LIMIT, hook->deadline, "state", &text, &length, error))
		return false;
	hook->container = oci_read_state(text, length, error);
	if (hook->container == NULL)
		*ret_id = oci_guess_id(text, length);
	else
		*ret_id = memory_copy_string(hook->container->id);
	if (*ret_id != NULL)
		snprintf(too_late, sizeof(too_late), "oci-iptables-hook: %.12s: hook: not done in time\n", *ret_id);
	return hook->container != NULL;
}

static bool run(struct hook *hook, int argc, char **argv, char **ret_id, struct error **error)
{
	enum stage stage = STAGE_FROM_STATUS;
	cleanup_free char *directory = NULL;

	if (!privileges_enter_phase(PRIVILEGES_READ, error) || !read_state(hook, ret_id, error) ||
	    !parse_stage(argc, argv, &stage, error) || !process_check_proc(error))
		return false;
	directory = user_directory();
	hook->config = config_read(SYSTEM_CONFIG_DIRECTORY, directory, error);
	if (hook->config == NULL)
		return false;
	if (directory != NULL && asprintf(&hook->user_profiles, "%s/profiles", directory) < 0)
		return error_set(error, "hook: out of memory");
	if (!stage_from_status(hook->container, &stage, error))
		return false;
	return stage == STAGE_REMOVE ? hook_remove(hook, error) : hook_apply(hook, error);
}

static void release(struct hook *hook)
{
	netns_close(&hook->netns);
	store_close(&hook->store);
	container_free(&hook->container);
	config_free(&hook->config);
	free(hook->user_profiles);
}

int main(int argc, char **argv)
{
	struct hook hook = {.netns = {.fd = -1}};
	cleanup_error struct error *error = NULL;
	cleanup_free char *id = NULL;
	bool done;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(usage, stdout) < 0 || fflush(stdout) != 0;
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return printf("oci-iptables-hook %s\n", PROJECT_VERSION) < 0 || fflush(stdout) != 0;
	memory_set_exhausted(say_exhausted);
	done = process_sanitize(&error);
	signal(SIGALRM, say_too_late);
	alarm(LAST_RESORT_SECONDS);
	hook.deadline = process_now() + HOOK_MILLISECONDS;
	done = done && run(&hook, argc, argv, &id, &error);
	if (!done)
		tell_failure(&hook, id == NULL ? "-" : id, error);
	release(&hook);
	process_reap_all();
	return done ? 0 : 1;
}
