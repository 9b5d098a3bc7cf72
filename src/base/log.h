/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line to stderr and syslog. Used by hook/ and cli/ only: everything below returns an error object. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

/** @return the syslog priority of a level's name ("error", "warning", "notice", "info", "debug"), or -1 */
int log_level(const char *name);

/**
 * Sends one line to syslog, facility authpriv; silently nothing where no syslog listens.
 * @priority: LOG_ERR and the like
 */
void log_syslog(int priority, const char *line);

/** Writes one line to stderr in one write, so that lines of parallel hooks do not mix. */
void log_stderr(const char *line);

/** @return a copy of @message in which no byte can end the line or steer a terminal; owned by the caller */
char *log_escape(const char *message);

#endif
