/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Garbage collection: records of containers that ended without their poststop (crun after a failed create, a killed
 * conmon, a reboot), and their rules. A live container is never touched: what decides is the process by pid and start
 * time, and the namespace by its cookie, looked at again under the namespace's lock.
 */
#ifndef SESSION_GC_H
#define SESSION_GC_H

#include "base/error.h"
#include "state/store.h"

#include <stdbool.h>
#include <stddef.h>

/** Why a record is kept, or not. */
enum gc_verdict {
	GC_LIVE,
	GC_OTHER_BOOT,      /* written before the last reboot */
	GC_NAMESPACE_GONE,  /* nobody is in its namespace any more, and nothing holds it */
	GC_PROCESS_DEAD,    /* the container ended; others still live in its namespace */
	GC_NAMESPACE_EMPTY, /* its record is damaged, and nobody is in the namespace */
};

/** @return the words for a verdict: "its namespace is gone" */
const char *gc_verdict_text(enum gc_verdict verdict);

/** Judges one record. @return whether it could be judged; a doubt is an error, never garbage */
bool gc_judge(const struct record *record, enum gc_verdict *ret, struct error **error);

/** What happened to one record. @error: NULL when it went, or would go */
typedef void (*gc_report_function)(void *context, const struct record *record, enum gc_verdict verdict,
				   const char *error);

struct gc_request {
	struct store *store;
	bool dry_run;
	long long lock_milliseconds; /* waiting for each namespace's lock */
	gc_report_function report;   /* called for each record that is garbage, and for each that could not be judged */
	void (*progress)(void *context, size_t done, size_t total); /* called before each record; may be NULL */
	void *context;
};

/**
 * Removes the garbage among @records.
 * @return whether all that is garbage went, or would go
 */
bool gc_run(const struct gc_request *request, const struct record_list *records);

#endif
