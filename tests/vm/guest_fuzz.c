// SPDX-License-Identifier: GPL-2.0-only
/*
 * I7 and I8 with random callers: root and nobody do at random all that the nodes offer, at
 * the same time, while the hypervisor rewrites its page as fast as it can.
 *
 * usage: guest_fuzz honest|hostile OPERATIONS SEED
 *
 * honest: the page stays true, and each reading contains the true time. The module is
 * loaded with source=vmclock: root is free to report what it likes.
 * hostile: the page can be anything, and each reading is one that the ABI allows.
 */
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "recorder.h"

#define WORKERS		2
#define NOBODY		65534

/* So many operations in a span: it is to be short, for the counter to keep its place. */
#define SPAN_OPERATIONS	2000

/* Who does nothing for so long hangs. */
#define HANG_S		100

/* For the proof that a seed stands for its operations. */
#define REPLAYED	500

static const char * const names[WORKERS] = { "root", "nobody" };

static struct {
	struct fuzz_counts counts[WORKERS];
	char structure[FUZZ_SHARED_SIZE];
} *shared;
static struct worker {
	pid_t pid;
	bool ended;
} workers[WORKERS];
static __u64 first_seed;

static struct guest_device device;
static atomic_size_t taken, trusted, insane;

static __u64 seed_of(int worker)
{
	return first_seed + 0x632be59bd9b4e019ULL * worker;
}

static void become(int worker)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	if (worker && (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY)))
		_exit(3);
	/* Or /proc/self/mem would be root's. */
	prctl(PR_SET_DUMPABLE, 1);
}

/* It begins when it is let go. */
static void start_worker(int worker, __u64 operations)
{
	pid_t pid = fork();

	if (pid < 0)
		guest_die("fork");
	if (!pid) {
		become(worker);
		raise(SIGSTOP);
		fuzz_run(seed_of(worker), operations, &shared->counts[worker],
			 shared->structure);
		_exit(0);
	}
	workers[worker].pid = pid;
	workers[worker].ended = false;
}

static void worker_ended(int worker, int status)
{
	struct fuzz_counts *counts = &shared->counts[worker];

	workers[worker].ended = true;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return;
	guest_check(false, "seed=%llu, %s: ended with status 0x%x after %llu operations, in %s",
		    first_seed, names[worker], status, (unsigned long long)counts->operations,
		    __atomic_load_n(&counts->current, __ATOMIC_RELAXED));
}

/* Until it has stopped, or has ended. */
static void wait_for(int worker)
{
	int status;

	if (workers[worker].ended)
		return;
	if (waitpid(workers[worker].pid, &status, WUNTRACED) < 0)
		guest_die("waitpid");
	if (!WIFSTOPPED(status))
		worker_ended(worker, status);
}

/* To the processes that a worker has made as well. */
static void signal_workers(int signal)
{
	int i;

	for (i = 0; i < WORKERS; i++)
		if (!workers[i].ended)
			kill(-workers[i].pid, signal);
}

static void stop_workers(void)
{
	int i;

	signal_workers(SIGSTOP);
	for (i = 0; i < WORKERS; i++)
		wait_for(i);
}

static bool at_work(void)
{
	int i;

	for (i = 0; i < WORKERS; i++)
		if (!workers[i].ended)
			return true;
	return false;
}

static __u64 operations_done(void)
{
	__u64 sum = 0;
	int i;

	for (i = 0; i < WORKERS; i++)
		sum += shared->counts[i].operations;
	return sum;
}

static __s64 seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void report_hang(void)
{
	int i;

	for (i = 0; i < WORKERS; i++)
		printf("# %s: %s after %llu operations, %s\n", names[i],
		       workers[i].ended ? "ended" : "at work",
		       (unsigned long long)shared->counts[i].operations,
		       __atomic_load_n(&shared->counts[i].current, __ATOMIC_RELAXED));
	guest_check(false, "seed=%llu: it goes on after %llu operations", first_seed,
		    (unsigned long long)operations_done());
	exit(1);
}

/* Lets them work for so many operations, or to their end. */
static void let_work(__u64 operations)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	__u64 start = operations_done(), last = start, now;
	__s64 since = seconds();
	int i, status;

	signal_workers(SIGCONT);
	while (at_work() && (now = operations_done()) < start + operations) {
		if (now != last) {
			last = now;
			since = seconds();
		} else if (seconds() - since > HANG_S) {
			report_hang();
		}
		nanosleep(&pause, NULL);
		for (i = 0; i < WORKERS; i++)
			if (!workers[i].ended &&
			    waitpid(workers[i].pid, &status, WNOHANG) == workers[i].pid)
				worker_ended(i, status);
	}
}

static void start_workers(__u64 operations)
{
	int i;

	memset(shared, 0, sizeof(*shared));
	for (i = 0; i < WORKERS; i++)
		start_worker(i, operations);
	for (i = 0; i < WORKERS; i++)
		wait_for(i);
}

/* The same seed once more: the same operations, whatever came of them. */
static void check_replay(void)
{
	__u64 ends[2][WORKERS];
	int run, i;

	for (run = 0; run < 2; run++) {
		start_workers(REPLAYED);
		while (at_work())
			let_work(REPLAYED);
		for (i = 0; i < WORKERS; i++)
			ends[run][i] = shared->counts[i].end;
	}
	guest_check(ends[0][0] && !memcmp(ends[0], ends[1], sizeof(ends[0])),
		    "seed=%llu means the same %d operations each time", first_seed, REPLAYED);
}

/* The readers contain the true time, as the host knows it. */
static void run_honest(void)
{
	struct recorder_result result;

	recorder_open();
	while (at_work()) {
		do {
			recorder_start();
			guest_host_ok("rewrite honest");
			let_work(SPAN_OPERATIONS);
			stop_workers();
			guest_host_ok("leave");
		} while (!recorder_stop("operations"));
	}
	recorder_check(&result);
	guest_check(result.trusted && result.trusted < result.taken,
		    "%zu readings were trusted, %zu were not", result.trusted,
		    result.taken - result.trusted);
}

static void read_on(int reader)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };

	(void)reader;
	while (!guest_readers_stopping()) {
		clockbound_page_read(device.page, device.vmclock, device.registered, &reading);
		insane += !guest_sane(&reading);
		reading.request = 0;
		if (ioctl(device.fd, CLOCKBOUND_NOW, &reading))
			guest_die("NOW");
		insane += !guest_sane(&reading);
		trusted += guest_trusted(&reading);
		taken++;
	}
}

static void run_hostile(void)
{
	guest_open(&device);
	guest_host_ok("rewrite hostile");
	guest_readers_start(read_on);
	while (at_work())
		let_work(SPAN_OPERATIONS);
	guest_readers_stop();
	guest_host_ok("leave");
	guest_check(!insane && trusted && trusted < taken,
		    "%zu readings of a hostile page: %zu insane, %zu trusted", (size_t)taken,
		    (size_t)insane, (size_t)trusted);
}

static void check_counts(__u64 operations)
{
	__u64 sum, privileged = 0, writable = 0, strange = 0, overwritten = 0, unloaded = 0;
	int i;

	sum = operations_done();
	for (i = 0; i < WORKERS; i++) {
		const struct fuzz_counts *counts = &shared->counts[i];

		printf("# %s: %llu operations, %llu calls were accepted\n", names[i],
		       (unsigned long long)counts->operations,
		       (unsigned long long)counts->accepted);
		privileged += counts->privileged;
		writable += counts->writable;
		strange += counts->insane;
		overwritten += counts->overwritten;
		unloaded += counts->unloaded;
	}
	guest_check(sum >= WORKERS * operations, "seed=%llu: %llu operations", first_seed, sum);
	guest_check(!privileged, "%llu privileged calls of nobody were accepted", privileged);
	guest_check(!writable, "%llu times, a mapping could be written to or executed",
		    writable);
	guest_check(!strange, "%llu answers that the ABI does not allow", strange);
	guest_check(!overwritten, "%llu answers that were longer than their structure",
		    overwritten);
	guest_check(!unloaded, "%llu times, the module was unloaded while in use", unloaded);
}

int main(int argc, char **argv)
{
	__u64 operations;
	bool honest;

	if (argc != 4)
		return 2;
	honest = !strcmp(argv[1], "honest");
	operations = strtoull(argv[2], NULL, 0) / WORKERS;
	first_seed = strtoull(argv[3], NULL, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED)
		guest_die("mmap");

	check_replay();
	start_workers(operations);
	if (honest)
		run_honest();
	else
		run_hostile();
	check_counts(operations);
	return guest_result();
}
