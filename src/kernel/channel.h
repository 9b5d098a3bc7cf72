/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages between the main process and its worker: both trusted, so a length and a type are all that stands before. */
#ifndef KERNEL_CHANNEL_H
#define KERNEL_CHANNEL_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct channel_message {
	uint32_t type;
	size_t length;
	void *bytes; /* with a NUL behind them; owned by the holder of the message */
};

/** Releases the bytes. */
void channel_message_free(struct channel_message *message);

#define cleanup_message __attribute__((cleanup(channel_message_free)))

/** Adds a message to a batch. Each write wakes the other end, so what belongs together goes together. */
void channel_add(struct text *batch, uint32_t type, const void *bytes, size_t length);

/** Sends a batch, which is empty afterwards. */
void channel_flush(int fd, struct text *batch);

/** Sends a message. A receiver that is gone is noticed by the next receive. */
void channel_send(int fd, uint32_t type, const void *bytes, size_t length);

/**
 * Receives one message of any type.
 * @deadline: process_now() at which waiting ends
 * @ret: its bytes end with a NUL behind them; owned by the caller (channel_message_free)
 */
bool channel_receive(int fd, long long deadline, struct channel_message *ret, struct error **error);

/** The same for a message of one type, in whose place one with the text of a failure may come: that sets @error. */
bool channel_receive_or(int fd, uint32_t type, uint32_t failure, long long deadline, struct channel_message *ret,
			struct error **error);

/** @return whether the error says that the other end is gone */
bool channel_ended(const struct error *error);

#endif
