// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a leap second may come, and what it does to times.
 *
 * UTC as CLOCK_REALTIME counts it goes back by a second when one is inserted. So a
 * time near a leap second means something only together with its count: before it
 * (leap is set, the count goes on as if there were none) or past it (leap is zero and
 * leap_day that of the leap second or later).
 */
#include <clockbound/eval.h>

#include "leap.h"
#include "model.h"

#define SECONDS_PER_DAY		86400LL

/* From 0000-03-01, where years that start in March have their leap day last. */
#define DAYS_TO_1970		719468
#define DAYS_PER_ERA		146097	/* 400 years */
#define YEARS_PER_ERA		400

static __s64 divide_floor(__s64 dividend, __s64 divisor)
{
	__s64 quotient = dividend / divisor;

	return quotient - (dividend % divisor < 0);
}

/* Days before month @month (0 is March) of a year that starts in March. */
static int days_before(int month)
{
	return (153 * month + 2) / 5;
}

/**
 * cb_leap_months() - the first days of this UTC month and of the next one
 * @time: ns since 1970, UTC; more than a month away from where 64 bits end
 * @this_month: where the day goes on which this month began, days since 1970
 * @next_month: where the day goes on which the next month begins
 *
 * Leap seconds come at the end of a month, so @next_month is where an announced one
 * takes place. The proleptic Gregorian calendar, with years that start in March.
 * Pure; any context.
 */
void cb_leap_months(__s64 time, __s64 *this_month, __s64 *next_month)
{
	__s64 day = divide_floor(time, SECONDS_PER_DAY * NSEC_PER_SEC) + DAYS_TO_1970;
	__s64 era = divide_floor(day, DAYS_PER_ERA);
	int day_of_era = day - era * DAYS_PER_ERA;
	int year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
		    day_of_era / 146096) / 365;
	int day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
	int month = (5 * day_of_year + 2) / 153;
	int next = days_before(month + 1);
	int leap_year = (year + 1) % 4 == 0 &&
			((year + 1) % 100 != 0 || (year + 1) % YEARS_PER_ERA == 0);

	/* The last month, February, ends with the year. */
	if (month == 11)
		next = 365 + leap_year;

	day -= day_of_year + DAYS_TO_1970;
	*this_month = day + days_before(month);
	*next_month = day + next;
}

/**
 * cb_leap_recount() - from one count to another
 * @from: its leap and leap_day say which count a time is in
 * @to: its leap and leap_day say which count it is wanted in
 *
 * Where only one of them has heard of a leap second, both count alike.
 *
 * Return: what has to be added to the time, ns.
 */
__s64 cb_leap_recount(const struct clockbound_model *from, const struct clockbound_model *to)
{
	if (from->leap && !to->leap && to->leap_day >= from->leap_day)
		return -from->leap * NSEC_PER_SEC;
	if (to->leap && !from->leap && from->leap_day >= to->leap_day)
		return to->leap * NSEC_PER_SEC;
	return 0;
}

static void shift_count(struct clockbound_model *model, int seconds)
{
	model->earliest += seconds * NSEC_PER_SEC;
	model->latest += seconds * NSEC_PER_SEC;
	if (model->flags & CLOCKBOUND_MODEL_TAI)
		model->tai_offset -= seconds;
}

/**
 * cb_leap_unpass() - count a model as before a leap second
 * @model: a model in the count after it
 * @leap: 1 if it was inserted, -1 if it was left out
 * @leap_day: the day after it, days since 1970
 *
 * It may start before the leap second all the same: a page or a clock counts as its
 * own best estimate says, and the true time is somewhere around that.
 */
void cb_leap_unpass(struct clockbound_model *model, __s8 leap, __u16 leap_day)
{
	shift_count(model, leap);
	model->leap = leap;
	model->leap_day = leap_day;
}

/**
 * cb_leap_pass() - count a model as past its leap second, if it certainly is
 * @model: the model
 */
void cb_leap_pass(struct clockbound_model *model)
{
	if (!model->leap ||
	    model->earliest < clockbound_leap_at(model->leap, model->leap_day))
		return;
	shift_count(model, -model->leap);
	model->leap = 0;
}

/**
 * cb_leap_ticks() - how long a model certainly stays in front of a time
 * @model: the model
 * @time: the time, in the model's count, ns since 1970
 *
 * Return: ticks after the model's start, rounded down.
 */
__u64 cb_leap_ticks(const struct clockbound_model *model, __s64 time)
{
	if (model->latest >= time - 1)
		return 0;
	return cb_model_ticks(time - 1 - model->latest, model->latest_rate,
			      model->counter_shift);
}

/**
 * cb_leap_limit() - let a model end in front of its leap second
 * @model: the model; has a leap second, and none afterwards
 */
void cb_leap_limit(struct clockbound_model *model)
{
	__u64 ticks = cb_leap_ticks(model, clockbound_leap_at(model->leap, model->leap_day));

	model->valid_ticks = min(model->valid_ticks, ticks);
	model->leap = 0;
	model->leap_day = 0;
}

/**
 * cb_leap_align() - bring two models to the same count
 * @a: a model
 * @b: another one
 *
 * To the one before the leap second, if there is one in question. Two that tell of
 * different leap seconds say nothing about what comes after the first one.
 */
void cb_leap_align(struct clockbound_model *a, struct clockbound_model *b)
{
	if (a->leap && b->leap && (a->leap != b->leap || a->leap_day != b->leap_day)) {
		cb_leap_limit(a);
		cb_leap_limit(b);
	} else if (cb_leap_recount(a, b)) {
		if (a->leap)
			cb_leap_unpass(b, a->leap, a->leap_day);
		else
			cb_leap_unpass(a, b->leap, b->leap_day);
	}
}
