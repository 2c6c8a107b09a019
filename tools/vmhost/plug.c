// SPDX-License-Identifier: GPL-2.0-only
#include "plug.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "monotonic.h"

#define PAGE_SHIFT	12
#define BLOCK_PAGES	(PLUG_BLOCK >> PAGE_SHIFT)

/* QEMU's names of a slot's memory and device */
#define MEMORY		"vmhost-memory-"
#define DEVICE		"vmhost-dimm-"

/* Where QEMU tells the addresses for memory */
#define ROOM		"/machine/device-memory[0]"

/* ACPI's _OST: what the guest's answer is about, and what it says */
#define OST_BUS_CHECK		0
#define OST_DEVICE_CHECK	1
#define OST_EJECT_REQUEST	3
#define OST_EJECT_BY_GUEST	0x103
#define OST_SUCCESS		0
#define OST_EJECT_IN_PROGRESS	0x84

/* Room for a name with a number */
struct name {
	char text[32];
};

static struct name name_of(const struct plug_slot *slot, const char *what)
{
	struct name name;

	snprintf(name.text, sizeof(name.text), "%s%u", what, plug_number(slot));
	return name;
}

__u32 plug_number(const struct plug_slot *slot)
{
	return slot - slot->plug->slots;
}

static struct qmp *qmp_of(const struct plug_slot *slot)
{
	return &slot->plug->machine->qmp;
}

static void complain(const char *what, const char *error)
{
	fprintf(stderr, "vmhost: %s: %s\n", what, error);
}

/* Tells who waits for @slot, if somebody does; @in: it has been plugged in. */
static void tell(struct plug_slot *slot, int error, bool in)
{
	__u64 ticket = slot->ticket;

	slot->ticket = 0;
	slot->deadline = 0;
	if (ticket)
		slot->plug->done(slot->plug->context, ticket, error, in ? slot : NULL);
}

static void finish(struct plug_slot *slot, int error)
{
	tell(slot, error, false);
}

static void release(struct plug_slot *slot)
{
	region_release(&slot->region);
	slot->state = PLUG_FREE;
	slot->plug->machine->plugged--;
}

/* What to tell if QEMU has refused, or is gone. */
static int refusal(const struct plug_slot *slot, const char *error)
{
	if (qmp_of(slot)->over[0])
		return -ECANCELED;
	complain("memory for the machine", error);
	return -EINVAL;
}

static void remove_memory(struct plug_slot *slot, qmp_answer answer)
{
	qmp_execute(qmp_of(slot), "object-del",
		    json_pack("{s:s}", "id", name_of(slot, MEMORY).text), answer, slot);
}

/* It is not in the machine; @error says why. */
static void give_up(struct plug_slot *slot, const char *error)
{
	int code = refusal(slot, error);

	release(slot);
	finish(slot, code);
}

static void on_device(void *context, const json_t *result, const char *error)
{
	struct plug_slot *slot = context;

	(void)result;
	if (error) {
		remove_memory(slot, NULL);
		give_up(slot, error);
		return;
	}
	slot->state = PLUG_IN;
	slot->since = monotonic_ns();
	slot->noticed = false;
	slot->plug->bytes += slot->region.memory.size;
	tell(slot, 0, true);
}

/* The address for @slot, and where the next one can begin. */
static __u64 take_address(struct plug_slot *slot)
{
	struct plug *plug = slot->plug;
	__u64 end;

	slot->pfn = plug->next_pfn;
	/* As the protocol's document has it, and then to where a block can begin */
	end = slot->pfn + ((slot->region.memory.size + 0x7ff) >> PAGE_SHIFT) + 1;
	plug->next_pfn = (end + BLOCK_PAGES - 1) / BLOCK_PAGES * BLOCK_PAGES;
	return slot->pfn << PAGE_SHIFT;
}

static bool has_address(const struct plug *plug, __u64 size)
{
	return plug->next_pfn < plug->end_pfn &&
	       size >> PAGE_SHIFT <= plug->end_pfn - plug->next_pfn;
}

/* The memory has its own descriptor now. */
static void on_memory(void *context, const json_t *result, const char *error)
{
	struct plug_slot *slot = context;

	(void)result;
	qmp_execute(qmp_of(slot), "remove-fd", json_pack("{s:I}", "fdset-id", slot->set),
		    NULL, NULL);
	if (error) {
		give_up(slot, error);
		return;
	}
	if (!has_address(slot->plug, slot->region.memory.size)) {
		remove_memory(slot, NULL);
		release(slot);
		finish(slot, -ENOSPC);
		return;
	}
	qmp_execute(qmp_of(slot), "device_add",
		    json_pack("{s:s, s:s, s:s, s:I, s:I}", "driver", "pc-dimm",
			      "id", name_of(slot, DEVICE).text,
			      "memdev", name_of(slot, MEMORY).text,
			      "slot", (json_int_t)plug_number(slot),
			      "addr", (json_int_t)take_address(slot)),
		    on_device, slot);
}

/* QEMU 7.2 does not open /dev/fdset/N for memory, but has the descriptor itself. */
static void on_descriptor(void *context, const json_t *result, const char *error)
{
	struct plug_slot *slot = context;
	struct name path;
	int fd;

	if (!error && json_unpack((json_t *)result, "{s:i, s:I}", "fd", &fd, "fdset-id",
				  &slot->set))
		error = "QEMU does not say where the descriptor is";
	if (error) {
		give_up(slot, error);
		return;
	}
	snprintf(path.text, sizeof(path.text), "/proc/self/fd/%d", fd);
	qmp_execute(qmp_of(slot), "object-add",
		    json_pack("{s:s, s:s, s:s, s:I, s:b}", "qom-type", "memory-backend-file",
			      "id", name_of(slot, MEMORY).text, "mem-path", path.text,
			      "size", (json_int_t)slot->region.memory.size, "share", 1),
		    on_memory, slot);
}

/* What the machine has from here, or is about to have. */
static __u64 taken(const struct plug *plug)
{
	__u64 bytes = 0;

	for (__u32 i = 0; i < plug->machine->qemu.slots; i++)
		bytes += plug->slots[i].region.memory.size;
	return bytes;
}

static struct plug_slot *free_slot(struct plug *plug)
{
	for (__u32 i = 0; i < plug->machine->qemu.slots; i++)
		if (plug->slots[i].state == PLUG_FREE)
			return &plug->slots[i];
	return NULL;
}

static bool is_apart(const struct plug *plug, const struct region *region)
{
	struct region_error error;

	for (__u32 i = 0; i < plug->machine->qemu.slots; i++)
		if (!region_apart(&plug->slots[i].region, region, &error))
			return false;
	return true;
}

/* Puts the memory into @slot; 0 or a negative errno, and then @fd is still the caller's. */
static int fill(struct plug_slot *slot, int fd, __u64 size)
{
	struct region_error error;
	struct region region;

	/* No file that is not a memfd can be protected so. */
	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK);
	if (!region_of_file(&region, fd, 0, size, &error))
		return error.refusal == REGION_MMAP ? -error.code : -EINVAL;
	if (!is_apart(slot->plug, &region)) {
		region.file = -1;
		region_release(&region);
		return -EEXIST;
	}
	slot->region = region;
	return 0;
}

static int take_in(struct plug *plug, int fd, __u64 size, __u64 ticket)
{
	const struct qemu *qemu = &plug->machine->qemu;
	struct plug_slot *slot = free_slot(plug);
	int error;

	if (plug->machine->busy)
		return -EBUSY;
	if (!size || size % PLUG_BLOCK)
		return -EINVAL;
	if (!slot || size > qemu->ram_max - qemu->ram - taken(plug))
		return -ENOSPC;
	error = fill(slot, fd, size);
	if (error)
		return error;
	slot->state = PLUG_CHANGING;
	slot->ticket = ticket;
	plug->machine->plugged++;
	qmp_execute_fd(qmp_of(slot), "add-fd", NULL, fd, on_descriptor, slot);
	return 0;
}

void plug_in(struct plug *plug, int fd, __u64 size, __u64 ticket)
{
	int error = take_in(plug, fd, size, ticket);

	if (!error)
		return;
	close(fd);
	plug->done(plug->context, ticket, error, NULL);
}

static void on_removed(void *context, const json_t *result, const char *error)
{
	struct plug_slot *slot = context;

	(void)result;
	if (error) {
		give_up(slot, error);
		return;
	}
	release(slot);
	finish(slot, 0);
}

/* The slot that QEMU's event is about, or NULL */
static struct plug_slot *find(struct plug *plug, const json_t *device)
{
	const char *id = json_string_value(device);

	for (__u32 i = 0; id && i < plug->machine->qemu.slots; i++) {
		struct plug_slot *slot = &plug->slots[i];

		if (slot->state == PLUG_IN && !strcmp(id, name_of(slot, DEVICE).text))
			return slot;
	}
	return NULL;
}

static void on_asked(void *context, const json_t *result, const char *error)
{
	struct plug_slot *slot = context;

	(void)result;
	if (error)
		finish(slot, refusal(slot, error));
}

/* Has the guest give @slot back, if somebody wants that and the time has come. */
static void ask_guest(struct plug_slot *slot, __s64 now)
{
	if (!slot->deadline || slot->asked ||
	    (!slot->noticed && now < slot->since + PLUG_NOTICE))
		return;
	slot->asked = true;
	qmp_execute(qmp_of(slot), "device_del",
		    json_pack("{s:s}", "id", name_of(slot, DEVICE).text), on_asked, slot);
}

/* The guest has done something about @slot, or could not. */
static void on_ost(struct plug_slot *slot, json_int_t source, json_int_t status)
{
	switch (source) {
	case OST_BUS_CHECK:
	case OST_DEVICE_CHECK:
		slot->noticed = true;
		ask_guest(slot, monotonic_ns());
		break;
	case OST_EJECT_REQUEST:
	case OST_EJECT_BY_GUEST:
		if (status != OST_SUCCESS && status != OST_EJECT_IN_PROGRESS)
			finish(slot, -EBUSY);
		break;
	}
}

static void on_event(void *context, const char *name, const json_t *data)
{
	const json_t *info = json_object_get(data, "info");
	struct plug *plug = context;
	struct plug_slot *slot;

	if (!strcmp(name, "ACPI_DEVICE_OST")) {
		slot = find(plug, json_object_get(info, "device"));
		if (slot)
			on_ost(slot, json_integer_value(json_object_get(info, "source")),
			       json_integer_value(json_object_get(info, "status")));
		return;
	}
	slot = find(plug, json_object_get(data, "device"));
	if (!slot)
		return;
	if (!strcmp(name, "DEVICE_DELETED")) {
		slot->state = PLUG_CHANGING;
		slot->deadline = 0;
		plug->bytes -= slot->region.memory.size;
		remove_memory(slot, on_removed);
	} else if (!strcmp(name, "MEM_UNPLUG_ERROR") ||
		   !strcmp(name, "DEVICE_UNPLUG_GUEST_ERROR")) {
		finish(slot, -EBUSY);
	}
}

void plug_out(struct plug *plug, __u32 number, __u64 ticket)
{
	struct plug_slot *slot = NULL;
	__s64 now = monotonic_ns();
	int error = 0;

	if (number < plug->machine->qemu.slots)
		slot = &plug->slots[number];
	if (!slot || slot->state == PLUG_FREE)
		error = -ENOENT;
	else if (slot->state == PLUG_CHANGING || slot->ticket || plug->machine->busy)
		error = -EBUSY;
	if (error) {
		plug->done(plug->context, ticket, error, NULL);
		return;
	}
	slot->ticket = ticket;
	slot->asked = false;
	slot->deadline = now + PLUG_PATIENCE;
	ask_guest(slot, now);
}

void plug_tick(struct plug *plug)
{
	__s64 now = monotonic_ns();

	for (__u32 i = 0; i < plug->machine->qemu.slots; i++) {
		struct plug_slot *slot = &plug->slots[i];

		if (slot->deadline && now > slot->deadline)
			finish(slot, -ETIMEDOUT);
		ask_guest(slot, now);
	}
}

static void on_base(void *context, const json_t *result, const char *error)
{
	struct plug *plug = context;

	if (!error)
		plug->next_pfn = (json_integer_value(result) + PLUG_BLOCK - 1) /
				 PLUG_BLOCK * BLOCK_PAGES;
	else if (!plug->machine->qmp.over[0])
		complain("the machine takes no more memory", error);
}

static void on_size(void *context, const json_t *result, const char *error)
{
	struct plug *plug = context;

	if (!error)
		plug->end_pfn = plug->next_pfn + (json_integer_value(result) >> PAGE_SHIFT);
}

static void ask(struct plug *plug, const char *property, qmp_answer answer)
{
	qmp_execute(&plug->machine->qmp, "qom-get",
		    json_pack("{s:s, s:s}", "path", ROOM, "property", property), answer, plug);
}

void plug_start(struct plug *plug)
{
	plug->listener = (struct qmp_listener) { .event = on_event, .context = plug };
	qmp_listen(&plug->machine->qmp, &plug->listener);
	ask(plug, "addr", on_base);
	ask(plug, "size", on_size);
}

void plug_open(struct plug *plug, struct machine *machine, plug_done done, void *context)
{
	*plug = (struct plug) { .machine = machine, .done = done, .context = context };
	for (int i = 0; i < QEMU_MEMORY_SLOTS; i++)
		plug->slots[i] = (struct plug_slot) { .plug = plug, .region.file = -1 };
}

void plug_close(struct plug *plug)
{
	for (int i = 0; i < QEMU_MEMORY_SLOTS; i++)
		region_release(&plug->slots[i].region);
}
