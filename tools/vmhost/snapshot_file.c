// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "snapshot_ram.h"

#define CHUNK	(256 << 10)

/* What the check of the footer goes over: all but itself and the magic */
#define FOOTER_CHECKED	100

struct footer {
	struct snapshot_section parts[SNAPSHOT_PARTS];
	__u32 version;
	__u32 check;
	__u8 magic[8];
};

static const char * const names[] = {
	[SNAPSHOT_RAM] = "ram",
	[SNAPSHOT_META] = "meta",
	[SNAPSHOT_STATE] = "state",
	[SNAPSHOT_STREAM] = "stream",
};

static bool section(struct codec *c, struct snapshot_section *section)
{
	__u32 zero = 0;

	return codec_u64(c, "offset", &section->offset) &&
	       codec_u64(c, "length", &section->length) &&
	       codec_u32(c, "check", &section->check) &&
	       codec_u32(c, "zero", &zero) &&
	       (!zero || codec_fail(c, "zero", "%u is not 0", zero));
}

static bool layout(struct codec *c, struct footer *footer)
{
	c->list = "sections";
	for (c->index = 0; c->index < SNAPSHOT_PARTS; c->index++)
		if (!section(c, &footer->parts[c->index]))
			return false;
	c->list = NULL;
	return codec_u32(c, "version", &footer->version) &&
	       codec_u32(c, "check", &footer->check) &&
	       codec_array(c, "magic", footer->magic, sizeof(footer->magic));
}

void snapshot_footer(const struct snapshot_section parts[SNAPSHOT_PARTS], __u8 *bytes)
{
	struct footer footer = { .version = SNAPSHOT_VERSION };
	struct codec codec;
	char error[200];

	memcpy(footer.parts, parts, sizeof(footer.parts));
	memcpy(footer.magic, SNAPSHOT_MAGIC, sizeof(footer.magic));
	codec_write(&codec, bytes, SNAPSHOT_FOOTER_SIZE, error, sizeof(error));
	layout(&codec, &footer);
	footer.check = crc32(0, bytes, FOOTER_CHECKED);
	codec_write(&codec, bytes, SNAPSHOT_FOOTER_SIZE, error, sizeof(error));
	layout(&codec, &footer);
}

static bool fail(char *error, size_t size, const char *what)
{
	snprintf(error, size, "%s", what);
	return false;
}

/* Reads all of it or fails. */
static bool read_at(int fd, void *bytes, size_t count, __u64 offset, char *error, size_t size)
{
	for (size_t have = 0; have < count;) {
		ssize_t got = pread(fd, (char *)bytes + have, count - have, offset + have);

		if (!got)
			return fail(error, size, "it became shorter while it was read");
		if (got < 0)
			return fail(error, size, strerror(errno));
		have += got;
	}
	return true;
}

static const char *not_a_file(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return NULL;
	case S_IFDIR:
		return "this is a directory, not a container";
	case S_IFIFO:
		return "this is a FIFO, not a container";
	case S_IFSOCK:
		return "this is a socket, not a container";
	default:
		return "this is a device, not a container";
	}
}

/* Looks at what it is before it opens it: opening a FIFO waits, and a device may act. */
static bool open_file(struct snapshot *snapshot, const char *path, bool restore, char *error,
		      size_t size)
{
	int found = open(path, O_PATH | O_CLOEXEC);
	char name[40];
	struct stat stat;
	const char *what;

	if (found == -1)
		return fail(error, size, strerror(errno));
	what = fstat(found, &stat) ? strerror(errno) : not_a_file(stat.st_mode);
	if (what) {
		close(found);
		return fail(error, size, what);
	}
	snprintf(name, sizeof(name), "/proc/self/fd/%d", found);
	snapshot->fd = open(name, (restore ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	what = strerror(errno);
	close(found);
	if (snapshot->fd == -1) {
		if (!restore)
			return fail(error, size, what);
		snprintf(error, size,
			 "%s: clones are counted in the container: make it writable, or restore from a copy (cp --sparse=always)",
			 what);
		return false;
	}
	snapshot->size = stat.st_size;
	return true;
}

/* Whether a section is where it has to be: right behind what comes before it. */
static bool placed(const struct snapshot_section *section, const char *name, __u64 offset,
		   __u64 end, char *error, size_t size)
{
	if (section->offset != offset) {
		snprintf(error, size, "footer.%s.offset: %llu where %llu is due", name,
			 section->offset, offset);
		return false;
	}
	if (offset > end || section->length > end - offset) {
		snprintf(error, size,
			 "footer.%s.length: %llu bytes from %llu on are more than the %llu bytes in front of the footer",
			 name, section->length, offset, end);
		return false;
	}
	return true;
}

static bool within(const struct snapshot_section *section, const char *name, __u64 max,
		   char *error, size_t size)
{
	if (section->length <= max)
		return true;
	snprintf(error, size, "footer.%s.length: %llu bytes are more than %llu", name,
		 section->length, max);
	return false;
}

static bool check_places(const struct snapshot *snapshot, char *error, size_t size)
{
	const struct snapshot_section *parts = snapshot->parts;
	__u64 end = snapshot->size - SNAPSHOT_FOOTER_SIZE;
	__u64 offset = 0;

	for (int i = 0; i < SNAPSHOT_PARTS; i++) {
		if (!placed(&parts[i], names[i], offset, end, error, size))
			return false;
		offset += parts[i].length;
		if (i == SNAPSHOT_RAM)
			offset += SNAPSHOT_COUNTER_SIZE;
	}
	if (offset != end) {
		snprintf(error, size,
			 "footer.stream.length: the stream ends at %llu, the footer begins at %llu",
			 offset, end);
		return false;
	}
	if (parts[SNAPSHOT_RAM].length % SNAPSHOT_PAGE) {
		snprintf(error, size, "footer.ram.length: %llu is not a multiple of %u",
			 parts[SNAPSHOT_RAM].length, SNAPSHOT_PAGE);
		return false;
	}
	return within(&parts[SNAPSHOT_META], "meta", SNAPSHOT_META_MAX, error, size) &&
	       within(&parts[SNAPSHOT_STATE], "state", SNAPSHOT_STATE_MAX, error, size);
}

/* "meta." in front of an error that is about a field of it */
static bool name_section(const char *name, const char *what, char *error, size_t size)
{
	snprintf(error, size, "%s.%s", name, what);
	return false;
}

static bool read_footer(struct snapshot *snapshot, char *error, size_t size)
{
	__u8 bytes[SNAPSHOT_FOOTER_SIZE];
	struct footer footer = { };
	struct codec codec;
	char what[200];
	__u32 check;

	if (snapshot->size < sizeof(bytes)) {
		snprintf(error, size,
			 "this is no container: %llu bytes, and the footer alone has %zu",
			 snapshot->size, sizeof(bytes));
		return false;
	}
	if (!read_at(snapshot->fd, bytes, sizeof(bytes), snapshot->size - sizeof(bytes), error,
		     size))
		return false;
	if (memcmp(bytes + sizeof(bytes) - 8, SNAPSHOT_MAGIC, 8))
		return fail(error, size, "footer.magic: this is no container, or not all of one");
	/* Another version may have anything in front of the version and the magic */
	le32_read(bytes + FOOTER_CHECKED - 4, 4, &footer.version);
	if (footer.version != SNAPSHOT_VERSION) {
		snprintf(error, size,
			 "footer.version: %u is not known, only %u: get a newer vmhost",
			 footer.version, SNAPSHOT_VERSION);
		return false;
	}
	le32_read(bytes + FOOTER_CHECKED, 4, &footer.check);
	check = crc32(0, bytes, FOOTER_CHECKED);
	if (check != footer.check) {
		snprintf(error, size,
			 "footer.check: the CRC-32 is %08x, and should be %08x: the file is damaged",
			 check, footer.check);
		return false;
	}
	codec_read(&codec, bytes, sizeof(bytes), what, sizeof(what));
	if (!layout(&codec, &footer))
		return name_section("footer", what, error, size);
	memcpy(snapshot->parts, footer.parts, sizeof(footer.parts));
	return check_places(snapshot, error, size);
}

static bool same_check(const struct snapshot *snapshot, enum snapshot_part part, __u32 check,
		       char *error, size_t size)
{
	if (check == snapshot->parts[part].check)
		return true;
	snprintf(error, size, "%s: the CRC-32 is %08x, and should be %08x: the file is damaged",
		 names[part], check, snapshot->parts[part].check);
	return false;
}

static void *load(const struct snapshot *snapshot, enum snapshot_part part, char *error,
		  size_t size)
{
	const struct snapshot_section *section = &snapshot->parts[part];
	void *bytes = malloc(section->length + 1);

	if (!bytes) {
		fail(error, size, "out of memory");
		return NULL;
	}
	if (!read_at(snapshot->fd, bytes, section->length, section->offset, error, size) ||
	    !same_check(snapshot, part, crc32(0, bytes, section->length), error, size)) {
		free(bytes);
		return NULL;
	}
	return bytes;
}

static bool check_stream(const struct snapshot *snapshot, char *error, size_t size)
{
	__u64 offset = snapshot->parts[SNAPSHOT_STREAM].offset;
	__u64 left = snapshot->parts[SNAPSHOT_STREAM].length;
	void *buffer = malloc(CHUNK);
	bool good = true;
	__u32 check = 0;

	if (!buffer)
		return fail(error, size, "out of memory");
	while (good && left) {
		size_t count = left < CHUNK ? left : CHUNK;

		good = read_at(snapshot->fd, buffer, count, offset, error, size);
		check = crc32(check, buffer, count);
		offset += count;
		left -= count;
	}
	free(buffer);
	return good && same_check(snapshot, SNAPSHOT_STREAM, check, error, size);
}

static bool few_entries(const struct snapshot_meta *meta, char *error, size_t size)
{
	__u64 entries = (__u64)meta->vcpu_count + meta->device_count + meta->listener_count;

	for (__u32 i = 0; i < meta->device_count; i++)
		entries += meta->devices[i].queue_count;
	if (entries <= SNAPSHOT_ENTRIES_MAX)
		return true;
	snprintf(error, size, "meta: its lists have %llu entries, more than %u", entries,
		 SNAPSHOT_ENTRIES_MAX);
	return false;
}

/* What one section says must be what another one says. */
static bool agree(const struct snapshot *snapshot, char *error, size_t size)
{
	const struct snapshot_meta *meta = &snapshot->meta;
	const struct snapshot_state *state = &snapshot->state;
	__u64 ram = snapshot->parts[SNAPSHOT_RAM].length;

	if (meta->mem_size != ram) {
		snprintf(error, size, "meta.mem_size: %llu, but %llu bytes of RAM are in the file",
			 meta->mem_size, ram);
		return false;
	}
	if (state->ram_size != ram) {
		snprintf(error, size, "state.ram_size: %llu, but %llu bytes of RAM are in the file",
			 state->ram_size, ram);
		return false;
	}
	if (state->cpus != meta->num_cpus) {
		snprintf(error, size, "state.cpus: %u, but meta.num_cpus is %u", state->cpus,
			 meta->num_cpus);
		return false;
	}
	return true;
}

static bool read_sections(struct snapshot *snapshot, char *error, size_t size)
{
	__u64 length = snapshot->parts[SNAPSHOT_META].length;
	char what[200];
	size_t used;

	snapshot->meta_bytes = load(snapshot, SNAPSHOT_META, error, size);
	if (!snapshot->meta_bytes)
		return false;
	if (!snapshot_meta_decode(&snapshot->meta, snapshot->meta_bytes, length, &used, what,
				  sizeof(what)))
		return name_section("meta", what, error, size);
	if (used != length) {
		snprintf(error, size,
			 "footer.meta.length: %llu, but the metadata end after %zu bytes", length,
			 used);
		return false;
	}
	if (!few_entries(&snapshot->meta, error, size))
		return false;

	snapshot->state_bytes = load(snapshot, SNAPSHOT_STATE, error, size);
	if (!snapshot->state_bytes)
		return false;
	if (!snapshot_state_decode(&snapshot->state, snapshot->state_bytes,
				   snapshot->parts[SNAPSHOT_STATE].length, what, sizeof(what)))
		return name_section("state", what, error, size);
	return agree(snapshot, error, size) && check_stream(snapshot, error, size);
}

bool snapshot_open(struct snapshot *snapshot, const char *path, bool restore, char *error,
		   size_t size)
{
	*snapshot = (struct snapshot) { .fd = -1 };
	if (open_file(snapshot, path, restore, error, size) &&
	    read_footer(snapshot, error, size) &&
	    read_sections(snapshot, error, size))
		return true;
	snapshot_close(snapshot);
	return false;
}

bool snapshot_check_ram(const struct snapshot *snapshot, __u64 *stored, char *error,
			size_t size)
{
	struct ram_reader reader = {
		.fd = snapshot->fd,
		.size = snapshot->parts[SNAPSHOT_RAM].length,
	};
	char *buffer = malloc(CHUNK);
	__u32 check = 0;
	__u64 offset;
	ssize_t have;

	if (!buffer)
		return fail(error, size, "out of memory");
	*stored = 0;
	while ((have = ram_read(&reader, buffer, CHUNK, &offset)) > 0) {
		size_t run;

		for (size_t at = 0; (run = ram_run(buffer, have, &at)); at += run) {
			check = ram_check(check, buffer + at, run, offset + at);
			*stored += run;
		}
	}
	free(buffer);
	if (have < 0)
		return fail(error, size, strerror(errno));
	return same_check(snapshot, SNAPSHOT_RAM, check, error, size);
}

void snapshot_close(struct snapshot *snapshot)
{
	snapshot_meta_free(&snapshot->meta);
	snapshot_state_free(&snapshot->state);
	free(snapshot->meta_bytes);
	free(snapshot->state_bytes);
	if (snapshot->fd != -1)
		close(snapshot->fd);
	*snapshot = (struct snapshot) { .fd = -1 };
}
