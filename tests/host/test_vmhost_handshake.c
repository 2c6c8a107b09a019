// SPDX-License-Identifier: GPL-2.0-only
/*
 * The handshake: the interval contains the offset, and everything that can go
 * wrong ends, and says what it was. The guest is a forked process whose counter
 * is the host's plus a number.
 */
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counter.h"
#include "guest_handshake.h"
#include "handshake.h"
#include "random.h"
#include "watched.h"

#define LONG_MS		60000
#define SHORT_MS	100

static struct region region;
static struct region_slice shared;
static struct handshake handshake;

FIXTURE(setup)
{
	struct region_error error;

	/* Shared, for the guest is another process */
	if (!region_build(&region, -1, 0, sizeof(struct vmhost_shared),
			  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, &error))
		return -1;
	shared = region.memory;
	return 0;
}

FIXTURE(teardown)
{
	region_release(&region);
	return 0;
}

typedef void (*guest_function)(__u64 argument);

static pid_t start_guest(guest_function guest, __u64 argument)
{
	pid_t pid = fork();

	if (!pid) {
		guest(argument);
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

static int guest_exit_code(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static enum handshake_state run_host(__u32 timeout_ms)
{
	enum handshake_state state;

	handshake_start(&handshake, shared, 0, timeout_ms);
	do {
		state = handshake_step(&handshake, 1000);
	} while (state == HANDSHAKE_WAITING || state == HANDSHAKE_RUNNING);
	return state;
}

static void good_guest(__u64 skew)
{
	_exit(guest_handshake(shared, skew, LONG_MS) ? 1 : 0);
}

static struct offset measure(__u64 skew)
{
	pid_t guest = start_guest(good_guest, skew);

	assert_int_equal(run_host(LONG_MS), HANDSHAKE_DONE);
	assert_int_equal(guest_exit_code(guest), 0);
	return handshake.measurement.offset;
}

TEST_F(a_guest_is_measured)
{
	static const __s64 skews[] = { 0, 123456789, -5000000000000, 1LL << 60 };

	for (size_t i = 0; i < COUNT(skews); i++) {
		struct offset offset = measure(skews[i]);

		assert_true(offset.min <= skews[i] && offset.max >= skews[i]);
		assert_in_range(offset.rounds, HANDSHAKE_ENOUGH_ROUNDS, HANDSHAKE_ROUNDS);
	}
}

/* The same session, then again */
TEST_F(a_guest_can_be_measured_again)
{
	struct offset first = measure(1000000), second = measure(1000000);

	assert_true(offset_intersect(&first, &second));
	assert_true(first.rounds > second.rounds);
	second = measure(900000000);
	assert_false(offset_intersect(&first, &second));
}

/* Plays a guest by the letter; @counter makes its counter from the host's. */
static void play(__u32 rounds, __u64 (*counter)(__u64 value, bool answered))
{
	while (watched_observe(shared, host_state) != VMHOST_HOST_READY)
		usleep(100);
	watched_publish(shared, guest_session, watched_get(shared, session));
	for (__u32 round = 1; round <= rounds; round++) {
		__u64 t1 = counter(counter_read(), false);

		watched_publish(shared, guest_round, round);
		while (watched_observe(shared, host_round) != round)
			if (watched_observe(shared, host_state) !=
			    VMHOST_HOST_READY)
				return;
		watched_set(shared, t2, counter(counter_read(), true));
		watched_set(shared, t1, t1);
	}
}

static __u64 fast(__u64 value, __attribute__((unused)) bool answered)
{
	return value + value / 4;
}

#define MOVE	(1LL << 40)

/* After some rounds it is another one. */
static __u64 moving(__u64 value, __attribute__((unused)) bool answered)
{
	static int reads;

	return reads++ < 61 ? value : value + MOVE;
}

static __u64 backward(__u64 value, bool answered)
{
	return answered ? value - (1LL << 40) : value;
}

static __u64 same(__u64 value, __attribute__((unused)) bool answered)
{
	return value;
}

enum { FAST, MOVING, BACKWARD, DYING };

static void playing_guest(__u64 which)
{
	static __u64 (*const counters[])(__u64 value, bool answered) = {
		[FAST] = fast, [MOVING] = moving, [BACKWARD] = backward, [DYING] = same,
	};

	play(which == DYING ? 10 : HANDSHAKE_ROUNDS + 1, counters[which]);
}

static void rude_guest(__attribute__((unused)) __u64 argument)
{
	while (watched_observe(shared, host_state) != VMHOST_HOST_READY)
		usleep(100);
	watched_publish(shared, guest_round, 5);
	watched_publish(shared, guest_session, watched_get(shared, session));
}

static void assert_fails(guest_function guest, __u64 argument, const char *reason)
{
	pid_t pid = start_guest(guest, argument);

	assert_int_equal(run_host(LONG_MS), HANDSHAKE_FAILED);
	guest_exit_code(pid);
	assert_non_null(strstr(handshake.error, reason));
	assert_int_equal(watched_get(shared, host_state), VMHOST_HOST_FAILED);
}

TEST_F(bad_guests_are_told)
{
	assert_fails(playing_guest, FAST, "no offset fits");
	assert_fails(playing_guest, BACKWARD, "backwards");
	assert_fails(rude_guest, 0, "out of turn");
}

TEST_F(a_counter_that_moves_is_measured_anew)
{
	__u64 begin = counter_read();
	pid_t pid = start_guest(playing_guest, MOVING);
	const struct measurement *measured = &handshake.measurement;

	assert_int_equal(run_host(LONG_MS), HANDSHAKE_DONE);
	guest_exit_code(pid);
	assert_int_equal(handshake.restarts, 1);
	assert_true(measured->offset.min <= MOVE && measured->offset.max >= MOVE);
	assert_true(measured->offset.rounds < HANDSHAKE_ROUNDS);
	/* It begins where the counter is now. */
	assert_true(measured->first > begin + MOVE && measured->last > measured->first);
}

TEST_F(narrow_is_enough)
{
	pid_t guest = start_guest(good_guest, 5);

	handshake_start(&handshake, shared, 1LL << 40, LONG_MS);
	while (handshake_step(&handshake, 1000) != HANDSHAKE_DONE)
		assert_int_not_equal(handshake.state, HANDSHAKE_FAILED);
	guest_exit_code(guest);
	assert_int_equal(handshake.measurement.offset.rounds, HANDSHAKE_ROUNDS_MIN);
	assert_true(handshake.measurement.offset.min <= 5 &&
		    handshake.measurement.offset.max >= 5);
}

TEST_F(a_guest_that_dies_is_told)
{
	pid_t guest = start_guest(playing_guest, DYING);

	handshake_start(&handshake, shared, 0, LONG_MS);
	while (handshake.round < 10)
		handshake_step(&handshake, 1000);
	guest_exit_code(guest);
	assert_int_equal(handshake_step(&handshake, 1000), HANDSHAKE_RUNNING);
	handshake.deadline = 0;
	assert_int_equal(handshake_step(&handshake, 1000), HANDSHAKE_FAILED);
	assert_non_null(strstr(handshake.error, "stopped in the middle"));
}

TEST_F(without_a_guest_it_ends)
{
	assert_int_equal(run_host(SHORT_MS), HANDSHAKE_FAILED);
	assert_non_null(strstr(handshake.error, "no guest answered"));
}

TEST_F(without_a_host_it_ends)
{
	const char *error = guest_handshake(shared, 0, SHORT_MS);

	assert_non_null(error);
	assert_non_null(strstr(error, "offers no handshake"));

	/* One that offers and then does nothing */
	handshake_start(&handshake, shared, 0, LONG_MS);
	error = guest_handshake(shared, 0, SHORT_MS);
	assert_non_null(error);
	assert_non_null(strstr(error, "stopped answering"));
}

static void abandoned_guest(__attribute__((unused)) __u64 argument)
{
	const char *error = guest_handshake(shared, 0, LONG_MS);

	_exit(error && strstr(error, "gave the handshake up") ? 0 : 1);
}

TEST_F(a_guest_hears_that_the_host_gave_up)
{
	pid_t guest = start_guest(abandoned_guest, 0);

	handshake_start(&handshake, shared, 0, LONG_MS);
	while (handshake_step(&handshake, 10) == HANDSHAKE_WAITING)
		continue;
	handshake_abort(&handshake, "for a test");
	assert_int_equal(guest_exit_code(guest), 0);
}

/* Asks for @round, and says what came of the one before. */
static void ask(__u32 round, __u64 t1, __u64 t2)
{
	watched_set(shared, t1, t1);
	watched_set(shared, t2, t2);
	watched_publish(shared, guest_round, round);
	while (watched_get(shared, host_round) != round &&
	       handshake_step(&handshake, 1) == HANDSHAKE_RUNNING)
		;
}

static void begin_to_ask(void)
{
	handshake_start(&handshake, shared, 0, LONG_MS);
	watched_publish(shared, guest_session, watched_get(shared, session));
	handshake_step(&handshake, 0);
}

/* Neither the round that was under way counts nor one that the guest has begun. */
TEST_F(a_counter_that_is_lost_meanwhile)
{
	const __s64 before = 1000000, after = -1000000;

	begin_to_ask();
	for (__u32 round = 1; round <= 20; round++) {
		__u64 host = watched_get(shared, host_counter);
		__s64 t1_offset = round - 1 <= 11 ? before : after;
		__s64 t2_offset = round - 1 <= 9 ? before : after;

		if (round == 11)
			handshake_lost(&handshake);
		ask(round, host + t1_offset - 100, host + t2_offset + 100);
		assert_int_equal(handshake.state, HANDSHAKE_RUNNING);
	}
	assert_int_equal(handshake.restarts, 0);
	assert_int_equal(handshake.measurement.offset.rounds, 8);
	assert_int_equal(handshake.measurement.offset.min, after - 100);
	assert_int_equal(handshake.measurement.offset.max, after + 100);
}

TEST_F(a_counter_that_is_lost_at_the_end)
{
	begin_to_ask();
	for (__u32 round = 1; round <= HANDSHAKE_ROUNDS + 1; round++) {
		__u64 host = watched_get(shared, host_counter);

		/* Again and again, so that it is never enough before the last round. */
		if (round % (HANDSHAKE_ENOUGH_ROUNDS / 2) == 1)
			handshake_lost(&handshake);
		ask(round, host - 100, host + 100);
	}
	assert_int_equal(handshake.state, HANDSHAKE_FAILED);
	assert_non_null(strstr(handshake.error, "stood still"));
}

TEST(rounds_narrow_the_offset)
{
	for (int i = 0; i < 1000; i++) {
		__s64 skew = random_next();	/* also around the wrap */
		struct offset offset = { .rounds = 0 };

		if (skew > (1LL << 62) || skew < -(1LL << 62))
			continue;
		for (int j = 0; j < 100; j++) {
			__u64 host = random_next();
			__u64 t1 = host + skew - random_below(5000);
			__u64 t2 = host + skew + random_below(5000);
			struct offset before = offset;

			assert_true(offset_add(&offset, t1, host, t2));
			assert_true(offset.min <= skew && offset.max >= skew);
			assert_true(!j || (offset.min >= before.min &&
					   offset.max <= before.max));
		}
		assert_int_equal(offset.rounds, 100);
	}
}

TEST(a_contradiction_changes_nothing)
{
	struct offset offset = { .rounds = 0 }, before;

	assert_true(offset_add(&offset, 100, 0, 200));
	before = offset;
	assert_false(offset_add(&offset, 201, 0, 300));
	assert_false(offset_add(&offset, 0, 0, 99));
	assert_memory_equal(&offset, &before, sizeof(offset));
	assert_true(offset_add(&offset, 200, 0, 300));
	assert_int_equal(offset.min, 200);
	assert_int_equal(offset.max, 200);
}

TEST_MAIN(NULL, NULL)
