// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl watch on a terminal.
 */
#include "test.h"

#include <clockbound.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl_run.h"

#define OPEN	"\033[?25l\033[?7l"
#define CLOSE	"\033[?25h\033[?7h"
#define EOL	"\033[K\r\n"

static size_t length;

FIXTURE(setup)
{
	ctl_output[0] = '\0';
	length = 0;
	return ctl_setup(state);
}

/* Starts watch in a window of its own; returns the other end of the terminal. */
static int start(unsigned short rows, unsigned short columns, const char *no_color,
		 const char *count, pid_t *child)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };
	int terminal;

	*child = forkpty(&terminal, NULL, NULL, &size);
	if (!*child) {
		setenv("TERM", "xterm", 1);
		setenv("LC_ALL", "C", 1);
		unsetenv("NO_COLOR");
		if (no_color)
			setenv("NO_COLOR", no_color, 1);
		execl(FAKE, "clockboundctl", "watch", "-n", count, "-i", "0.001", "--device",
		      fake.path, NULL);
		_exit(127);
	}
	return terminal;
}

static bool read_more(int terminal)
{
	ssize_t got = read(terminal, ctl_output + length, sizeof(ctl_output) - 1 - length);

	if (got <= 0)
		return false;
	length += (size_t)got;
	ctl_output[length] = '\0';
	return true;
}

static int end(int terminal, pid_t child)
{
	int status;

	while (read_more(terminal))
		;
	close(terminal);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* One reading in a window; whatever watch does to the terminal it undoes. */
static void watch(const char *no_color)
{
	pid_t child;
	int terminal = start(24, 80, no_color, "1", &child);

	assert_int_equal(end(terminal, child), 0);
	assert_int_equal(strncmp(ctl_output, OPEN, strlen(OPEN)), 0);
	assert_string_equal(ctl_output + length - strlen(CLOSE), CLOSE);
}

TEST_WITH(colors, setup, ctl_teardown)
{
	watch(NULL);
	ctl_assert_printed("status     \033[32msynchronized\033[m" EOL);
	length = 0;
	watch("1");
	ctl_assert_printed("status     synchronized" EOL);
	length = 0;
	fake.page->model.synchronized_ticks = 0;
	fake.page->model.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	watch(NULL);
	ctl_assert_printed("status     \033[33mfree running\033[m" EOL);
}

TEST_WITH(disrupted, setup, ctl_teardown)
{
	pid_t child;
	int terminal;

	fake.page->model.status = CLOCKBOUND_STATUS_DISRUPTED;
	fake.page->model.valid_ticks = 0;
	terminal = start(9, 80, NULL, "3", &child);
	assert_int_equal(end(terminal, child), 3);
	ctl_assert_printed("status     \033[31mdisrupted\033[m" EOL);
	ctl_assert_printed("width      unlimited      -" EOL);
	ctl_assert_printed(EOL "           !!!" EOL "           !!!" EOL);
}

TEST_WITH(window_changes, setup, ctl_teardown)
{
	struct winsize size = { .ws_row = 10, .ws_col = 40 };
	pid_t child;
	int terminal = start(24, 80, NULL, "1000000", &child);

	while (!strstr(ctl_output, "\033[14A"))
		assert_true(read_more(terminal));
	assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
	/* Cleared once, then painted over again, with fewer lines. */
	while (!strstr(ctl_output, "\033[9A")) {
		if (length > sizeof(ctl_output) / 2)
			length = 0;
		assert_true(read_more(terminal));
	}
	ctl_assert_printed("\033[H\033[J");
	kill(child, SIGINT);
	assert_int_equal(end(terminal, child), 0);
	assert_string_equal(ctl_output + length - strlen(CLOSE), CLOSE);
}

/* What cannot be repainted gets lines. */
TEST_WITH(dumb, setup, ctl_teardown)
{
	assert_int_equal(ctl_run("TERM=dumb script -qec '" FAKE " watch -n 2 -i 0.001"
				 " --device %s' /dev/null </dev/null", fake.path), 0);
	ctl_assert_printed("SYSTEM TIME");
	assert_null(strstr(ctl_output, "\033["));
	assert_int_equal(ctl_run("TERM=xterm " FAKE " watch -n 2 -i 0.001 --device %s",
				 fake.path), 0);
	ctl_assert_printed("SYSTEM TIME");
	assert_null(strstr(ctl_output, "\033["));
}

TEST_MAIN(NULL, NULL)
