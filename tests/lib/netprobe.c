/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packets of the tests: asks a TCP or UDP echo server and says what came of it, and is that server. Static, so that
 * it runs as the first and only program of a container and nothing else can send before it.
 *
 *   netprobe ask [-w SECONDS | -f SECONDS] (tcp|udp ADDRESS PORT)...
 *     one line each: "tcp 198.51.100.10 7000 answered", "... refused ECONNREFUSED", "... silent"
 *     -w  asks again until it is answered, at most so long
 *     -f  asks again for so long, and says "answered" if it ever was
 *   netprobe serve PORT ADDRESS...
 *     echoes, and writes a line for each question: "udp 198.51.100.10 7000 from 10.0.0.2"
 *   netprobe log PATH
 *     a syslog socket; writes what comes, a line each
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* How long one question waits; rejected ones come back at once, so only lost packets cost it. */
#define ANSWER_MILLISECONDS 1500
#define MAX_SOCKETS 32

union endpoint {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static void fail(const char *what)
{
	fprintf(stderr, "netprobe: %s: %s\n", what, strerror(errno));
	exit(2);
}

static socklen_t endpoint_read(const char *address, const char *port, union endpoint *ret)
{
	memset(ret, 0, sizeof *ret);
	if (inet_pton(AF_INET, address, &ret->v4.sin_addr) == 1) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons((uint16_t)atoi(port));
		return sizeof ret->v4;
	}
	if (inet_pton(AF_INET6, address, &ret->v6.sin6_addr) == 1) {
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = htons((uint16_t)atoi(port));
		return sizeof ret->v6;
	}
	errno = EINVAL;
	fail(address);
	return 0;
}

static const char *endpoint_name(const union endpoint *endpoint, char *buffer, socklen_t size)
{
	const void *bytes = endpoint->any.sa_family == AF_INET ? (const void *)&endpoint->v4.sin_addr
							       : (const void *)&endpoint->v6.sin6_addr;

	return inet_ntop(endpoint->any.sa_family, bytes, buffer, size);
}

/* Waits for one event; @return 0, or the errno value that the socket holds, or ETIMEDOUT */
static int wait_for(int fd, short events)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};
	int error = 0;
	socklen_t length = sizeof error;

	if (poll(&poll_fd, 1, ANSWER_MILLISECONDS) == 0)
		return ETIMEDOUT;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	return error;
}

/* One question; @return 0 when the echo came back, otherwise an errno value */
static int ask_once(int type, const union endpoint *to, socklen_t length)
{
	char answer[16];
	int fd = socket(to->any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, &to->any, length) < 0)
		error = errno == EINPROGRESS ? wait_for(fd, POLLOUT) : errno;
	if (error == 0 && send(fd, "ping\n", 5, MSG_NOSIGNAL) < 0)
		error = errno;
	if (error == 0)
		error = wait_for(fd, POLLIN);
	if (error == 0) {
		ssize_t count = recv(fd, answer, sizeof answer, 0);

		error = count < 0 ? errno : (count == 0 ? ECONNRESET : 0);
	}
	close(fd);
	return error;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void ask(const char *protocol, const char *address, const char *port, double wait, double repeat)
{
	union endpoint to;
	socklen_t length = endpoint_read(address, port, &to);
	int type = strcmp(protocol, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM;
	double end = now() + wait + repeat;
	int error;

	while ((error = ask_once(type, &to, length)) != 0 && now() < end)
		usleep(wait > 0 ? 100000 : 1000);
	if (error == 0)
		printf("%s %s %s answered\n", protocol, address, port);
	else if (error == ETIMEDOUT)
		printf("%s %s %s silent\n", protocol, address, port);
	else
		printf("%s %s %s refused %s\n", protocol, address, port, strerrorname_np(error));
	fflush(stdout);
}

static int command_ask(int argc, char **argv)
{
	double wait = 0, repeat = 0;
	int next = 2;

	if (next + 1 < argc && strcmp(argv[next], "-w") == 0) {
		wait = atof(argv[next + 1]);
		next += 2;
	} else if (next + 1 < argc && strcmp(argv[next], "-f") == 0) {
		repeat = atof(argv[next + 1]);
		next += 2;
	}
	for (; next + 2 < argc; next += 3)
		ask(argv[next], argv[next + 1], argv[next + 2], wait, repeat);
	return next == argc ? 0 : 2;
}

static int serve_socket(int type, const union endpoint *at, socklen_t length)
{
	int on = 1;
	int fd = socket(at->any.sa_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (at->any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (bind(fd, &at->any, length) < 0 || (type == SOCK_STREAM && listen(fd, 64) < 0))
		fail("bind");
	return fd;
}

static void serve_udp(int fd, const char *address, const char *port)
{
	char bytes[512], name[INET6_ADDRSTRLEN];
	union endpoint from;
	socklen_t length = sizeof from;
	ssize_t count = recvfrom(fd, bytes, sizeof bytes, 0, &from.any, &length);

	if (count < 0)
		return;
	printf("udp %s %s from %s\n", address, port, endpoint_name(&from, name, sizeof name));
	fflush(stdout);
	sendto(fd, bytes, (size_t)count, 0, &from.any, length);
}

static void serve_tcp(int listener, const char *address, const char *port)
{
	char bytes[512], name[INET6_ADDRSTRLEN];
	union endpoint from;
	socklen_t length = sizeof from;
	int fd = accept4(listener, &from.any, &length, SOCK_CLOEXEC);
	ssize_t count;

	if (fd < 0)
		return;
	printf("tcp %s %s from %s\n", address, port, endpoint_name(&from, name, sizeof name));
	fflush(stdout);
	if (fork() == 0) {
		while ((count = recv(fd, bytes, sizeof bytes, 0)) > 0 &&
		       send(fd, bytes, (size_t)count, MSG_NOSIGNAL) == count)
			;
		_exit(0);
	}
	close(fd);
}

static int command_serve(int argc, char **argv)
{
	struct pollfd fds[MAX_SOCKETS];
	nfds_t count = 0;

	signal(SIGCHLD, SIG_IGN);
	for (int i = 3; i < argc && count + 2 <= MAX_SOCKETS; i++) {
		union endpoint at;
		socklen_t length = endpoint_read(argv[i], argv[2], &at);

		fds[count++] = (struct pollfd){.fd = serve_socket(SOCK_STREAM, &at, length), .events = POLLIN};
		fds[count++] = (struct pollfd){.fd = serve_socket(SOCK_DGRAM, &at, length), .events = POLLIN};
	}
	printf("ready\n");
	fflush(stdout);
	while (poll(fds, count, -1) >= 0 || errno == EINTR)
		for (nfds_t i = 0; i < count; i++) {
			if ((fds[i].revents & POLLIN) == 0)
				continue;
			(i % 2 == 0 ? serve_tcp : serve_udp)(fds[i].fd, argv[3 + i / 2], argv[2]);
		}
	return 1;
}

static int command_log(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char line[8192];
	ssize_t count;

	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
		fail(path);
	chmod(path, 0666);
	printf("ready\n");
	fflush(stdout);
	while ((count = recv(fd, line, sizeof line - 1, 0)) >= 0) {
		/* Some clients send the NUL that ends their string. */
		while (count > 0 && line[count - 1] == '\0')
			count--;
		line[count] = '\0';
		printf("%s\n", line);
		fflush(stdout);
	}
	return 1;
}

int main(int argc, char **argv)
{
	if (argc >= 5 && strcmp(argv[1], "ask") == 0)
		return command_ask(argc, argv);
	if (argc >= 4 && strcmp(argv[1], "serve") == 0)
		return command_serve(argc, argv);
	if (argc == 3 && strcmp(argv[1], "log") == 0)
		return command_log(argv[2]);
	fprintf(stderr, "netprobe: see the head of netprobe.c\n");
	return 2;
}
