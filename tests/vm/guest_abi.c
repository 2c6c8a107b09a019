// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ABI as a hostile program sees it, run as root: nothing that is published
 * can be written (I8), and every bad argument has its errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

static struct guest_device device;
static size_t page_size;
static sigjmp_buf fault;

static void on_fault(int signal)
{
	siglongjmp(fault, signal);
}

/* Does a store to @address end in a signal? */
static bool store_faults(void *address)
{
	struct sigaction action = { .sa_handler = on_fault }, old[2];
	volatile bool faulted = true;

	sigaction(SIGSEGV, &action, &old[0]);
	sigaction(SIGBUS, &action, &old[1]);
	if (!sigsetjmp(fault, 1)) {
		*(volatile char *)address = 1;
		faulted = false;
	}
	sigaction(SIGSEGV, &old[0], NULL);
	sigaction(SIGBUS, &old[1], NULL);
	return faulted;
}

static void *map(int fd, size_t length, int protection, int flags, size_t page_offset)
{
	return mmap(NULL, length, protection, flags, fd, page_offset * page_size);
}

static void refused(const char *path, int expected, size_t length, int protection,
		    int flags, size_t page_offset, const char *what)
{
	int fd = open(path, O_RDWR);
	void *memory;

	if (fd < 0)
		guest_die("open for writing, as root");
	errno = 0;
	memory = map(fd, length, protection, flags, page_offset);
	guest_check(memory == MAP_FAILED && errno == expected, "mmap %s: %s", what,
		    memory == MAP_FAILED ? strerror(errno) : "mapped");
	close(fd);
}

static void check_refused_mappings(const char *path, size_t offset, const char *name)
{
	char what[64];

#define REFUSED(expected, length, protection, flags) \
	(snprintf(what, sizeof(what), "%s: %s", name, #protection " " #flags " " #length), \
	 refused(path, expected, length, protection, flags, offset, what))
	REFUSED(EPERM, page_size, PROT_READ | PROT_WRITE, MAP_SHARED);
	REFUSED(EPERM, page_size, PROT_WRITE, MAP_SHARED);
	REFUSED(EPERM, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	REFUSED(EPERM, page_size, PROT_READ | PROT_EXEC, MAP_SHARED);
	REFUSED(EPERM, page_size, PROT_READ | PROT_EXEC, MAP_PRIVATE);
	REFUSED(EINVAL, 2 * page_size, PROT_READ, MAP_SHARED);
	REFUSED(EINVAL, 1000 * page_size, PROT_READ, MAP_SHARED);
#undef REFUSED
}

static bool page_intact(const struct clockbound_page *page)
{
	return page->magic == CLOCKBOUND_PAGE_MAGIC &&
	       page->version == CLOCKBOUND_PAGE_VERSION;
}

/* What can be done to a mapping afterwards. */
static void check_mapping(const char *path, size_t offset, int flags, const char *name)
{
	int fd = open(path, O_RDWR), memory_fd, status;
	volatile char *memory = map(fd, page_size, PROT_READ, flags, offset);
	char first, *moved, byte = 1;
	pid_t child;

	if (memory == MAP_FAILED)
		guest_die(name);
	first = memory[0];
	close(fd);

	guest_check(store_faults((void *)memory), "%s: a store faults", name);
	guest_check(mprotect((void *)memory, page_size, PROT_READ | PROT_WRITE) &&
		    errno == EACCES, "%s: mprotect(PROT_WRITE)", name);
	guest_check(mprotect((void *)memory, page_size, PROT_READ | PROT_EXEC) &&
		    errno == EACCES, "%s: mprotect(PROT_EXEC)", name);

	/* A debugger's way around protections. */
	memory_fd = open("/proc/self/mem", O_RDWR);
	guest_check(memory_fd >= 0 && pwrite(memory_fd, &byte, 1, (off_t)memory) < 0,
		    "%s: a store through /proc/self/mem fails", name);
	close(memory_fd);

	fd = open("/dev/zero", O_RDONLY);
	guest_check(read(fd, (void *)memory, 1) < 0 && errno == EFAULT,
		    "%s: read() into it", name);
	close(fd);

	/* Thrown away, it comes back; or it cannot be thrown away. */
	madvise((void *)memory, page_size, MADV_DONTNEED);
	guest_check(memory[0] == first, "%s: readable after MADV_DONTNEED", name);
	madvise((void *)memory, page_size, MADV_FREE);
	guest_check(memory[0] == first, "%s: readable after MADV_FREE", name);

	child = fork();
	if (!child)
		_exit(memory[0] != first || !store_faults((void *)memory));
	waitpid(child, &status, 0);
	guest_check(WIFEXITED(status) && !WEXITSTATUS(status),
		    "%s: readable and not writable after fork", name);

	guest_check(mremap((void *)memory, page_size, 2 * page_size, MREMAP_MAYMOVE) ==
		    MAP_FAILED, "%s: mremap does not grow it", name);
	moved = mmap(NULL, page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	moved = mremap((void *)memory, page_size, page_size, MREMAP_MAYMOVE | MREMAP_FIXED,
		       moved);
	guest_check(moved != MAP_FAILED && moved[0] == first && store_faults(moved),
		    "%s: moved by mremap, still read-only", name);

	/* Something else over it: the page itself does not change. */
	guest_check(mmap(moved, page_size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == moved &&
		    !store_faults(moved) && page_intact(device.page),
		    "%s: MAP_FIXED over it does not reach the page", name);
	munmap(moved, page_size);
}

static void check_mappings(const char *path, size_t offset, const char *name)
{
	char shared[64], private[64];

	snprintf(shared, sizeof(shared), "%s, shared", name);
	snprintf(private, sizeof(private), "%s, private", name);
	check_refused_mappings(path, offset, name);
	check_mapping(path, offset, MAP_SHARED, shared);
	check_mapping(path, offset, MAP_PRIVATE, private);
}

static void check_mmap(void)
{
	check_mappings(CLOCKBOUND_DEVICE_PATH, CLOCKBOUND_PGOFF_CLOCK, "clock page");
	check_mappings(CLOCKBOUND_DEVICE_PATH, CLOCKBOUND_PGOFF_REGISTERED, "registered page");
	refused(CLOCKBOUND_DEVICE_PATH, EINVAL, page_size, PROT_READ, MAP_SHARED, 3,
		"offset of 3 pages");
	refused(CLOCKBOUND_DEVICE_PATH, EINVAL, page_size, PROT_READ, MAP_SHARED, 1UL << 40,
		"offset of 2^40 pages");
	if (!device.vmclock) {
		refused(CLOCKBOUND_DEVICE_PATH, ENODEV, page_size, PROT_READ, MAP_SHARED,
			CLOCKBOUND_PGOFF_VMCLOCK, "VMClock page that is not there");
		return;
	}
	check_mappings(CLOCKBOUND_DEVICE_PATH, CLOCKBOUND_PGOFF_VMCLOCK, "VMClock page");
}

/* A node that is nothing but a page to read. */
static void check_node(const char *path, ssize_t size)
{
	struct stat status;
	char whole[512], byte;
	int fd = open(path, O_RDWR);
	char *unmapped = mmap(NULL, page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t i;

	if (fd < 0)
		guest_die(path);
	check_mappings(path, 0, path);
	refused(path, EINVAL, page_size, PROT_READ, MAP_SHARED, 1, path);
	guest_check(!fstat(fd, &status) && S_ISCHR(status.st_mode) &&
		    (status.st_mode & 07777) == 0444, "%s: the mode is 0444", path);
	guest_check(write(fd, whole, 1) < 0 && errno == EINVAL, "%s: write()", path);
	guest_check(ioctl(fd, CLOCKBOUND_NOW, whole) < 0 && errno == ENOTTY, "%s: ioctl()", path);

	guest_check(read(fd, whole, sizeof(whole)) == size && !read(fd, whole, sizeof(whole)),
		    "%s: read() ends after %zd bytes", path, size);
	guest_check(lseek(fd, 0, SEEK_END) == size && !lseek(fd, 0, SEEK_SET) &&
		    lseek(fd, size + 1, SEEK_SET) < 0 && errno == EINVAL, "%s: lseek()", path);
	for (i = 0; read(fd, &byte, 1) == 1 && i < (ssize_t)sizeof(whole); i++)
		;
	guest_check(i == size, "%s: read() byte by byte ends after %zd bytes", path, i);
	guest_check(!pread(fd, &byte, 1, size) && !pread(fd, &byte, 1, 1LL << 40) &&
		    pread(fd, &byte, 1, -1) < 0, "%s: read() behind the end", path);
	guest_check(!lseek(fd, 0, SEEK_SET) && read(fd, unmapped, 16) < 0 && errno == EFAULT,
		    "%s: read() to nowhere", path);
	munmap(unmapped, page_size);
	close(fd);
}

static void check_nodes(void)
{
	enum guest_node maker = guest_vmclock_node();

	check_node("/dev/clockbound-shm0", 80);
	if (!device.vmclock)
		guest_check(access("/dev/vmclock0", F_OK), "no VMClock, no /dev/vmclock0");
	else if (maker == GUEST_NODE_OURS)
		check_node("/dev/vmclock0", 112);
	else if (maker == GUEST_NODE_NOBODY)
		guest_check(access("/dev/vmclock0", F_OK),
			    "/dev/vmclock0 is left to the kernel's own driver");
	else
		guest_skip("/dev/vmclock0", "it is ptp_vmclock's");
}

static void ioctl_fails(int expected, unsigned long command, void *argument, const char *what)
{
	int result;

	errno = 0;
	result = ioctl(device.fd, command, argument);
	guest_check(result == -1 && errno == expected, "ioctl %s: %s", what,
		    result ? strerror(errno) : "accepted");
}

/* The checks that both ioctls share; @size is the first version's. */
static void check_ioctl(unsigned long command, __u32 size, const char *name)
{
	struct {
		__u32 size;
		__u32 request;
		char rest[2 * 4096];
	} argument;
	char what[64];
	long *unmapped = mmap(NULL, page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *pages = mmap(NULL, 2 * page_size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *edge;

#define FAILS(expected, pointer, text) \
	(snprintf(what, sizeof(what), "%s: %s", name, text), \
	 ioctl_fails(expected, command, pointer, what))

	memset(&argument, 0, sizeof(argument));
	FAILS(EINVAL, &argument, "size 0");
	argument.size = size - 1;
	FAILS(EINVAL, &argument, "size one too small");
	argument.size = 4;
	FAILS(EINVAL, &argument, "size of the size alone");
	argument.size = size;
	argument.request = 2;
	FAILS(EINVAL, &argument, "request not zero");
	argument.request = 0;
	guest_check(!ioctl(device.fd, command, &argument), "ioctl %s: first size", name);

	memset(&argument, 0, sizeof(argument));
	argument.size = size + 8;
	guest_check(!ioctl(device.fd, command, &argument) && argument.size == size + 8,
		    "ioctl %s: larger with zeros", name);
	argument.size = size + 8;
	((char *)&argument)[size] = 1;
	FAILS(E2BIG, &argument, "larger with something else");
	memset(&argument, 0, sizeof(argument));
	argument.size = page_size;
	guest_check(!ioctl(device.fd, command, &argument), "ioctl %s: a page of it", name);
	argument.size = page_size + 1;
	FAILS(E2BIG, &argument, "more than a page");
	argument.size = 0xffffffff;
	FAILS(E2BIG, &argument, "size of 2^32 - 1");

	FAILS(EFAULT, NULL, "NULL");
	FAILS(EFAULT, unmapped, "unreadable memory");
	FAILS(EFAULT, (void *)-4096L, "a kernel address");

	/* The size can be read, the rest lies behind the end. */
	munmap(pages + page_size, page_size);
	edge = pages + page_size - 8;
	memcpy(edge, &size, sizeof(size));
	FAILS(EFAULT, edge, "structure over the end of memory");

	/* Readable, but the answer cannot be written. */
	edge = pages + page_size - size;
	memset(edge, 0, size);
	memcpy(edge, &size, sizeof(size));
	mprotect(pages, page_size, PROT_READ);
	FAILS(EFAULT, edge, "read-only memory");
#undef FAILS
	munmap(pages, page_size);
	munmap(unmapped, page_size);
}

static void check_commands(void)
{
	struct clockbound_reading reading = { .size = sizeof(reading) };

	ioctl_fails(ENOTTY, _IOWR(CLOCKBOUND_IOC_MAGIC, 0x7f, struct clockbound_reading),
		    &reading, "unknown number");
	ioctl_fails(ENOTTY, _IOWR(CLOCKBOUND_IOC_MAGIC + 1, 0x01, struct clockbound_reading),
		    &reading, "unknown type");
	ioctl_fails(ENOTTY, _IOR(CLOCKBOUND_IOC_MAGIC, 0x01, struct clockbound_reading),
		    &reading, "another direction");
	ioctl_fails(ENOTTY, 0, &reading, "0");
	ioctl_fails(ENOTTY, 0xffffffff, &reading, "2^32 - 1");
}

static void check_answers(void)
{
	struct clockbound_info info = { .size = sizeof(info) };
	struct clockbound_reading reading;
	struct stat status;

	memset(&reading, 0xff, sizeof(reading));
	reading.size = sizeof(reading);
	reading.request = 0;
	guest_check(!ioctl(device.fd, CLOCKBOUND_NOW, &reading) && guest_sane(&reading) &&
		    reading.size == sizeof(reading) && !reading.request,
		    "NOW: a sane reading, whatever was there before");

	reading.max_width = 1;
	ioctl_fails(ERANGE, CLOCKBOUND_NOW, &reading, "NOW: wider than accepted");
	guest_check(guest_sane(&reading), "NOW: the reading is there all the same");

	guest_check(!ioctl(device.fd, CLOCKBOUND_INFO, &info) &&
		    info.page_version == device.page->version &&
		    info.page_size == device.page->size &&
		    info.features == device.page->features &&
		    info.counter_id == device.page->counter_id,
		    "INFO agrees with the clock page");

	guest_check(!fstat(device.fd, &status) && S_ISCHR(status.st_mode) &&
		    (status.st_mode & 07777) == 0444, "the device's mode is 0444");
	guest_check(read(device.fd, &reading, 1) < 0 && errno == EINVAL, "read() is refused");
	guest_check(write(device.fd, &reading, 1) < 0, "write() is refused");
}

int main(void)
{
	page_size = sysconf(_SC_PAGESIZE);
	guest_open(&device);
	check_mmap();
	check_nodes();
	check_ioctl(CLOCKBOUND_NOW, CLOCKBOUND_READING_SIZE_VER0, "NOW");
	check_ioctl(CLOCKBOUND_INFO, CLOCKBOUND_INFO_SIZE_VER0, "INFO");
	check_commands();
	check_answers();
	guest_check(page_intact(device.page), "the clock page is intact at the end");
	return guest_result();
}
