// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot_state.h"

#include <clockbound/vmclock_abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "same_machine.h"

#define ARGUMENTS_HINT	256
#define ARGUMENT_MIN	4

static const char * const accelerators[] = {
	[SNAPSHOT_TCG] = "tcg",
	[SNAPSHOT_KVM] = "kvm",
};

static bool version(struct codec *c)
{
	__u32 version = SNAPSHOT_STATE_VERSION;

	if (!codec_u32(c, "version", &version))
		return false;
	return version == SNAPSHOT_STATE_VERSION ||
	       codec_fail(c, "version", "%u is not known, only %u", version,
			  SNAPSHOT_STATE_VERSION);
}

static bool accelerator(struct codec *c, __u8 *accelerator)
{
	if (!codec_u8(c, "accelerator", accelerator))
		return false;
	return *accelerator <= SNAPSHOT_KVM ||
	       codec_fail(c, "accelerator", "%u is neither TCG nor KVM", *accelerator);
}

static bool counter_id(struct codec *c, __u8 *id)
{
	if (!codec_u8(c, "counter_id", id))
		return false;
	return *id == VMCLOCK_ID_X86_TSC || *id == VMCLOCK_ID_INVALID ||
	       codec_fail(c, "counter_id", "%u is neither the TSC nor none", *id);
}

static bool time_type(struct codec *c, __u8 *type)
{
	if (!codec_u8(c, "time_type", type))
		return false;
	return *type == VMCLOCK_TYPE_UTC || *type == VMCLOCK_TYPE_TAI ||
	       codec_fail(c, "time_type", "%u is neither UTC nor TAI", *type);
}

static bool page_size(struct codec *c, __u32 *size)
{
	if (!codec_u32(c, "page_size", size))
		return false;
	return *size >= sizeof(struct vmclock_page) ||
	       codec_fail(c, "page_size", "%u bytes are too few for a VMClock page", *size);
}

static bool arguments(struct codec *c, struct snapshot_state *state)
{
	__u32 count = state->argument_count;

	if (!codec_count(c, "arguments", &count, ARGUMENT_MIN))
		return false;
	c->list = "arguments";
	for (__u32 i = 0; i < count; i++) {
		void *list = codec_slot(c, state->arguments, i, count, ARGUMENTS_HINT,
					sizeof(*state->arguments));

		if (!list)
			return false;
		state->arguments = list;
		c->index = i;
		if (!codec_string(c, "", &state->arguments[i]))
			return false;
	}
	c->list = NULL;
	state->argument_count = count;
	return true;
}

static bool section(struct codec *c, struct snapshot_state *state)
{
	return version(c) &&
	       accelerator(c, &state->accelerator) &&
	       counter_id(c, &state->counter_id) &&
	       time_type(c, &state->time_type) &&
	       codec_bool(c, "marker_only", &state->marker_only) &&
	       page_size(c, &state->page_size) &&
	       codec_u32(c, "cpus", &state->cpus) &&
	       codec_u64(c, "page_address", &state->page_address) &&
	       codec_u64(c, "ram_size", &state->ram_size) &&
	       codec_u64(c, "marker", &state->marker) &&
	       codec_u64(c, "generation", &state->generation) &&
	       codec_u32(c, "sequence", &state->sequence) &&
	       codec_u64(c, "clock_bound", &state->clock_bound) &&
	       codec_string(c, "qemu_version", &state->qemu_version) &&
	       arguments(c, state);
}

bool snapshot_state_decode(struct snapshot_state *state, const void *bytes, size_t size,
			   char *error, size_t error_size)
{
	struct codec codec;

	memset(state, 0, sizeof(*state));
	codec_read(&codec, bytes, size, error, error_size);
	return section(&codec, state) &&
	       (codec.at == size ||
		codec_fail(&codec, "arguments", "%zu bytes follow that do not belong there",
			   size - codec.at));
}

bool snapshot_state_encode(const struct snapshot_state *state, void *bytes, size_t room,
			   size_t *size, char *error, size_t error_size)
{
	struct snapshot_state copy = *state;
	struct codec codec;
	bool good;

	codec_write(&codec, bytes, room, error, error_size);
	good = section(&codec, &copy);
	*size = codec.at;
	return good;
}

void snapshot_state_free(struct snapshot_state *state)
{
	free(state->arguments);
	memset(state, 0, sizeof(*state));
}

bool snapshot_state_fits(const struct snapshot_state *saved, const struct snapshot_state *now,
			 char *error, size_t size)
{
	const struct {
		const char *what;
		__u64 saved;
		__u64 now;
	} numbers[] = {
		{ "bytes of RAM", saved->ram_size, now->ram_size },
		{ "bytes for the VMClock page", saved->page_size, now->page_size },
	};

	if (saved->accelerator != now->accelerator) {
		snprintf(error, size, "the container's machine ran with %s, this one with %s",
			 snapshot_accelerator_name(saved->accelerator),
			 snapshot_accelerator_name(now->accelerator));
		return false;
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (numbers[i].saved == numbers[i].now)
			continue;
		snprintf(error, size, "the container's machine had %llu %s, this one has %llu",
			 numbers[i].saved, numbers[i].what, numbers[i].now);
		return false;
	}
	return same_machine(&(struct argument_list) { saved->arguments, saved->argument_count },
			    &(struct argument_list) { now->arguments, now->argument_count },
			    error, size);
}

const char *snapshot_accelerator_name(__u8 accelerator)
{
	return accelerators[accelerator];
}
