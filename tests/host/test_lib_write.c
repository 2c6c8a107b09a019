// SPDX-License-Identifier: GPL-2.0-only
/*
 * The writer of the clock page, interrupted after every single store: whatever a
 * reader makes of the page then, it is the old model or the new one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <clockbound/reader.h>

#include "fake_device.h"
#include "claim/portable.h"

static void after_store(void);

#undef WRITE_ONCE
#define WRITE_ONCE(x, value) \
	do { *(volatile typeof(x) *)&(x) = (value); after_store(); } while (0)

/* The test links the real ones as well. */
#define cb_page_begin	interrupted_page_begin
#define cb_page_end	interrupted_page_end
#define cb_page_format	interrupted_page_format
#define cb_model_set_lines	interrupted_model_set_lines
#include "publish/page.c"
#define cb_realtime_line	interrupted_realtime_line
#define cb_realtime_publish	interrupted_realtime_publish
#include "source/realtime.c"

static struct clockbound_page page;
static struct clockbound_model old_model, new_model;
static unsigned int stores, old_seen, new_seen, busy_seen;

static int is_of(const struct clockbound_model *model, const struct clockbound_reading *reading)
{
	__s64 earliest, latest;

	return clockbound_eval(model, reading->counter_value, &earliest, &latest) &&
	       reading->earliest == earliest && reading->latest == latest &&
	       reading->status == model->status && reading->flags == model->flags &&
	       reading->tai_offset == model->tai_offset &&
	       reading->disruption_marker == model->disruption_marker;
}

/* CLOCK_REALTIME's line, of two clocks. */
static struct clockbound_realtime old_line, new_line;
static bool realtime;

static int is_on(const struct clockbound_realtime *line,
		 const struct clockbound_reading *reading)
{
	return line->valid &&
	       reading->realtime == clockbound_eval_realtime(line, reading->counter_value);
}

static void after_store_realtime(void)
{
	struct clockbound_reading reading;

	if (clockbound_page_read_realtime(&page, NULL, NULL, &reading) == CLOCKBOUND_READ_BUSY)
		busy_seen++;
	else if (is_on(&old_line, &reading))
		old_seen++;
	else if (is_on(&new_line, &reading))
		new_seen++;
	else
		fail_msg("after store %u CLOCK_REALTIME is on neither line", stores);
}

static void after_store(void)
{
	struct clockbound_reading reading;

	stores++;
	if (realtime) {
		after_store_realtime();
		return;
	}
	if (clockbound_page_read(&page, NULL, NULL, &reading) == CLOCKBOUND_READ_BUSY)
		busy_seen++;
	else if (is_of(&old_model, &reading))
		old_seen++;
	else if (is_of(&new_model, &reading))
		new_seen++;
	else
		fail_msg("after store %u the reading is of neither model", stores);
}

static struct clockbound_model model(__s64 start, __u64 rate)
{
	return (struct clockbound_model) {
		.status = rate & 1 ? CLOCKBOUND_STATUS_SYNCHRONIZED :
				     CLOCKBOUND_STATUS_FREE_RUNNING,
		.flags = rate & 1 ? CLOCKBOUND_MODEL_TAI : 0,
		.tai_offset = rate & 1 ? 37 : 36,
		.counter_value = clockbound_counter() - (rate & 0xffff),
		.earliest = start,
		.latest = start + 1000,
		.earliest_rate = rate,
		.latest_rate = rate + 1,
		.valid_ticks = 1ULL << 61,
		.synchronized_ticks = rate & 1 ? 1ULL << 62 : 0,
		.disruption_marker = rate,
		.vm_generation = rate,
		.earliest_frac = rate,
		.latest_frac = rate << 1,
	};
}

static void write_interrupted(const struct clockbound_model *model)
{
	interrupted_page_begin(&page);
	interrupted_page_end(&page, model);
}

static void interrupt_everywhere(__u64 features)
{
	int round;

	page = (struct clockbound_page){ .features = features };
	stores = 0;
	old_seen = 0;
	new_seen = 0;
	busy_seen = 0;
	old_model = model(1000000, 0x4000000000001235ULL);
	new_model = old_model;
	write_interrupted(&old_model);
	for (round = 0; round < 4; round++) {
		old_model = new_model;
		new_model = model(1000000 * (round + 2), 0x4000000000004320ULL + round * 0x111);
		write_interrupted(&new_model);
	}
	/* From the odd count on nobody reads, and after the even one the new model. */
	assert_true(busy_seen > new_seen);
	assert_true(new_seen > 0);
	assert_int_equal(old_seen + new_seen + busy_seen, stores);
}

static void interrupted_everywhere(void **state)
{
	(void)state;
	interrupt_everywhere(0);
	interrupt_everywhere(fake_counter_features());
}

static void interrupted_realtime(void **state)
{
	struct cb_clock clock = {
		.usable = true,
		.counter_value = clockbound_counter(),
		.realtime = 1000000,
		.mult = 12345678,
		.shift = 24,
	};
	int round;

	(void)state;
	page = (struct clockbound_page){ .features = fake_counter_features() };
	old_model = model(1000000, 0x4000000000001235ULL);
	new_model = old_model;
	write_interrupted(&old_model);
	cb_realtime_publish(&page.realtime, &clock);
	stores = 0;
	old_seen = 0;
	new_seen = 0;
	busy_seen = 0;
	realtime = true;
	cb_realtime_line(&clock, &new_line);
	for (round = 0; round < 4; round++) {
		old_line = new_line;
		clock.realtime += 3600000000000LL + round;
		clock.realtime_frac += 1234;
		clock.mult += 1000;
		clock.counter_value += 77;
		cb_realtime_line(&clock, &new_line);
		if (round % 2)
			cb_realtime_publish(&page.realtime, &clock);
		else
			cb_realtime_advance(&page.realtime, new_line.counter_value,
					    new_line.time, new_line.frac, new_line.rate);
	}
	realtime = false;
	assert_true(busy_seen > new_seen);
	assert_true(new_seen > 0);
	assert_int_equal(old_seen + new_seen + busy_seen, stores);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interrupted_everywhere),
		cmocka_unit_test(interrupted_realtime),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
