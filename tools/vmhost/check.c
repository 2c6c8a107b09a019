// SPDX-License-Identifier: GPL-2.0-only
#include "check.h"

#include <linux/clockbound.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared.h"

#define DETAILS		5	/* readings told one by one on stderr */

struct tally {
	size_t trusted;
	size_t outside;
	size_t stale;
	size_t inverted;
	size_t unlogged;
	__u64 first;	/* counter values of the records */
	__u64 last;
	struct offset offset;	/* all that it can have been for any of them */
	__u64 *widths;	/* of the trusted ones */
};

static bool is_trusted(const struct vmhost_record *record)
{
	return record->status == CLOCKBOUND_STATUS_SYNCHRONIZED ||
	       record->status == CLOCKBOUND_STATUS_FREE_RUNNING;
}

static bool contains(const struct vmhost_record *record, __s64 earliest,
		     __s64 latest)
{
	return record->earliest <= latest && record->latest >= earliest;
}

/* Would the reading be right if the last jump before it had not happened? */
static bool is_stale(const struct hypervisor *hv,
		     const struct vmhost_record *record, const struct offset *offset)
{
	__s64 earliest, latest;

	for (size_t jumps = hv->history.jump_count; jumps-- > 0;)
		if (hv->history.jumps[jumps].delta &&
		    hypervisor_truth(hv, record->counter_value, offset, jumps,
				     &earliest, &latest) &&
		    contains(record, earliest, latest))
			return true;
	return false;
}

static void check_one(const struct hypervisor *hv,
		      const struct vmhost_record *record, size_t number,
		      struct tally *tally)
{
	struct offset offset;
	__s64 earliest, latest;

	if (!number || record->counter_value < tally->first)
		tally->first = record->counter_value;
	if (!number || record->counter_value > tally->last)
		tally->last = record->counter_value;
	if (record->earliest > record->latest)
		tally->inverted++;
	else if (is_trusted(record))
		tally->widths[tally->trusted++] =
			(__u64)record->latest - (__u64)record->earliest;

	if (offsets_around(&hv->offsets, record->counter_value, &offset) < 2 ||
	    !hypervisor_truth(hv, record->counter_value, &offset, JUMPS_ALL,
			      &earliest, &latest)) {
		tally->unlogged++;
		return;
	}
	if (tally->offset.rounds)
		offset_hull(&tally->offset, &offset);
	else
		tally->offset = offset;
	if (contains(record, earliest, latest))
		return;
	tally->stale += is_trusted(record) && is_stale(hv, record, &offset);
	if (tally->outside++ < DETAILS)
		fprintf(stderr,
			"vmhost: reading %zu (counter %llu, status %u, path %u): [%lld, %lld] does not contain the true time [%lld, %lld]: %lld ns off\n",
			number, record->counter_value, record->status,
			record->path, record->earliest, record->latest,
			earliest, latest, record->latest < earliest ?
			record->latest - earliest : record->earliest - latest);
}

static int compare(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a;
	__u64 y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

/* Ticks from @jump to the first trusted reading after it; false if none. */
static bool recovery(const struct offset *offset, const struct jump *jump,
		     const struct vmhost_record *records, size_t count,
		     __u64 *ticks)
{
	__u64 begin = jump->before + offset->min;
	__u64 end = jump->after + offset->max;
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		__u64 after = records[i].counter_value - begin;

		if (!is_trusted(&records[i]) ||
		    records[i].counter_value <= end || (found && after > *ticks))
			continue;
		*ticks = after;
		found = true;
	}
	return found;
}

static bool check_copy(const struct hypervisor *hv,
		       const struct vmhost_record *records, size_t count,
		       char *line, size_t size)
{
	size_t jumps = 0, recovered = 0, slowest = 0;
	__u64 times[HISTORY_JUMPS];
	struct tally tally = { .widths = malloc((count + 1) * sizeof(__u64)) };

	if (!tally.widths)
		return false;
	tally.widths[0] = 0;
	for (size_t i = 0; i < count; i++)
		check_one(hv, &records[i], i, &tally);
	qsort(tally.widths, tally.trusted, sizeof(__u64), compare);

	for (size_t i = 0; i < hv->history.jump_count; i++) {
		const struct jump *jump = &hv->history.jumps[i];

		if (jump->before + tally.offset.min < tally.first ||
		    jump->after + tally.offset.max > tally.last)
			continue;
		jumps++;
		recovered += recovery(&tally.offset, jump, records, count,
				      &times[recovered]);
	}
	qsort(times, recovered, sizeof(__u64), compare);
	slowest = recovered ? recovered - 1 : 0;
	if (!recovered)
		times[0] = 0;

	snprintf(line, size,
		 "readings=%zu trusted=%zu outside=%zu stale=%zu inverted=%zu unlogged=%zu hull_ns=%llu min_width=%llu median_width=%llu max_width=%llu jumps=%zu recovered=%zu first_trusted_after_jump_ns=%llu median_trusted_after_jump_ns=%llu",
		 count, tally.trusted, tally.outside, tally.stale,
		 tally.inverted, tally.unlogged,
		 hypervisor_ns(hv, tally.offset.max - tally.offset.min),
		 tally.widths[0],
		 tally.widths[tally.trusted / 2],
		 tally.widths[tally.trusted ? tally.trusted - 1 : 0],
		 jumps, recovered, hypervisor_ns(hv, times[slowest]),
		 hypervisor_ns(hv, times[recovered / 2]));
	free(tally.widths);
	return true;
}

/* Of a copy, because the guest can write on: each record is looked at several times. */
bool check_records(const struct hypervisor *hv,
		   struct region_slice memory, char *line, size_t size)
{
	struct vmhost_record *records = malloc(memory.size + 1);
	bool done;

	if (!records)
		return false;
	region_read(memory, records);
	done = check_copy(hv, records, memory.size / sizeof(*records), line, size);
	free(records);
	return done;
}
