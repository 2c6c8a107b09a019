// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot_json.h"

#include <clockbound/vmclock_abi.h>
#include <stdio.h>
#include <time.h>

#include "fixed.h"

static json_t *number(__u64 value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%llu", value);
	return json_string(digits);
}

static json_t *address(__u64 value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "0x%llx", value);
	return json_string(digits);
}

static json_t *text(const struct bytes *bytes)
{
	return json_stringn(bytes->size ? (const char *)bytes->bytes : "", bytes->size);
}

static json_t *hex(const __u8 *bytes, size_t size)
{
	char digits[2 * SNAPSHOT_COM1 + 1] = "";

	for (size_t i = 0; i < size; i++)
		snprintf(digits + 2 * i, 3, "%02x", bytes[i]);
	return json_string(digits);
}

/* A time in the format of RFC 3339 */
static json_t *moment(__u64 ns)
{
	time_t seconds = ns / NSEC_PER_SEC;
	char digits[48];
	struct tm tm;
	size_t end;

	gmtime_r(&seconds, &tm);
	end = strftime(digits, sizeof(digits), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(digits + end, sizeof(digits) - end, ".%09lluZ", ns % NSEC_PER_SEC);
	return json_string(digits);
}

static json_t *bound(__u64 ns)
{
	return ns == SNAPSHOT_NO_BOUND ? json_null() : number(ns);
}

/* An array of what @entry makes of each of @count. */
static json_t *list(const void *entries, __u32 count,
		    json_t *(*entry)(const void *entries, __u32 i))
{
	json_t *array = json_array();

	for (__u32 i = 0; i < count; i++) {
		if (json_array_append_new(array, entry(entries, i))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *size_entry(const void *entries, __u32 i)
{
	const struct bytes *blobs = entries;

	return json_integer(blobs[i].size);
}

static json_t *text_entry(const void *entries, __u32 i)
{
	const struct bytes *texts = entries;

	return text(&texts[i]);
}

static json_t *queue_entry(const void *entries, __u32 i)
{
	const struct snapshot_queue *queue = (const struct snapshot_queue *)entries + i;

	return json_pack("{s:i, s:b, s:o, s:o, s:o, s:i, s:i}",
			 "size", queue->size,
			 "ready", queue->ready,
			 "descriptors", address(queue->descriptors),
			 "available", address(queue->available),
			 "used", address(queue->used),
			 "last_available", queue->last_available,
			 "next_used", queue->next_used);
}

static json_t *backing(const struct snapshot_backing *backing)
{
	const char *kind = snapshot_backing_name(backing->tag);

	switch (backing->tag) {
	case SNAPSHOT_BACKING_DISK:
		return json_pack("{s:s, s:o, s:o}",
				 "kind", kind,
				 "path", text(&backing->path),
				 "size", number(backing->size));
	case SNAPSHOT_BACKING_VOLUME:
		return json_pack("{s:s, s:o, s:o, s:o}",
				 "kind", kind,
				 "path", text(&backing->path),
				 "size", number(backing->size),
				 "mount", text(&backing->mount));
	case SNAPSHOT_BACKING_VIRTIO_FS:
		return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:I}",
				 "kind", kind,
				 "tag", text(&backing->name),
				 "mount", text(&backing->mount),
				 "host_path", text(&backing->host_path),
				 "dax_gpa", address(backing->dax_gpa),
				 "dax_window_len", number(backing->dax_window_len),
				 "backend_state", (json_int_t)backing->backend_state.size,
				 "dax_state", (json_int_t)backing->dax_state.size);
	default:
		return json_pack("{s:s}", "kind", kind);
	}
}

static json_t *device_entry(const void *entries, __u32 i)
{
	const struct snapshot_device *device = (const struct snapshot_device *)entries + i;

	return json_pack("{s:s, s:[I,I], s:I, s:I, s:o, s:o}",
			 "kind", snapshot_kind_name(device->kind),
			 "driver_features", (json_int_t)device->driver_features[0],
			 (json_int_t)device->driver_features[1],
			 "status", (json_int_t)device->status,
			 "interrupt_status", (json_int_t)device->interrupt_status,
			 "queues", list(device->queues, device->queue_count, queue_entry),
			 "backing", backing(&device->backing));
}

static json_t *listener_entry(const void *entries, __u32 i)
{
	const struct snapshot_listener *listener = (const struct snapshot_listener *)entries + i;

	return json_pack("{s:o, s:I, s:I, s:i, s:i, s:o}",
			 "cid", number(listener->cid),
			 "peer_port", (json_int_t)listener->peer_port,
			 "vm_port", (json_int_t)listener->vm_port,
			 "family", listener->family,
			 "type", listener->type,
			 "inet_port", listener->inet ? json_integer(listener->inet_port)
						     : json_null());
}

static json_t *page(const struct snapshot_state *state)
{
	return json_pack("{s:o, s:I, s:s, s:s, s:b}",
			 "address", address(state->page_address),
			 "size", (json_int_t)state->page_size,
			 "counter", state->counter_id == VMCLOCK_ID_X86_TSC ? "tsc" : "none",
			 "time_type", state->time_type == VMCLOCK_TYPE_TAI ? "tai" : "utc",
			 "marker_only", state->marker_only);
}

json_t *snapshot_json(const struct snapshot *snapshot, __u64 clones, __u64 stored,
		      bool intact)
{
	const struct snapshot_state *state = &snapshot->state;
	const struct snapshot_meta *meta = &snapshot->meta;

	return json_pack("{s:i, s:o, s:s, s:o, s:i, s:{s:o, s:o, s:b},"
			 " s:o, s:o, s:o, s:o, s:o, s:o, s:o,"
			 " s:o, s:I, s:o, s:o, s:b, s:o, s:o, s:o}",
			 "version", SNAPSHOT_VERSION,
			 "size", number(snapshot->size),
			 "accelerator", snapshot_accelerator_name(state->accelerator),
			 "qemu_version", text(&state->qemu_version),
			 "num_cpus", meta->num_cpus,
			 "ram",
			 "size", number(meta->mem_size),
			 "stored", number(stored),
			 "intact", intact,
			 "clock_host_ticks", number(meta->clock_host_ticks),
			 "clock_ref", number(meta->clock_ref),
			 "clock_ref_utc", moment(meta->clock_ref),
			 "clock_bound", bound(state->clock_bound),
			 "disruption_marker", number(state->marker),
			 "generation", number(state->generation),
			 "clones", number(clones),
			 "page", page(state),
			 "interrupt_controller", (json_int_t)meta->interrupt_controller.size,
			 "vcpus", list(meta->vcpus, meta->vcpu_count, size_entry),
			 "com1", hex(meta->com1, sizeof(meta->com1)),
			 "token", meta->has_token,
			 "devices", list(meta->devices, meta->device_count, device_entry),
			 "listeners", list(meta->listeners, meta->listener_count,
					   listener_entry),
			 "arguments", list(state->arguments, state->argument_count,
					   text_entry));
}
