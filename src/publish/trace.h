/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints: what is published, what has happened, and who waited for it. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM clockbound

#if !defined(CB_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define CB_TRACE_H

#include <linux/clockbound.h>
#include <linux/tracepoint.h>

/* A model is published; earliest and latest are those at its counter value. */
TRACE_EVENT(clockbound_publish,
	TP_PROTO(const struct clockbound_model *model),
	TP_ARGS(model),
	TP_STRUCT__entry(
		__field(u64, counter_value)
		__field(s64, earliest)
		__field(s64, latest)
		__field(u64, disruption_marker)
		__field(u8, status)
	),
	TP_fast_assign(
		__entry->counter_value = model->counter_value;
		__entry->earliest = model->earliest;
		__entry->latest = model->latest;
		__entry->disruption_marker = model->disruption_marker;
		__entry->status = model->status;
	),
	TP_printk("counter=%llu earliest=%lld latest=%lld marker=%llu status=%u",
		  __entry->counter_value, __entry->earliest, __entry->latest,
		  __entry->disruption_marker, __entry->status)
);

/* Something has happened that readers of the device are told of. */
TRACE_EVENT(clockbound_event,
	TP_PROTO(const struct clockbound_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		__field(u64, counter_value)
		__field(u64, disruption_marker)
		__field(u32, changes)
		__field(u32, status)
	),
	TP_fast_assign(
		__entry->counter_value = event->counter_value;
		__entry->disruption_marker = event->disruption_marker;
		__entry->changes = event->changes;
		__entry->status = event->status;
	),
	TP_printk("counter=%llu marker=%llu changes=%s status=%u",
		  __entry->counter_value, __entry->disruption_marker,
		  __print_flags(__entry->changes, "|",
				{ CLOCKBOUND_EVENT_STATUS, "status" },
				{ CLOCKBOUND_EVENT_DISRUPTION, "disruption" },
				{ CLOCKBOUND_EVENT_GENERATION, "generation" },
				{ CLOCKBOUND_EVENT_STEP, "step" },
				{ CLOCKBOUND_EVENT_VIOLATION, "violation" }),
		  __entry->status)
);

/* A wait is over; a timeout has become a deadline, CLOCK_MONOTONIC, ns. */
TRACE_EVENT(clockbound_wait,
	TP_PROTO(const struct clockbound_wait *wait, bool sync, int error),
	TP_ARGS(wait, sync, error),
	TP_STRUCT__entry(
		__field(s64, until)
		__field(s64, timeout)
		__field(u64, max_width)
		__field(u32, flags)
		__field(int, error)
		__field(bool, sync)
	),
	TP_fast_assign(
		__entry->until = wait->until;
		__entry->timeout = wait->timeout;
		__entry->max_width = wait->max_width;
		__entry->flags = wait->flags;
		__entry->error = error;
		__entry->sync = sync;
	),
	TP_printk("%s=%lld flags=%s timeout=%lld max_width=%llu error=%d",
		  __entry->sync ? "sync" : "until", __entry->until,
		  __print_flags(__entry->flags, "|",
				{ CLOCKBOUND_WAIT_TAI, "tai" },
				{ CLOCKBOUND_WAIT_DEADLINE, "deadline" }),
		  __entry->timeout, __entry->max_width, __entry->error)
);

#endif /* CB_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
