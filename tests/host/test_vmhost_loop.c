// SPDX-License-Identifier: GPL-2.0-only
/*
 * The loop: who is called, when, and what a callback may do to the others; and the
 * listening socket that servers make.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "listener.h"
#include "loop.h"

#define MANY	500

static const struct timespec at_once;
static struct loop loop;

/**
 * struct end - one of the descriptors that a test watches
 * @fd: readable as soon as there is a byte in it
 * @other: writes to it
 * @calls: how often it was called
 * @revents: with what
 * @forgets: what it forgets, -1 for nothing
 */
struct end {
	int fd;
	int other;
	int calls;
	short revents;
	int forgets;
};

static struct end ends[MANY];

static void note(void *context, int fd, short revents)
{
	struct end *end = context;

	assert_int_equal(fd, end->fd);
	end->calls++;
	end->revents = revents;
	if (end->forgets != -1)
		loop_forget(&loop, end->forgets);
}

static void open_end(struct end *end)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	*end = (struct end) { .fd = fds[0], .other = fds[1], .forgets = -1 };
}

static void watch_end(struct end *end)
{
	open_end(end);
	assert_true(loop_watch(&loop, end->fd, POLLIN, note, end));
}

static void fill(const struct end *end)
{
	assert_int_equal(write(end->other, "x", 1), 1);
}

static void close_end(const struct end *end)
{
	close(end->fd);
	close(end->other);
}

static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 4096; fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return count;
}

FIXTURE(setup)
{
	for (int i = 0; i < 3; i++)
		watch_end(&ends[i]);
	return 0;
}

FIXTURE(teardown)
{
	for (int i = 0; i < 3; i++)
		close_end(&ends[i]);
	loop_close(&loop);
	return 0;
}

TEST_F(only_what_is_ready_is_called)
{
	loop_run(&loop, &at_once, NULL);
	fill(&ends[1]);
	loop_run(&loop, &at_once, NULL);
	assert_int_equal(ends[0].calls, 0);
	assert_int_equal(ends[1].calls, 1);
	assert_int_equal(ends[1].revents, POLLIN);
	assert_int_equal(ends[2].calls, 0);
	/* It is still ready. */
	loop_run(&loop, NULL, NULL);
	assert_int_equal(ends[1].calls, 2);
}

TEST_F(events_can_be_changed)
{
	fill(&ends[0]);
	loop_change(&loop, ends[0].fd, POLLOUT);
	loop_run(&loop, NULL, NULL);
	assert_int_equal(ends[0].revents, POLLOUT);
	loop_change(&loop, ends[0].fd, 0);
	loop_run(&loop, &at_once, NULL);
	assert_int_equal(ends[0].calls, 1);
	/* The end of the other side is always told. */
	close(ends[0].other);
	loop_run(&loop, NULL, NULL);
	assert_int_equal(ends[0].calls, 2);
	assert_int_equal(ends[0].revents, POLLHUP);
}

TEST_F(what_is_not_watched_is_no_error)
{
	loop_forget(&loop, 4000);
	loop_change(&loop, 4000, POLLIN);
	fill(&ends[2]);
	loop_run(&loop, NULL, NULL);
	assert_int_equal(ends[2].calls, 1);
}

/* All three are ready; each of them is first to forget another, or itself. */
TEST_F(a_callback_may_forget_any)
{
	static const struct {
		int forgets[3];
		int calls[3];
	} cases[] = {
		{ { 1, -1, -1 }, { 1, 0, 1 } },
		{ { 2, 2, -1 }, { 1, 1, 0 } },
		{ { -1, 0, -1 }, { 1, 1, 1 } },
		{ { 0, 1, 2 }, { 1, 1, 1 } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		teardown(NULL);
		setup(NULL);
		for (int j = 0; j < 3; j++) {
			int forgets = cases[i].forgets[j];

			fill(&ends[j]);
			ends[j].forgets = forgets == -1 ? -1 : ends[forgets].fd;
		}
		loop_run(&loop, NULL, NULL);
		for (int j = 0; j < 3; j++)
			assert_int_equal(ends[j].calls, cases[i].calls[j]);
	}
	/* In the last case each has forgotten itself. */
	loop_run(&loop, &at_once, NULL);
	for (int j = 0; j < 3; j++)
		assert_int_equal(ends[j].calls, 1);
}

static void silence(void *context, int fd, short revents)
{
	(void)fd;
	(void)revents;
	loop_change(&loop, ((struct end *)context)->fd, 0);
}

TEST_F(what_is_not_wanted_any_more_is_not_called)
{
	fill(&ends[0]);
	fill(&ends[1]);
	loop_forget(&loop, ends[0].fd);
	loop_forget(&loop, ends[1].fd);
	assert_true(loop_watch(&loop, ends[0].fd, POLLIN, silence, &ends[1]));
	assert_true(loop_watch(&loop, ends[1].fd, POLLIN, note, &ends[1]));
	loop_run(&loop, NULL, NULL);
	assert_int_equal(ends[1].calls, 0);
}

/* Closes the second end, whose number a new one gets that is not ready. */
static void replace(void *context, int fd, short revents)
{
	int number = ends[1].fd;

	(void)context;
	(void)fd;
	(void)revents;
	loop_forget(&loop, ends[0].fd);
	loop_forget(&loop, number);
	close_end(&ends[1]);
	for (int i = 3; i < MANY; i++) {
		watch_end(&ends[i]);
		if (ends[i].fd == number)
			return;
	}
	fail_msg("the number did not come again");
}

TEST_F(a_number_that_comes_again_is_another)
{
	int last = 3;

	loop_forget(&loop, ends[0].fd);
	loop_forget(&loop, ends[1].fd);
	assert_true(loop_watch(&loop, ends[0].fd, POLLIN, replace, NULL));
	assert_true(loop_watch(&loop, ends[1].fd, POLLIN, note, &ends[1]));
	fill(&ends[0]);
	fill(&ends[1]);
	loop_run(&loop, NULL, NULL);
	while (ends[last].fd != ends[1].fd)
		last++;
	assert_int_equal(ends[last].calls, 0);
	assert_int_equal(ends[1].calls, 0);
	fill(&ends[last]);
	loop_run(&loop, NULL, NULL);
	assert_int_equal(ends[last].calls, 1);

	for (int i = 3; i < last; i++)
		close_end(&ends[i]);
	ends[1] = ends[last];
}

/* From a callback, so that memory moves while others are still to be called. */
static void add_many(void *context, int fd, short revents)
{
	(void)context;
	(void)revents;
	loop_forget(&loop, fd);
	for (int i = 3; i < MANY; i++) {
		watch_end(&ends[i]);
		fill(&ends[i]);
	}
}

TEST_F(there_is_room_for_many)
{
	loop_forget(&loop, ends[0].fd);
	loop_forget(&loop, ends[1].fd);
	assert_true(loop_watch(&loop, ends[0].fd, POLLIN, add_many, NULL));
	assert_true(loop_watch(&loop, ends[1].fd, POLLIN, note, &ends[1]));
	fill(&ends[0]);
	fill(&ends[1]);
	loop_run(&loop, NULL, NULL);
	assert_int_equal(ends[1].calls, 1);
	loop_forget(&loop, ends[1].fd);
	loop_run(&loop, NULL, NULL);
	for (int i = 3; i < MANY; i++) {
		assert_int_equal(ends[i].calls, 1);
		close_end(&ends[i]);
	}
}

static void on_signal(int number)
{
	(void)number;
}

TEST_F(a_signal_ends_the_wait)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked, none;

	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	/* Without the signal this would be for ever. */
	loop_run(&loop, NULL, &none);
	assert_int_equal(ends[0].calls, 0);
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
}

static char path[64];

FIXTURE(make_name)
{
	strcpy(path, "/tmp/vmhost-loop-XXXXXX");
	return mkdtemp(path) ? strcat(path, "/socket"), 0 : -1;
}

FIXTURE(remove_name)
{
	unlink(path);
	*strrchr(path, '/') = '\0';
	return rmdir(path);
}

static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };

static int connect_to(int type)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;

	assert_true(address_fill(&address, path));
	if (!connect(fd, (void *)&address, sizeof(address)))
		return fd;
	close(fd);
	return -1;
}

TEST_WITH(a_listener_of_each_type, make_name, remove_name)
{
	int before = open_descriptors();
	struct listener listener, second;
	struct stat there;
	mode_t mask;
	int fd;

	for (size_t i = 0; i < COUNT(types); i++) {
		mask = umask(0);
		assert_true(listener_open(&listener, path, types[i]));
		assert_int_equal(umask(mask), 0);
		assert_int_equal(lstat(path, &there), 0);
		assert_int_equal(there.st_mode, S_IFSOCK | 0600);
		assert_int_equal(fcntl(listener.fd, F_GETFD), FD_CLOEXEC);
		for (size_t j = 0; j < COUNT(types); j++)
			assert_false(listener_open(&second, path, types[j]));
		fd = connect_to(types[i]);
		assert_true(fd >= 0);
		close(fd);
		listener_close(&listener);
		assert_int_equal(lstat(path, &there), -1);
		assert_int_equal(open_descriptors(), before);
	}
}

TEST_WITH(a_dead_socket_of_any_type_makes_way, make_name, remove_name)
{
	struct listener listener;

	for (size_t i = 0; i < COUNT(types); i++) {
		for (size_t j = 0; j < COUNT(types); j++) {
			assert_true(listener_open(&listener, path, types[i]));
			close(listener.fd);
			close(listener.spare);
			assert_true(listener_open(&listener, path, types[j]));
			listener_close(&listener);
		}
	}
}

/* Whoever comes when there are no descriptors left is turned away, and not for ever. */
TEST_WITH(without_descriptors_clients_are_turned_away, make_name, remove_name)
{
	struct rlimit limit, none_left;
	struct listener listener;
	struct pollfd waiting;
	int client, fd;
	char byte;

	assert_true(listener_open(&listener, path, SOCK_SEQPACKET));
	client = connect_to(SOCK_SEQPACKET);
	assert_true(client >= 0);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none_left = limit;
	none_left.rlim_cur = client + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none_left), 0);
	fd = listener_accept(&listener);
	waiting = (struct pollfd) { listener.fd, POLLIN, 0 };
	assert_int_equal(poll(&waiting, 1, 0), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(fd, -1);
	assert_int_equal(recv(client, &byte, 1, 0), 0);
	close(client);

	client = connect_to(SOCK_SEQPACKET);
	fd = listener_accept(&listener);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_int_equal(listener_accept(&listener), -1);
	close(fd);
	close(client);
	listener_close(&listener);
}

TEST_MAIN(NULL, NULL)
