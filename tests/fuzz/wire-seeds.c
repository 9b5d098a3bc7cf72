/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes seeds of the target wire out of seeds of the target rules: wire-seeds FROM TO parses each file of the folder
 * FROM and keeps in TO what the parser sent.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST ((size_t)64 * 1024)
/* The message that a parser waits for an answer to (rules/wire.c). */
#define QUESTION 1

/* Answers the questions that are whole by now. */
static void answer(int fd, const struct text *stream, size_t *at)
{
	uint32_t header[2];

	while (stream->length - *at >= sizeof(header)) {
		memcpy(header, stream->data + *at, sizeof(header));
		if (stream->length - *at < sizeof(header) + header[1])
			return;
		*at += sizeof(header) + ((header[1] + 7) & ~7U);
		if (header[0] == QUESTION)
			MUST(write(fd, "\1", 1) == 1);
		if (*at > stream->length)
			return;
	}
}

static void record(const char *bytes, size_t length, struct text *stream)
{
	struct rules_text text = {.source = "rules", .text = bytes + 1, .length = length - 1};
	struct rules_shared *place =
		mmap(NULL, sizeof(*place), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool is_ipv6 = (bytes[0] & 1) != 0;
	char buffer[4096];
	size_t at = 1;
	ssize_t got;
	int ends[2];
	pid_t pid;

	MUST(place != MAP_FAILED && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	pid = fork();
	MUST(pid >= 0);
	if (pid == 0) {
		close(ends[0]);
		rules_prepare(&text, 1, is_ipv6 ? AF_INET6 : AF_INET, ends[1], place);
		rules_parse(&text, 1, is_ipv6 ? AF_INET6 : AF_INET, ends[1], place);
	}
	close(ends[1]);
	text_append_char(stream, is_ipv6 ? 1 : 0);
	while ((got = read(ends[0], buffer, sizeof(buffer))) > 0) {
		text_append_bytes(stream, buffer, (size_t)got);
		answer(ends[0], stream, &at);
	}
	close(ends[0]);
	waitpid(pid, NULL, 0);
	munmap(place, sizeof(*place));
}

int main(int argc, char **argv)
{
	cleanup_closedir DIR *from = argc == 3 ? opendir(argv[1]) : NULL;
	cleanup_close int to = argc == 3 ? open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	const struct dirent *entry;

	if (from == NULL || to < 0) {
		fprintf(stderr, "wire-seeds FROM TO: both must be folders\n");
		return 2;
	}
	while ((entry = readdir(from)) != NULL) {
		cleanup_text struct text stream = {0};
		cleanup_free char *bytes = NULL;
		size_t length = 0;

		if (entry->d_name[0] == '.' ||
		    !file_read_at(dirfd(from), entry->d_name, MOST, entry->d_name, &bytes, &length, NULL, NULL) ||
		    length == 0)
			continue;
		record(bytes, length, &stream);
		if (!file_replace_at(to, entry->d_name, 0644, stream.data, stream.length, NULL))
			return 1;
	}
	return 0;
}
