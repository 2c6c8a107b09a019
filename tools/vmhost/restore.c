// SPDX-License-Identifier: GPL-2.0-only
#include "restore.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "machine_state.h"
#include "shared.h"
#include "snapshot_generation.h"

/* PCI's configuration of the shared memory's device: where it lies, and that it is on */
#define PCI_ADDRESS	0xcf8
#define PCI_DATA	0xcfc
#define PCI_CONFIG	(0x80000000U | QEMU_SLOT << 11)
#define PCI_COMMAND	0x04
#define PCI_BAR2	0x18

static bool fits(const struct snapshot *snapshot, const struct qemu *qemu, char *error,
		 size_t size)
{
	const struct snapshot_state *saved = &snapshot->state;
	__u64 bar = saved->page_address - VMHOST_PAGE_OFFSET;
	struct snapshot_state now;
	bool good;

	if (!bar || bar % VMHOST_SHARED_SIZE) {
		snprintf(error, size, "state.page_address: 0x%llx is not where a page can be",
			 saved->page_address);
		return false;
	}
	if (!machine_state(&now, qemu, qemu->kvm)) {
		snprintf(error, size, "out of memory");
		return false;
	}
	good = snapshot_state_fits(saved, &now, error, size);
	machine_state_free(&now);
	return good;
}

static bool open_snapshot(struct restore *restore, const struct qemu *qemu, char *error,
			  size_t size)
{
	const struct snapshot_state *saved = &restore->snapshot.state;

	if (!snapshot_open(&restore->snapshot, restore->path, true, error, size))
		return false;
	restore->identity = (struct identity) {
		.marker = saved->marker, .counter_id = saved->counter_id,
		.time_type = saved->time_type, .sequence = saved->sequence,
	};
	if (fits(&restore->snapshot, qemu, error, size) &&
	    snapshot_take(&restore->snapshot, &restore->identity.generation, error, size))
		return true;
	snapshot_close(&restore->snapshot);
	return false;
}

bool restore_open(struct restore *restore, const char *path, struct qemu *qemu)
{
	char error[512];

	*restore = (struct restore) { .path = path, .file = -1 };
	if (!open_snapshot(restore, qemu, error, sizeof(error))) {
		fprintf(stderr, "vmhost: %s: %s\n", path, error);
		return false;
	}
	qemu->incoming = true;
	qemu->private_ram = true;
	return true;
}

static void on_stream(void *context, enum stream_event event, const char *error)
{
	struct restore *restore = context;

	if (event == STREAM_FAILED) {
		fprintf(stderr, "vmhost: %s: QEMU does not load it: %s\n", restore->path, error);
		machine_quit(restore->machine);
		return;
	}
	restore->done = true;
	restore->loaded(restore->context);
}

/* Writes to a register of PCI's configuration, by the monitor's "o". */
static void configure(struct machine *machine, __u32 where, __u32 value)
{
	const struct {
		__u32 port;
		__u32 value;
	} writes[] = {
		{ PCI_ADDRESS, PCI_CONFIG | where },
		{ PCI_DATA, value },
	};
	char line[40];

	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		snprintf(line, sizeof(line), "o /w 0x%x 0x%x", writes[i].port, writes[i].value);
		qmp_execute(&machine->qmp, "human-monitor-command",
			    json_pack("{s:s}", "command-line", line), NULL, NULL);
	}
}

/*
 * Of shared memory QEMU's stream has only the address, and QEMU wants it to be there already,
 * though it is the stream's rest that puts it there. So it is put there before.
 */
static void place_shared_memory(struct machine *machine, __u64 address)
{
	configure(machine, PCI_BAR2, address);
	configure(machine, PCI_BAR2 + 4, address >> 32);
	configure(machine, PCI_COMMAND, 2);	/* memory */
}

/* The stream's section, as a place in a file of its own */
static int open_stream(const struct snapshot *snapshot)
{
	char name[40];
	int fd;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", snapshot->fd);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd != -1)
		lseek(fd, snapshot->parts[SNAPSHOT_STREAM].offset, SEEK_SET);
	return fd;
}

void restore_start(struct restore *restore, struct machine *machine,
		   void (*loaded)(void *context), void *context)
{
	restore->machine = machine;
	restore->loaded = loaded;
	restore->context = context;
	restore->file = open_stream(&restore->snapshot);
	if (restore->file == -1) {
		perror("vmhost: the container");
		machine_quit(machine);
		return;
	}
	place_shared_memory(machine, restore->snapshot.state.page_address - VMHOST_PAGE_OFFSET);
	stream_read(&restore->stream, machine, STREAM_STATE, restore->file, on_stream, restore);
}

void restore_close(struct restore *restore)
{
	if (!restore->path)
		return;
	if (!restore->done)
		fprintf(stderr, "vmhost: %s: no machine was made of it\n", restore->path);
	if (restore->file != -1)
		close(restore->file);
	snapshot_close(&restore->snapshot);
}
