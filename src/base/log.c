/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

#include <string.h>
#include <syslog.h>
#include <unistd.h>

int log_level(const char *name)
{
	static const struct {
		const char *name;
		int priority;
	} levels[] = {{"error", LOG_ERR},
		      {"warning", LOG_WARNING},
		      {"notice", LOG_NOTICE},
		      {"info", LOG_INFO},
		      {"debug", LOG_DEBUG}};

	for (size_t i = 0; i < ARRAY_LENGTH(levels); i++) {
		if (strcmp(levels[i].name, name) == 0)
			return levels[i].priority;
	}
	return -1;
}

void log_syslog(int priority, const char *line)
{
	openlog("oci-iptables-hook", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
	syslog(LOG_AUTHPRIV | priority, "%s", line);
	closelog();
}

void log_stderr(const char *line)
{
	cleanup_text struct text whole = {0};

	text_printf(&whole, "%s\n", line);
	/* Nothing to be done when nobody listens: the exit status speaks. */
	(void)file_write_all(STDERR_FILENO, whole.data, whole.length);
}

char *log_escape(const char *message)
{
	struct text escaped = {0};

	text_append_escaped(&escaped, message, strlen(message));
	return text_steal(&escaped);
}
