// SPDX-License-Identifier: GPL-2.0-only
/*
 * The live view on a terminal: repainted in place, so that the last one stays.
 */
#include "panel.h"

#include <clockbound.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "format.h"
#include "history.h"
#include "reading.h"

#define LINES		7
#define LABEL_WIDTH	11

/* A bar wider than this says no more. */
#define BAR_MAX		100

/* Clears the rest of the line. */
#define EOL		"\033[K\n"

static struct history history;
static __u64 width_before = WIDTH_UNLIMITED;

/**
 * panel_possible() - is the standard output a terminal that can be repainted?
 */
bool panel_possible(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

/**
 * panel_open() - prepare the terminal: no cursor, no wrapping
 */
void panel_open(void)
{
	setlocale(LC_CTYPE, "");
	fputs("\033[?25l\033[?7l", stdout);
}

/**
 * panel_close() - give the terminal back as it was
 */
void panel_close(void)
{
	fputs("\033[?25h\033[?7h", stdout);
	fflush(stdout);
}

static unsigned int bar_columns(void)
{
	struct winsize size;
	unsigned int columns = 80;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		columns = size.ws_col;
	columns = columns > LABEL_WIDTH ? columns - LABEL_WIDTH : 1;
	return columns < BAR_MAX ? columns : BAR_MAX;
}

static void show_history(void)
{
	bool utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	char low[FORMAT_SIZE], high[FORMAT_SIZE];
	unsigned int columns = bar_columns();
	char bar[HISTORY_BAR_SIZE];
	__u64 smallest, largest;

	printf("history    %s" EOL, history_bar(&history, columns, utf8, bar));
	if (history_range(&history, columns, &smallest, &largest))
		printf("           %s .. %s" EOL, format_width(low, smallest),
		       format_width(high, largest));
	else
		fputs(EOL, stdout);
}

/**
 * panel_show() - show a reading in place of the one before
 * @device: path of the device
 * @reading: the reading
 */
void panel_show(const char *device, const struct clockbound_reading *reading)
{
	char text[FORMAT_SIZE], change[FORMAT_SIZE];
	__u64 width = reading_width(reading);

	if (history.count)
		printf("\033[%dA", LINES);
	history_add(&history, width);

	printf("device     %s" EOL, device);
	printf("status     %s" EOL, clockbound_status_text(reading->status));
	printf("earliest   %s" EOL, format_time(text, reading->earliest));
	printf("latest     %s" EOL, format_time(text, reading->latest));
	printf("width      %-14s %s" EOL, format_width(text, width),
	       format_change(change, width_before, width));
	show_history();
	width_before = width;
}
