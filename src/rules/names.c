/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/names.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define LINE_SIZE 512
#define FIELD_COUNT 16
/** Debian's /etc/services has 13 KB, IANA's whole list 1 MB. */
#define TABLE_LIMIT ((size_t)4 * 1024 * 1024)

void rules_names_link(void)
{
}

/* Splits a line of /etc/services or /etc/protocols at blanks; a # ends it. Changes @line. */
static size_t split_fields(char *line, char **fields, size_t most)
{
	size_t count = 0;
	char *save = NULL;

	line[strcspn(line, "#\n")] = '\0';
	for (char *field = strtok_r(line, " \t", &save); field != NULL && count < most;
	     field = strtok_r(NULL, " \t", &save))
		fields[count++] = field;
	return count;
}

/* A file of names, read when the first is asked for: a text may ask for a name in each of its rules. */
struct table {
	const char *path;
	bool tried;
	char *text; /* NULL: there is no such file, or it is too long */
	size_t length;
};

static struct table services = {.path = "/etc/services"}, protocols = {.path = "/etc/protocols"};

static bool load(struct table *table)
{
	if (!table->tried) {
		cleanup_close int fd = open(table->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

		table->tried = true;
		if (fd >= 0)
			(void)file_read_fd(fd, TABLE_LIMIT, table->path, &table->text, &table->length, NULL);
	}
	return table->text != NULL;
}

/* What is asked for in a line. */
struct wanted {
	const char *word;     /* one of the fields */
	bool is_second;       /* the second one; else any other */
	const char *protocol; /* what follows the second field's slash; NULL: whatever it is */
};

static bool is_wanted(const struct wanted *wanted, char *const *fields, size_t count)
{
	const char *slash;

	if (count < 2)
		return false;
	slash = strchr(fields[1], '/');
	if (wanted->protocol != NULL && (slash == NULL || strcmp(slash + 1, wanted->protocol) != 0))
		return false;
	if (wanted->is_second)
		return strcmp(fields[1], wanted->word) == 0;
	for (size_t i = 0; i < count; i++) {
		if (i != 1 && strcmp(fields[i], wanted->word) == 0)
			return true;
	}
	return false;
}

/* Finds the first line that is wanted. Only those in which the word stands somewhere are split. */
static bool find_line(struct table *table, const struct wanted *wanted, char *line, char **fields)
{
	const char *at, *end;

	if (wanted->word[0] == '\0' || !load(table))
		return false;
	at = table->text;
	end = table->text + table->length;
	for (;;) {
		const char *hit = memmem(at, (size_t)(end - at), wanted->word, strlen(wanted->word));
		const char *begin, *stop;
		size_t length;

		if (hit == NULL)
			return false;
		begin = memrchr(at, '\n', (size_t)(hit - at));
		begin = begin == NULL ? at : begin + 1;
		stop = memchr(hit, '\n', (size_t)(end - hit));
		if (stop == NULL)
			stop = end;
		length = (size_t)(stop - begin) < LINE_SIZE ? (size_t)(stop - begin) : LINE_SIZE - 1;
		memcpy(line, begin, length);
		line[length] = '\0';
		if (is_wanted(wanted, fields, split_fields(line, fields, FIELD_COUNT)))
			return true;
		at = stop;
	}
}

static bool service_port(const char *name, const char *protocol, uint16_t *ret)
{
	const struct wanted wanted = {.word = name, .protocol = protocol};
	char line[LINE_SIZE];
	char *fields[FIELD_COUNT];
	uint64_t port;

	if (!find_line(&services, &wanted, line, fields))
		return false;
	if (!parse_number(fields[1], strcspn(fields[1], "/"), UINT16_MAX, &port))
		return false;
	*ret = (uint16_t)port;
	return true;
}

EXPORT struct servent *getservbyname(const char *name, const char *protocol)
{
	static struct servent entry;
	static char kept_name[64], kept_protocol[16];
	static char *no_aliases[1];
	uint16_t port;

	if (strlen(name) >= sizeof(kept_name) || !service_port(name, protocol, &port))
		return NULL;
	snprintf(kept_name, sizeof(kept_name), "%s", name);
	snprintf(kept_protocol, sizeof(kept_protocol), "%s", protocol == NULL ? "tcp" : protocol);
	entry.s_name = kept_name;
	entry.s_aliases = no_aliases;
	entry.s_port = htons(port);
	entry.s_proto = kept_protocol;
	return &entry;
}

static struct protoent *protocol_entry(const struct wanted *wanted)
{
	static struct protoent entry;
	static char line[LINE_SIZE];
	static char *fields[FIELD_COUNT];
	static char *no_aliases[1];
	uint64_t value;

	if (!find_line(&protocols, wanted, line, fields) || !parse_number_string(fields[1], UINT8_MAX, &value))
		return NULL;
	entry.p_name = fields[0];
	entry.p_aliases = no_aliases;
	entry.p_proto = (int)value;
	return &entry;
}

EXPORT struct protoent *getprotobyname(const char *name)
{
	/* The commonest, without opening a file; the numbers are IANA's. */
	static const struct {
		const char *name;
		int number;
	} common[] = {
		{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}, {"icmp", IPPROTO_ICMP}, {"ipv6-icmp", IPPROTO_ICMPV6}};
	static struct protoent entry;
	static char kept[16];
	static char *no_aliases[1];

	for (size_t i = 0; i < ARRAY_LENGTH(common); i++) {
		if (strcmp(common[i].name, name) != 0)
			continue;
		snprintf(kept, sizeof(kept), "%s", name);
		entry = (struct protoent){.p_name = kept, .p_aliases = no_aliases, .p_proto = common[i].number};
		return &entry;
	}
	return protocol_entry(&(struct wanted){.word = name});
}

EXPORT struct protoent *getprotobynumber(int number)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%d", number);
	return protocol_entry(&(struct wanted){.word = digits, .is_second = true});
}

EXPORT struct passwd *getpwnam(const char *name)
{
	static struct passwd root;
	static char root_name[] = "root";

	root.pw_name = root_name;
	errno = 0;
	return strcmp(name, root_name) == 0 ? &root : NULL;
}

EXPORT struct group *getgrnam(const char *name)
{
	static struct group root;
	static char root_name[] = "root";

	root.gr_name = root_name;
	errno = 0;
	return strcmp(name, root_name) == 0 ? &root : NULL;
}

EXPORT struct netent *getnetbyname(const char *name)
{
	(void)name;
	h_errno = HOST_NOT_FOUND;
	return NULL;
}

EXPORT struct hostent *gethostbyname(const char *name)
{
	(void)name;
	h_errno = HOST_NOT_FOUND;
	return NULL;
}

union any_address {
	struct sockaddr generic;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

struct answer {
	struct addrinfo info;
	union any_address address;
};

static int make_answer(const union any_address *address, socklen_t length, struct addrinfo **ret)
{
	struct answer *answer = calloc(1, sizeof(*answer));

	if (answer == NULL)
		return EAI_MEMORY;
	answer->address = *address;
	answer->info.ai_family = address->generic.sa_family;
	answer->info.ai_socktype = SOCK_STREAM;
	answer->info.ai_addrlen = length;
	answer->info.ai_addr = &answer->address.generic;
	*ret = &answer->info;
	return 0;
}

EXPORT int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **ret)
{
	int family = hints == NULL ? AF_UNSPEC : hints->ai_family;
	union any_address address = {0};
	uint16_t port = 0;
	uint64_t number;

	/* Modules ask here for numbers too. */
	if (service != NULL && parse_number_string(service, UINT16_MAX, &number))
		port = (uint16_t)number;
	else if (service != NULL && !service_port(service, NULL, &port))
		return EAI_SERVICE;
	if (node == NULL && service == NULL)
		return EAI_NONAME;
	if (family != AF_INET6 && (node == NULL || inet_pton(AF_INET, node, &address.ipv4.sin_addr) == 1)) {
		address.ipv4.sin_family = AF_INET;
		address.ipv4.sin_port = htons(port);
		return make_answer(&address, sizeof(address.ipv4), ret);
	}
	if (family != AF_INET && (node == NULL || inet_pton(AF_INET6, node, &address.ipv6.sin6_addr) == 1)) {
		address.ipv6.sin6_family = AF_INET6;
		address.ipv6.sin6_port = htons(port);
		return make_answer(&address, sizeof(address.ipv6), ret);
	}
	return EAI_NONAME;
}

EXPORT void freeaddrinfo(struct addrinfo *info)
{
	free((struct answer *)(void *)info);
}
