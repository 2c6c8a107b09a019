// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registered memory as a hostile provider has it: every file that is not one of
 * tmpfs, and files that are truncated, punched and taken away while it is mapped.
 * A mapping never faults, and shows the registered page or zeros, nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define STRUCTURE	112		/* bytes of a VMClock structure */
#define HUGE_PAGE	(2 << 20)
#define ROUNDS		100
#define OWN		0x5a		/* what our pages are filled with */

static struct guest_device device;
static size_t page_size;
static const volatile unsigned char *mapped;

static int open_device(void)
{
	int fd = open(CLOCKBOUND_DEVICE_PATH, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		guest_die(CLOCKBOUND_DEVICE_PATH);
	return fd;
}

static const volatile unsigned char *map(int fd, int flags)
{
	void *memory = mmap(NULL, page_size, PROT_READ, flags, fd,
			    CLOCKBOUND_PGOFF_REGISTERED * page_size);

	if (memory == MAP_FAILED)
		guest_die("mmap of the registered page");
	return memory;
}

static int add(int fd, int memory)
{
	struct clockbound_register request = { .size = sizeof(request), .fd = memory };

	return ioctl(fd, CLOCKBOUND_REGISTER, &request) ? -errno : 0;
}

static int take_back(int fd)
{
	struct clockbound_unregister request = { .size = sizeof(request) };

	return ioctl(fd, CLOCKBOUND_UNREGISTER, &request) ? -errno : 0;
}

static void fill(int memory, unsigned char byte)
{
	unsigned char page[4096];

	memset(page, byte, sizeof(page));
	if (pwrite(memory, page, sizeof(page), 0) != sizeof(page))
		guest_die("pwrite to the memory");
}

static int make_memory(unsigned char byte)
{
	int memory = memfd_create("memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (memory < 0)
		guest_die("memfd_create");
	fill(memory, byte);
	return memory;
}

/* The registered page, and all of it. */
static bool shows(const volatile unsigned char *page, unsigned char byte)
{
	size_t i;

	for (i = 0; i < page_size; i++)
		if (page[i] != byte)
			return false;
	return true;
}

static void refused(int expected, int memory, const char *what)
{
	int error = add(device.fd, memory);

	guest_check(error == -expected, "REGISTER %s: %s", what,
		    error ? strerror(-error) : "accepted");
	if (!error)
		take_back(device.fd);
	if (memory >= 0)
		close(memory);
}

static int sized(off_t size)
{
	int memory = make_memory(OWN);

	if (ftruncate(memory, size))
		guest_die("ftruncate");
	return memory;
}

static void check_refusals(void)
{
	struct clockbound_register request = { .size = sizeof(request) };
	int pipes[2], memory, error;

	if (pipe(pipes))
		guest_die("pipe");
	refused(EBADF, -1, "no fd");
	refused(EBADF, open("/tmp", O_PATH), "O_PATH");
	refused(EBADF, open("/tmp/write-only", O_WRONLY | O_CREAT, 0600), "write-only");
	refused(EINVAL, pipes[0], "a pipe");
	refused(EBADF, pipes[1], "a pipe's other end");
	refused(EINVAL, open("/dev/null", O_RDONLY), "/dev/null");
	refused(EINVAL, open("/tmp", O_RDONLY | O_DIRECTORY), "a directory of tmpfs");
	refused(EINVAL, open("/proc/version", O_RDONLY), "a file of procfs");
	refused(EINVAL, open("/sys/kernel/clockbound/status", O_RDONLY), "a file of sysfs");
	refused(EINVAL, open_device(), "the device itself");
	refused(EINVAL, sized(0), "an empty memfd");
	refused(EINVAL, sized(STRUCTURE - 1), "a memfd one byte too small");
	memory = memfd_create("huge", MFD_HUGETLB);
	if (memory < 0)
		guest_skip("REGISTER a hugetlb memfd", strerror(errno));
	else if (ftruncate(memory, HUGE_PAGE))
		guest_die("ftruncate of a hugetlb memfd");
	else
		refused(EINVAL, memory, "a hugetlb memfd");

	memory = make_memory(OWN);
#define BAD(expected, field, value, text) do {						\
	request = (struct clockbound_register) { .size = sizeof(request), .fd = memory };	\
	request.field = value;								\
	error = ioctl(device.fd, CLOCKBOUND_REGISTER, &request) ? errno : 0;		\
	guest_check(error == (expected), "REGISTER " text ": %s", strerror(error));	\
} while (0)
	BAD(EINVAL, flags, 1, "unknown flag");
	BAD(EINVAL, reserved, 1, "reserved not zero");
	BAD(EINVAL, size, sizeof(request) - 1, "too short");
	BAD(E2BIG, size, 1 << 20, "too long");
#undef BAD
	guest_check(ioctl(device.fd, CLOCKBOUND_REGISTER, NULL) == -1 && errno == EFAULT,
		    "REGISTER NULL");
	request.size = sizeof(struct clockbound_unregister);
	request.flags = 1;
	guest_check(ioctl(device.fd, CLOCKBOUND_UNREGISTER, &request) == -1 && errno == EINVAL,
		    "UNREGISTER unknown flag");
	guest_check(take_back(device.fd) == -ENOENT, "UNREGISTER of nothing");
	guest_check(shows(mapped, 0), "what was refused is not mapped");
	close(memory);
}

static int in_child(int (*run)(int), int argument)
{
	pid_t child = fork();
	int status;

	if (!child) {
		alarm(60);
		_exit(run(argument));
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		guest_die("fork");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int without_capability(int memory)
{
	if (setuid(65534))
		return 2;
	return add(device.fd, memory) != -EPERM || take_back(device.fd) != -EPERM ||
	       !shows(map(device.fd, MAP_SHARED), OWN);
}

static int look(int byte)
{
	return !shows(mapped, byte) || !shows(map(device.fd, MAP_PRIVATE), byte);
}

/* Whoever has it mapped sees it come, change and go. */
static void check_shown(void)
{
	const volatile unsigned char *private = map(device.fd, MAP_PRIVATE), *other;
	int memory = make_memory(OWN), second = make_memory(OWN + 1), fd = open_device(), node;
	struct stat status;
	void *place;

	if (fstat(device.fd, &status) || mknod("/tmp/node", S_IFCHR | 0444, status.st_rdev))
		guest_die("mknod");
	node = open("/tmp/node", O_RDONLY);
	other = map(node, MAP_SHARED);
	guest_check(shows(mapped, 0) && shows(private, 0) && shows(other, 0),
		    "without a registered page: zeros");

	guest_check(!add(device.fd, memory), "REGISTER");
	guest_check(shows(mapped, OWN) && shows(private, OWN) && shows(other, OWN),
		    "registered: all mappings show it, those of another node, too");
	guest_check(add(device.fd, second) == -EBUSY && add(fd, second) == -EBUSY,
		    "REGISTER twice, by this file and another one");
	guest_check(take_back(fd) == -ENOENT, "UNREGISTER by another file");
	guest_check(!in_child(without_capability, memory),
		    "without CAP_SYS_TIME: mapped, not registered nor taken back");
	fill(memory, OWN + 2);
	guest_check(shows(mapped, OWN + 2), "what is written is seen");
	guest_check(!in_child(look, OWN + 2), "also after fork");
	guest_check(madvise((void *)mapped, page_size, MADV_DONTNEED) == -1 &&
		    shows(mapped, OWN + 2), "also after MADV_DONTNEED");
	place = mmap(NULL, page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mapped = mremap((void *)mapped, page_size, page_size, MREMAP_MAYMOVE | MREMAP_FIXED,
			place);
	guest_check(mapped != MAP_FAILED && shows(mapped, OWN + 2), "also after mremap");

	guest_check(!take_back(device.fd), "UNREGISTER");
	guest_check(shows(mapped, 0) && shows(private, 0) && shows(other, 0),
		    "unregistered: zeros everywhere");
	guest_check(!add(fd, second) && shows(mapped, OWN + 1) && shows(other, OWN + 1),
		    "another one, by another file");
	close(fd);
	guest_check(shows(mapped, 0) && shows(other, 0), "its file is closed: zeros");
	guest_check(take_back(device.fd) == -ENOENT, "and nothing to take back");
	guest_check(!in_child(look, 0), "zeros after fork");

	guest_check(fcntl(device.fd, F_GET_SEALS) == -1 && errno == EINVAL,
		    "the device does not pass for a memfd");
	munmap((void *)private, page_size);
	munmap((void *)other, page_size);
	close(node);
	close(memory);
	close(second);
}

static int hold(int memory)
{
	int fd = open_device();

	if (add(fd, memory))
		return 1;
	kill(getpid(), SIGKILL);
	return 2;
}

static int hold_on(int fd)
{
	char byte;

	/* Until the parent has closed its end. */
	return read(fd, &byte, 1) != 0;
}

/* A file is closed when its last descriptor is, in whichever process. */
static void check_owner(void)
{
	int memory = make_memory(OWN), fd = open_device(), pipes[2], status;
	pid_t child;

	guest_check(in_child(hold, memory) == -1 && shows(mapped, 0) &&
		    take_back(device.fd) == -ENOENT, "its owner was killed: gone");

	if (pipe(pipes) || add(fd, memory))
		guest_die("another owner");
	child = fork();
	if (!child) {
		close(pipes[1]);
		alarm(60);
		_exit(hold_on(pipes[0]));
	}
	close(fd);
	guest_check(shows(mapped, OWN) && add(device.fd, memory) == -EBUSY,
		    "a child still has the file: it stays");
	close(pipes[1]);
	waitpid(child, &status, 0);
	guest_check(WIFEXITED(status) && !WEXITSTATUS(status) && shows(mapped, 0) &&
		    !add(device.fd, memory), "the child has ended: gone");
	close(memory);
	guest_check(shows(mapped, OWN), "the memory stays when its own descriptor is closed");
	take_back(device.fd);
	close(pipes[0]);
}

static void change_size(int memory, off_t size)
{
	if (ftruncate(memory, size))
		guest_die("ftruncate");
}

static void punch(int memory, off_t offset, off_t size)
{
	if (fallocate(memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, size))
		guest_die("fallocate");
}

/* The file lets go of the page: the mapping stays, with what is left of it. */
static void check_taken_away(int memory, const char *name)
{
	volatile unsigned char byte;

	if (add(device.fd, memory))
		guest_die(name);
	guest_check(shows(mapped, OWN), "%s: registered", name);
	punch(memory, 0, page_size);
	byte = mapped[0];
	fill(memory, OWN + 3);
	byte = mapped[page_size - 1];
	guest_check(byte == OWN || byte == 0 || byte == OWN + 3, "%s: readable after a hole",
		    name);
	change_size(memory, STRUCTURE / 2);
	byte = mapped[0];
	change_size(memory, 0);
	byte = mapped[0];
	change_size(memory, HUGE_PAGE);
	byte = mapped[0];
	guest_check(!take_back(device.fd) && shows(mapped, 0), "%s: and taken back", name);
	fill(memory, OWN);
	guest_check(!add(device.fd, memory) && shows(mapped, OWN) && !take_back(device.fd),
		    "%s: and registered anew", name);
	close(memory);
}

static void check_sealed(void)
{
	int memory = make_memory(OWN);

	if (fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL))
		guest_die("F_ADD_SEALS");
	guest_check(!add(device.fd, memory) && shows(mapped, OWN) && !take_back(device.fd),
		    "a memfd with all seals");
	close(memory);
}

static int huge_memory(void)
{
	struct stat status;
	int memory;

	if (mkdir("/tmp/huge", 0700) || mount("huge", "/tmp/huge", "tmpfs", 0, "huge=always"))
		return -1;
	memory = open("/tmp/huge/memory", O_RDWR | O_CREAT, 0600);
	if (memory < 0)
		guest_die("a file of tmpfs");
	change_size(memory, HUGE_PAGE);
	fill(memory, OWN);
	guest_check(!fstat(memory, &status) && status.st_blocks * 512 == HUGE_PAGE,
		    "a file of a huge page");
	return memory;
}

/* The first byte of the file is not there yet, and there is no room for it. */
static void check_full(void)
{
	int other, memory;

	if (mkdir("/tmp/full", 0700) || mount("full", "/tmp/full", "tmpfs", 0, "size=4096"))
		guest_die("a small tmpfs");
	other = open("/tmp/full/other", O_RDWR | O_CREAT, 0600);
	memory = open("/tmp/full/memory", O_RDWR | O_CREAT, 0600);
	if (other < 0 || memory < 0)
		guest_die("files of tmpfs");
	fill(other, OWN);
	change_size(memory, page_size);
	guest_check(add(device.fd, memory) == -ENOMEM, "REGISTER where all is full");
	change_size(other, 0);
	guest_check(!add(device.fd, memory) && !take_back(device.fd),
		    "REGISTER when there is room");
	close(other);
	close(memory);
}

/* Whether a page that is mapped here is in memory that is to stay movable. */
static bool movable(const volatile void *address)
{
	unsigned long first = 0, count = 0;
	char line[128], zone[16] = "";
	uint64_t entry, frame;
	FILE *file = fopen("/proc/zoneinfo", "r");
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (!file || fd < 0 ||
	    pread(fd, &entry, sizeof(entry), (uintptr_t)address / page_size * sizeof(entry)) !=
	    sizeof(entry) || !(entry >> 63))
		guest_die("pagemap");
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "Node %*d, zone %15s", zone);
		if (strcmp(zone, "Movable"))
			continue;
		sscanf(line, " spanned %lu", &count);
		sscanf(line, " start_pfn: %lu", &first);
	}
	fclose(file);
	close(fd);
	frame = entry & ((1ULL << 55) - 1);
	return frame - first < count;
}

/* It stays for as long as somebody likes, so not in movable memory. */
static void check_unmovable(void)
{
	int memory = memfd_create("memory", MFD_CLOEXEC);
	volatile unsigned char *own = mmap(NULL, page_size, PROT_READ | PROT_WRITE, MAP_SHARED,
					   memory, 0);

	if (own == MAP_FAILED)
		guest_die("mmap of the memory");
	/* Where nothing is ever moved, it does not matter where a page stays. */
	if (access("/proc/sys/vm/compact_memory", F_OK)) {
		guest_check(true, "movable memory # SKIP the kernel cannot move pages");
		munmap((void *)own, page_size);
		close(memory);
		return;
	}
	change_size(memory, page_size);
	own[0] = OWN;
	guest_check(movable(own), "a memfd's page is in movable memory");
	guest_check(!add(device.fd, memory), "it is registered");
	guest_check(own[0] == OWN && mapped[0] == OWN && !movable(own),
		    "it is not in movable memory any more");
	own[0] = OWN + 1;
	guest_check(mapped[0] == OWN + 1 && !take_back(device.fd), "and still the file's");
	munmap((void *)own, page_size);

	/* One that is not there yet. */
	change_size(memory, 0);
	change_size(memory, page_size);
	guest_check(!add(device.fd, memory), "a page that was not there is registered");
	own = mmap(NULL, page_size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (own == MAP_FAILED)
		guest_die("mmap of the memory");
	own[0] = OWN;
	guest_check(mapped[0] == OWN && !movable(own) && !take_back(device.fd),
		    "nor is it in movable memory");
	munmap((void *)own, page_size);
	close(memory);
}

/* The kernel would like to move it, or to write it out. */
static void check_stays(void)
{
	int memory = make_memory(OWN), fd;
	unsigned char *own = mmap(NULL, page_size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);

	if (own == MAP_FAILED || add(device.fd, memory))
		guest_die("memory");
	own[0] = OWN;
	madvise(own, page_size, MADV_PAGEOUT);
	fd = open("/proc/sys/vm/compact_memory", O_WRONLY);
	guest_check(fd < 0 || write(fd, "1", 1) == 1, "memory is compacted%s",
		    fd < 0 ? " # SKIP the kernel cannot do that" : "");
	close(fd);
	memset(own, OWN + 4, page_size);
	guest_check(shows(mapped, OWN + 4) && !take_back(device.fd), "the page stays where it is");
	munmap(own, page_size);
	close(memory);
}

static int storm_memory;
static atomic_size_t looks, strange;

static void read_on(int reader)
{
	const volatile unsigned char *own = map(device.fd, reader ? MAP_PRIVATE : MAP_SHARED);
	unsigned char byte;

	while (!guest_readers_stopping()) {
		byte = (looks % 2 ? own : mapped)[looks % page_size];
		strange += byte != 0 && byte != OWN;
		looks++;
	}
	munmap((void *)own, page_size);
}

/* All at once: registered and taken back, truncated, punched and written. */
static void check_storm(void)
{
	static const char * const name[] = { "sizes", "holes" };
	size_t failed = 0, before;
	int kind, round, status;
	pid_t child;

	for (kind = 0; kind < 2; kind++) {
		storm_memory = make_memory(OWN);
		child = fork();
		if (!child) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;) {
				if (kind)
					punch(storm_memory, 0, page_size);
				else
					change_size(storm_memory, 0);
				fill(storm_memory, OWN);
			}
		}
		guest_readers_start(read_on);
		for (round = 0; round < ROUNDS; round++) {
			while (add(device.fd, storm_memory)) {
				failed++;
				sched_yield();
			}
			for (before = looks; looks < before + 10;)
				;
			take_back(device.fd);
		}
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		guest_readers_stop();
		guest_check(WTERMSIG(status) == SIGKILL && !strange,
			    "storm of %s: %d registrations, %zu failed, %zu looks, %zu strange",
			    name[kind], ROUNDS, failed, (size_t)looks, (size_t)strange);
		close(storm_memory);
	}
}

int main(void)
{
	int memory;

	page_size = sysconf(_SC_PAGESIZE);
	guest_open(&device);
	mapped = map(device.fd, MAP_SHARED);
	check_refusals();
	check_full();
	check_shown();
	check_owner();
	check_sealed();
	check_unmovable();
	check_stays();
	check_taken_away(make_memory(OWN), "memfd");
	memory = huge_memory();
	if (memory < 0)
		guest_skip("a huge page", "there are none here");
	else
		check_taken_away(memory, "huge page");
	check_storm();
	guest_check(device.page->magic == CLOCKBOUND_PAGE_MAGIC,
		    "the clock page is where it was");
	return guest_result();
}
