// SPDX-License-Identifier: GPL-2.0-only
/*
 * A registered page as the source of time. Its provider is a process that copies the
 * hypervisor's page, with an error of its own on top, and notices disruptions late.
 * Meanwhile two readers take every reading they can, which the host compares with
 * the truth.
 *
 * usage: guest_registered pinned|all, as the module was loaded
 */
#include <clockbound/vmclock_abi.h>
#include <errno.h>
#include <fcntl.h>
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

#include "recorder.h"

#define OWN_MAXERROR	50000	/* ns */
#define FIRST_MARKER	100

/* What the provider is told. */
static struct control {
	atomic_int lie;			/* s that it is off */
	atomic_int unsynchronized;	/* says that it is */
	atomic_int bumps;		/* disruptions that nobody else has seen */
	atomic_int written;		/* updates so far */
} *control;

static int memory;			/* the memfd */
static pid_t provider;
static bool pinned;

static const struct vmclock_page *hypervisors(void)
{
	return recorder_device()->vmclock;
}

static __u32 sequence(const struct vmclock_page *page)
{
	return __atomic_load_n(&page->seq_count, __ATOMIC_ACQUIRE);
}

/* A consistent copy of the hypervisor's page. */
static void copy_page(struct vmclock_page *copy)
{
	__u32 seq;

	do {
		do
			seq = sequence(hypervisors());
		while (seq & 1);
		memcpy(copy, (const void *)hypervisors(), sizeof(*copy));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (sequence(hypervisors()) != seq);
}

/* Everything but the sequence count, which is odd meanwhile. */
static void write_page(struct vmclock_page *own, const struct vmclock_page *content)
{
	const size_t guarded = offsetof(struct vmclock_page, disruption_marker);
	__u32 seq = own->seq_count | 1;

	__atomic_store_n(&own->seq_count, seq, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	memcpy(own, content, offsetof(struct vmclock_page, seq_count));
	memcpy((char *)own + guarded, (const char *)content + guarded, sizeof(*own) - guarded);
	__atomic_store_n(&own->seq_count, seq + 1, __ATOMIC_RELEASE);
}

static void *map_memory(void)
{
	void *own = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE, MAP_SHARED,
			 memory, 0);

	if (own == MAP_FAILED)
		guest_die("mmap of the memory");
	return own;
}

static void add(int device)
{
	struct clockbound_register request = { .size = sizeof(request), .fd = memory };

	if (ioctl(device, CLOCKBOUND_REGISTER, &request))
		guest_die("REGISTER");
}

/* Follows the hypervisor, a little late, as long as it lives. */
static void provide(void)
{
	const struct timespec pause = { .tv_nsec = 500000 };
	struct vmclock_page *own = map_memory(), copy, last;
	int device = open(CLOCKBOUND_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
	__u64 marker = FIRST_MARKER;
	int bumps = control->bumps;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	copy_page(&last);
	for (;;) {
		copy_page(&copy);
		if (copy.disruption_marker != last.disruption_marker ||
		    copy.vm_generation_counter != last.vm_generation_counter ||
		    control->bumps != bumps)
			marker++;
		bumps = control->bumps;
		last = copy;
		copy.disruption_marker = marker;
		copy.time_maxerror_nanosec += OWN_MAXERROR;
		copy.time_sec += control->lie;
		if (control->unsynchronized)
			copy.clock_status = VMCLOCK_CLOCK_UNRELIABLE;
		write_page(own, &copy);
		if (!control->written)
			add(device);
		control->written++;
		nanosleep(&pause, NULL);
	}
}

static void start_provider(void)
{
	memory = memfd_create("vmclock", MFD_CLOEXEC);
	if (memory < 0 || ftruncate(memory, sysconf(_SC_PAGESIZE)))
		guest_die("memfd");
	control->written = 0;
	provider = fork();
	if (!provider)
		provide();
	while (!control->written)
		;
}

static void kill_provider(void)
{
	kill(provider, SIGKILL);
	waitpid(provider, NULL, 0);
	close(memory);
}

static void wait_for_update(void)
{
	int written = control->written;

	while (control->written < written + 2)
		;
}

static __u8 status(void)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };

	if (ioctl(recorder_device()->fd, CLOCKBOUND_NOW, &reading))
		guest_die("NOW");
	return reading.status;
}

static char *value_of(const char *name)
{
	static char text[128];
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/clockbound/%s", name);
	file = fopen(path, "r");
	if (!file || !fgets(text, sizeof(text), file))
		guest_die(path);
	fclose(file);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static void wait_for_source(const char *source)
{
	while (strcmp(value_of("source"), source))
		;
}

/* Who bounds time with a provider, and without. */
static void wait_for_both(void)
{
	wait_for_source(pinned ? "registered" : "vmclock registered");
}

static void wait_for_loss(void)
{
	wait_for_source(pinned ? "none" : "vmclock");
}

static void expect_disruptions(unsigned long before, const char *what)
{
	unsigned long seen = strtoul(value_of("disruptions"), NULL, 10) - before;

	guest_check(seen == 1, "%s: %lu disruption", what, seen);
}

static unsigned long disruptions(void)
{
	return strtoul(value_of("disruptions"), NULL, 10);
}

/* A disruption that the hypervisor tells of, and the provider notices afterwards. */
static void hypervisor_disrupts(const char *command)
{
	unsigned long before = disruptions();

	kill(provider, SIGSTOP);
	guest_host_ok(command);
	recorder_wait();
	wait_for_loss();
	guest_check(status() == (pinned ? CLOCKBOUND_STATUS_DISRUPTED :
				 CLOCKBOUND_STATUS_SYNCHRONIZED),
		    "%s: the registered page is out of date", command);
	kill(provider, SIGCONT);
	wait_for_both();
	expect_disruptions(before, command);
}

static void provider_disrupts(void)
{
	unsigned long before = disruptions();

	control->bumps++;
	wait_for_update();
	wait_for_both();
	guest_check(status() == CLOCKBOUND_STATUS_SYNCHRONIZED,
		    "its own disruption: the pages vouch for themselves");
	expect_disruptions(before, "its own disruption");
}

static void provider_is_killed(void)
{
	kill_provider();
	guest_check(status() == (pinned ? CLOCKBOUND_STATUS_UNKNOWN :
				 CLOCKBOUND_STATUS_SYNCHRONIZED),
		    "the provider was killed: the next reading is without it");
	wait_for_loss();
	start_provider();
	wait_for_both();
}

static void provider_is_unsynchronized(void)
{
	control->unsynchronized = 1;
	wait_for_loss();
	recorder_wait();
	control->unsynchronized = 0;
	wait_for_both();
}

/* The page is not the file's any more: what the provider writes, nobody sees. */
static void file_is_truncated(void)
{
	kill(provider, SIGSTOP);
	if (ftruncate(memory, 0))
		guest_die("ftruncate");
	wait_for_loss();
	if (ftruncate(memory, sysconf(_SC_PAGESIZE)))
		guest_die("ftruncate");
	kill(provider, SIGCONT);
	wait_for_update();
	recorder_wait();
	guest_check(!strcmp(value_of("source"), pinned ? "none" : "vmclock"),
		    "truncated: it is gone for good");
	kill_provider();
	start_provider();
	wait_for_both();
}

static void file_gets_a_hole(void)
{
	kill(provider, SIGSTOP);
	if (fallocate(memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		      sysconf(_SC_PAGESIZE)))
		guest_die("fallocate");
	wait_for_loss();
	kill_provider();
	start_provider();
	wait_for_both();
}

static void provider_lies(void)
{
	unsigned long before = strtoul(value_of("violations"), NULL, 10);

	control->lie = 10;
	while (strtoul(value_of("violations"), NULL, 10) == before)
		;
	recorder_wait();
	control->lie = 0;
}

static void around(const char *name, void (*event)(void))
{
	do {
		recorder_start();
		/* If the handshake has made the hypervisor change its marker: all know. */
		wait_for_update();
		recorder_wait();
		wait_for_both();
		event();
	} while (!recorder_stop(name));
	do {
		recorder_start();
		recorder_wait_for_trust();
	} while (!recorder_stop("and after it"));
}

static void hypervisor_migrates(void)
{
	hypervisor_disrupts("migrate 1000000000");
}

static void hypervisor_migrates_back(void)
{
	hypervisor_disrupts("migrate -3000000");
}

static void marker_alone(void)
{
	hypervisor_disrupts("disrupt");
}

static void new_generation(void)
{
	hypervisor_disrupts("generation");
}

int main(int argc, char **argv)
{
	struct recorder_result result;

	if (argc != 2)
		return 2;
	pinned = !strcmp(argv[1], "pinned");
	control = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	recorder_open();
	guest_check(status() == (pinned ? CLOCKBOUND_STATUS_UNKNOWN :
				 CLOCKBOUND_STATUS_SYNCHRONIZED), "%s: before", argv[1]);
	start_provider();
	wait_for_both();

	around("migrated", hypervisor_migrates);
	around("disrupted", marker_alone);
	around("migrated back", hypervisor_migrates_back);
	around("cloned", new_generation);
	around("disrupted by the provider", provider_disrupts);
	around("unsynchronized", provider_is_unsynchronized);
	around("killed", provider_is_killed);
	around("truncated", file_is_truncated);
	around("punched", file_gets_a_hole);
	if (!pinned)
		around("lied to", provider_lies);
	kill_provider();

	recorder_check(&result);
	guest_check(result.trusted > result.taken / 4,
		    "%s: %zu readings were trusted, %zu were not", argv[1], result.trusted,
		    result.taken - result.trusted);
	return guest_result();
}
