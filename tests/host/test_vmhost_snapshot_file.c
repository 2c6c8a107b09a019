// SPDX-License-Identifier: GPL-2.0-only
/*
 * Containers as files: what a good one says, and what happens to files that are none, to
 * parts of one, and to one with wrong bytes, also when its check values are right.
 */
#include "test.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <zlib.h>

#include "random.h"
#include "snapshot_sample.h"

#define MUTATIONS	100000
#define ROOM		(64 << 10)

/* Relative to a directory of its own, in which all is done. */
#define SAMPLE		"sample"
#define CHANGED		"changed"

static char directory[64];
static char error[300];
static char output[16384];

static __u8 good[ROOM];		/* the bytes of SAMPLE */
static size_t good_size;
static struct snapshot_section places[SNAPSHOT_PARTS];	/* and where its sections are */

static size_t load(const char *path, __u8 *bytes)
{
	FILE *file = fopen(path, "r");
	size_t size;

	assert_non_null(file);
	size = fread(bytes, 1, ROOM, file);
	fclose(file);
	return size;
}

static void save(const char *path, const __u8 *bytes, size_t size)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static bool opens(const char *path)
{
	struct snapshot snapshot;

	error[0] = '\0';
	if (!snapshot_open(&snapshot, path, false, error, sizeof(error))) {
		assert_string_not_equal(error, "");
		assert_int_equal(snapshot.fd, -1);
		return false;
	}
	snapshot_close(&snapshot);
	return true;
}

static void assert_refused(const char *path, const char *words)
{
	if (opens(path))
		fail_msg("%s was taken; '%s' was due", path, words);
	if (!strstr(error, words))
		fail_msg("'%s' does not say '%s'", error, words);
}

FIXTURE(setup)
{
	struct snapshot snapshot;

	strcpy(directory, "/tmp/vmhost-snapshot-XXXXXX");
	if (!mkdtemp(directory) || chdir(directory))
		return -1;
	sample_make(SAMPLE);
	good_size = load(SAMPLE, good);
	if (!snapshot_open(&snapshot, SAMPLE, false, error, sizeof(error)))
		return -1;
	memcpy(places, snapshot.parts, sizeof(places));
	snapshot_close(&snapshot);
	return 0;
}

FIXTURE(teardown)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

/* Vmhost inspect: its exit code; what it prints is in output. */
static int inspect(const char *arguments)
{
	char command[300];

	snprintf(command, sizeof(command), VMHOST_PROGRAM " inspect %s 2>&1", arguments);
	return test_shell(command, output, sizeof(output));
}

TEST(what_was_written_is_read)
{
	struct snapshot snapshot;
	__u8 bytes[4096], again[4096];
	__u64 stored, clones;
	size_t size, again_size;

	if (!snapshot_open(&snapshot, SAMPLE, false, error, sizeof(error)))
		fail_msg("%s", error);
	assert_int_equal(snapshot.size, good_size);
	assert_int_equal(snapshot.parts[SNAPSHOT_RAM].length, SAMPLE_RAM);
	assert_true(snapshot_meta_encode(&sample_meta, bytes, sizeof(bytes), &size, error,
					 sizeof(error)));
	assert_true(snapshot_meta_encode(&snapshot.meta, again, sizeof(again), &again_size,
					 error, sizeof(error)));
	assert_int_equal(size, again_size);
	assert_memory_equal(bytes, again, size);
	assert_true(snapshot_state_encode(&sample_state, bytes, sizeof(bytes), &size, error,
					  sizeof(error)));
	assert_true(snapshot_state_encode(&snapshot.state, again, sizeof(again), &again_size,
					  error, sizeof(error)));
	assert_int_equal(size, again_size);
	assert_memory_equal(bytes, again, size);
	assert_int_equal(snapshot.parts[SNAPSHOT_STREAM].length, 11);
	assert_memory_equal(good + snapshot.parts[SNAPSHOT_STREAM].offset, "QEVM stream", 11);
	assert_true(snapshot_check_ram(&snapshot, &stored, error, sizeof(error)));
	assert_int_equal(stored, 3 * SNAPSHOT_PAGE);
	assert_true(snapshot_clones(&snapshot, &clones, error, sizeof(error)));
	assert_int_equal(clones, 0);
	snapshot_close(&snapshot);
}

/* The bytes of the layout in vmhost-snapshot(5) */
TEST(the_layout_is_as_documented)
{
	const __u8 *footer = good + good_size - 112;
	const __u8 *own = good + places[SNAPSHOT_STATE].offset;
	static const char magic[] = "vmhostSN";
	__u64 expected = SAMPLE_RAM + 16, value;
	__u32 check, version;

	for (int i = 0; i < 4; i++) {
		le64_read(footer + 24 * i, 8, &value);
		assert_int_equal(value, i ? expected : 0);
		le64_read(footer + 24 * i + 8, 8, &value);
		if (i) {
			le32_read(footer + 24 * i + 16, 4, &check);
			assert_int_equal(check, crc32(0, good + expected, value));
			expected += value;
		} else {
			assert_int_equal(value, SAMPLE_RAM);
		}
	}
	assert_int_equal(expected, good_size - 112);
	le32_read(footer + 96, 4, &version);
	assert_int_equal(version, 1);
	le32_read(footer + 100, 4, &check);
	assert_int_equal(check, crc32(0, footer, 100));
	assert_memory_equal(footer + 104, magic, 8);
	/* The counter: 0, and the CRC-32 of 8 bytes of 0 */
	assert_memory_equal(good + SAMPLE_RAM, "\0\0\0\0\0\0\0\0\x69\xdf\x22\x65\0\0\0\0", 16);
	/* State: version, accelerator, counter, time type, marker only, page, CPUs */
	assert_memory_equal(own, "\1\0\0\0\1\1\1\0\0\x10\0\0\4\0\0\0", 16);
	assert_memory_equal(own + 16, "\0\0\0\x08\0\0\0\0\0\x80\0\0\0\0\0\0", 16);
	assert_memory_equal(own + 32, "\5\0\0\0\0\0\0\0\x10\x32\x54\x76\x98\xba\xdc\xfe", 16);
	assert_memory_equal(own + 48, "\x39\x30\0\0\0\0\0\0", 8);
	assert_memory_equal(own + 56, "\5\0\0\0\x37.2.0\3\0\0\0\2\0\0\0-m", 19);
}

/* Pages without anything take no room, whether they were holes or zeros */
TEST(ram_is_sparse)
{
	int fd = open(SAMPLE, O_RDONLY);

	assert_int_not_equal(fd, -1);
	assert_int_equal(lseek(fd, 0, SEEK_DATA), 1 * SNAPSHOT_PAGE);
	assert_int_equal(lseek(fd, 1 * SNAPSHOT_PAGE, SEEK_HOLE), 3 * SNAPSHOT_PAGE);
	assert_int_equal(lseek(fd, 3 * SNAPSHOT_PAGE, SEEK_DATA), 6 * SNAPSHOT_PAGE);
	assert_int_equal(lseek(fd, 6 * SNAPSHOT_PAGE, SEEK_HOLE), 7 * SNAPSHOT_PAGE);
	close(fd);
	assert_memory_equal(good + SNAPSHOT_PAGE, "aaaa", 4);
	assert_int_equal(good[3 * SNAPSHOT_PAGE - 1], 'b');
	assert_int_equal(good[6 * SNAPSHOT_PAGE], 'c');
}

TEST(only_its_owner_may_read_it)
{
	struct stat stat_of;

	assert_int_equal(stat(SAMPLE, &stat_of), 0);
	assert_int_equal(stat_of.st_mode & 07777, 0600);
}

TEST(what_is_no_file_is_refused)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_refused("nothing", "No such file or directory");
	assert_refused(".", "this is a directory");
	assert_refused("/dev/null", "this is a device");
	/* Not even opened: nobody writes to it */
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_refused("fifo", "this is a FIFO");
	assert_int_equal(bind(fd, (void *)&address, sizeof(address)), 0);
	assert_refused("socket", "this is a socket");
	close(fd);
	save(CHANGED, good, 0);
	assert_refused(CHANGED, "this is no container: 0 bytes");
	save(CHANGED, good, 111);
	assert_refused(CHANGED, "this is no container: 111 bytes");
	save(CHANGED, good, 112);
	assert_refused(CHANGED, "footer.magic: this is no container, or not all of one");
}

TEST(each_prefix_of_the_file_is_an_error)
{
	int fd;

	save(CHANGED, good, good_size);
	assert_true(opens(CHANGED));
	fd = open(CHANGED, O_RDWR);
	for (size_t size = good_size; size-- > 0;) {
		assert_int_equal(ftruncate(fd, size), 0);
		if (opens(CHANGED))
			fail_msg("%zu of %zu bytes were taken", size, good_size);
	}
	close(fd);
}

/* The footer's and the sections' check values, as if somebody had meant these bytes */
static void sign(__u8 *bytes, const struct snapshot_section *sections)
{
	struct snapshot_section signed_parts[SNAPSHOT_PARTS];

	memcpy(signed_parts, sections, sizeof(signed_parts));
	for (int i = SNAPSHOT_META; i < SNAPSHOT_PARTS; i++)
		if (ram_region_within(good_size, sections[i].offset, sections[i].length))
			signed_parts[i].check = crc32(0, bytes + sections[i].offset,
						      sections[i].length);
	snapshot_footer(signed_parts, bytes + good_size - SNAPSHOT_FOOTER_SIZE);
}

static __u8 bytes[ROOM];

static void save_signed(const struct snapshot_section *sections)
{
	sign(bytes, sections);
	save(CHANGED, bytes, good_size);
}

static void assert_footer_refused(enum snapshot_part part, __u64 offset, __u64 length,
				  const char *words)
{
	struct snapshot_section parts[SNAPSHOT_PARTS];

	memcpy(parts, places, sizeof(parts));
	memcpy(bytes, good, good_size);
	parts[part].offset = offset;
	parts[part].length = length;
	save_signed(parts);
	assert_refused(CHANGED, words);
}

TEST(each_field_of_the_footer_is_checked)
{
	const struct snapshot_section *p = places;
	__u32 check;

	assert_footer_refused(SNAPSHOT_RAM, 1, SAMPLE_RAM, "footer.ram.offset: 1 where 0 is due");
	assert_footer_refused(SNAPSHOT_RAM, 0, good_size, "footer.ram.length");
	assert_footer_refused(SNAPSHOT_RAM, 0, ~0ULL, "footer.ram.length");
	assert_footer_refused(SNAPSHOT_RAM, 0, ~0ULL - 15, "footer.ram.length");
	assert_footer_refused(SNAPSHOT_RAM, 0, SAMPLE_RAM - 4096, "footer.meta.offset");
	/* The counter would be in the footer */
	assert_footer_refused(SNAPSHOT_RAM, 0, good_size - 112 - 8, "footer.meta.offset");
	assert_footer_refused(SNAPSHOT_META, 0, 0, "footer.meta.offset");
	assert_footer_refused(SNAPSHOT_META, ~0ULL, 1, "footer.meta.offset");
	assert_footer_refused(SNAPSHOT_META, p[SNAPSHOT_META].offset, ~0ULL, "footer.meta.length");
	assert_footer_refused(SNAPSHOT_META, p[SNAPSHOT_META].offset,
			      p[SNAPSHOT_META].length - 1, "footer.state.offset");
	assert_footer_refused(SNAPSHOT_STATE, p[SNAPSHOT_STATE].offset, 1ULL << 63,
			      "footer.state.length");
	assert_footer_refused(SNAPSHOT_STREAM, p[SNAPSHOT_STREAM].offset, 12,
			      "footer.stream.length");
	assert_footer_refused(SNAPSHOT_STREAM, p[SNAPSHOT_STREAM].offset, 10,
			      "footer.stream.length: the stream ends at");

	memcpy(bytes, good, good_size);
	bytes[good_size - 112 + 24 + 20] = 1;
	check = htole32(crc32(0, bytes + good_size - 112, 100));
	memcpy(bytes + good_size - 12, &check, sizeof(check));
	save(CHANGED, bytes, good_size);
	assert_refused(CHANGED, "footer.sections[1].zero: 1 is not 0");
}

TEST(sections_too_long_to_be_read_are_refused)
{
	struct snapshot_section parts[SNAPSHOT_PARTS];
	__u8 footer[SNAPSHOT_FOOTER_SIZE];
	int fd = open(CHANGED, O_CREAT | O_TRUNC | O_RDWR, 0600);
	__u64 end;

	/* A file that is as long as it says, but all hole */
	for (int part = SNAPSHOT_META; part <= SNAPSHOT_STATE; part++) {
		memset(parts, 0, sizeof(parts));
		parts[part].length = part == SNAPSHOT_META ? SNAPSHOT_META_MAX + 1ULL :
							     SNAPSHOT_STATE_MAX + 1ULL;
		parts[SNAPSHOT_META].offset = 16;
		parts[SNAPSHOT_STATE].offset = 16 + parts[SNAPSHOT_META].length;
		end = parts[SNAPSHOT_STATE].offset + parts[SNAPSHOT_STATE].length;
		parts[SNAPSHOT_STREAM].offset = end;
		snapshot_footer(parts, footer);
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, footer, sizeof(footer), end), sizeof(footer));
		assert_refused(CHANGED, part == SNAPSHOT_META ?
			       "footer.meta.length: 67108865 bytes are more than 67108864" :
			       "footer.state.length: 4194305 bytes are more than 4194304");
	}
	close(fd);
}

TEST(check_values_are_compared)
{
	static const struct {
		enum snapshot_part part;
		const char *words;
	} cases[] = {
		{ SNAPSHOT_META, "meta: the CRC-32 is" },
		{ SNAPSHOT_STATE, "state: the CRC-32 is" },
		{ SNAPSHOT_STREAM, "stream: the CRC-32 is" },
	};
	struct snapshot snapshot;
	__u64 stored;

	for (size_t i = 0; i < COUNT(cases); i++) {
		memcpy(bytes, good, good_size);
		bytes[places[cases[i].part].offset + 9] ^= 1;
		save(CHANGED, bytes, good_size);
		assert_refused(CHANGED, cases[i].words);
	}
	memcpy(bytes, good, good_size);
	bytes[good_size - 112] = 1;
	save(CHANGED, bytes, good_size);
	assert_refused(CHANGED, "footer.check: the CRC-32 is");

	/* The RAM is not read to restore it, but when it is, its damage is seen */
	for (size_t at = 0; at < SAMPLE_RAM; at += 1000) {
		memcpy(bytes, good, good_size);
		bytes[at] ^= 0x40;
		save(CHANGED, bytes, good_size);
		assert_true(snapshot_open(&snapshot, CHANGED, false, error, sizeof(error)));
		assert_false(snapshot_check_ram(&snapshot, &stored, error, sizeof(error)));
		assert_non_null(strstr(error, "ram: the CRC-32 is"));
		snapshot_close(&snapshot);
	}
	/* A page that has changed its place */
	memcpy(bytes, good, good_size);
	memset(bytes + 1 * SNAPSHOT_PAGE, 0, SNAPSHOT_PAGE);
	memset(bytes, 'a', SNAPSHOT_PAGE);
	save(CHANGED, bytes, good_size);
	assert_true(snapshot_open(&snapshot, CHANGED, false, error, sizeof(error)));
	assert_false(snapshot_check_ram(&snapshot, &stored, error, sizeof(error)));
	snapshot_close(&snapshot);
	/* Without holes it is the same */
	save(CHANGED, good, good_size);
	assert_true(snapshot_open(&snapshot, CHANGED, false, error, sizeof(error)));
	assert_true(snapshot_check_ram(&snapshot, &stored, error, sizeof(error)));
	snapshot_close(&snapshot);
}

static void assert_state_refused(size_t offset, const char *raw, size_t size,
				 const char *words)
{
	memcpy(bytes, good, good_size);
	memcpy(bytes + places[SNAPSHOT_STATE].offset + offset, raw, size);
	save_signed(places);
	assert_refused(CHANGED, words);
}

TEST(an_unknown_version_is_refused)
{
	memcpy(bytes, good, good_size);
	bytes[good_size - 16] = 2;
	save(CHANGED, bytes, good_size);
	assert_refused(CHANGED, "footer.version: 2 is not known, only 1");
	assert_state_refused(0, "\2", 1, "state.version: 2 is not known, only 1");
}

TEST(each_field_of_the_state_is_checked)
{
	assert_state_refused(4, "\2", 1, "state.accelerator: 2 is neither TCG nor KVM");
	assert_state_refused(5, "\0", 1, "state.counter_id: 0 is neither the TSC nor none");
	assert_state_refused(6, "\2", 1, "state.time_type: 2 is neither UTC nor TAI");
	assert_state_refused(7, "\2", 1, "state.marker_only: 2 is neither 0 nor 1");
	assert_state_refused(8, "\x6f\0", 2, "state.page_size: 111 bytes are too few");
	assert_state_refused(12, "\5", 1, "state.cpus: 5, but meta.num_cpus is 4");
	assert_state_refused(24, "\1", 1, "state.ram_size: 32769, but 32768 bytes of RAM");
	assert_state_refused(56, "\xff\xff\xff\xff", 4,
			     "state.qemu_version: 4294967295 bytes are more than 65536");
	assert_state_refused(60, "\xff", 1, "state.qemu_version: this is not UTF-8");
	assert_state_refused(65, "\xff\xff\xff\xff", 4,
			     "state.arguments: cut short: 4294967295 entries");
	assert_state_refused(65, "\2", 1, "state.arguments: 9 bytes follow");
	assert_state_refused(69, "\xff\xff\xff\xff", 4, "state.arguments[0]: 4294967295 bytes");
	assert_state_refused(73, "\xff", 1, "state.arguments[0]: this is not UTF-8");
}

TEST(the_metadata_fill_their_section)
{
	memcpy(bytes, good, good_size);
	/* One listener less, so the last one's bytes belong to nobody */
	bytes[places[SNAPSHOT_STATE].offset - 23 - 21 - 23 - 4] = 2;
	save_signed(places);
	assert_refused(CHANGED, "footer.meta.length");
	memcpy(bytes, good, good_size);
	bytes[places[SNAPSHOT_META].offset] = 3;
	save_signed(places);
	assert_refused(CHANGED, "state.cpus: 4, but meta.num_cpus is 3");
	memcpy(bytes, good, good_size);
	bytes[places[SNAPSHOT_META].offset + 2] ^= 1;
	save_signed(places);
	assert_refused(CHANGED, "meta.mem_size");
}

/* Whether the state says another machine, and what differs */
static void assert_differs(const struct snapshot_state *now, const char *words)
{
	assert_false(snapshot_state_fits(&sample_state, now, error, sizeof(error)));
	if (!strstr(error, words))
		fail_msg("'%s' does not say '%s'", error, words);
}

TEST(another_machine_is_told_apart)
{
	struct bytes arguments[] = { BYTES("-m"), BYTES("64K"), BYTES("\x1b[31m") };
	struct snapshot_state now = sample_state;

	now.marker++;
	now.generation++;
	now.qemu_version = (struct bytes)BYTES("10.0.0");
	assert_true(snapshot_state_fits(&sample_state, &now, error, sizeof(error)));
	now.accelerator = SNAPSHOT_TCG;
	assert_differs(&now, "ran with kvm, this one with tcg");
	now = sample_state;
	now.ram_size = 4096;
	assert_differs(&now, "had 32768 bytes of RAM, this one has 4096");
	now = sample_state;
	now.page_size = 8192;
	assert_differs(&now, "bytes for the VMClock page");
	now = sample_state;
	now.arguments = arguments;
	assert_differs(&now, "-m 64K: that is not what the saved machine had there");
}

/*
 * Any bytes of the file, with the check values as they were or made to fit. Whatever is
 * taken has all its parts inside of the file.
 */
TEST(mutations_are_refused_or_valid)
{
	struct snapshot snapshot;
	size_t taken = 0, refused = 0;
	int fd;

	print_message("# seed 0x%llx\n", random_state);
	save(CHANGED, good, good_size);
	fd = open(CHANGED, O_RDWR);
	for (int i = 0; i < MUTATIONS; i++) {
		/* Most of them behind the RAM: there is nothing to be read from it */
		size_t first = random_below(8) ? SAMPLE_RAM : 0;
		size_t size = good_size;
		__u64 stored, clones;

		memcpy(bytes, good, good_size);
		for (__u64 n = 1 + random_below(3); n; n--) {
			size_t at = first + random_below(good_size - first);

			bytes[at] = random_below(2) ? random_next() :
						      bytes[at] ^ (1ULL << random_below(8));
		}
		if (random_below(2))
			sign(bytes, places);
		if (!random_below(16))
			size = random_below(good_size);
		assert_int_equal(ftruncate(fd, size), 0);
		assert_int_equal(pwrite(fd, bytes, size, 0), size);
		if (!snapshot_open(&snapshot, CHANGED, false, error, sizeof(error))) {
			assert_string_not_equal(error, "");
			refused++;
			continue;
		}
		taken++;
		for (int part = 0; part < SNAPSHOT_PARTS; part++)
			assert_true(ram_region_within(snapshot.size, snapshot.parts[part].offset,
						      snapshot.parts[part].length));
		snapshot_check_ram(&snapshot, &stored, error, sizeof(error));
		snapshot_clones(&snapshot, &clones, error, sizeof(error));
		snapshot_close(&snapshot);
	}
	close(fd);
	assert_int_equal(taken + refused, MUTATIONS);
	assert_in_range(taken, MUTATIONS / 20, MUTATIONS - MUTATIONS / 20);
}

TEST(inspect_prints_text)
{
	assert_int_equal(inspect(SAMPLE), 0);
	assert_non_null(strstr(output, "accelerator: kvm\nqemu_version: 7.2.0\nnum_cpus: 4\n"));
	assert_non_null(strstr(output, "clock_ref_utc: 2023-11-14T22:13:20.123456789Z\n"
				       "clock_bound: 12345\ndisruption_marker: 5\n"
				       "generation: 18364758544493064720\nclones: 0\n"));
	assert_non_null(strstr(output, "  stored: 12288\n  intact: yes\n"));
	/* What would colour the terminal red does not */
	assert_null(strchr(output, '\x1b'));
	assert_non_null(strstr(output, "  2: \"\\u001B[31m\"\n"));
	/* The token is a secret */
	assert_null(strstr(output, "abcdef0123456789"));
	assert_non_null(strstr(output, "token: yes\n"));
}

/* Parsed by something else; numbers of 64 bits as they were, as jq 1.6 would not have them */
TEST(inspect_prints_json)
{
	static const char script[] =
		"import json, sys\n"
		"c = json.load(sys.stdin)\n"
		"print(c['clock_host_ticks'], c['generation'], c['page']['address'],\n"
		"      c['ram']['size'], 'yes' if c['token'] is True else 'no',\n"
		"      'whole' if c['ram']['intact'] is True else 'damaged',\n"
		"      c['devices'][3]['backing']['host_path'],\n"
		"      c['devices'][0]['queues'][1]['descriptors'],\n"
		"      c['listeners'][1]['cid'], c['listeners'][1]['inet_port'], c['vcpus'],\n"
		"      len(c['arguments']), c['com1'])\n";

	save("script", (const __u8 *)script, sizeof(script) - 1);
	assert_int_equal(inspect(SAMPLE " --json | python3 script"), 0);
	assert_string_equal(output,
			    "81985529216486895 18364758544493064720 0x8000000 32768 yes whole /srv"
			    " 0xfffffffffffff000 18446744073709551615 None [4, 0, 4, 1] 3"
			    " 010203040506\n");
}

TEST(inspect_says_what_is_wrong)
{
	assert_int_equal(inspect(""), 2);
	assert_string_equal(output,
			    "vmhost: inspect needs one file; try 'vmhost inspect --help'\n");
	assert_int_equal(inspect("a b"), 2);
	assert_int_equal(inspect("--no"), 2);
	assert_int_equal(inspect("--help"), 0);
	assert_int_equal(strncmp(output, "Usage: vmhost inspect FILE [--json]\n", 36), 0);
	assert_int_equal(inspect("fifo"), 1);
	assert_string_equal(output, "vmhost: fifo: this is a FIFO, not a container\n");
	memcpy(bytes, good, good_size);
	bytes[SNAPSHOT_PAGE] = 0;
	save(CHANGED, bytes, good_size);
	assert_int_equal(inspect(CHANGED), 1);
	assert_non_null(strstr(output, "intact: no\n"));
	assert_non_null(strstr(output, "vmhost: " CHANGED ": ram: the CRC-32 is"));
	assert_int_equal(inspect(SAMPLE " >/dev/full"), 1);
}

TEST_MAIN(setup, teardown)
