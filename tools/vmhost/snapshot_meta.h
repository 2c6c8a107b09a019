/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The metadata of a saved machine, ContainerMeta: its layout is in vmhost-snapshot(5).
 */
#ifndef VMHOST_SNAPSHOT_META_H
#define VMHOST_SNAPSHOT_META_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "codec.h"

#define SNAPSHOT_COM1	6
#define SNAPSHOT_TOKEN	32

enum snapshot_kind {
	SNAPSHOT_BLOCK,
	SNAPSHOT_VSOCK,
	SNAPSHOT_VOLUME,
	SNAPSHOT_VIRTIO_FS,
};

enum snapshot_backing_tag {
	SNAPSHOT_BACKING_NONE,
	SNAPSHOT_BACKING_DISK,
	SNAPSHOT_BACKING_VOLUME,
	SNAPSHOT_BACKING_VIRTIO_FS,
};

struct snapshot_queue {
	__u16 size;
	bool ready;
	__u64 descriptors;
	__u64 available;
	__u64 used;
	__u16 last_available;
	__u16 next_used;
};

/**
 * struct snapshot_backing - what a device is backed by
 * @tag: enum snapshot_backing_tag; tells which of the others count
 * @path: disk, volume
 * @size: disk, volume: bytes
 * @mount: volume, virtio-fs
 * @name: virtio-fs: its tag
 * @host_path: virtio-fs
 * @dax_gpa: virtio-fs
 * @dax_window_len: virtio-fs
 * @backend_state: virtio-fs
 * @dax_state: virtio-fs
 */
struct snapshot_backing {
	__u8 tag;
	struct bytes path;
	__u64 size;
	struct bytes mount;
	struct bytes name;
	struct bytes host_path;
	__u64 dax_gpa;
	__u64 dax_window_len;
	struct bytes backend_state;
	struct bytes dax_state;
};

/**
 * struct snapshot_device - a device record
 * @kind: enum snapshot_kind
 * @driver_features: MMIO state: the features that the driver took, in two words
 * @status: MMIO state
 * @interrupt_status: MMIO state
 * @queue_count: how many @queues
 * @queues: MMIO state
 * @backing: what it is backed by
 */
struct snapshot_device {
	__u8 kind;
	__u32 driver_features[2];
	__u32 status;
	__u32 interrupt_status;
	__u32 queue_count;
	struct snapshot_queue *queues;
	struct snapshot_backing backing;
};

struct snapshot_listener {
	__u64 cid;
	__u32 peer_port;
	__u32 vm_port;
	__u16 family;
	__u16 type;
	bool inet;		/* is there an inet_port? */
	__u16 inet_port;
};

/**
 * struct snapshot_meta - ContainerMeta
 * @num_cpus: virtual CPUs
 * @mem_size: bytes of RAM
 * @com1: registers of the first serial port
 * @clock_host_ticks: the host's counter (TSC) when the machine was stopped
 * @clock_ref: the host's reference time at that counter value, ns since 1970, UTC; how
 *	far it can be off is in struct snapshot_state
 * @interrupt_controller: its state; empty if QEMU's stream has it
 * @vcpu_count: how many @vcpus
 * @vcpus: the state of each CPU; none if QEMU's stream has it
 * @device_count: how many @devices
 * @devices: device records
 * @has_token: is there a @token?
 * @token: 32 bytes
 * @listener_count: how many @listeners
 * @listeners: vsock listeners
 */
struct snapshot_meta {
	__u8 num_cpus;
	__u64 mem_size;
	__u8 com1[SNAPSHOT_COM1];
	__u64 clock_host_ticks;
	__u64 clock_ref;
	struct bytes interrupt_controller;
	__u32 vcpu_count;
	struct bytes *vcpus;
	__u32 device_count;
	struct snapshot_device *devices;
	bool has_token;
	__u8 token[SNAPSHOT_TOKEN];
	__u32 listener_count;
	struct snapshot_listener *listeners;
};

/**
 * snapshot_meta_decode() - reads a ContainerMeta
 * @meta: to be given to snapshot_meta_free() later, whatever the result
 * @bytes: what is read; must last as long as @meta, which points into it
 * @size: how many bytes there are
 * @used: how many of them it took; it stops at its end, whatever follows
 * @error: what is wrong, and in which field
 * @error_size: room in @error; 200 is enough
 *
 * Return: true if it is one.
 */
bool snapshot_meta_decode(struct snapshot_meta *meta, const void *bytes, size_t size,
			  size_t *used, char *error, size_t error_size);

/**
 * snapshot_meta_encode() - writes a ContainerMeta
 * @meta: what to write
 * @bytes: where to; may be NULL with a @room of 0
 * @room: how many bytes fit; if it is too small, some of it is written
 * @size: how many bytes it takes
 * @error: why it cannot be written, and which field it is
 * @error_size: room in @error
 *
 * Return: false if a blob or a string is longer than it may be, or no UTF-8, or a kind or
 * a tag is none.
 */
bool snapshot_meta_encode(const struct snapshot_meta *meta, void *bytes, size_t room,
			  size_t *size, char *error, size_t error_size);

/* Frees what snapshot_meta_decode() has allocated: the lists. */
void snapshot_meta_free(struct snapshot_meta *meta);

/* The kind of the device with this virtio id. */
enum snapshot_kind snapshot_kind_of_virtio(__u32 id);

const char *snapshot_kind_name(__u8 kind);
const char *snapshot_backing_name(__u8 tag);

#endif /* VMHOST_SNAPSHOT_META_H */
