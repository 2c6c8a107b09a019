// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot_meta.h"

#include <stdlib.h>
#include <string.h>

/* For how many there is room at once */
#define VCPUS_HINT	1024
#define DEVICES_HINT	4096
#define LISTENERS_HINT	65536
#define QUEUES_HINT	64

/* The fewest bytes that an entry takes */
#define VCPU_MIN	4
#define QUEUE_MIN	31
#define DEVICE_MIN	22
#define LISTENER_MIN	21

static const char * const kinds[] = {
	[SNAPSHOT_BLOCK] = "block",
	[SNAPSHOT_VSOCK] = "vsock",
	[SNAPSHOT_VOLUME] = "volume",
	[SNAPSHOT_VIRTIO_FS] = "virtio-fs",
};

static const char * const backings[] = {
	[SNAPSHOT_BACKING_NONE] = "none",
	[SNAPSHOT_BACKING_DISK] = "disk",
	[SNAPSHOT_BACKING_VOLUME] = "volume",
	[SNAPSHOT_BACKING_VIRTIO_FS] = "virtio-fs",
};

static bool queue(struct codec *c, struct snapshot_queue *queue)
{
	return codec_u16(c, "size", &queue->size) &&
	       codec_bool(c, "ready", &queue->ready) &&
	       codec_u64(c, "descriptors", &queue->descriptors) &&
	       codec_u64(c, "available", &queue->available) &&
	       codec_u64(c, "used", &queue->used) &&
	       codec_u16(c, "last_available", &queue->last_available) &&
	       codec_u16(c, "next_used", &queue->next_used);
}

static bool queues(struct codec *c, struct snapshot_device *device)
{
	__u32 count = device->queue_count;

	if (!codec_count(c, "queues", &count, QUEUE_MIN))
		return false;
	c->sublist = "queues";
	for (__u32 i = 0; i < count; i++) {
		void *list = codec_slot(c, device->queues, i, count, QUEUES_HINT,
					sizeof(*device->queues));

		if (!list)
			return false;
		device->queues = list;
		c->subindex = i;
		if (!queue(c, &device->queues[i]))
			return false;
	}
	c->sublist = NULL;
	device->queue_count = count;
	return true;
}

static bool mmio(struct codec *c, struct snapshot_device *device)
{
	return codec_u32(c, "driver_features[0]", &device->driver_features[0]) &&
	       codec_u32(c, "driver_features[1]", &device->driver_features[1]) &&
	       codec_u32(c, "status", &device->status) &&
	       codec_u32(c, "interrupt_status", &device->interrupt_status) &&
	       queues(c, device);
}

static bool backing(struct codec *c, struct snapshot_backing *backing)
{
	if (!codec_u8(c, "backing", &backing->tag))
		return false;
	switch (backing->tag) {
	case SNAPSHOT_BACKING_NONE:
		return true;
	case SNAPSHOT_BACKING_DISK:
		return codec_string(c, "backing.path", &backing->path) &&
		       codec_u64(c, "backing.size", &backing->size);
	case SNAPSHOT_BACKING_VOLUME:
		return codec_string(c, "backing.path", &backing->path) &&
		       codec_u64(c, "backing.size", &backing->size) &&
		       codec_string(c, "backing.mount", &backing->mount);
	case SNAPSHOT_BACKING_VIRTIO_FS:
		return codec_string(c, "backing.tag", &backing->name) &&
		       codec_string(c, "backing.mount", &backing->mount) &&
		       codec_string(c, "backing.host_path", &backing->host_path) &&
		       codec_u64(c, "backing.dax_gpa", &backing->dax_gpa) &&
		       codec_u64(c, "backing.dax_window_len", &backing->dax_window_len) &&
		       codec_blob(c, "backing.backend_state", &backing->backend_state) &&
		       codec_blob(c, "backing.dax_state", &backing->dax_state);
	default:
		return codec_fail(c, "backing", "unknown tag %u", backing->tag);
	}
}

static bool device(struct codec *c, struct snapshot_device *device)
{
	if (!codec_u8(c, "kind", &device->kind))
		return false;
	if (device->kind > SNAPSHOT_VIRTIO_FS)
		return codec_fail(c, "kind", "unknown kind %u", device->kind);
	return mmio(c, device) && backing(c, &device->backing);
}

static bool listener(struct codec *c, struct snapshot_listener *listener)
{
	return codec_u64(c, "cid", &listener->cid) &&
	       codec_u32(c, "peer_port", &listener->peer_port) &&
	       codec_u32(c, "vm_port", &listener->vm_port) &&
	       codec_u16(c, "family", &listener->family) &&
	       codec_u16(c, "type", &listener->type) &&
	       codec_bool(c, "inet", &listener->inet) &&
	       (!listener->inet || codec_u16(c, "inet_port", &listener->inet_port));
}

static bool vcpus(struct codec *c, struct snapshot_meta *meta)
{
	__u32 count = meta->vcpu_count;

	if (!codec_count(c, "vcpus", &count, VCPU_MIN))
		return false;
	c->list = "vcpus";
	for (__u32 i = 0; i < count; i++) {
		void *list = codec_slot(c, meta->vcpus, i, count, VCPUS_HINT,
					sizeof(*meta->vcpus));

		if (!list)
			return false;
		meta->vcpus = list;
		c->index = i;
		if (!codec_blob(c, "", &meta->vcpus[i]))
			return false;
	}
	c->list = NULL;
	meta->vcpu_count = count;
	return true;
}

static bool devices(struct codec *c, struct snapshot_meta *meta)
{
	__u32 count = meta->device_count;

	if (!codec_count(c, "devices", &count, DEVICE_MIN))
		return false;
	c->list = "devices";
	for (__u32 i = 0; i < count; i++) {
		void *list = codec_slot(c, meta->devices, i, count, DEVICES_HINT,
					sizeof(*meta->devices));

		if (!list)
			return false;
		meta->devices = list;
		c->index = i;
		/* Those that there are must be freed, also if this one is none */
		if (!c->writing)
			meta->device_count = i + 1;
		if (!device(c, &meta->devices[i]))
			return false;
	}
	c->list = NULL;
	return true;
}

static bool listeners(struct codec *c, struct snapshot_meta *meta)
{
	__u32 count = meta->listener_count;

	if (!codec_count(c, "listeners", &count, LISTENER_MIN))
		return false;
	c->list = "listeners";
	for (__u32 i = 0; i < count; i++) {
		void *list = codec_slot(c, meta->listeners, i, count, LISTENERS_HINT,
					sizeof(*meta->listeners));

		if (!list)
			return false;
		meta->listeners = list;
		c->index = i;
		if (!listener(c, &meta->listeners[i]))
			return false;
	}
	c->list = NULL;
	meta->listener_count = count;
	return true;
}

static bool container(struct codec *c, struct snapshot_meta *meta)
{
	return codec_u8(c, "num_cpus", &meta->num_cpus) &&
	       codec_u64(c, "mem_size", &meta->mem_size) &&
	       codec_array(c, "com1", meta->com1, sizeof(meta->com1)) &&
	       codec_u64(c, "clock_host_ticks", &meta->clock_host_ticks) &&
	       codec_u64(c, "clock_ref", &meta->clock_ref) &&
	       codec_blob(c, "interrupt_controller", &meta->interrupt_controller) &&
	       vcpus(c, meta) &&
	       devices(c, meta) &&
	       codec_bool(c, "token", &meta->has_token) &&
	       (!meta->has_token ||
		codec_array(c, "token", meta->token, sizeof(meta->token))) &&
	       listeners(c, meta);
}

bool snapshot_meta_decode(struct snapshot_meta *meta, const void *bytes, size_t size,
			  size_t *used, char *error, size_t error_size)
{
	struct codec codec;
	bool good;

	memset(meta, 0, sizeof(*meta));
	codec_read(&codec, bytes, size, error, error_size);
	good = container(&codec, meta);
	*used = codec.at;
	return good;
}

bool snapshot_meta_encode(const struct snapshot_meta *meta, void *bytes, size_t room,
			  size_t *size, char *error, size_t error_size)
{
	/* The lists are only read when writing */
	struct snapshot_meta copy = *meta;
	struct codec codec;
	bool good;

	codec_write(&codec, bytes, room, error, error_size);
	good = container(&codec, &copy);
	*size = codec.at;
	return good;
}

void snapshot_meta_free(struct snapshot_meta *meta)
{
	for (__u32 i = 0; i < meta->device_count; i++)
		free(meta->devices[i].queues);
	free(meta->vcpus);
	free(meta->devices);
	free(meta->listeners);
	memset(meta, 0, sizeof(*meta));
}

enum snapshot_kind snapshot_kind_of_virtio(__u32 id)
{
	switch (id) {
	case 19:
		return SNAPSHOT_VSOCK;
	case 26:
		return SNAPSHOT_VIRTIO_FS;
	default:
		return SNAPSHOT_BLOCK;
	}
}

const char *snapshot_kind_name(__u8 kind)
{
	return kinds[kind];
}

const char *snapshot_backing_name(__u8 tag)
{
	return backings[tag];
}
