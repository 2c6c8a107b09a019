// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations on the module's nodes.
 *
 * No draw depends on what came of an operation. So a seed stands for a sequence, and the
 * state of the generator at its end for all of it.
 */
#include "fuzz.h"

#include <clockbound/vmclock_abi.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define PAGE		4096UL
#define FILES		8
#define MEMORIES	3
#define PLACES		8
/* A mapping of the device has one page; there is room for it to be moved and to grow. */
#define PLACE_PAGES	4

/* A call that waits is interrupted after this time. */
#define PATIENCE_US	2000

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof(*(array)))

static __u64 state;
static struct fuzz_counts *count;
static char *shared_structure;
static bool is_child;

static int files[FILES];
static int memories[MEMORIES];
/* Mappings of the nodes; where there is none, memory that nobody can make writable. */
static char *places;
/* Two pages that can be written to, and one that cannot be accessed. */
static char *room;
/* For a mapping of one of @memories. */
static char *own;
static sigjmp_buf fault;

static __u64 draw(void)
{
	__u64 z = state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* From 0 to @end - 1. */
static unsigned int below(unsigned int end)
{
	return (draw() >> 32) % end;
}

static __u64 drawn_value(void)
{
	static const __u64 values[] = {
		0, 1, 2, 7, 8, 112, PAGE - 1, PAGE, PAGE + 1, 0x7fffffff, 0x80000000, 0xffffffff,
		1000000000, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff,
	};
	unsigned int choice = below(2 * ARRAY_SIZE(values));
	__u64 random = draw();

	return choice < ARRAY_SIZE(values) ? values[choice] : random >> random % 64;
}

static void accepted(bool good)
{
	if (good)
		count->accepted++;
}

static void on_fault(int signal)
{
	siglongjmp(fault, signal);
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* The file in a slot, or none: then the call is made all the same. */
static int any_file(void)
{
	return files[below(FILES)];
}

static char *any_place(void)
{
	return places + below(PLACES) * PLACE_PAGES * PAGE;
}

/* Two draws in one expression would have no order. */
static char *any_byte(unsigned int end)
{
	char *place = any_place();

	return place + below(end);
}

static char *any_page(void)
{
	char *place = any_place();

	return place + below(2) * PAGE;
}

static void replace(int *slot, int fd)
{
	accepted(fd >= 0);
	if (*slot >= 0)
		close(*slot);
	*slot = fd;
}

static void do_open(void)
{
	static const char * const paths[] = {
		CLOCKBOUND_DEVICE_PATH, CLOCKBOUND_DEVICE_PATH, CLOCKBOUND_DEVICE_PATH,
		"/dev/clockbound-shm0", "/dev/vmclock0", "/sys/kernel/clockbound/status",
		"/sys/kernel/clockbound/width_ns",
	};
	static const int modes[] = { O_RDONLY, O_RDONLY, O_RDWR, O_WRONLY };
	const char *path = paths[below(ARRAY_SIZE(paths))];
	int mode = modes[below(ARRAY_SIZE(modes))];
	int slot = below(FILES);

	/* Some are left to block. */
	mode |= below(8) ? O_NONBLOCK : 0;
	replace(&files[slot], open(path, mode | O_CLOEXEC));
}

static void do_close(void)
{
	int *slot = &files[below(FILES)];

	if (*slot >= 0)
		close(*slot);
	*slot = -1;
}

static void do_dup(void)
{
	int from = any_file();

	replace(&files[below(FILES)], dup(from));
}

/* What an ioctl is, and whether it takes a capability. */
static const struct call {
	unsigned int command;
	__u32 size;
	bool privileged;
} calls[] = {
	{ CLOCKBOUND_INFO, CLOCKBOUND_INFO_SIZE_VER0, false },
	{ CLOCKBOUND_NOW, CLOCKBOUND_READING_SIZE_VER0, false },
	{ CLOCKBOUND_NOW, CLOCKBOUND_READING_SIZE_VER0, false },
	{ CLOCKBOUND_AT, CLOCKBOUND_READING_SIZE_VER0, false },
	{ CLOCKBOUND_WAIT, CLOCKBOUND_WAIT_SIZE_VER0, false },
	{ CLOCKBOUND_WAIT_SYNC, CLOCKBOUND_WAIT_SIZE_VER0, false },
	{ CLOCKBOUND_REPORT, CLOCKBOUND_REPORT_SIZE_VER0, true },
	{ CLOCKBOUND_DISRUPT, CLOCKBOUND_DISRUPT_SIZE_VER0, true },
	{ CLOCKBOUND_REGISTER, CLOCKBOUND_REGISTER_SIZE_VER0, true },
	{ CLOCKBOUND_UNREGISTER, CLOCKBOUND_UNREGISTER_SIZE_VER0, true },
};

union structure {
	__u32 size;
	struct clockbound_reading reading;
	struct clockbound_wait wait;
	struct clockbound_report report;
	struct clockbound_disrupt disrupt;
	struct clockbound_register reg;
	char bytes[2 * PAGE];
};

static __u64 raw_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* One that the module would accept, as a rule. */
static void make_valid(const struct call *call, union structure *structure)
{
	struct clockbound_reading now = { .size = sizeof(now) };
	__u64 random = draw();
	int memory = memories[below(MEMORIES)];
	unsigned int i;

	for (i = 0; i < FILES && ioctl(files[i], CLOCKBOUND_NOW, &now); i++)
		;
	structure->size = call->size;
	switch (call->command) {
	case CLOCKBOUND_NOW:
		structure->reading.request = random & CLOCKBOUND_NOW_REALTIME;
		break;
	case CLOCKBOUND_AT:
		structure->reading.counter_value = clockbound_counter() - random % (1 << 24);
		structure->reading.disruption_marker = now.disruption_marker;
		break;
	case CLOCKBOUND_WAIT:
		structure->wait.until = now.earliest + random % 1000000;
		structure->wait.flags = CLOCKBOUND_WAIT_TIMEOUT;
		structure->wait.timeout = random % 1000000;
		break;
	case CLOCKBOUND_WAIT_SYNC:
		structure->wait.flags = CLOCKBOUND_WAIT_TIMEOUT;
		structure->wait.timeout = random % 1000000;
		break;
	case CLOCKBOUND_REPORT:
		structure->report.as_of = raw_ns();
		structure->report.measured = structure->report.as_of;
		structure->report.void_after = structure->report.as_of + random % 10000000000;
		structure->report.time = now.earliest;
		structure->report.bound = random >> 40;
		structure->report.max_drift = 1000;
		structure->report.status = random % 3;
		structure->report.disruption_marker = now.disruption_marker;
		break;
	case CLOCKBOUND_DISRUPT:
		/* A disruption by hand lasts until it is released: that more often. */
		structure->disrupt.action = random % 8 ? CLOCKBOUND_DISRUPT_RELEASE :
						       CLOCKBOUND_DISRUPT_FORCE;
		break;
	case CLOCKBOUND_REGISTER:
		structure->reg.fd = memory;
		break;
	}
}

static void spoil(const struct call *call, union structure *structure)
{
	const __u32 sizes[] = {
		0, 4, call->size - 1, call->size + 1, call->size + 8, 2 * call->size, PAGE - 1,
		PAGE, PAGE + 1, 0xffffffff,
	};
	unsigned int times = below(4), choice = below(4 * ARRAY_SIZE(sizes));
	__u64 value;
	size_t at;

	while (times--) {
		at = 4 + below(call->size + 8) / 4 * 4;
		value = drawn_value();
		memcpy(structure->bytes + at, &value, 4 << (at / 4 % 2));
	}
	if (choice < ARRAY_SIZE(sizes))
		structure->size = sizes[choice];
}

/* Where a structure is put: as a rule, at @room. */
static char *drawn_address(__u32 size)
{
	unsigned int choice = below(24);
	__u64 random = draw();

	switch (choice) {
	case 0:
		return NULL;
	case 1:
		return (char *)(0xffff888000000000ULL | random >> 20);
	case 2:
		return (char *)random;
	case 3:
		return room + 2 * PAGE;
	case 4:
	case 5:
		/* It goes over the end of the memory. */
		return room + 2 * PAGE - random % (size + 1);
	case 6:
		/* Nobody can write there, but the kernel does. */
		return places + random % (PLACES * PLACE_PAGES) * PAGE;
	case 7:
		return shared_structure;
	case 8:
		return room + 1 + random % 15;
	default:
		return room;
	}
}

/* Puts as much there as there is room. */
static void put_structure(char *to, const union structure *structure)
{
	size_t size = PAGE + 256;

	if (to == shared_structure)
		size = FUZZ_SHARED_SIZE;
	else if (to < room || to >= room + 2 * PAGE)
		return;
	else if (to > room + 2 * PAGE - size)
		size = room + 2 * PAGE - to;
	memcpy(to, structure, size);
}

/* What the kernel has answered, in memory that is this process's alone. */
static void check_answer(const struct call *call, const char *answer, int error,
			 const union structure *before)
{
	struct clockbound_reading reading;

	if (memcmp(answer + call->size, before->bytes + call->size, PAGE + 256 - call->size))
		count->overwritten++;
	if ((error && error != ERANGE) || call->size != sizeof(reading))
		return;
	memcpy(&reading, answer, sizeof(reading));
	if (!guest_sane(&reading))
		count->insane++;
}

static void do_ioctl(void)
{
	static union structure structure;
	const struct call *call = &calls[below(ARRAY_SIZE(calls))];
	int fd = any_file(), error;
	unsigned int command = call->command, spoiled;
	bool read_only;
	char *address;
	__u64 random;

	memset(&structure, 0, PAGE + 256);
	make_valid(call, &structure);
	spoil(call, &structure);
	address = drawn_address(call->size);
	random = draw();
	read_only = !(random % 32);
	spoiled = random >> 8 & 63;
	/* The size in the command's number says nothing, all else of it counts. */
	if (spoiled < 4)
		command ^= (random >> 32 & 0xff) << _IOC_SIZESHIFT;
	else if (spoiled == 4)
		command = random >> 32;
	put_structure(address, &structure);
	if (read_only)
		mprotect(room, 2 * PAGE, PROT_READ);
	error = ioctl(fd, command, address) ? errno : 0;
	if (read_only)
		mprotect(room, 2 * PAGE, PROT_READ | PROT_WRITE);

	accepted(!error);
	if (!error && call->privileged && spoiled != 4 && geteuid())
		count->privileged++;
	if (address == room && spoiled != 4)
		check_answer(call, address, error, &structure);
}

static void do_mmap(void)
{
	static const int protections[] = {
		PROT_READ, PROT_READ, PROT_READ, PROT_NONE, PROT_READ | PROT_WRITE,
		PROT_READ | PROT_EXEC, PROT_WRITE,
	};
	static const int flags[] = {
		MAP_SHARED, MAP_SHARED, MAP_PRIVATE, MAP_SHARED | MAP_POPULATE,
		MAP_SHARED | MAP_LOCKED, MAP_SHARED_VALIDATE,
	};
	int fd = any_file(), protection = protections[below(ARRAY_SIZE(protections))];
	int flag = flags[below(ARRAY_SIZE(flags))];
	size_t pages = below(8) ? 1 : below(PLACE_PAGES + 1);
	off_t offset = below(8) ? below(4) : drawn_value() >> 12;
	char *place = any_place();
	void *mapping = mmap(place, pages * PAGE, protection, flag | MAP_FIXED, fd,
			     offset * PAGE);

	accepted(mapping != MAP_FAILED);
	if (mapping != MAP_FAILED && protection & (PROT_WRITE | PROT_EXEC))
		count->writable++;
}

static void do_mprotect(void)
{
	int protection = below(8);
	char *place = any_page();
	int error = mprotect(place, (1 + below(2)) * PAGE, protection);

	accepted(!error);
	if (!error && protection & PROT_WRITE)
		count->writable++;
}

static void do_mremap(void)
{
	char *from = any_place(), *to = any_place();
	size_t size = below(3) * PAGE, new_size = below(PLACE_PAGES + 1) * PAGE;
	int flags = below(8);
	char *moved = mremap(from, size, new_size, flags, to);

	accepted(moved != MAP_FAILED);
	if (moved != MAP_FAILED && (moved < places || moved >= places +
				    PLACES * PLACE_PAGES * PAGE))
		munmap(moved, new_size);
}

static void do_madvise(void)
{
	/* All but those that take memory away from the machine. */
	int advice = below(26);
	char *place = any_place();

	accepted(!madvise(place, (1 + below(2)) * PAGE, advice));
}

static void do_munmap(void)
{
	char *place = any_page();

	accepted(!munmap(place, (1 + below(2)) * PAGE));
}

/* Looks at a mapping, and tries to write to it. */
static void do_access(void)
{
	volatile char *place = any_byte(2 * PAGE);
	bool store = below(2);
	volatile char byte;

	if (sigsetjmp(fault, 1))
		return;
	byte = *place;
	accepted(true);
	if (!store)
		return;
	*place = byte;
	count->writable++;
}

/* As a debugger does, around the protection. */
static void do_force(void)
{
	char *place = any_byte(PAGE), byte = 0;
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	if (pread(fd, &byte, 1, (off_t)place) == 1 && pwrite(fd, &byte, 1, (off_t)place) == 1)
		count->writable++;
	close(fd);
}

static void do_read(void)
{
	int fd = any_file();
	char *address = drawn_address(64);
	size_t size = below(4) ? below(16) * 48 : below(PAGE);
	bool at = below(4) == 0;
	off_t offset = drawn_value();
	ssize_t done = at ? pread(fd, address, size, offset) : read(fd, address, size);

	accepted(done >= 0);
}

static void do_seek(void)
{
	int fd = any_file();
	off_t offset = below(2) ? (off_t)below(256) : (off_t)drawn_value();

	accepted(lseek(fd, offset, below(5)) >= 0);
}

static void do_poll(void)
{
	struct pollfd fds[4];
	int timeout = below(16) ? 0 : 1;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i].fd = any_file();
		fds[i].events = draw();
	}
	accepted(poll(fds, ARRAY_SIZE(fds), timeout) >= 0);
}

static void do_flags(void)
{
	int fd = any_file();

	accepted(!fcntl(fd, F_SETFL, below(4) ? O_NONBLOCK : 0));
}

static void do_memory(void)
{
	int *slot = &memories[below(MEMORIES)];
	int memory = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	accepted(!ftruncate(memory, PAGE));
	replace(slot, memory);
}

static void do_truncate(void)
{
	static const off_t sizes[] = { 0, 111, 112, PAGE - 1, PAGE, 3 * PAGE, 512 * PAGE };
	int memory = memories[below(MEMORIES)];

	accepted(!ftruncate(memory, sizes[below(ARRAY_SIZE(sizes))]));
}

static void do_punch(void)
{
	static const int modes[] = {
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_ZERO_RANGE, FALLOC_FL_COLLAPSE_RANGE,
	};
	int memory = memories[below(MEMORIES)], mode = modes[below(ARRAY_SIZE(modes))];
	off_t offset = below(2) * 64, size = 1 + below(2 * PAGE);

	accepted(!fallocate(memory, mode, offset, size));
}

static void do_seal(void)
{
	int memory = memories[below(MEMORIES)];
	int seals = below(16) ? 0 : below(32);

	accepted(!fcntl(memory, F_ADD_SEALS, seals));
}

/* A page that gives the time, as the module would believe it, or nearly. */
static void do_provide(void)
{
	struct vmclock_page page = {
		.magic = VMCLOCK_PAGE_MAGIC,
		.size = PAGE,
		.version = VMCLOCK_PAGE_VERSION,
		.counter_id = VMCLOCK_ID_X86_TSC,
		.time_type = VMCLOCK_TYPE_UTC,
		.flags = VMCLOCK_PERIOD_MAXERROR_VALID | VMCLOCK_TIME_MAXERROR_VALID,
		.clock_status = VMCLOCK_CLOCK_SYNCHRONIZED,
		/* 1 GHz */
		.counter_period_shift = 29,
		.counter_period_frac_sec = 0x89705F4136B4A597ULL,
		.counter_period_maxerror_rate_frac_sec = 0x89705F4136B4ULL,
		.time_maxerror_nanosec = 1000,
	};
	unsigned int times = below(4), at;
	int memory = memories[below(MEMORIES)];
	bool store = below(2);
	__u64 value;

	page.seq_count = below(8) ? draw() & ~1U : draw();
	page.disruption_marker = below(4);
	page.time_sec = time(NULL);
	page.counter_value = clockbound_counter();
	while (times--) {
		at = below(sizeof(page) / 8) * 8;
		value = drawn_value();
		memcpy((char *)&page + at, &value, sizeof(value));
	}
	if (!store) {
		accepted(pwrite(memory, &page, sizeof(page), 0) == sizeof(page));
		return;
	}
	/* It may not be there any more, when it is written to. */
	if (mmap(own, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory, 0) != own ||
	    sigsetjmp(fault, 1))
		return;
	memcpy(own, &page, sizeof(page));
	accepted(true);
}

/* It is in use: the test's own reader has it mapped. */
static void do_unload(void)
{
	if (!syscall(SYS_delete_module, "clockbound", O_NONBLOCK))
		count->unloaded++;
}

static void set_alarm(void)
{
	const struct itimerval patience = {
		.it_interval.tv_usec = PATIENCE_US,
		.it_value.tv_usec = PATIENCE_US,
	};

	setitimer(ITIMER_REAL, &patience, NULL);
}

static void operate(void);

static void do_fork(void)
{
	__u64 seed = draw();
	unsigned int operations = 1 + below(8);
	pid_t child;

	if (is_child)
		return;
	child = fork();
	if (!child) {
		is_child = true;
		state = seed;
		set_alarm();
		while (operations--)
			operate();
		_exit(0);
	}
	accepted(child > 0);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

static const struct operation {
	void (*run)(void);
	const char *name;
	unsigned int weight;
} operations[] = {
	{ do_ioctl, "ioctl", 240 }, { do_open, "open", 60 }, { do_close, "close", 20 },
	{ do_dup, "dup", 10 }, { do_mmap, "mmap", 80 }, { do_mprotect, "mprotect", 20 },
	{ do_mremap, "mremap", 20 }, { do_madvise, "madvise", 30 }, { do_munmap, "munmap", 20 },
	{ do_access, "access", 60 }, { do_force, "force", 10 }, { do_read, "read", 60 },
	{ do_seek, "seek", 10 }, { do_poll, "poll", 20 }, { do_flags, "flags", 10 },
	{ do_memory, "memory", 20 }, { do_truncate, "truncate", 20 }, { do_punch, "punch", 20 },
	{ do_seal, "seal", 5 }, { do_provide, "provide", 60 }, { do_unload, "unload", 1 },
	{ do_fork, "fork", 4 },
};

static const struct operation *drawn_operation(void)
{
	const struct operation *operation = operations;
	unsigned int sum = 0, choice, i;

	for (i = 0; i < ARRAY_SIZE(operations); i++)
		sum += operations[i].weight;
	for (choice = below(sum); choice >= operation->weight; operation++)
		choice -= operation->weight;
	return operation;
}

static void operate(void)
{
	const struct operation *operation = drawn_operation();

	__atomic_store_n(&count->current, operation->name, __ATOMIC_RELAXED);
	operation->run();
	count->operations++;
}

static void *reserve(size_t size, int protection, int flags, int fd)
{
	void *memory = mmap(NULL, size, protection, flags, fd, 0);

	if (memory == MAP_FAILED)
		_exit(2);
	return memory;
}

static void prepare(void)
{
	struct sigaction on_bad = { .sa_handler = on_fault };
	struct sigaction on_late = { .sa_handler = on_alarm };
	int zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	sigaction(SIGSEGV, &on_bad, NULL);
	sigaction(SIGBUS, &on_bad, NULL);
	sigaction(SIGALRM, &on_late, NULL);
	memset(files, -1, sizeof(files));
	memset(memories, -1, sizeof(memories));
	places = reserve(PLACES * PLACE_PAGES * PAGE, PROT_NONE, MAP_SHARED, zeros);
	room = reserve(3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	mprotect(room + 2 * PAGE, PAGE, PROT_NONE);
	own = reserve(PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	close(zeros);
}

/**
 * fuzz_run() - operate on the module's nodes
 * @seed: tells which operations
 * @number: how many; those of child processes come on top
 * @counts: what came of it
 * @shared: FUZZ_SHARED_SIZE bytes that others write to as well
 *
 * For a process of its own: what it has opened and mapped is there until it ends.
 */
void fuzz_run(__u64 seed, __u64 number, struct fuzz_counts *counts, void *shared)
{
	state = seed;
	count = counts;
	shared_structure = shared;
	prepare();
	set_alarm();
	while (number--)
		operate();
	counts->end = state;
}
