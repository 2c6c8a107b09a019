/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages of a service, to the standard error.
 */
#ifndef CTL_LOG_H
#define CTL_LOG_H

#include <syslog.h>

void log_message(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif /* CTL_LOG_H */
