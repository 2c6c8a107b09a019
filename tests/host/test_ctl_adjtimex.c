// SPDX-License-Identifier: GPL-2.0-only
/*
 * clockboundctl sync --source adjtimex: which records of the kernel count, and that the
 * daemon says why if one does not. To be run from the top directory.
 */
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_device.h"
#include "vouch.h"

#define FAKE	BUILD "/clockboundctl.fake"

/* What a look at the clocks may add to a bound, ns. */
#define LOOK	10000

/* What each program leaves in the kernel, and what is said about it. */
static const struct {
	const char *program;
	int state;
	struct timex timex;
	const char *trouble;
} records[] = {
	{ "ntpd", TIME_OK,
	  { .status = STA_PLL | STA_NANO, .maxerror = 20500, .esterror = 12 }, NULL },
	{ "ntpd, leap second announced", TIME_INS,
	  { .status = STA_PLL | STA_INS, .maxerror = 20500, .esterror = 12 }, NULL },
	{ "ntpd with a PPS signal", TIME_OK,
	  { .status = STA_PLL | STA_NANO, .maxerror = 1001, .esterror = 0 }, NULL },
	{ "systemd-timesyncd", TIME_OK,
	  { .status = STA_PLL | STA_NANO, .offset = 399999999 }, "systemd-timesyncd" },
	{ "systemd-timesyncd, 34 minutes later", TIME_OK,
	  { .status = STA_PLL | STA_NANO, .maxerror = 2048 * 500 }, "systemd-timesyncd" },
	{ "systemd-timesyncd after a step", TIME_OK, { .status = STA_NANO }, "correct" },
	{ "chronyd with rtcsync", TIME_OK, { .maxerror = 1234, .esterror = 56 }, "chronyd" },
	{ "phc2sys", TIME_OK, { .maxerror = 500, .esterror = 16000000 }, "phc2sys" },
	{ "chronyd without rtcsync", TIME_ERROR,
	  { .status = STA_UNSYNC, .maxerror = 16000000, .esterror = 16000000 },
	  "not synchronized" },
	{ "a PPS signal that is gone", TIME_ERROR,
	  { .status = STA_PLL | STA_PPSTIME, .maxerror = 1001, .esterror = 1 },
	  "not synchronized" },
	{ "nobody may ask", -1, { .status = STA_PLL, .maxerror = 1001, .esterror = 1 },
	  "does not tell" },
};

TEST(who_vouches)
{
	size_t i;

	for (i = 0; i < COUNT(records); i++) {
		const char *trouble = vouch_trouble(&records[i].timex, records[i].state);

		if (!trouble != !records[i].trouble ||
		    (trouble && !strstr(trouble, records[i].trouble)))
			fail_msg("%s: %s", records[i].program, trouble ? trouble : "vouches");
	}
}

/* The daemon's standard error; the daemon ends with this program. */
static FILE *start(const struct fake_device *fake, const char *timex, pid_t *daemon)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	*daemon = fork();
	if (!*daemon) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDERR_FILENO);
		setenv("FAKE_TIMEX", timex, 1);
		execl(FAKE, "clockboundctl", "sync", "--device", fake->path, "--source",
		      "adjtimex", "--disable-clock-disruption-support", NULL);
		_exit(127);
	}
	close(fds[1]);
	return fdopen(fds[0], "r");
}

/* A daemon that never says or reports it is ended by the test's own time limit. */
TEST(the_daemon_asks_who_vouches)
{
	const struct clockbound_report *last;
	struct fake_device fake;
	unsigned int count;
	char line[400] = "";
	pid_t daemon;
	FILE *log;

	fake_device_create(&fake);
	log = start(&fake, "0x2001 0 0 399999999 0", &daemon);
	while (!strstr(line, "systemd-timesyncd"))
		assert_non_null(fgets(line, sizeof(line), log));
	assert_non_null(strstr(line, "the kernel's clock: "));
	kill(daemon, SIGTERM);
	waitpid(daemon, NULL, 0);
	fclose(log);
	while (fake.daemon->reports)
		assert_int_not_equal(fake.daemon->report[--fake.daemon->reports].status,
				     CLOCKBOUND_STATUS_SYNCHRONIZED);

	log = start(&fake, "0x2001 1501 20 -7 0", &daemon);
	/* Not before it has seen that the clock was measured since it asks */
	do {
		assert_int_equal(waitpid(daemon, NULL, WNOHANG), 0);
		count = __atomic_load_n(&fake.daemon->reports, __ATOMIC_ACQUIRE);
		last = &fake.daemon->report[(count - 1) % FAKE_REPORTS];
	} while (!count || last->status != CLOCKBOUND_STATUS_SYNCHRONIZED);
	kill(daemon, SIGTERM);
	waitpid(daemon, NULL, 0);
	fclose(log);
	assert_int_equal(fake.daemon->report[0].status, CLOCKBOUND_STATUS_FREE_RUNNING);
	assert_in_range(last->bound, 1501007, 1501007 + LOOK);
	fake_device_remove(&fake);
}

TEST_MAIN(NULL, NULL)
