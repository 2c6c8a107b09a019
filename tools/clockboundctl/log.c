// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages of a service, to the standard error: with the level in front for the
 * journal, with the program's name for everybody else.
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/**
 * log_message() - log a line
 * @level: LOG_ERR and the like
 * @format: the line, without its end
 */
void log_message(int level, const char *format, ...)
{
	va_list arguments;

	if (getenv("JOURNAL_STREAM"))
		fprintf(stderr, "<%d>", level);
	else
		fputs("clockboundctl: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}
