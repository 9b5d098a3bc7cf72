/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * createRuntime. Reading comes before judging, judging before writing, the intent record before the first commit; so a
 * hook that is killed anywhere leaves either nothing or something that its record names.
 */
#include "hook/hook.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "config-paths.h"
#include "kernel/facts.h"
#include "kernel/privileges.h"
#include "kernel/process.h"
#include "kernel/worker.h"
#include "session/chains.h"
#include "session/damaged.h"
#include "session/removal.h"
#include "session/sysctls.h"
#include "session/texts.h"
#include "state/damaged.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

/** Largest resolv.conf that is read. */
#define RESOLV_CONF_LIMIT ((size_t)64 * 1024)

/** Milliseconds that undoing has at least: those between the hook's deadline and the last resort. */
#define UNDO_MILLISECONDS 1000

/** Milliseconds that other containers of the namespace have to get from their first process to their first program. */
#define STARTING_MILLISECONDS 3000

bool hook_open_store(struct hook *hook, struct error **error)
{
	if (hook->store == NULL)
		hook->store = store_open(hook->config->state_directory, true, error);
	return hook->store != NULL;
}

/* What the policy compiler may ask. */
struct surroundings {
	struct hook *hook;
	struct network_facts facts;
	bool has_facts;
	bool host;
};

static const struct network_facts *ask_facts(void *context, struct error **error)
{
	struct surroundings *surroundings = context;

	if (surroundings->host) {
		error_set(error, "the container has the host's network; use fixed addresses");
		return NULL;
	}
	if (!surroundings->has_facts) {
		if (!facts_read(&surroundings->hook->netns, &surroundings->facts, error))
			return NULL;
		surroundings->has_facts = true;
	}
	return &surroundings->facts;
}

static char *ask_resolv_conf(void *context, struct error **error)
{
	const struct surroundings *surroundings = context;
	const char *path = surroundings->hook->container->resolv_conf;
	cleanup_free char *text = NULL;
	size_t length;

	if (path == NULL) {
		error_set(error, "config.json mounts no file on /etc/resolv.conf");
		return NULL;
	}
	/* Never through a link: the image or a volume could make it lead anywhere. */
	if (!file_read_at(AT_FDCWD, path, RESOLV_CONF_LIMIT, path, &text, &length, NULL, error))
		return NULL;
	/* Other readers go on behind it and would find other resolvers. */
	if (memchr(text, '\0', length) != NULL) {
		error_set(error, "%s holds a NUL byte", path);
		return NULL;
	}
	return STEAL(text);
}

static bool compile(struct hook *hook, bool host, struct layer_list *ret, struct error **error)
{
	const struct container *container = hook->container;
	struct surroundings surroundings = {.hook = hook, .host = host};
	struct policy_source source = {.context = &surroundings, .facts = ask_facts, .resolv_conf = ask_resolv_conf};
	const char *directories[3];
	size_t count = 0;
	cleanup_free struct policy_annotation *annotations =
		memory_allocate(container->annotation_count, sizeof(*annotations));
	struct policy_request request = {
		.config = hook->config,
		.container_id = container->id,
		.annotations = annotations,
		.annotation_count = container->annotation_count,
		.profile_directories = directories,
		.user_profiles = hook->user_profiles,
		.source = &source,
	};
	bool done;

	directories[count++] = SYSTEM_CONFIG_DIRECTORY "/profiles";
	directories[count++] = PACKAGE_PROFILE_DIRECTORY;
	directories[count] = NULL;
	for (size_t i = 0; i < container->annotation_count; i++) {
		annotations[i].key = container->annotations[i].key;
		annotations[i].value = container->annotations[i].value;
	}
	done = policy_compile(&request, ret, error);
	network_facts_free(&surroundings.facts);
	return done;
}

static struct record *make_record(const struct hook *hook, const struct layer_list *layers, uint64_t cookie,
				  struct error **error)
{
	const struct container *container = hook->container;
	struct record *record = memory_allocate(1, sizeof(*record));

	record->id = memory_copy_string(container->id);
	record->bundle = memory_copy_string(container->bundle);
	record->cookie = cookie;
	record->device = hook->netns.device;
	record->inode = hook->netns.inode;
	record->path = container->network_path == NULL ? NULL : memory_copy_string(container->network_path);
	record->pid = container->pid;
	record->pid_start = record->pid > 0 ? record_process_start(record->pid) : 0;
	if (record->pid > 0)
		record_note_namespaces(record);
	record->judged = true;
	record->capabilities = container->capabilities;
	record->created = (uint64_t)time(NULL);
	record->hook_version = memory_copy_string(PROJECT_VERSION);
	chains_of_all_plans(record);
	record->layers = memory_allocate(layers->count, sizeof(*record->layers));
	record->layer_count = layers->count;
	for (size_t i = 0; i < layers->count; i++) {
		record->layers[i].kind = memory_copy_string(session_kind_name(layers->items[i].kind));
		record->layers[i].source = memory_copy_string(layers->items[i].source);
	}
	/* Without its start time nobody could say later whether it is gone, and its rules would stay for ever. */
	if (record->pid > 0 && record->pid_start == 0) {
		error_set(error, "state: the container's process %ld has ended", (long)record->pid);
		record_free(&record);
	} else if (!record_boot_id(record->boot_id, error)) {
		record_free(&record);
	}
	return record;
}

/* What other records of the namespace mean for this container. */
struct neighbours {
	struct record_list records; /* all of the namespace */
	struct backend_name *stale; /* chains of containers that are gone, and of an own attempt that broke off */
	size_t stale_count;
	bool again;   /* one of the records is the container's own */
	bool damaged; /* its own was damaged, and is set aside */
};

/* Whether chains that another record names would be taken for own ones: digests of ids that somebody chose can meet. */
static bool names_own_chains(const struct record *record, const struct record *own)
{
	for (size_t i = 0; i < record->chain_count; i++) {
		if (plan_name_matches(record->chains[i].name, own->chains[0].name))
			return true;
	}
	return false;
}

static bool look_at_neighbours(struct hook *hook, const struct record *own, struct neighbours *ret,
			       struct error **error)
{
	struct store_filter filter = {.cookie = own->cookie};

	if (!session_find_records(hook->store, &filter, &ret->records, error))
		return false;
	for (size_t i = 0; i < ret->records.count; i++) {
		const struct record *record = ret->records.items[i];
		bool same = record_is_same_container(record, own);

		if (strcmp(record->boot_id, own->boot_id) != 0)
			continue; /* cookies count from the boot on: another namespace */
		/* In the same file, this record would take the place of that one whether it is alive or not. */
		if (!same &&
		    (store_is_same_file(record, own) || (names_own_chains(record, own) && record_is_alive(record))))
			return error_set(
				error,
				"state: chains of container %.12s in the same network have the names that this "
				"one's would get; give it another id",
				record->id);
		ret->again = ret->again || same;
		/* Its own: of a broken-off attempt, or of the other of createRuntime and prestart. One commit puts the
		 * new chains in the place of the old ones. */
		if (same || !record_is_alive(record))
			ret->stale = chains_append_names(ret->stale, &ret->stale_count, record);
	}
	/* Which chains its own damaged record named can't be known; the new intent names all that there could be. */
	ret->damaged = damaged_has(hook->store, own);
	if (ret->damaged) {
		ret->again = true;
		ret->stale = chains_append_names(ret->stale, &ret->stale_count, own);
	}
	return true;
}

/* Those that are gone and have changed sysctls are removed by themselves: the rules that restrict forwarding go after
 * it. Own sysctls are in the intent by now, and stay. */
static bool remove_dead_forwarders(struct hook *hook, const struct neighbours *neighbours, const struct record *own,
				   struct error **error)
{
	for (size_t i = 0; i < neighbours->records.count; i++) {
		const struct record *record = neighbours->records.items[i];

		if (record->sysctl_count > 0 && strcmp(record->boot_id, own->boot_id) == 0 &&
		    !record_is_same_container(record, own) && !record_is_alive(record) &&
		    !session_remove_locked(hook->store, record, hook->deadline, NULL, error))
			return false;
	}
	return true;
}

static void forget_stale(struct hook *hook, const struct neighbours *neighbours, const struct record *own)
{
	for (size_t i = 0; i < neighbours->records.count; i++) {
		const struct record *record = neighbours->records.items[i];

		/* Its chains are gone; should the file stay, the next one who finds it removes nothing. */
		if (!record_is_same_container(record, own) && !record_is_alive(record))
			store_remove(hook->store, record, NULL);
	}
	if (neighbours->damaged)
		damaged_forget_of(hook->store, own);
}

/* What is known of a commit on its way. */
struct attempt {
	struct worker *worker;
	const struct session_texts *texts;
	struct record *record;
	struct neighbours neighbours;
	bool planned;
	bool filters;  /* known with the plan: a layer denies something */
	bool declared; /* the intent is written */
	bool ordered;  /* the worker was told to commit */
};

/* Takes back what the worker may have left; the record goes only when that worked. */
static void undo(struct hook *hook, struct attempt *attempt)
{
	const struct record *record = attempt->record;
	bool untouched = (!attempt->ordered || worker_refused(attempt->worker)) && !attempt->neighbours.again;
	size_t count = 0;
	cleanup_free struct backend_name *names = chains_append_names(NULL, &count, record);
	cleanup_forwarding struct forwarding_values sysctls = sysctls_to_restore(hook->store, record);
	long long least = process_now() + UNDO_MILLISECONDS;
	struct worker_removal removal = {.netns = &hook->netns,
					 .cookie = record->cookie,
					 .names = names,
					 .count = count,
					 .sysctls = &sysctls,
					 .deadline = hook->deadline > least ? hook->deadline : least};

	/* One that was waited for in vain would commit behind this. */
	worker_free(&attempt->worker);
	if (untouched || worker_remove(&removal, NULL, NULL, NULL))
		store_remove(hook->store, record, NULL);
}

static long long lock_milliseconds(const struct hook *hook)
{
	long long left = hook->deadline - process_now();
	long long configured = (long long)hook->config->lock_timeout_seconds * 1000;

	return configured < left ? configured : left;
}

/* Waits for the plan. */
static bool hear_plan(struct hook *hook, struct attempt *attempt, struct error **error)
{
	cleanup_plan struct plan plan = {0};
	cleanup_free char *warning = NULL;

	if (attempt->planned)
		return true;
	if (!worker_plan(attempt->worker, &plan, &warning, error))
		return false;
	attempt->planned = true;
	attempt->filters = plan_filters(&plan);
	if (warning != NULL && hook->config->log_syslog && hook->config->log_level >= LOG_WARNING)
		log_syslog(LOG_WARNING, warning);
	return true;
}

/* Whether a layer filters, and so whether CAP_NET_RAW matters, is known with the plan only. It is waited for when a
 * look for all capabilities has found one. */
static bool check_workload(struct hook *hook, struct attempt *attempt, struct error **error)
{
	cleanup_error struct error *strict = NULL;

	if (hook_check_workload(hook, true, &strict))
		return true;
	if (!hear_plan(hook, attempt, error))
		return false;
	return attempt->filters ? error_move(error, STEAL(strict)) : hook_check_workload(hook, false, error);
}

/* The same for the processes of others. */
static bool check_others(struct hook *hook, struct attempt *attempt, bool *ret_starting, struct error **error)
{
	const struct record_list *records = &attempt->neighbours.records;
	cleanup_error struct error *strict = NULL;

	if (hook_check_others(hook, true, records, ret_starting, &strict))
		return true;
	if (!hear_plan(hook, attempt, error)) {
		*ret_starting = false;
		return false;
	}
	return attempt->filters ? error_move(error, STEAL(strict))
				: hook_check_others(hook, false, records, ret_starting, error);
}

/* Orders the commit and waits for it. The intent is written by now. */
static bool carry_out(struct hook *hook, struct attempt *attempt, struct error **error)
{
	cleanup_plan struct plan done = {0};
	bool kept;

	attempt->ordered = true;
	worker_order_commit(attempt->worker, attempt->neighbours.stale, attempt->neighbours.stale_count);
	/* The texts stay with the record, so that `oci-iptables` can show and reapply what a person wrote. Nothing is
	 * undone by them, so they are written while the worker works. */
	kept = session_texts_save(hook->store, attempt->texts, attempt->record, error);
	if (!hear_plan(hook, attempt, kept ? error : NULL) ||
	    !worker_commit(attempt->worker, &done, kept ? error : NULL) || !kept)
		return false;
	chains_to_record(&done, attempt->record);
	attempt->record->active = true;
	return store_save(hook->store, attempt->record, error);
}

static void forget_neighbours(struct neighbours *neighbours)
{
	free(neighbours->stale);
	record_list_free(&neighbours->records);
	*neighbours = (struct neighbours){0};
}

/* Writes the intent, under the namespace's lock. */
static bool declare(struct hook *hook, struct attempt *attempt, const struct forwarding_values *sysctls,
		    struct error **error)
{
	forget_neighbours(&attempt->neighbours);
	/* An intent takes the place of what the container has already; so there must be something to put there. */
	if (!look_at_neighbours(hook, attempt->record, &attempt->neighbours, error) ||
	    (attempt->neighbours.again && !hear_plan(hook, attempt, error)))
		return false;
	sysctls_to_record(sysctls, attempt->record);
	sysctls_inherit(attempt->record, &attempt->neighbours.records);
	if (!store_save(hook->store, attempt->record, error))
		return false;
	attempt->declared = true;
	return true;
}

/*
 * First the intent, then the look at others: a container that comes between finds the one, or is found by the other.
 * Runtimes' processes hold all capabilities until their container starts. Those with a record are judged by what they
 * will hold; others get a record of theirs, or give up what they hold, as soon as they get the lock.
 */
static bool declare_and_check(struct hook *hook, struct attempt *attempt, const struct forwarding_values *sysctls,
			      struct store_lock *lock, struct error **error)
{
	static const struct timespec pause = {.tv_nsec = 5000000};
	long long patience = process_now() + STARTING_MILLISECONDS;

	for (;;) {
		cleanup_error struct error *refusal = NULL;
		bool starting = false;

		if (!declare(hook, attempt, sysctls, error))
			return false;
		if (check_others(hook, attempt, &starting, &refusal))
			return true;
		if (!starting || process_now() >= patience)
			return error_move(error, STEAL(refusal));
		store_unlock(hook->store, lock, true);
		nanosleep(&pause, NULL);
		if (!store_lock(hook->store, attempt->record->cookie, process_now() + lock_milliseconds(hook), lock,
				error))
			return false;
	}
}

/* Under the namespace's lock: intent, commit, record. */
static bool commit(struct hook *hook, struct attempt *attempt, const struct forwarding_values *sysctls,
		   struct store_lock *lock, struct error **error)
{
	if (!declare_and_check(hook, attempt, sysctls, lock, error) ||
	    !privileges_enter_phase(PRIVILEGES_RECORD, error) ||
	    !remove_dead_forwarders(hook, &attempt->neighbours, attempt->record, error) ||
	    !carry_out(hook, attempt, error)) {
		if (attempt->declared)
			undo(hook, attempt);
		return false;
	}
	forget_stale(hook, &attempt->neighbours, attempt->record);
	store_remove_failure(hook->store, attempt->record->id);
	return true;
}

/* Writes the intent, and looks at the processes, while the parsers read. */
static bool check_and_commit(struct hook *hook, struct attempt *attempt, const struct layer_list *layers,
			     struct error **error)
{
	cleanup_forwarding struct forwarding_values sysctls = {0};
	struct store_lock lock = {.fd = -1};
	uint64_t cookie;
	bool done;

	if (!hook_open_store(hook, error) || !worker_enter(attempt->worker, &cookie, &sysctls, error) ||
	    !check_workload(hook, attempt, error))
		return false;
	attempt->record = make_record(hook, layers, cookie, error);
	if (attempt->record == NULL ||
	    !store_lock(hook->store, cookie, process_now() + lock_milliseconds(hook), &lock, error))
		return false;
	done = commit(hook, attempt, &sysctls, &lock, error);
	store_unlock(hook->store, &lock, done);
	return done;
}

static bool apply_layers(struct hook *hook, const struct layer_list *layers, struct error **error)
{
	cleanup_texts struct session_texts texts = {0};
	struct worker_job job = {
		.netns = &hook->netns,
		.text_count = layers->count,
		.id = hook->container->id,
		.bundle = hook->container->bundle,
		.max_rules = hook->config->limit_rules,
		.one_sided_refused = hook->config->ipv6_unfiltered == CONFIG_IPV6_REFUSE,
		.lock_milliseconds = lock_milliseconds(hook),
		.deadline = hook->deadline,
	};
	struct attempt attempt = {.texts = &texts};
	bool done;

	session_texts_of_layers(layers, &texts);
	job.texts = texts.items;
	job.sections = texts.sections;
	job.forwarding = texts.forwarding;
	attempt.worker = worker_start(&job, error);
	/* A forked child often waits for its parent's processor while another one idles; its way is the longer one. */
	sched_yield();
	done = attempt.worker != NULL && check_and_commit(hook, &attempt, layers, error);
	forget_neighbours(&attempt.neighbours);
	record_free(&attempt.record);
	worker_free(&attempt.worker);
	return done;
}

/* Inodes are recycled: the cookie says whether a record is about the container's namespace. */
static bool has_cookie(struct hook *hook, uint64_t cookie, bool *ret, struct error **error)
{
	struct worker_removal nothing = {.netns = &hook->netns, .cookie = cookie, .deadline = hook->deadline};

	return worker_remove(&nothing, ret, NULL, error);
}

/* A container without layers may still join a namespace in which others have some. Of a damaged record its name tells
 * enough. */
static bool check_joined_namespace(struct hook *hook, struct error **error)
{
	struct store_filter filter = {.inode = hook->netns.inode};
	cleanup_error struct error *refusal = NULL;
	cleanup_records struct record_list records = {0};
	cleanup_damaged struct damaged_list damaged = {0};
	bool same = false;

	hook->store = store_open(hook->config->state_directory, false, error);
	if (hook->store == NULL)
		return error == NULL || *error == NULL;
	if (!damaged_find(hook->store, &filter, &damaged, error))
		return false;
	if ((damaged.count == 0 && !store_has(hook->store, &filter)) || hook_check_workload(hook, true, &refusal))
		return true;
	if (!store_find(hook->store, &filter, &records, error))
		return false;
	for (size_t i = 0; i < records.count && !same; i++) {
		if (!has_cookie(hook, records.items[i]->cookie, &same, error))
			return false;
	}
	for (size_t i = 0; i < damaged.count && !same; i++) {
		if (!has_cookie(hook, damaged.items[i].cookie, &same, error))
			return false;
	}
	return !same || error_move(error, STEAL(refusal));
}

bool hook_apply(struct hook *hook, struct error **error)
{
	cleanup_layers struct layer_list layers = {0};
	bool host;

	if (!oci_read_bundle(hook->container, error) || !privileges_enter_phase(PRIVILEGES_NAMESPACE, error) ||
	    !hook_open_namespace(hook, &host, error) || !compile(hook, host, &layers, error))
		return false;
	if (host && layers.count > 0 && hook->config->host_network == CONFIG_HOST_NETWORK_REFUSE)
		return error_set(
			error,
			"namespace: the container has the host's network namespace, where its rules would be the "
			"host's; give it a network of its own, or set host_network to \"ignore\"");
	if (host)
		return true;
	if (layers.count == 0)
		return check_joined_namespace(hook, error);
	return apply_layers(hook, &layers, error);
}
