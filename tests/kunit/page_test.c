// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clock page: what the writer publishes and what a reader makes of it.
 *
 * Nobody publishes between a change of the VMClock page and the reading: that is
 * the module held off, as invariant I4 has it.
 */
#include <asm/cpufeature.h>
#include <clockbound/reader.h>
#include <kunit/test.h>

#include "../../src/publish/page.h"
#include "../../src/source/realtime.h"
#include "../../src/source/vmclock.h"

#define MARKER		7ULL
#define GENERATION	9ULL

struct fixture {
	struct clockbound_page page;
	struct clockbound_model model;
	struct vmclock_page vmclock;
	struct vmclock_page registered;
};

static int setup_with(struct kunit *test, u64 features)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	cb_page_format(&f->page, CLOCKBOUND_COUNTER_NATIVE, features);
	f->vmclock.disruption_marker = cpu_to_le64(MARKER);
	f->vmclock.vm_generation_counter = cpu_to_le64(GENERATION);
	f->model = (struct clockbound_model) {
		.status = CLOCKBOUND_STATUS_SYNCHRONIZED,
		.flags = CLOCKBOUND_MODEL_VMCLOCK | CLOCKBOUND_MODEL_TAI,
		.counter_value = clockbound_counter(),
		.earliest = 1000000,
		.latest = 2000000,
		.earliest_rate = 1ULL << 62,
		.latest_rate = (1ULL << 62) + 1,
		.valid_ticks = 1ULL << 61,
		.synchronized_ticks = S64_MAX,
		.disruption_marker = MARKER,
		.vm_generation = GENERATION,
		.tai_offset = 37,
	};
	test->priv = f;
	return 0;
}

static int setup(struct kunit *test)
{
	return setup_with(test, CLOCKBOUND_FEATURE_VMCLOCK);
}

/* All of it again, with the straight way of a reading. */
static int setup_ordered(struct kunit *test)
{
	if (!boot_cpu_has(X86_FEATURE_RDTSCP))
		kunit_skip(test, "no ordered counter");
	return setup_with(test, CLOCKBOUND_FEATURE_VMCLOCK |
			  CLOCKBOUND_FEATURE_RDTSCP);
}

static void write_page(struct fixture *f)
{
	cb_page_begin(&f->page);
	cb_page_end(&f->page, &f->model);
}

static int read_page(struct fixture *f, struct clockbound_reading *reading)
{
	memset(reading, 0xff, sizeof(*reading));
	return clockbound_page_read(&f->page, &f->vmclock, &f->registered, reading);
}

static void expect_nothing(struct kunit *test, const struct clockbound_reading *reading,
			   u8 status)
{
	KUNIT_EXPECT_EQ(test, reading->status, status);
	KUNIT_EXPECT_EQ(test, reading->earliest, CLOCKBOUND_TIME_MIN);
	KUNIT_EXPECT_EQ(test, reading->latest, CLOCKBOUND_TIME_MAX);
	KUNIT_EXPECT_EQ(test, reading->flags, 0);
}

static void page_starts_unknown(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct clockbound_reading reading;

	KUNIT_EXPECT_EQ(test, f->page.magic, CLOCKBOUND_PAGE_MAGIC);
	KUNIT_EXPECT_EQ(test, f->page.version, CLOCKBOUND_PAGE_VERSION);
	KUNIT_EXPECT_EQ(test, f->page.size, sizeof(f->page));
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_OK);
	expect_nothing(test, &reading, CLOCKBOUND_STATUS_UNKNOWN);
}

/* What the lines say is counted through the leap second that the model names. */
static void page_leap_second(struct kunit *test)
{
	struct fixture *f = test->priv;
	s64 midnight = 20000 * 86400LL * 1000000000;
	struct clockbound_reading reading;

	f->model.flags |= CLOCKBOUND_MODEL_LEAP;
	f->model.leap = 1;
	f->model.leap_day = 20000;
	f->model.earliest = midnight + 5;
	f->model.latest = midnight + 10;
	f->model.earliest_rate = 0;
	f->model.latest_rate = 0;
	write_page(f);
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_OK);
	KUNIT_EXPECT_EQ(test, reading.earliest, midnight + 5 - 1000000000);
	KUNIT_EXPECT_EQ(test, reading.latest, midnight + 10 - 1000000000);
	KUNIT_EXPECT_EQ(test, reading.tai_offset, 38);
	KUNIT_EXPECT_EQ(test, reading.flags & CLOCKBOUND_MODEL_LEAP, 0);
}

/* No field is forgotten. */
static void page_holds_the_model(struct kunit *test)
{
	struct fixture *f = test->priv;

	memset(&f->model, 0x5a, sizeof(f->model));
	f->model.seq = 2;
	f->model.reserved1 = 0;
	f->model.straight_ticks = 0;
	write_page(f);
	KUNIT_EXPECT_EQ(test, 0, memcmp(&f->page.model, &f->model, sizeof(f->model)));
}

static void page_reading_is_the_model(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct clockbound_reading reading;
	u64 before, after;
	s64 earliest, latest;

	write_page(f);
	before = clockbound_counter();
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_OK);
	after = clockbound_counter();

	KUNIT_EXPECT_LE(test, before, reading.counter_value);
	KUNIT_EXPECT_GE(test, after, reading.counter_value);
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&f->model, reading.counter_value,
						 &earliest, &latest));
	KUNIT_EXPECT_EQ(test, reading.earliest, earliest);
	KUNIT_EXPECT_EQ(test, reading.latest, latest);
	KUNIT_EXPECT_EQ(test, reading.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
	KUNIT_EXPECT_EQ(test, reading.flags, f->model.flags);
	KUNIT_EXPECT_EQ(test, reading.tai_offset, 37);
	KUNIT_EXPECT_EQ(test, reading.disruption_marker, MARKER);
	KUNIT_EXPECT_EQ(test, reading.reserved0, 0);
	KUNIT_EXPECT_EQ(test, f->page.publications, 1);
	KUNIT_EXPECT_EQ(test, f->page.model.seq, 2);
}

/* I4 */
static void page_marker_moved(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct clockbound_reading reading;

	write_page(f);
	f->vmclock.disruption_marker = cpu_to_le64(MARKER + (1ULL << 63));
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_STALE);
	expect_nothing(test, &reading, CLOCKBOUND_STATUS_DISRUPTED);

	f->model.disruption_marker = MARKER + (1ULL << 63);
	write_page(f);
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_OK);
	KUNIT_EXPECT_EQ(test, reading.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
}

/* I4 */
static void page_generation_moved(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct clockbound_reading reading;

	write_page(f);
	f->vmclock.vm_generation_counter = cpu_to_le64(GENERATION - 1);
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_STALE);
	expect_nothing(test, &reading, CLOCKBOUND_STATUS_DISRUPTED);

	/* A model that does not name the VMClock does not care. */
	f->model.flags &= ~CLOCKBOUND_MODEL_VMCLOCK;
	write_page(f);
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_OK);
}

/* A reader that cannot see the marker cannot vouch for anything. */
static void page_vmclock_not_mapped(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct clockbound_reading reading;

	write_page(f);
	KUNIT_EXPECT_EQ(test, clockbound_page_read(&f->page, NULL, NULL, &reading),
			CLOCKBOUND_READ_STALE);
	expect_nothing(test, &reading, CLOCKBOUND_STATUS_DISRUPTED);

	f->model.flags = 0;
	write_page(f);
	KUNIT_EXPECT_EQ(test, clockbound_page_read(&f->page, NULL, NULL, &reading),
			CLOCKBOUND_READ_OK);
	KUNIT_EXPECT_EQ(test, reading.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
}

/* The same with the registered page, beside the VMClock or without one. */
static void page_registered(struct kunit *test)
{
	static const u16 with[] = { 0, CLOCKBOUND_MODEL_VMCLOCK };
	struct fixture *f = test->priv;
	struct clockbound_reading reading;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(with); i++) {
		f->registered.disruption_marker = cpu_to_le64(MARKER + 1);
		f->registered.vm_generation_counter = cpu_to_le64(GENERATION + 1);
		f->model.flags = with[i] | CLOCKBOUND_MODEL_REGISTERED;
		f->model.registered_marker = MARKER + 1;
		f->model.registered_generation = GENERATION + 1;
		write_page(f);
		KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_OK);
		KUNIT_EXPECT_EQ(test, reading.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
		KUNIT_EXPECT_EQ(test, reading.flags, f->model.flags);

		KUNIT_EXPECT_EQ(test, clockbound_page_read(&f->page, &f->vmclock, NULL,
							   &reading), CLOCKBOUND_READ_STALE);
		expect_nothing(test, &reading, CLOCKBOUND_STATUS_DISRUPTED);

		f->registered.disruption_marker = cpu_to_le64(MARKER);
		KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_STALE);
		expect_nothing(test, &reading, CLOCKBOUND_STATUS_DISRUPTED);

		f->registered.disruption_marker = cpu_to_le64(MARKER + 1);
		f->registered.vm_generation_counter = 0;
		KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_STALE);

		f->model.flags = with[i];
		write_page(f);
		KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_OK);
	}

	/* The VMClock is looked at all the same. */
	f->model.flags = CLOCKBOUND_MODEL_VMCLOCK | CLOCKBOUND_MODEL_REGISTERED;
	f->model.registered_marker = MARKER + 1;
	f->model.registered_generation = 0;
	write_page(f);
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_OK);
	f->vmclock.disruption_marker = 0;
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_STALE);
}

static int read_realtime(struct fixture *f, struct clockbound_reading *reading)
{
	memset(reading, 0xff, sizeof(*reading));
	return clockbound_page_read_realtime(&f->page, &f->vmclock, &f->registered, reading);
}

/* What CLOCK_REALTIME reads is there for those who ask, and has a count of its own. */
static void page_realtime(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct clockbound_reading reading;
	struct cb_clock clock = {
		.usable = true,
		.counter_value = f->model.counter_value,
		.realtime = 1500000,
		.realtime_frac = 77,
		.mult = 3U << 22,
		.shift = 24,
	};
	struct clockbound_realtime line;

	write_page(f);
	KUNIT_EXPECT_EQ(test, read_realtime(f, &reading), CLOCKBOUND_READ_OK);
	KUNIT_EXPECT_EQ(test, reading.flags, f->model.flags);

	cb_realtime_publish(&f->page.realtime, &clock);
	KUNIT_EXPECT_EQ(test, f->page.realtime.seq, 2);
	KUNIT_EXPECT_EQ(test, read_realtime(f, &reading), CLOCKBOUND_READ_OK);
	KUNIT_EXPECT_EQ(test, reading.flags, f->model.flags | CLOCKBOUND_MODEL_REALTIME);
	cb_realtime_line(&clock, &line);
	KUNIT_EXPECT_EQ(test, reading.realtime,
			clockbound_eval_realtime(&line, reading.counter_value));
	KUNIT_EXPECT_GE(test, reading.realtime, 1500000LL);
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_OK);
	KUNIT_EXPECT_EQ(test, reading.flags, f->model.flags);

	clock.usable = false;
	cb_realtime_publish(&f->page.realtime, &clock);
	KUNIT_EXPECT_EQ(test, read_realtime(f, &reading), CLOCKBOUND_READ_OK);
	KUNIT_EXPECT_EQ(test, reading.flags, f->model.flags);

	/* The model's readers do not care, others try again a number of times. */
	f->page.realtime.seq++;
	KUNIT_EXPECT_EQ(test, read_realtime(f, &reading), CLOCKBOUND_READ_BUSY);
	expect_nothing(test, &reading, CLOCKBOUND_STATUS_UNKNOWN);
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_OK);
}

static void page_writer_in_the_way(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct clockbound_reading reading;

	write_page(f);
	f->page.model.seq++;
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_BUSY);
	expect_nothing(test, &reading, CLOCKBOUND_STATUS_UNKNOWN);
}

static void page_sequence_wraps(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct clockbound_reading reading;

	f->page.model.seq = U32_MAX - 1;
	write_page(f);
	KUNIT_EXPECT_EQ(test, f->page.model.seq, 0);
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_OK);
	KUNIT_EXPECT_EQ(test, reading.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
}

/* Who reads the straight way need not look at the status, and there is no unit. */
static void page_straight_ticks(struct kunit *test)
{
	struct fixture *f = test->priv;

	f->model.synchronized_ticks = 1000;
	cb_page_begin(&f->page);
	cb_page_end(&f->page, &f->model);
	KUNIT_EXPECT_EQ(test, f->page.model.straight_ticks, 1000ULL);
	f->model.status = CLOCKBOUND_STATUS_FREE_RUNNING;
	cb_page_begin(&f->page);
	cb_page_end(&f->page, &f->model);
	KUNIT_EXPECT_EQ(test, f->page.model.straight_ticks, f->model.valid_ticks);
	f->model.counter_shift = 1;
	cb_page_begin(&f->page);
	cb_page_end(&f->page, &f->model);
	KUNIT_EXPECT_EQ(test, f->page.model.straight_ticks, 0ULL);
	f->model.counter_shift = 0;
	f->model.flags |= CLOCKBOUND_MODEL_REGISTERED;
	cb_page_begin(&f->page);
	cb_page_end(&f->page, &f->model);
	KUNIT_EXPECT_EQ(test, f->page.model.straight_ticks, 0ULL);
}

/* The straight way of a reading and the long one agree. */
static void page_slow_counter(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct clockbound_reading reading;
	s64 earliest, latest;

	f->model.counter_shift = 3;
	write_page(f);
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_OK);
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&f->model, reading.counter_value,
						 &earliest, &latest));
	KUNIT_EXPECT_EQ(test, reading.earliest, earliest);
	KUNIT_EXPECT_EQ(test, reading.latest, latest);
	KUNIT_EXPECT_EQ(test, reading.flags, f->model.flags);
	KUNIT_EXPECT_EQ(test, reading.status, CLOCKBOUND_STATUS_SYNCHRONIZED);
}

static void page_counter_before_the_model(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct clockbound_reading reading;
	s64 earliest, latest;

	f->model.counter_value += 1ULL << 50;
	write_page(f);
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_OK);
	KUNIT_ASSERT_EQ(test, 1, clockbound_eval(&f->model, reading.counter_value,
						 &earliest, &latest));
	KUNIT_EXPECT_EQ(test, reading.earliest, earliest);
	KUNIT_EXPECT_EQ(test, reading.latest, latest);
	KUNIT_EXPECT_EQ(test, reading.flags, f->model.flags);
}

static void page_synchronized_for_a_while(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct clockbound_reading reading;

	f->model.synchronized_ticks = 1;
	f->model.counter_value -= 1000;
	write_page(f);
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_OK);
	KUNIT_EXPECT_EQ(test, reading.status, CLOCKBOUND_STATUS_FREE_RUNNING);
	KUNIT_EXPECT_LT(test, reading.earliest, reading.latest);
}

static void page_counter_too_far(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct clockbound_reading reading;

	f->model.valid_ticks = 1;
	f->model.counter_value -= 1000;
	write_page(f);
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_OK);
	expect_nothing(test, &reading, CLOCKBOUND_STATUS_UNKNOWN);
}

/* There is a bound, but not for readers of the page. */
static void page_of_another_clock(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct clockbound_reading reading;

	f->model.flags |= CLOCKBOUND_MODEL_IOCTL;
	f->model.valid_ticks = 0;
	write_page(f);
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_IOCTL);
	expect_nothing(test, &reading, CLOCKBOUND_STATUS_UNKNOWN);

	/* A disruption comes first. */
	f->vmclock.disruption_marker = 0;
	KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_STALE);
	expect_nothing(test, &reading, CLOCKBOUND_STATUS_DISRUPTED);
}

static void page_model_without_lines(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct clockbound_reading reading;
	u8 status;

	f->model.valid_ticks = 0;
	for (status = 0; status < 4; status++) {
		if (status == CLOCKBOUND_STATUS_SYNCHRONIZED ||
		    status == CLOCKBOUND_STATUS_FREE_RUNNING)
			continue;
		f->model.status = status;
		write_page(f);
		KUNIT_EXPECT_EQ(test, read_page(f, &reading), CLOCKBOUND_READ_OK);
		expect_nothing(test, &reading, status);
	}
}

static struct kunit_case page_cases[] = {
	KUNIT_CASE(page_straight_ticks),
	KUNIT_CASE(page_starts_unknown),
	KUNIT_CASE(page_leap_second),
	KUNIT_CASE(page_holds_the_model),
	KUNIT_CASE(page_reading_is_the_model),
	KUNIT_CASE(page_marker_moved),
	KUNIT_CASE(page_generation_moved),
	KUNIT_CASE(page_vmclock_not_mapped),
	KUNIT_CASE(page_registered),
	KUNIT_CASE(page_realtime),
	KUNIT_CASE(page_writer_in_the_way),
	KUNIT_CASE(page_sequence_wraps),
	KUNIT_CASE(page_slow_counter),
	KUNIT_CASE(page_counter_before_the_model),
	KUNIT_CASE(page_synchronized_for_a_while),
	KUNIT_CASE(page_counter_too_far),
	KUNIT_CASE(page_of_another_clock),
	KUNIT_CASE(page_model_without_lines),
	{ }
};

static struct kunit_suite page_suite = {
	.name = "clockbound_page",
	.init = setup,
	.test_cases = page_cases,
};

static struct kunit_suite page_ordered_suite = {
	.name = "clockbound_page_ordered",
	.init = setup_ordered,
	.test_cases = page_cases,
};

kunit_test_suites(&page_suite, &page_ordered_suite);
