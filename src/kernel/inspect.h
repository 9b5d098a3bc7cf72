/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking at a container's rules in the kernel, beside what its layers should have made of them: by a child process
 * that enters the namespace, reads, and ends. It changes nothing.
 */
#ifndef KERNEL_INSPECT_H
#define KERNEL_INSPECT_H

#include "base/error.h"
#include "kernel/backend.h"
#include "kernel/netns.h"
#include "kernel/plan.h"
#include "rules/parser.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What to look at. Belongs to the caller. */
struct inspect_job {
	const struct netns *netns;
	uint64_t cookie;                /* the namespace must have this one, else nothing is read */
	const struct plan *recorded;    /* the container's chains by its record */
	const struct rules_text *texts; /* its layers; NULL: only what is there is read */
	const uint8_t *sections;        /* of each layer: 0 policy, 1 rules */
	size_t text_count;
	bool entries; /* with the entries of the rules that are there */
	long long deadline;
};

struct inspection {
	bool same;                     /* false: another namespace on recycled numbers, and nothing below is filled */
	struct backend_contents live;  /* the recorded chains as they are */
	struct backend_contents meant; /* what the layers make, in the chains' recorded names; empty without texts */
};

/** Does once what every inspect_run() to come would have to do: worth it before the second one. */
void inspect_prepare(void);

/** Reads the contents. @ret: owned by the caller (inspection_free) */
bool inspect_run(const struct inspect_job *job, struct inspection *ret, struct error **error);

/** Reads the cookie of a namespace. */
bool inspect_cookie(const struct netns *netns, long long deadline, uint64_t *ret, struct error **error);

void inspection_free(struct inspection *inspection);

#define cleanup_inspection __attribute__((cleanup(inspection_free)))

/** Sends contents through a channel of the worker's kind, as three messages from @type on. */
void inspect_send_contents(int fd, uint32_t type, const struct backend_contents *contents);

/** Receives what inspect_send_contents() sent, or a message of type @failure, whose text becomes the error. */
bool inspect_receive_contents(int fd, uint32_t type, uint32_t failure, long long deadline, struct backend_contents *ret,
			      struct error **error);

#endif
