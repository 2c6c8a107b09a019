// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "snapshot_generation.h"
#include "snapshot_ram.h"

#define CHUNK	(256 << 10)

enum stage {
	COPY_RAM,
	COPY_STREAM,
	START_SYNC,
	SYNCING,
	FINISHED,
};

/**
 * struct snapshot_writer - a container that is being written
 * @stage: what is done next
 * @directory: where the container is to be
 * @name: its name there
 * @temporary: the name it has until then; empty if it has none
 * @fd: the file
 * @ram: what the RAM is read from
 * @stream: what the stream is read from
 * @stream_at: bytes of it that were copied
 * @parts: the sections
 * @buffer: CHUNK bytes
 * @thread: brings the file to the disk, in SYNCING
 * @synced: the thread is done
 * @error: why it failed; of the thread until @synced
 */
struct snapshot_writer {
	enum stage stage;
	int directory;
	char *name;
	char temporary[40];
	int fd;
	struct ram_reader ram;
	int stream;
	__u64 stream_at;
	struct snapshot_section parts[SNAPSHOT_PARTS];
	char *buffer;
	pthread_t thread;
	atomic_bool synced;
	char error[300];
};

/* "what: reason: what to do"; always false. */
static bool fail(struct snapshot_writer *writer, const char *what)
{
	int number = errno;
	const char *advice;

	switch (number) {
	case ENOSPC:
		advice = ": make room there, or write it to another disk";
		break;
	case EDQUOT:
		advice = ": your quota is used up: delete something there, or write it elsewhere";
		break;
	case EACCES:
	case EPERM:
	case EROFS:
		advice = ": name a directory that you can write to";
		break;
	case EFBIG:
		advice = ": the file system or 'ulimit -f' does not allow such a file";
		break;
	case ENOENT:
		advice = ": make the directory first";
		break;
	default:
		advice = "";
	}
	snprintf(writer->error, sizeof(writer->error), "%s: %s%s", what, strerror(number),
		 advice);
	return false;
}

__attribute__((format(printf, 2, 3)))
static bool refuse(struct snapshot_writer *writer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(writer->error, sizeof(writer->error), format, arguments);
	va_end(arguments);
	return false;
}

static bool write_at(struct snapshot_writer *writer, const void *bytes, size_t count,
		     __u64 offset)
{
	for (size_t done = 0; done < count;) {
		ssize_t put = pwrite(writer->fd, (const char *)bytes + done, count - done,
				     offset + done);

		if (put < 0)
			return fail(writer, "the container cannot be written");
		done += put;
	}
	return true;
}

static __u64 end_of(const struct snapshot_section *section)
{
	return section->offset + section->length;
}

static bool write_meta(struct snapshot_writer *writer, const struct snapshot_meta *meta)
{
	struct snapshot_section *section = &writer->parts[SNAPSHOT_META];
	char what[200];
	size_t size;
	void *bytes;
	bool good;

	if (!snapshot_meta_encode(meta, NULL, 0, &size, what, sizeof(what)))
		return refuse(writer, "meta.%s", what);
	if (size > SNAPSHOT_META_MAX)
		return refuse(writer, "meta: %zu bytes are more than %u", size,
			      SNAPSHOT_META_MAX);
	bytes = malloc(size);
	if (!bytes)
		return fail(writer, "meta");
	snapshot_meta_encode(meta, bytes, size, &size, what, sizeof(what));
	section->offset = end_of(&writer->parts[SNAPSHOT_RAM]) + SNAPSHOT_COUNTER_SIZE;
	section->length = size;
	section->check = crc32(0, bytes, size);
	good = write_at(writer, bytes, size, section->offset);
	free(bytes);
	return good;
}

static bool write_state(struct snapshot_writer *writer, const struct snapshot_state *state)
{
	struct snapshot_section *section = &writer->parts[SNAPSHOT_STATE];
	char what[200];
	size_t size;
	void *bytes;
	bool good;

	if (!snapshot_state_encode(state, NULL, 0, &size, what, sizeof(what)))
		return refuse(writer, "state.%s", what);
	if (size > SNAPSHOT_STATE_MAX)
		return refuse(writer,
			      "state: %zu bytes are more than %u: the machine has too many arguments",
			      size, SNAPSHOT_STATE_MAX);
	bytes = malloc(size);
	if (!bytes)
		return fail(writer, "state");
	snapshot_state_encode(state, bytes, size, &size, what, sizeof(what));
	section->offset = end_of(&writer->parts[SNAPSHOT_META]);
	section->length = size;
	section->check = crc32(0, bytes, size);
	good = write_at(writer, bytes, size, section->offset);
	free(bytes);
	return good;
}

static bool write_counter(struct snapshot_writer *writer)
{
	__u8 counter[SNAPSHOT_COUNTER_SIZE];

	snapshot_counter(0, counter);
	return write_at(writer, counter, sizeof(counter), end_of(&writer->parts[SNAPSHOT_RAM]));
}

/* The directory of @path, and the name in it. */
static bool open_directory(struct snapshot_writer *writer, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory;
	struct stat stat;

	writer->name = strdup(slash ? slash + 1 : path);
	directory = slash ? strndup(path, slash == path ? 1 : slash - path) : strdup(".");
	if (!writer->name || !directory) {
		free(directory);
		return fail(writer, "the container");
	}
	writer->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(directory);
	if (writer->directory == -1)
		return fail(writer, "the container's directory");
	if (!writer->name[0])
		return refuse(writer, "this is a directory: name a file in it");
	if (fstatat(writer->directory, writer->name, &stat, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT || fail(writer, "the container");
	if (!S_ISREG(stat.st_mode))
		return refuse(writer,
			      "there is something that is not a regular file: name another one");
	return true;
}

static bool new_name(struct snapshot_writer *writer)
{
	__u64 drawn;

	if (getrandom(&drawn, sizeof(drawn), 0) != sizeof(drawn))
		return fail(writer, "a temporary name");
	snprintf(writer->temporary, sizeof(writer->temporary), ".vmhost-%016llx", drawn);
	return true;
}

/* A file without a name, of which nothing is left if vmhost is killed. */
static bool open_file(struct snapshot_writer *writer)
{
	writer->fd = openat(writer->directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (writer->fd != -1)
		return true;
	if (errno != EOPNOTSUPP && errno != EISDIR)
		return fail(writer, "a file cannot be made in the container's directory");
	/* Not every file system has them */
	if (!new_name(writer))
		return false;
	writer->fd = openat(writer->directory, writer->temporary,
			    O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	if (writer->fd != -1)
		return true;
	writer->temporary[0] = '\0';
	return fail(writer, "a file cannot be made in the container's directory");
}

/* The sizes of what is copied, before anything is. */
static bool measure(struct snapshot_writer *writer, const struct snapshot_source *source)
{
	__u64 ram = source->meta->mem_size;
	struct stat stat;

	if (ram % SNAPSHOT_PAGE || ram > (1ULL << 62))
		return refuse(writer,
			      "meta.mem_size: %llu bytes of RAM are not whole pages, or too many",
			      ram);
	if (source->state->ram_size != ram)
		return refuse(writer, "state.ram_size: %llu is not meta.mem_size, %llu",
			      source->state->ram_size, ram);
	if (source->state->cpus != source->meta->num_cpus)
		return refuse(writer, "state.cpus: %u is not meta.num_cpus, %u",
			      source->state->cpus, source->meta->num_cpus);
	if (fstat(source->stream, &stat))
		return fail(writer, "QEMU's stream");
	if (!S_ISREG(stat.st_mode))
		return refuse(writer, "QEMU's stream is not a regular file");
	writer->parts[SNAPSHOT_RAM].length = ram;
	writer->parts[SNAPSHOT_STREAM].length = stat.st_size;
	writer->stream = source->stream;
	writer->ram = (struct ram_reader) {
		.fd = source->ram,
		.start = source->ram_offset,
		.size = ram,
	};
	return true;
}

static bool begin(struct snapshot_writer *writer, const char *path,
		  const struct snapshot_source *source)
{
	struct snapshot_section *parts = writer->parts;

	writer->buffer = malloc(CHUNK);
	if (!writer->buffer)
		return fail(writer, "the container");
	if (!measure(writer, source) || !open_directory(writer, path) || !open_file(writer) ||
	    !write_counter(writer) || !write_meta(writer, source->meta) ||
	    !write_state(writer, source->state))
		return false;
	parts[SNAPSHOT_STREAM].offset = end_of(&parts[SNAPSHOT_STATE]);
	return true;
}

struct snapshot_writer *snapshot_writer_open(const char *path,
					     const struct snapshot_source *source,
					     char *error, size_t size)
{
	struct snapshot_writer *writer = calloc(1, sizeof(*writer));

	if (!writer) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	writer->directory = -1;
	writer->fd = -1;
	if (begin(writer, path, source))
		return writer;
	snprintf(error, size, "%s", writer->error);
	snapshot_writer_close(writer);
	return NULL;
}

/* Copies a chunk of RAM, without the pages that are all zero. */
static bool copy_ram(struct snapshot_writer *writer)
{
	struct snapshot_section *section = &writer->parts[SNAPSHOT_RAM];
	__u64 offset;
	ssize_t have = ram_read(&writer->ram, writer->buffer, CHUNK, &offset);
	size_t run;

	if (have < 0)
		return fail(writer, "the machine's RAM cannot be read");
	if (!have)
		writer->stage = COPY_STREAM;
	for (size_t at = 0; (run = ram_run(writer->buffer, have, &at)); at += run) {
		section->check = ram_check(section->check, writer->buffer + at, run,
					   offset + at);
		if (!write_at(writer, writer->buffer + at, run, offset + at))
			return false;
	}
	return true;
}

static bool copy_stream(struct snapshot_writer *writer)
{
	struct snapshot_section *section = &writer->parts[SNAPSHOT_STREAM];
	__u64 left = section->length - writer->stream_at;
	ssize_t have;

	if (!left) {
		writer->stage = START_SYNC;
		return true;
	}
	have = pread(writer->stream, writer->buffer, left < CHUNK ? left : CHUNK,
		     writer->stream_at);
	if (!have)
		errno = ENODATA;
	if (have <= 0)
		return fail(writer, "QEMU's stream cannot be read");
	section->check = crc32(section->check, (const Bytef *)writer->buffer, have);
	if (!write_at(writer, writer->buffer, have, section->offset + writer->stream_at))
		return false;
	writer->stream_at += have;
	return true;
}

/* A name for a file that has none yet, so that it can be renamed. */
static bool link_file(struct snapshot_writer *writer)
{
	char file[40];

	if (writer->temporary[0])
		return true;
	if (!new_name(writer))
		return false;
	snprintf(file, sizeof(file), "/proc/self/fd/%d", writer->fd);
	if (!linkat(AT_FDCWD, file, writer->directory, writer->temporary, AT_SYMLINK_FOLLOW))
		return true;
	writer->temporary[0] = '\0';
	return fail(writer, "the container cannot be given a name");
}

/* What is on the disk first comes first: all of the file, and only then its name. */
static bool sync_file(struct snapshot_writer *writer)
{
	if (fsync(writer->fd))
		return fail(writer, "the container cannot be brought to the disk");
	if (!link_file(writer))
		return false;
	if (renameat(writer->directory, writer->temporary, writer->directory, writer->name))
		return fail(writer, "the container cannot be given its name");
	writer->temporary[0] = '\0';
	if (fsync(writer->directory))
		return fail(writer,
			    "the container is there, but not its directory on the disk: it may be gone after a power failure");
	return true;
}

static void *sync_thread(void *argument)
{
	struct snapshot_writer *writer = argument;

	sync_file(writer);
	atomic_store(&writer->synced, true);
	return NULL;
}

static bool start_sync(struct snapshot_writer *writer)
{
	__u8 footer[SNAPSHOT_FOOTER_SIZE];

	snapshot_footer(writer->parts, footer);
	if (!write_at(writer, footer, sizeof(footer), end_of(&writer->parts[SNAPSHOT_STREAM])))
		return false;
	errno = pthread_create(&writer->thread, NULL, sync_thread, writer);
	if (errno)
		return fail(writer, "a thread");
	writer->stage = SYNCING;
	return true;
}

static bool end_sync(struct snapshot_writer *writer)
{
	pthread_join(writer->thread, NULL);
	writer->stage = FINISHED;
	return !writer->error[0];
}

/* What is next; @copied grows by what it has read. */
static bool advance(struct snapshot_writer *writer, __u64 *copied)
{
	__u64 before, after, total;
	bool good;

	switch (writer->stage) {
	case COPY_RAM:
	case COPY_STREAM:
		snapshot_writer_progress(writer, &before, &total);
		good = writer->stage == COPY_RAM ? copy_ram(writer) : copy_stream(writer);
		snapshot_writer_progress(writer, &after, &total);
		*copied += after - before;
		return good;
	case START_SYNC:
		return start_sync(writer);
	case SYNCING:
		return end_sync(writer);
	default:
		return !writer->error[0];
	}
}

enum snapshot_progress snapshot_writer_step(struct snapshot_writer *writer, __u64 budget,
					    char *error, size_t size)
{
	__u64 copied = 0;

	do {
		if (writer->stage == SYNCING && !atomic_load(&writer->synced))
			return SNAPSHOT_MORE;
		if (!advance(writer, &copied)) {
			writer->stage = FINISHED;
			snprintf(error, size, "%s", writer->error);
			return SNAPSHOT_FAILED;
		}
	} while (writer->stage != FINISHED && copied < budget);
	return writer->stage == FINISHED ? SNAPSHOT_DONE : SNAPSHOT_MORE;
}

bool snapshot_writer_copied(const struct snapshot_writer *writer)
{
	return writer->stage >= SYNCING;
}

void snapshot_writer_progress(const struct snapshot_writer *writer, __u64 *copied,
			      __u64 *total)
{
	*copied = writer->ram.at + writer->stream_at;
	*total = writer->ram.size + writer->parts[SNAPSHOT_STREAM].length;
}

void snapshot_writer_close(struct snapshot_writer *writer)
{
	if (writer->stage == SYNCING)
		end_sync(writer);
	if (writer->temporary[0])
		unlinkat(writer->directory, writer->temporary, 0);
	if (writer->fd != -1)
		close(writer->fd);
	if (writer->directory != -1)
		close(writer->directory);
	free(writer->name);
	free(writer->buffer);
	free(writer);
}
