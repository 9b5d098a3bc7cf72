/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/channel.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "kernel/process.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define ENDED "worker: the other end is gone"

struct header {
	uint32_t type;
	uint32_t length;
};

void channel_message_free(struct channel_message *message)
{
	free(message->bytes);
	message->bytes = NULL;
}

void channel_add(struct text *batch, uint32_t type, const void *bytes, size_t length)
{
	struct header header = {.type = type, .length = (uint32_t)length};

	text_append_bytes(batch, &header, sizeof(header));
	text_append_bytes(batch, bytes, length);
}

void channel_flush(int fd, struct text *batch)
{
	(void)file_write_all(fd, batch->data, batch->length);
	text_free(batch);
}

void channel_send(int fd, uint32_t type, const void *bytes, size_t length)
{
	struct text batch = {0};

	channel_add(&batch, type, bytes, length);
	channel_flush(fd, &batch);
}

static bool read_exactly(int fd, void *bytes, size_t length, long long deadline, struct error **error)
{
	char *at = bytes;

	while (length > 0) {
		long long left = deadline - process_now();
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
		ssize_t got;

		if (left <= 0)
			return error_set(error, "worker: no answer in time");
		if (poll(&poll_fd, 1, left > INT_MAX ? INT_MAX : (int)left) <= 0)
			continue;
		got = read(fd, at, length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return error_set(error, ENDED);
		at += got;
		length -= (size_t)got;
	}
	return true;
}

bool channel_receive(int fd, long long deadline, struct channel_message *ret, struct error **error)
{
	cleanup_free char *bytes = NULL;
	struct header header;

	if (!read_exactly(fd, &header, sizeof(header), deadline, error))
		return false;
	bytes = memory_allocate((size_t)header.length + 1, 1);
	if (!read_exactly(fd, bytes, header.length, deadline, error))
		return false;
	ret->type = header.type;
	ret->length = header.length;
	ret->bytes = STEAL(bytes);
	return true;
}

bool channel_receive_or(int fd, uint32_t type, uint32_t failure, long long deadline, struct channel_message *ret,
			struct error **error)
{
	if (!channel_receive(fd, deadline, ret, error))
		return false;
	if (ret->type == type)
		return true;
	if (ret->type == failure)
		return error_set(error, "%s", (const char *)ret->bytes);
	return error_set(error, "worker: message %u in the place of %u", ret->type, type);
}

bool channel_ended(const struct error *error)
{
	return error != NULL && strcmp(error_text(error), ENDED) == 0;
}
