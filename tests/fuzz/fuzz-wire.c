/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input: one byte (bit 0: family; the others: how the rest is cut into pieces), then what a parser sends to the worker.
 * The worker holds NET_ADMIN and must believe nothing that a parser under somebody else's command says.
 */
#include "fuzz.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LAYERS 3
#define MAX_RULES 64

static uint8_t some_revision(void *context, int family, bool target, const char *name, uint8_t revision)
{
	(void)context;
	(void)family;
	(void)target;
	MUST(strlen(name) < 30);
	return revision & 1;
}

static void empty(int fd)
{
	char bytes[256];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
}

static enum wire_result feed(struct wire_reader *reader, int fd, const uint8_t *data, size_t size, size_t piece,
			     struct error **error)
{
	enum wire_result result = WIRE_MORE;
	bool both_families;

	while (size > 0 && result == WIRE_MORE) {
		size_t now = size < piece ? size : piece;

		MUST(write(fd, data, now) == (ssize_t)now);
		data += now;
		size -= now;
		result = wire_reader_run(reader, &both_families, error);
		empty(fd);
	}
	if (result == WIRE_MORE) {
		shutdown(fd, SHUT_WR);
		result = wire_reader_run(reader, &both_families, error);
	}
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_error struct error *error = NULL;
	cleanup_ruleset struct ruleset ruleset = {0};
	struct wire_reader *reader;
	enum wire_result result;
	size_t piece;
	int ends[2];

	if (size == 0)
		return 0;
	piece = data[0] >> 1 == 0 ? 65536 : (size_t)data[0] >> 1;
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
	signal(SIGPIPE, SIG_IGN);
	reader = wire_reader_new(ends[0], data[0] & 1 ? AF_INET6 : AF_INET, LAYERS, MAX_RULES, some_revision, NULL);
	result = feed(reader, ends[1], data + 1, size - 1, piece, &error);
	MUST(result != WIRE_MORE);
	fuzz_check_refusal(result != WIRE_FAILED, error);
	if (result == WIRE_DONE) {
		wire_reader_take(reader, &ruleset);
		fuzz_use_ruleset(&ruleset, LAYERS);
	}
	wire_reader_free(&reader);
	close(ends[0]);
	close(ends[1]);
	return 0;
}
