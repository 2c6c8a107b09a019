// SPDX-License-Identifier: GPL-2.0-only
/*
 * The live view on a terminal: repainted in place, so that the last one stays.
 */
#include "panel.h"

#include <clockbound.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "format.h"
#include "history.h"
#include "plot.h"
#include "reading.h"

/* The text above the plot, and the times below it. */
#define TEXT_LINES	5
#define AXIS_LINES	1
#define LABEL_WIDTH	11

/* More rows than this show no more. */
#define PLOT_ROWS_MAX	8

/* Where the times do not fit, they are left out. */
#define AXIS_COLUMNS_MIN	24

/* Clears the rest of the line. */
#define EOL		"\033[K\n"

static struct history history;
static __u64 width_before = WIDTH_UNLIMITED;
static struct winsize window;
static unsigned int lines;	/* shown so far */

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

/*
 * One line, if there is room for it above the cursor's. A line is cut where the window
 * ends: there is no wrapping.
 */
__attribute__((format(printf, 1, 2)))
static void show(const char *format, ...)
{
	va_list arguments;

	if (lines + 1 >= window.ws_row)
		return;
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	fputs(EOL, stdout);
	lines++;
}

/* Over what was shown before; in a window of another size that may be anywhere. */
static void start_over(void)
{
	struct winsize now = { 0 };

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &now);
	if (!now.ws_row)
		now.ws_row = 24;
	if (!now.ws_col)
		now.ws_col = 80;
	if (lines && (now.ws_row != window.ws_row || now.ws_col != window.ws_col))
		fputs("\033[H\033[J", stdout);
	else if (lines)
		printf("\033[%uA", lines);
	window = now;
	lines = 0;
}

static void show_status(__u8 status)
{
	const char *color = getenv("NO_COLOR"), *text = clockbound_status_text(status);
	int number = 31;

	if (color && *color) {
		show("status     %s", text);
		return;
	}
	if (status == CLOCKBOUND_STATUS_SYNCHRONIZED)
		number = 32;
	else if (status == CLOCKBOUND_STATUS_FREE_RUNNING)
		number = 33;
	show("status     \033[%dm%s\033[m", number, text);
}

static unsigned int plot_columns(void)
{
	unsigned int columns = window.ws_col > LABEL_WIDTH ? window.ws_col - LABEL_WIDTH : 1;

	return columns < HISTORY_LENGTH ? columns : HISTORY_LENGTH;
}

static unsigned int plot_rows(void)
{
	const unsigned int others = TEXT_LINES + AXIS_LINES + 1;
	unsigned int rows = window.ws_row > others ? window.ws_row - others : 1;

	return rows < PLOT_ROWS_MAX ? rows : PLOT_ROWS_MAX;
}

/* What the row stands for: the top one the largest width, the bottom one the smallest. */
static const char *label(unsigned int row, unsigned int rows, unsigned int columns,
			 char *text)
{
	__u64 smallest, largest;

	if ((row && row != rows - 1) || !history_range(&history, columns, &smallest, &largest))
		return "";
	return format_width(text, row ? smallest : largest);
}

static void show_plot(unsigned int columns)
{
	bool utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	char row_text[PLOT_ROW_SIZE], text[FORMAT_SIZE];
	unsigned int rows = plot_rows(), row;

	for (row = 0; row < rows; row++)
		show("%-*s%s", LABEL_WIDTH, label(row, rows, columns, text),
		     plot_row(&history, columns, row, rows, utf8, row_text));
}

static void show_axis(unsigned int columns, __s64 interval)
{
	unsigned long drawn = history.count - history_first(&history, columns);
	char text[FORMAT_SIZE];

	if (drawn < AXIS_COLUMNS_MIN) {
		show("%s", "");
		return;
	}
	format_width(text, (__u64)interval * (drawn - 1));
	strcat(text, " ago");
	show("%-*s%-*s%s", LABEL_WIDTH, "", (int)drawn - 3, text, "now");
}

/**
 * panel_show() - show a reading in place of the one before
 * @device: path of the device
 * @interval: from one reading to the next, ns
 * @reading: the reading
 */
void panel_show(const char *device, __s64 interval,
		const struct clockbound_reading *reading)
{
	char text[FORMAT_SIZE], change[FORMAT_SIZE];
	__u64 width = reading_width(reading);
	unsigned int columns;

	start_over();
	columns = plot_columns();
	history_add(&history, width);

	show("device     %s", device);
	show_status(reading->status);
	show("earliest   %s", format_time(text, reading->earliest));
	show("latest     %s", format_time(text, reading->latest));
	show("width      %-14s %s", format_width(text, width),
	     format_change(change, width_before, width));
	show_plot(columns);
	show_axis(columns, interval);
	width_before = width;
}
