// SPDX-License-Identifier: GPL-2.0-only
#include "machine_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostclock.h"
#include "shared.h"

#define PAGE_SIZE	4096
#define BAR		2	/* of the ivshmem device: its memory */
#define CPUS_MAX	255

/* Stands for what vmhost gives the machine for --control. */
static const char pluggable[] = "--control";

static struct bytes bytes_of(const char *text)
{
	return (struct bytes) { (const __u8 *)text, strlen(text) };
}

bool machine_state(struct snapshot_state *state, const struct qemu *qemu, bool kvm)
{
	*state = (struct snapshot_state) {
		.accelerator = kvm ? SNAPSHOT_KVM : SNAPSHOT_TCG,
		.page_size = PAGE_SIZE,
		.ram_size = qemu->ram,
		.clock_bound = SNAPSHOT_NO_BOUND,
	};
	state->arguments = calloc(qemu->count + 1, sizeof(*state->arguments));
	if (!state->arguments)
		return false;
	for (int i = 0; i < qemu->count; i++)
		state->arguments[state->argument_count++] = bytes_of(qemu->words[i]);
	if (qemu->pluggable)
		state->arguments[state->argument_count++] = bytes_of(pluggable);
	return true;
}

void machine_state_free(struct snapshot_state *state)
{
	free(state->arguments);
	*state = (struct snapshot_state) { .arguments = NULL };
}

void machine_state_page(struct snapshot_state *state, const struct hypervisor *hv)
{
	struct identity identity;

	hypervisor_identity(hv, &identity);
	state->counter_id = identity.counter_id;
	state->time_type = identity.time_type;
	state->marker_only = hv->options.marker_only;
	state->marker = identity.marker;
	state->generation = identity.generation;
	state->sequence = identity.sequence;
}

/* The sample's clock was read somewhere between its two looks at the counter. */
void machine_state_clock(struct snapshot_meta *meta, struct snapshot_state *state,
			 const struct hypervisor *hv)
{
	struct sample sample;

	hostclock_sample(&hv->options.clock, &sample);
	meta->clock_host_ticks = sample.before;
	meta->clock_ref = sample.realtime;
	state->clock_bound = SNAPSHOT_NO_BOUND;
	/* Without a rate nobody knows how long it took. A whole ns: what was cut off. */
	if (sample.maxerror != SAMPLE_NO_BOUND && hv->rate_known)
		state->clock_bound = sample.maxerror + 1 +
			hypervisor_ns(hv, scale_counter(&hv->scale, sample.after) -
				      scale_counter(&hv->scale, sample.before));
	machine_state_page(state, hv);
}

const char *machine_state_version(struct snapshot_state *state, const json_t *result,
				  char *version, size_t size)
{
	const json_t *qemu = json_object_get(result, "qemu");

	snprintf(version, size, "%lld.%lld.%lld",
		 (long long)json_integer_value(json_object_get(qemu, "major")),
		 (long long)json_integer_value(json_object_get(qemu, "minor")),
		 (long long)json_integer_value(json_object_get(qemu, "micro")));
	state->qemu_version = bytes_of(version);
	return NULL;
}

const char *machine_state_cpus(struct snapshot_meta *meta, struct snapshot_state *state,
			       const json_t *result)
{
	size_t cpus = json_array_size(result);

	if (!cpus || cpus > CPUS_MAX)
		return "a container has room for 1 to 255 CPUs";
	meta->num_cpus = cpus;
	meta->mem_size = state->ram_size;
	state->cpus = cpus;
	return NULL;
}

static const json_t *named(const json_t *list, const char *key, const json_t *wanted)
{
	json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
		if (json_equal(json_object_get(entry, key), wanted))
			return entry;
	return NULL;
}

const char *machine_state_pci(struct snapshot_state *state, const json_t *result)
{
	json_t *id = json_string("vmhost"), *bar = json_integer(BAR);
	const json_t *bus = json_array_get(result, 0);
	const json_t *device = named(json_object_get(bus, "devices"), "qdev_id", id);
	const json_t *region = named(json_object_get(device, "regions"), "bar", bar);
	json_int_t address = json_integer_value(json_object_get(region, "address"));

	json_decref(id);
	json_decref(bar);
	if (address <= 0)
		return "the machine's firmware or kernel has not set up its devices yet: try again a little later";
	state->page_address = address + VMHOST_PAGE_OFFSET;
	return NULL;
}
