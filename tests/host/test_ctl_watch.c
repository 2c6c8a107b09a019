// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl watch on a terminal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

#define START	1700000000000000000LL
#define OPEN	"\033[?25l\033[?7l"
#define CLOSE	"\033[?25h\033[?7h"
#define EOL	"\033[K\r\n"

static struct fake_device fake;
static size_t length;

static int setup(void **state)
{
	(void)state;
	fake_device_create(&fake);
	fake.page->model = fake_model(START, 12345);
	*fake_marker(&fake) = FAKE_MARKER;
	ctl_output[0] = '\0';
	length = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_device_remove(&fake);
	return 0;
}

/* Starts watch in a window of its own; returns the other end of the terminal. */
static int start(unsigned short rows, unsigned short columns, const char *locale,
		 const char *no_color, const char *count, const char *interval, pid_t *child)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };
	int terminal;

	*child = forkpty(&terminal, NULL, NULL, &size);
	if (!*child) {
		setenv("TERM", "xterm", 1);
		setenv("LC_ALL", locale, 1);
		unsetenv("NO_COLOR");
		if (no_color)
			setenv("NO_COLOR", no_color, 1);
		execl(FAKE, "clockboundctl", "watch", "-n", count, "-i", interval, "--device",
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

static void watch(unsigned short rows, unsigned short columns, const char *locale,
		  const char *no_color, const char *count)
{
	pid_t child;
	int terminal = start(rows, columns, locale, no_color, count, "0.001", &child);

	assert_int_equal(end(terminal, child), 0);
	assert_int_equal(strncmp(ctl_output, OPEN, strlen(OPEN)), 0);
	assert_string_equal(ctl_output + length - strlen(CLOSE), CLOSE);
}

/* What is shown last. */
static const char *last_view(void)
{
	const char *view = ctl_output, *next;

	while ((next = strstr(view, "device     ")))
		view = next + 1;
	return view - 1;
}

static unsigned int count_lines(const char *text)
{
	unsigned int count = 0;

	while ((text = strstr(text, EOL))) {
		text += strlen(EOL);
		count++;
	}
	return count;
}

static void plain(void **state)
{
	(void)state;
	watch(24, 30, "C", "1", "40");
	ctl_assert_printed("status     synchronized" EOL);
	ctl_assert_printed(EOL "latest     2023-11-14T22:");
	ctl_assert_printed(EOL "width      12.34");
	ctl_assert_printed("\033[14A");
	assert_int_equal(count_lines(last_view()), 14);
	/* The bottom row, with the smallest width: as many readings as fit. */
	assert_non_null(strstr(last_view(), EOL "12.34"));
	assert_non_null(strstr(last_view(), " us  "));
	assert_null(strstr(ctl_output, "\u2581"));
	assert_null(strstr(ctl_output, "\033[32m"));
}

static void axis(void **state)
{
	(void)state;
	watch(24, 80, "C", NULL, "30");
	assert_non_null(strstr(last_view(), EOL "           29.000 ms ago              now" EOL));
}

static void colors(void **state)
{
	(void)state;
	watch(24, 80, "C", NULL, "1");
	ctl_assert_printed("status     \033[32msynchronized\033[m" EOL);
	length = 0;
	/* Empty is as good as not there. */
	watch(24, 80, "C", "", "1");
	ctl_assert_printed("status     \033[32msynchronized\033[m" EOL);
	length = 0;
	fake.page->model.synchronized_ticks = 0;
	fake.page->model.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	watch(24, 80, "C", NULL, "1");
	ctl_assert_printed("status     \033[33mfree running\033[m" EOL);
}

static void disrupted(void **state)
{
	pid_t child;
	int terminal;

	(void)state;
	fake.page->model.status = CLOCKBOUND_STATUS_DISRUPTED;
	fake.page->model.valid_ticks = 0;
	terminal = start(9, 80, "C", NULL, "3", "0.001", &child);
	assert_int_equal(end(terminal, child), 3);
	ctl_assert_printed("status     \033[31mdisrupted\033[m" EOL);
	ctl_assert_printed("width      unlimited      -" EOL);
	assert_non_null(strstr(last_view(), EOL "           !!!" EOL "           !!!" EOL));
}

static void utf8(void **state)
{
	(void)state;
	watch(24, 80, "C.UTF-8", NULL, "1");
	ctl_assert_printed("           " EOL "12.345 us  \u2581" EOL);
}

/* As many lines as fit above the cursor's. */
static void low_windows(void **state)
{
	unsigned short rows;

	(void)state;
	for (rows = 2; rows < 20; rows++) {
		unsigned int expected = rows - 1 < 14 ? rows - 1 : 14;

		length = 0;
		watch(rows, 80, "C", NULL, "2");
		assert_int_equal(count_lines(last_view()), expected);
	}
}

/* Neither a window nor a terminal that says its size. */
static void no_size(void **state)
{
	(void)state;
	watch(0, 0, "C", NULL, "2");
	assert_int_equal(count_lines(last_view()), 14);
}

static void window_changes(void **state)
{
	struct winsize size = { .ws_row = 10, .ws_col = 40 };
	pid_t child;
	int terminal = start(24, 80, "C", NULL, "1000000", "0.001", &child);

	(void)state;
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
static void dumb(void **state)
{
	(void)state;
	assert_int_equal(ctl_run("TERM=dumb script -qec '" FAKE " watch -n 2 -i 0.001"
				 " --device %s' /dev/null </dev/null", fake.path), 0);
	ctl_assert_printed("SYSTEM TIME");
	assert_null(strstr(ctl_output, "\033["));
	assert_int_equal(ctl_run("TERM=xterm " FAKE " watch -n 2 -i 0.001 --device %s",
				 fake.path), 0);
	ctl_assert_printed("SYSTEM TIME");
	assert_null(strstr(ctl_output, "\033["));
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(plain),
		TEST(axis),
		TEST(colors),
		TEST(disrupted),
		TEST(utf8),
		TEST(low_windows),
		TEST(no_size),
		TEST(window_changes),
		TEST(dumb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
