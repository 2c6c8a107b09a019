/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Containers for tests: the metadata that the document asks for, as a structure and, put
 * together by hand, as bytes; and a whole file.
 */
#ifndef TESTS_SNAPSHOT_SAMPLE_H
#define TESTS_SNAPSHOT_SAMPLE_H

#include "test.h"

#include <clockbound/vmclock_abi.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "snapshot_generation.h"
#include "snapshot_ram.h"
#include "snapshot_writer.h"

#define BYTES(text)	{ (const __u8 *)(text), sizeof(text) - 1 }

#define SAMPLE_PAGES	8
#define SAMPLE_RAM	(SAMPLE_PAGES * SNAPSHOT_PAGE)

static struct bytes sample_vcpus[] = { BYTES("cpu0"), BYTES(""), BYTES("cpu2"), BYTES("3") };

static struct snapshot_queue sample_queues[] = {
	{ 256, true, 0x1000, 0x2000, 0x3000, 7, 8 },
	{ 128, false, 0xfffffffffffff000ULL, 1, 2, 65535, 0 },
};

static struct snapshot_device sample_devices[] = {
	{
		.kind = SNAPSHOT_BLOCK,
		.driver_features = { 0x11223344, 1 },
		.status = 15,
		.interrupt_status = 3,
		.queue_count = 2,
		.queues = sample_queues,
		.backing = {
			.tag = SNAPSHOT_BACKING_DISK,
			.path = BYTES("/disk"),
			.size = 1 << 30,
		},
	},
	{ .kind = SNAPSHOT_VSOCK },
	{
		.kind = SNAPSHOT_VOLUME,
		.queue_count = 1,
		.queues = sample_queues,
		.backing = {
			.tag = SNAPSHOT_BACKING_VOLUME,
			.path = BYTES("v\xc3\xb6lume"),
			.size = ~0ULL,
			.mount = BYTES("/mnt"),
		},
	},
	{
		.kind = SNAPSHOT_VIRTIO_FS,
		.backing = {
			.tag = SNAPSHOT_BACKING_VIRTIO_FS,
			.name = BYTES("fs"),
			.mount = BYTES("/fs"),
			.host_path = BYTES("/srv"),
			.dax_gpa = 0x100000000ULL,
			.dax_window_len = 1 << 20,
			.backend_state = BYTES("back"),
			.dax_state = BYTES("dax"),
		},
	},
};

static struct snapshot_listener sample_listeners[] = {
	{ 3, 1024, 22, 2, 1, true, 8022 },
	{ 0xffffffffffffffffULL, 0xffffffff, 0, 1, 2, false, 0 },
	{ 4, 5, 6, 10, 1, true, 0 },
};

static struct snapshot_meta sample_meta = {
	.num_cpus = 4,
	.mem_size = SAMPLE_RAM,
	.com1 = { 1, 2, 3, 4, 5, 6 },
	.clock_host_ticks = 0x0123456789abcdefULL,
	.clock_ref = 1700000000123456789ULL,
	.interrupt_controller = BYTES("apic"),
	.vcpu_count = 4,
	.vcpus = sample_vcpus,
	.device_count = 4,
	.devices = sample_devices,
	.has_token = true,
	.token = "0123456789abcdef0123456789abcde",
	.listener_count = 3,
	.listeners = sample_listeners,
};

static struct bytes sample_arguments[] = { BYTES("-m"), BYTES("32K"), BYTES("\x1b[31m") };

static struct snapshot_state sample_state = {
	.accelerator = SNAPSHOT_KVM,
	.counter_id = VMCLOCK_ID_X86_TSC,
	.time_type = VMCLOCK_TYPE_TAI,
	.page_size = 4096,
	.page_address = 0x8000000,
	.cpus = 4,
	.ram_size = SAMPLE_RAM,
	.marker = 5,
	.generation = 0xfedcba9876543210ULL,
	.sequence = 10,
	.clock_bound = 12345,
	.qemu_version = BYTES("7.2.0"),
	.argument_count = 3,
	.arguments = sample_arguments,
};

/* A file in memory that holds @size bytes. */
static inline int sample_file(const void *bytes, size_t size)
{
	int fd = memfd_create("sample", MFD_CLOEXEC);

	assert_int_not_equal(fd, -1);
	assert_int_equal(pwrite(fd, bytes, size, 0), size);
	return fd;
}

/* RAM whose pages 1, 2 and 6 are not zero; page 3 is written and zero, the others holes. */
static inline int sample_ram(void)
{
	int fd = memfd_create("ram", MFD_CLOEXEC);
	char page[SNAPSHOT_PAGE];

	assert_int_not_equal(fd, -1);
	assert_int_equal(ftruncate(fd, SAMPLE_RAM), 0);
	memset(page, 'a', sizeof(page));
	assert_int_equal(pwrite(fd, page, sizeof(page), 1 * SNAPSHOT_PAGE), sizeof(page));
	assert_int_equal(pwrite(fd, "b", 1, 3 * SNAPSHOT_PAGE - 1), 1);
	memset(page, 0, sizeof(page));
	assert_int_equal(pwrite(fd, page, sizeof(page), 3 * SNAPSHOT_PAGE), sizeof(page));
	assert_int_equal(pwrite(fd, "c", 1, 6 * SNAPSHOT_PAGE), 1);
	return fd;
}

/* Writes a container, one step after the other; what the last one said. */
static inline enum snapshot_progress sample_write(const char *path,
						  const struct snapshot_source *source,
						  char *error, size_t size)
{
	struct snapshot_writer *writer = snapshot_writer_open(path, source, error, size);
	enum snapshot_progress progress;

	if (!writer)
		return SNAPSHOT_FAILED;
	do {
		progress = snapshot_writer_step(writer, SNAPSHOT_PAGE, error, size);
	} while (progress == SNAPSHOT_MORE);
	snapshot_writer_close(writer);
	return progress;
}

/* The sample as a container. */
static inline void sample_make(const char *path)
{
	struct snapshot_source source = {
		.ram = sample_ram(),
		.meta = &sample_meta,
		.state = &sample_state,
		.stream = sample_file("QEVM stream", 11),
	};
	char error[300];

	if (sample_write(path, &source, error, sizeof(error)) != SNAPSHOT_DONE)
		fail_msg("%s", error);
	close(source.ram);
	close(source.stream);
}

#endif /* TESTS_SNAPSHOT_SAMPLE_H */
