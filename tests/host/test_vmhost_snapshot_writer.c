// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing a container: in steps, in an order in which nothing can be lost, and whatever
 * fails or kills it, there is the old one or the new one.
 *
 * What the writer asks of the kernel goes through functions of this file, which write it
 * down, fail, or kill the process. What a power failure leaves is not tested: that takes a
 * disk that forgets. The order of the calls is, and the kernel promises the rest.
 */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "random.h"
#include "snapshot_sample.h"

#define KILLS		200
#define ROUNDS		2000	/* to get them */
#define CONTAINER	"container"

static char directory[64];
static char error[300];

/* What the writer has called, in the order of the calls, those to write once */
static char calls[200];

/* How many calls there were; that one fails, or kills, which is this one; 0 for none */
static int count;
static int deadly;
static int failing;
static int failure;		/* its errno */

/* This call fails, whenever it is called, with failure */
static const char *broken;

static bool goes_on(const char *name)
{
	size_t used = strlen(calls), length = strlen(name);

	if (used < length || strcmp(calls + used - length, name))
		snprintf(calls + used, sizeof(calls) - used, "%s%s", used ? " " : "", name);
	count++;
	if (count == deadly)
		kill(getpid(), SIGKILL);
	if (count != failing && (!broken || strcmp(name, broken)))
		return true;
	errno = failure;
	return false;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	return goes_on("write") ? syscall(SYS_pwrite64, fd, bytes, size, offset) : -1;
}

int fsync(int fd)
{
	struct stat stat;

	fstat(fd, &stat);
	return goes_on(S_ISDIR(stat.st_mode) ? "sync-directory" : "sync-file") ?
		syscall(SYS_fsync, fd) : -1;
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
	return goes_on("link") ? syscall(SYS_linkat, from, old, to, new, flags) : -1;
}

int renameat(int from, const char *old, int to, const char *new)
{
	return goes_on("rename") ? syscall(SYS_renameat, from, old, to, new) : -1;
}

int openat(int at, const char *path, int flags, ...)
{
	bool nameless = (flags & O_TMPFILE) == O_TMPFILE;

	return goes_on(nameless ? "open-nameless" : "open-temporary") ?
		syscall(SYS_openat, at, path, flags, 0600) : -1;
}

#define ORDER	"open-nameless write sync-file link rename sync-directory"

static void behave(void)
{
	calls[0] = '\0';
	count = 0;
	deadly = 0;
	failing = 0;
	broken = NULL;
}

FIXTURE(enter)
{
	strcpy(directory, "/tmp/vmhost-snapshot-XXXXXX");
	return !mkdtemp(directory) || chdir(directory);
}

FIXTURE(leave)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static struct snapshot_source source;
static struct snapshot_meta meta;
static struct snapshot_state state_of;

FIXTURE(setup)
{
	behave();
	source = (struct snapshot_source) {
		.ram = sample_ram(),
		.meta = &meta,
		.state = &state_of,
		.stream = sample_file("QEVM stream", 11),
	};
	meta = sample_meta;
	state_of = sample_state;
	behave();
	return 0;
}

FIXTURE(teardown)
{
	behave();
	close(source.ram);
	close(source.stream);
	return system("rm -rf " CONTAINER " .vmhost-*");
}

/* The file has this marker, and all of it is whole. */
static __u64 marker_of(const char *path)
{
	struct snapshot snapshot;
	__u64 marker, stored;

	if (!snapshot_open(&snapshot, path, false, error, sizeof(error)) ||
	    !snapshot_check_ram(&snapshot, &stored, error, sizeof(error)))
		fail_msg("%s: %s", path, error);
	marker = snapshot.state.marker;
	snapshot_close(&snapshot);
	return marker;
}

static enum snapshot_progress write_marker(__u64 marker)
{
	state_of.marker = marker;
	return sample_write(CONTAINER, &source, error, sizeof(error));
}

/* Files with a temporary name; each is a whole container if @whole */
static int strays(bool whole)
{
	DIR *here = opendir(".");
	struct dirent *entry;
	int found = 0;

	assert_non_null(here);
	while ((entry = readdir(here))) {
		if (strncmp(entry->d_name, ".vmhost-", 8))
			continue;
		found++;
		if (whole)
			marker_of(entry->d_name);
	}
	closedir(here);
	return found;
}

TEST_F(the_order_of_the_calls)
{
	assert_int_equal(write_marker(1), SNAPSHOT_DONE);
	assert_string_equal(calls, ORDER);
	behave();
	assert_int_equal(write_marker(2), SNAPSHOT_DONE);
	assert_string_equal(calls, ORDER);
	assert_int_equal(marker_of(CONTAINER), 2);
	assert_int_equal(strays(true), 0);
}

TEST_F(a_file_system_without_nameless_files)
{
	broken = "open-nameless";
	failure = EOPNOTSUPP;
	assert_int_equal(write_marker(1), SNAPSHOT_DONE);
	assert_string_equal(calls,
			    "open-nameless open-temporary write sync-file rename sync-directory");
	assert_int_equal(marker_of(CONTAINER), 1);
	assert_int_equal(strays(true), 0);
	/* What fails leaves nothing */
	for (failing = 3; ; failing++) {
		count = 0;
		if (write_marker(2) == SNAPSHOT_DONE)
			break;
		assert_int_equal(strays(true), 0);
	}
	assert_true(failing > 8);
}

/* Each call in turn: the old container is as it was, and no file is left. */
TEST_F(what_fails_leaves_the_old_one)
{
	static const struct {
		int number;
		const char *advice;
	} failures[] = {
		{ ENOSPC, "No space left on device: make room there, or write it to another disk" },
		{ EDQUOT, "Disk quota exceeded: your quota is used up" },
		{ EROFS, "Read-only file system: name a directory that you can write to" },
		{ EACCES, "Permission denied: name a directory that you can write to" },
		{ EFBIG, "File too large: the file system or 'ulimit -f' does not allow" },
		{ EIO, "Input/output error" },
	};
	int calls_made;

	assert_int_equal(write_marker(1), SNAPSHOT_DONE);
	calls_made = count;
	for (size_t i = 0; i < COUNT(failures); i++) {
		for (int at = 1; at < calls_made; at++) {
			behave();
			failing = at;
			failure = failures[i].number;
			assert_int_equal(write_marker(2), SNAPSHOT_FAILED);
			if (!strstr(error, failures[i].advice))
				fail_msg("'%s' does not say '%s'", error, failures[i].advice);
			behave();
			assert_int_equal(marker_of(CONTAINER), 1);
			assert_int_equal(strays(true), 0);
		}
	}
	/* Only the directory's sync: then the new one is there */
	behave();
	failing = calls_made;
	failure = EIO;
	assert_int_equal(write_marker(2), SNAPSHOT_FAILED);
	assert_non_null(strstr(error, "the container is there, but"));
	assert_int_equal(marker_of(CONTAINER), 2);
}

/* Writes @marker in a process of its own, which @dies at that call; how it ended */
static int write_in_child(__u64 marker, int dies)
{
	pid_t child = fork();
	int status;

	if (!child) {
		behave();
		deadly = dies;
		_exit(write_marker(marker) != SNAPSHOT_DONE);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

/* Killed just before each of its calls */
TEST_F(killed_before_any_call)
{
	int with_rest = 0, dies;

	assert_int_equal(write_marker(1), SNAPSHOT_DONE);
	for (dies = 1; ; dies++) {
		int status = write_in_child(2, dies);
		__u64 marker = marker_of(CONTAINER);

		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			break;
		}
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		assert_true(marker == 1 || marker == 2);
		/* The new one is there when it was killed before the last call only */
		if (marker == 2) {
			assert_true(WIFEXITED(write_in_child(3, dies + 1)));
			dies++;
			break;
		}
		/* A file that has its temporary name is whole */
		with_rest += strays(true);
		assert_int_equal(system("rm -f .vmhost-*"), 0);
	}
	/* Opening, writing, syncing, linking, renaming, syncing */
	assert_true(dies > 8);
	/* Between getting its temporary name and losing it, and only there */
	assert_int_equal(with_rest, 1);
}

static __s64 now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* Killed at any moment: within calls, and while the disk is at work */
TEST_F(killed_at_random_moments)
{
	int finished = 0, old = 0, new = 0;
	__s64 began, usual = 0;
	__u64 marker = 1;

	/* More RAM, so that the writing takes its time */
	meta.mem_size = 4 << 20;
	state_of.ram_size = meta.mem_size;
	assert_int_equal(ftruncate(source.ram, meta.mem_size), 0);
	for (int at = 0; at < 4 << 20; at += SNAPSHOT_PAGE)
		assert_int_equal(pwrite(source.ram, "x", 1, at), 1);
	for (int i = 0; i < 5; i++) {
		began = now_ns();
		assert_int_equal(write_marker(marker), SNAPSHOT_DONE);
		if (!i || now_ns() - began < usual)
			usual = now_ns() - began;
	}

	print_message("# seed 0x%llx, usually %lld us\n", random_state, usual / 1000);
	for (int i = 0; i < ROUNDS && old + new < KILLS; i++) {
		struct timespec delay = { .tv_nsec = random_below(usual + usual / 4) };
		pid_t child = fork();
		__u64 found;
		int status;

		if (!child)
			_exit(write_marker(marker + 1) != SNAPSHOT_DONE);
		nanosleep(&delay, NULL);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		found = marker_of(CONTAINER);
		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			assert_int_equal(found, marker + 1);
			finished++;
		} else if (found == marker) {
			old++;
		} else {
			assert_int_equal(found, marker + 1);
			new++;
		}
		strays(true);
		assert_int_equal(system("rm -f .vmhost-*"), 0);
		marker = found;
	}
	print_message("# killed: %d with the old one, %d with the new one; %d were done\n", old,
		      new, finished);
	assert_int_equal(old + new, KILLS);
	assert_in_range(old, KILLS / 10, KILLS);
}

/* Steps are short, progress only grows, and the machine can go on before the disk is done. */
TEST_F(steps)
{
	__u64 copied = 0, before = 0, total, budget = 1 << 20;
	enum snapshot_progress progress;
	struct snapshot_writer *writer;
	bool early = false;
	int steps = 0;

	meta.mem_size = 16 << 20;
	state_of.ram_size = meta.mem_size;
	assert_int_equal(ftruncate(source.ram, meta.mem_size), 0);
	for (int at = 0; at < 16 << 20; at += SNAPSHOT_PAGE)
		assert_int_equal(pwrite(source.ram, "x", 1, at), 1);
	writer = snapshot_writer_open(CONTAINER, &source, error, sizeof(error));
	assert_non_null(writer);
	/* They are not needed any more */
	memset(&meta, 0xff, sizeof(meta));
	memset(&state_of, 0xff, sizeof(state_of));
	snapshot_writer_progress(writer, &copied, &total);
	assert_int_equal(copied, 0);
	assert_int_equal(total, (16 << 20) + 11);
	do {
		assert_int_not_equal(access(CONTAINER, F_OK), 0);
		progress = snapshot_writer_step(writer, budget, error, sizeof(error));
		snapshot_writer_progress(writer, &copied, &total);
		assert_in_range(copied - before, 0, budget + (256 << 10));
		early |= snapshot_writer_copied(writer) && progress == SNAPSHOT_MORE;
		assert_int_equal(snapshot_writer_copied(writer), copied == total);
		steps += copied != before;
		before = copied;
	} while (progress == SNAPSHOT_MORE && !snapshot_writer_copied(writer));
	assert_true(early);
	assert_in_range(steps, 16, 18);
	while (progress == SNAPSHOT_MORE)
		progress = snapshot_writer_step(writer, budget, error, sizeof(error));
	assert_int_equal(progress, SNAPSHOT_DONE);
	assert_int_equal(copied, total);
	assert_int_equal(snapshot_writer_step(writer, 1, error, sizeof(error)), SNAPSHOT_DONE);
	snapshot_writer_close(writer);
	assert_int_equal(marker_of(CONTAINER), 5);
}

/* Given up after each number of steps */
TEST_F(given_up)
{
	struct snapshot_writer *writer;
	int steps;

	assert_int_equal(write_marker(1), SNAPSHOT_DONE);
	state_of.marker = 2;
	for (steps = 0; ; steps++) {
		bool copied;

		writer = snapshot_writer_open(CONTAINER, &source, error, sizeof(error));
		assert_non_null(writer);
		for (int i = 0; i < steps; i++)
			assert_int_not_equal(snapshot_writer_step(writer, 1, error, sizeof(error)),
					     SNAPSHOT_FAILED);
		copied = snapshot_writer_copied(writer);
		snapshot_writer_close(writer);
		assert_int_equal(strays(true), 0);
		if (copied)
			break;
		assert_int_equal(marker_of(CONTAINER), 1);
	}
	assert_true(steps > 2);
}

/* A clone's RAM is in nobody's file, but in its process. */
TEST_F(ram_of_a_process)
{
	static char ram[SAMPLE_RAM + SNAPSHOT_PAGE] __attribute__((aligned(4096)));

	close(source.ram);
	source.ram = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(source.ram, -1);
	source.ram_offset = (uintptr_t)ram;
	memset(ram + 2 * SNAPSHOT_PAGE, 'm', 10);
	memset(ram + SAMPLE_RAM, 'n', 10);
	assert_int_equal(write_marker(1), SNAPSHOT_DONE);
	assert_int_equal(marker_of(CONTAINER), 1);
	assert_int_equal(test_shell("tr -d '\\0' <" CONTAINER " | head -c 10", error,
				    sizeof(error)), 0);
	assert_string_equal(error, "mmmmmmmmmm");
}

static void assert_refused(const char *path, const char *words)
{
	struct snapshot_writer *writer = snapshot_writer_open(path, &source, error, sizeof(error));

	assert_null(writer);
	if (strncmp(error, words, strlen(words)))
		fail_msg("'%s' is not '%s'", error, words);
	assert_int_equal(strays(true), 0);
}

TEST_F(what_cannot_be_written_is_refused)
{
	assert_refused("nowhere/file",
		       "the container's directory: No such file or directory: make the directory first");
	assert_refused("/dev/null", "there is something that is not a regular file");
	assert_refused("..", "there is something that is not a regular file");
	assert_refused("./", "this is a directory: name a file in it");
	assert_int_equal(symlink("elsewhere", CONTAINER), 0);
	assert_refused(CONTAINER, "there is something that is not a regular file");
	assert_int_equal(unlink(CONTAINER), 0);

	meta.mem_size = 4095;
	assert_refused(CONTAINER, "meta.mem_size: 4095 bytes of RAM are not whole pages");
	meta.mem_size = SAMPLE_RAM;
	state_of.ram_size++;
	assert_refused(CONTAINER, "state.ram_size: 32769 is not meta.mem_size, 32768");
	state_of.ram_size--;
	state_of.cpus = 3;
	assert_refused(CONTAINER, "state.cpus: 3 is not meta.num_cpus, 4");
	state_of.cpus = 4;
	state_of.qemu_version = (struct bytes)BYTES("\xff");
	assert_refused(CONTAINER, "state.qemu_version: this is not UTF-8");
	state_of.qemu_version = sample_state.qemu_version;
	meta.interrupt_controller.size = CODEC_BLOB_MAX + 1;
	assert_refused(CONTAINER, "meta.interrupt_controller: 16777217 bytes are more than");
	meta.interrupt_controller.size = 0;
	assert_int_equal(access(CONTAINER, F_OK), -1);
}

TEST_F(sources_that_are_none)
{
	int ends[2];

	/* Too short, with its end in a hole and not */
	assert_int_equal(ftruncate(source.ram, SAMPLE_RAM - 1), 0);
	assert_int_equal(write_marker(1), SNAPSHOT_FAILED);
	assert_string_equal(error, "the machine's RAM cannot be read: No data available");
	assert_int_equal(ftruncate(source.ram, 0), 0);
	assert_int_equal(write_marker(1), SNAPSHOT_FAILED);
	assert_string_equal(error, "the machine's RAM cannot be read: No data available");
	assert_int_equal(ftruncate(source.ram, SAMPLE_RAM), 0);
	assert_int_equal(write_marker(1), SNAPSHOT_DONE);
	assert_int_equal(pipe(ends), 0);
	close(source.stream);
	source.stream = ends[0];
	assert_int_equal(write_marker(1), SNAPSHOT_FAILED);
	assert_string_equal(error, "QEMU's stream is not a regular file");
	close(ends[1]);
}

TEST_MAIN(enter, leave)
