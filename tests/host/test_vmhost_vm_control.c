// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VM control protocol's server with a machine that is played here: several clients,
 * old clients with datagrams, late answers, and clients that do what they should not. And
 * vmhost ctl, which is such a client.
 */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "random.h"
#include "vm_control.h"

#define MANY		100000
#define PATIENCE	1000	/* runs of the loop */

/* Relative to a directory of its own, in which all is done. */
#define SOCKET		"control"
#define DATAGRAMS	"datagrams"

static const struct timespec at_once;
static char directory[64];
static struct loop loop;
static struct vm_control control;

/**
 * struct machine - who executes
 * @late: it answers when the test says so; otherwise at once
 * @tickets: of all requests, in their order
 * @count: how many there were; only the first are kept
 * @request: the last one
 * @length: of the file that came with it, or -1
 */
static struct machine {
	bool late;
	__u64 tickets[VM_CONTROL_CLIENTS + 16];
	size_t count;
	struct vm_request request;
	off_t length;
} machine;

static const struct vm_response done = { .type = VM_OK };

static int open_descriptors(void)
{
	DIR *list = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(list);
	while (readdir(list))
		count++;
	closedir(list);
	return count;
}

/* A machine with 55 pages, whose only slot is the size of the file */
static void play(void *context, __u64 ticket, const struct vm_request *request, int fd)
{
	struct machine *machine = context;
	struct vm_response response = done;
	struct stat stat = { .st_size = -1 };

	assert_int_equal(fd != -1, request->type == VM_REGISTER_MEMORY);
	if (fd != -1) {
		assert_int_equal(fstat(fd, &stat), 0);
		close(fd);
		response = (struct vm_response) {
			.type = VM_REGISTERED, .pfn = 55, .slot = stat.st_size,
		};
	}
	if (machine->count < COUNT(machine->tickets))
		machine->tickets[machine->count] = ticket;
	machine->count++;
	machine->request = *request;
	machine->length = stat.st_size;
	if (request->type == VM_UNREGISTER_MEMORY && request->slot == 404)
		response = (struct vm_response) { .type = VM_ERR, .error = -ENOENT };
	if (!machine->late)
		vm_control_answer(&control, ticket, &response);
}

static void answer(size_t number)
{
	vm_control_answer(&control, machine.tickets[number], &done);
}

FIXTURE(setup)
{
	strcpy(directory, "/tmp/vmhost-vm-XXXXXX");
	if (!mkdtemp(directory) || chdir(directory))
		return -1;
	machine = (struct machine) { 0 };
	return vm_control_open(&control, SOCKET, DATAGRAMS, &loop, play, &machine) ? 0 : -1;
}

FIXTURE(teardown)
{
	vm_control_close(&control);
	loop_close(&loop);
	/* Both sockets are gone, so nothing is in it. */
	return rmdir(directory);
}

static int client_of(int type, const char *path)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;

	assert_true(fd >= 0);
	assert_true(address_fill(&address, path));
	assert_int_equal(connect(fd, (void *)&address, sizeof(address)), 0);
	return fd;
}

static int new_client(void)
{
	return client_of(SOCK_SEQPACKET, SOCKET);
}

/* One that datagrams can be sent back to */
static int old_client(void)
{
	const sa_family_t any = AF_UNIX;
	int fd = client_of(SOCK_DGRAM, DATAGRAMS);

	assert_int_equal(bind(fd, (void *)&any, sizeof(any)), 0);
	return fd;
}

static int (*const kinds_of_clients[])(void) = { new_client, old_client };

static void run(int times)
{
	while (times--)
		loop_run(&loop, &at_once, NULL);
}

static bool is_ready(int fd)
{
	struct pollfd ready = { fd, POLLIN, 0 };

	return poll(&ready, 1, 0) == 1;
}

static struct vm_response response_to(int fd)
{
	struct vm_response response;

	for (int i = 0; i < PATIENCE && !is_ready(fd); i++)
		run(1);
	assert_int_equal(vm_receive_response(fd, &response).kind, VM_NO_ERROR);
	return response;
}

static void assert_ok(int fd)
{
	assert_int_equal(response_to(fd).type, VM_OK);
}

static void assert_err(int fd, int error)
{
	struct vm_response response = response_to(fd);

	assert_int_equal(response.type, VM_ERR);
	assert_int_equal(response.error, -error);
}

static void assert_silent(int fd)
{
	run(10);
	assert_false(is_ready(fd));
}

static void assert_closed(int fd)
{
	struct vm_response response;
	struct vm_error error;

	run(10);
	assert_true(is_ready(fd));
	error = vm_receive_response(fd, &response);
	/* What it had sent was perhaps not read any more. */
	if (error.kind == VM_RECV)
		assert_int_equal(error.number, ECONNRESET);
	else
		assert_int_equal(error.kind, VM_BAD_SIZE);
}

static void send_exit(int fd)
{
	const struct vm_request request = { .type = VM_EXIT };

	assert_int_equal(vm_send_request(fd, &request, -1).kind, VM_NO_ERROR);
}

static void send_pages(int fd, int pages)
{
	const struct vm_request request = { .type = VM_BALLOON_ADJUST, .num_pages = pages };

	assert_int_equal(vm_send_request(fd, &request, -1).kind, VM_NO_ERROR);
}

/* Sends @size bytes and @count times standard input. */
static bool try_raw(int fd, const void *bytes, size_t size, int count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(16 * sizeof(int))];
	} extra = { .header = {
		.cmsg_len = CMSG_LEN(count * sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	} };
	struct iovec iov = { (void *)bytes, size };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &extra,
		.msg_controllen = count ? CMSG_SPACE(count * sizeof(int)) : 0,
	};

	memset(CMSG_DATA(&extra.header), 0, count * sizeof(int));
	return sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)size;
}

static void send_raw(int fd, const void *bytes, size_t size, int count)
{
	assert_true(try_raw(fd, bytes, size, count));
}

/* The rest is zero. */
static void send_type(int fd, __u8 type, int count)
{
	const __u8 bytes[VM_MESSAGE] = { type };

	send_raw(fd, bytes, sizeof(bytes), count);
}

TEST_F(sockets_are_their_owners_only)
{
	struct stat stat;

	assert_int_equal(lstat(SOCKET, &stat), 0);
	assert_int_equal(stat.st_mode, S_IFSOCK | 0600);
	assert_int_equal(lstat(DATAGRAMS, &stat), 0);
	assert_int_equal(stat.st_mode, S_IFSOCK | 0600);
}

TEST_F(each_request_has_its_answer)
{
	for (size_t i = 0; i < COUNT(kinds_of_clients); i++) {
		int client = kinds_of_clients[i]();
		int file = memfd_create("memory", 0);
		struct vm_response response;
		struct vm_request request;

		assert_int_equal(ftruncate(file, 66), 0);
		request = (struct vm_request) { .type = VM_REGISTER_MEMORY, .size = 1ULL << 40 };
		assert_int_equal(vm_send_request(client, &request, file).kind, VM_NO_ERROR);
		response = response_to(client);
		assert_int_equal(response.type, VM_REGISTERED);
		assert_int_equal(response.pfn, 55);
		assert_int_equal(response.slot, 66);
		assert_int_equal(machine.request.size, 1ULL << 40);
		assert_int_equal(machine.length, 66);

		request = (struct vm_request) { .type = VM_UNREGISTER_MEMORY, .slot = 66 };
		assert_int_equal(vm_send_request(client, &request, -1).kind, VM_NO_ERROR);
		assert_ok(client);
		assert_int_equal(machine.request.slot, 66);
		request.slot = 404;
		assert_int_equal(vm_send_request(client, &request, -1).kind, VM_NO_ERROR);
		assert_err(client, ENOENT);

		send_pages(client, -1000);
		assert_ok(client);
		assert_int_equal(machine.request.num_pages, -1000);
		send_exit(client);
		assert_ok(client);
		assert_int_equal(machine.request.type, VM_EXIT);
		assert_silent(client);
		close(client);
		close(file);
	}
	assert_int_equal(machine.count, 10);
}

/* Whatever is no request gets an Err, nobody executes it, and the client goes on. */
TEST_F(what_is_no_request_is_refused)
{
	__u8 bytes[4096] = { 2 };

	for (size_t i = 0; i < COUNT(kinds_of_clients); i++) {
		int client = kinds_of_clients[i]();

		send_raw(client, bytes, VM_MESSAGE, 0);		/* ExpectFd */
		assert_err(client, EBADF);
		send_raw(client, bytes, 7, 0);			/* BadSize(7) */
		assert_err(client, EBADMSG);
		send_raw(client, bytes, 25, 3);
		assert_err(client, EBADMSG);
		send_raw(client, bytes, sizeof(bytes), 0);
		assert_err(client, EBADMSG);
		for (__u8 type = 5; type; type++) {
			/* InvalidType; 5 and 6 are RegisterIoevent and RegisterIrqfd here */
			send_type(client, type, 1);
			assert_err(client, EOPNOTSUPP);
		}
		memset(bytes, 0x0c, sizeof(bytes));
		send_raw(client, bytes, VM_MESSAGE, 0);
		assert_err(client, EOPNOTSUPP);
		assert_int_equal(machine.count, i);
		send_exit(client);
		assert_ok(client);
		assert_silent(client);
		close(client);
		bytes[0] = 2;
		memset(bytes + 1, 0, sizeof(bytes) - 1);
	}
}

/* Nobody can tell it from the end, BadSize(0). A datagram of nothing is no end. */
TEST_F(an_empty_message_ends_a_connection)
{
	int before = open_descriptors();
	int client = new_client();

	send_raw(client, "", 0, 2);
	assert_closed(client);
	close(client);
	run(1);
	assert_int_equal(open_descriptors(), before);

	client = old_client();
	send_raw(client, "", 0, 0);
	assert_err(client, EBADMSG);
	send_exit(client);
	assert_ok(client);
	close(client);
}

/* A client's next request is looked at after the answer; other clients do not wait. */
TEST_F(one_request_at_a_time)
{
	int client = new_client();
	int other = new_client();

	machine.late = true;
	for (int i = 0; i < 3; i++)
		send_pages(client, i);
	for (int i = 0; i < 3; i++) {
		run(10);
		assert_int_equal(machine.count, 2 * i + 1);
		assert_int_equal(machine.request.num_pages, i);
		send_pages(other, 100 + i);
		run(10);
		assert_int_equal(machine.count, 2 * i + 2);
		assert_int_equal(machine.request.num_pages, 100 + i);
		answer(2 * i + 1);
		assert_ok(other);
		assert_false(is_ready(client));
		answer(2 * i);
		assert_ok(client);
	}
	assert_silent(client);
	close(client);
	close(other);
}

TEST_F(datagrams_are_executed_one_after_the_other)
{
	int client = old_client();
	int other = old_client();
	int connected = new_client();

	machine.late = true;
	send_pages(client, 1);
	send_pages(other, 2);
	send_pages(client, 3);
	run(10);
	assert_int_equal(machine.count, 1);
	/* Who has a connection does not wait for them. */
	send_pages(connected, 4);
	run(10);
	assert_int_equal(machine.count, 2);
	assert_int_equal(machine.request.num_pages, 4);
	answer(1);
	assert_ok(connected);

	answer(0);
	assert_ok(client);
	run(10);
	assert_int_equal(machine.count, 3);
	assert_int_equal(machine.request.num_pages, 2);
	answer(2);
	assert_ok(other);
	run(10);
	assert_int_equal(machine.request.num_pages, 3);
	assert_silent(client);
	answer(3);
	assert_ok(client);
	close(client);
	close(other);
	close(connected);
}

/* The program of 2017 that stops a machine: no address, no wait for an answer */
TEST_F(a_sender_without_an_address_is_heard)
{
	int nameless = client_of(SOCK_DGRAM, DATAGRAMS);
	int client = old_client();

	send_raw(nameless, "garbage", 7, 1);
	send_exit(nameless);
	close(nameless);
	send_pages(client, 1);
	assert_ok(client);
	assert_int_equal(machine.count, 2);
	assert_silent(client);
	close(client);
}

/* Answers to who has left go nowhere: not to the next one either. */
TEST_F(clients_may_vanish)
{
	int before = open_descriptors();

	machine.late = true;
	for (size_t i = 0; i < COUNT(kinds_of_clients); i++) {
		int client = kinds_of_clients[i]();
		size_t first = machine.count;

		/* It is gone before anybody has looked. */
		send_pages(client, 5);
		close(client);
		run(10);
		assert_int_equal(machine.count, first + 1);
		assert_int_equal(machine.request.num_pages, 5);
		answer(first);

		/* It goes while its request is under way. */
		client = kinds_of_clients[i]();
		send_pages(client, 6);
		run(10);
		close(client);
		run(10);
		assert_int_equal(machine.count, first + 2);

		client = kinds_of_clients[i]();
		send_pages(client, 7);
		run(10);
		answer(first + 1);
		assert_silent(client);
		assert_int_equal(machine.count, first + 3);
		answer(first + 2);
		assert_ok(client);
		/* A second answer to the same ticket */
		answer(first + 2);
		assert_silent(client);
		close(client);
		run(10);
		assert_int_equal(open_descriptors(), before);
	}
}

/* It says that it will not send any more, and still gets its answer, and no other. */
TEST_F(half_a_connection_is_enough)
{
	struct vm_response response;
	int client = new_client();

	machine.late = true;
	send_exit(client);
	shutdown(client, SHUT_WR);
	run(10);
	answer(0);
	assert_ok(client);
	run(10);
	assert_int_equal(vm_receive_response(client, &response).kind, VM_BAD_SIZE);
	close(client);
}

/* Sends as much as the socket takes, and never reads. */
static int flood(int client, const __u8 *bytes)
{
	int sent = 0;

	while (try_raw(client, bytes, VM_MESSAGE, 0))
		sent++;
	return sent;
}

TEST_F(who_floods_and_never_reads_harms_nobody)
{
	static const __u8 messages[][VM_MESSAGE] = { { 4 }, { 99 } };
	int before = open_descriptors();

	for (size_t i = 0; i < COUNT(kinds_of_clients); i++) {
		for (size_t j = 0; j < COUNT(messages); j++) {
			int flooder = kinds_of_clients[i]();
			int client = new_client();
			int sent = 0;

			for (int round = 0; round < PATIENCE; round++) {
				sent += flood(flooder, messages[j]);
				send_pages(client, round);
				/* It waits for as many runs as if it were alone. */
				run(3);
				assert_true(is_ready(client));
				assert_ok(client);
			}
			assert_true(sent > 100);
			/* A connection has been closed, datagrams are lost. */
			if (kinds_of_clients[i] == new_client)
				assert_false(try_raw(flooder, messages[j], VM_MESSAGE, 0));
			close(flooder);
			close(client);
			run(PATIENCE);
			assert_int_equal(open_descriptors(), before);
		}
	}
}

TEST_F(when_all_places_are_taken_the_silent_one_goes)
{
	int clients[VM_CONTROL_CLIENTS];
	int new;

	machine.late = true;
	for (int i = 0; i < VM_CONTROL_CLIENTS; i++) {
		clients[i] = new_client();
		run(1);
	}
	/* The first waits for an answer, and the second has had one. */
	send_pages(clients[0], 1);
	run(2);
	send_pages(clients[1], 2);
	run(2);
	answer(1);
	assert_ok(clients[1]);

	new = new_client();
	run(2);
	assert_closed(clients[2]);
	assert_false(is_ready(clients[0]));
	assert_false(is_ready(clients[1]));
	assert_false(is_ready(clients[3]));
	answer(0);
	assert_ok(clients[0]);
	close(new);
	for (int i = 0; i < VM_CONTROL_CLIENTS; i++)
		close(clients[i]);
}

/* Before it has been heard for the first time, the next one is there. */
TEST_F(the_newest_is_not_the_silent_one)
{
	int clients[VM_CONTROL_CLIENTS + 2];

	for (int i = 0; i <= VM_CONTROL_CLIENTS; i++) {
		clients[i] = new_client();
		run(1);
	}
	send_pages(clients[VM_CONTROL_CLIENTS], 3);
	clients[VM_CONTROL_CLIENTS + 1] = new_client();
	assert_ok(clients[VM_CONTROL_CLIENTS]);
	assert_closed(clients[0]);
	assert_closed(clients[1]);
	for (int i = 0; i <= VM_CONTROL_CLIENTS + 1; i++)
		close(clients[i]);
}

TEST_F(when_all_wait_the_new_one_goes)
{
	int clients[VM_CONTROL_CLIENTS];
	int old = old_client();
	int new;

	machine.late = true;
	send_pages(old, 1);
	for (int i = 0; i < VM_CONTROL_CLIENTS; i++) {
		clients[i] = new_client();
		send_pages(clients[i], 1);
		run(2);
	}
	assert_int_equal(machine.count, VM_CONTROL_CLIENTS + 1);
	new = new_client();
	assert_closed(new);
	close(new);
	for (int i = 0; i <= VM_CONTROL_CLIENTS; i++)
		answer(i);
	for (int i = 0; i < VM_CONTROL_CLIENTS; i++) {
		assert_ok(clients[i]);
		close(clients[i]);
	}
	assert_ok(old);
	close(old);
}

/* Thousands of connections that ask nothing; one that asks is heard all the while. */
TEST_F(a_flood_of_connections)
{
	int before = open_descriptors();
	int crowd[256];
	int client;

	for (size_t i = 0; i < COUNT(crowd); i++)
		crowd[i] = new_client();
	for (int round = 0; round < 4000; round++) {
		size_t i = round % COUNT(crowd);

		close(crowd[i]);
		crowd[i] = new_client();
		run(1);
		if (round % 50)
			continue;
		client = new_client();
		send_pages(client, round);
		assert_ok(client);
		assert_int_equal(machine.request.num_pages, round);
		close(client);
	}
	for (size_t i = 0; i < COUNT(crowd); i++)
		close(crowd[i]);
	run(PATIENCE);
	assert_int_equal(open_descriptors(), before);
}

TEST_F(without_descriptors_it_neither_spins_nor_stops)
{
	int client = new_client();
	struct rlimit limit, none_left;
	int late;

	send_pages(client, 1);
	assert_ok(client);
	late = new_client();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none_left = limit;
	none_left.rlim_cur = late + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none_left), 0);
	run(1);
	/* Nothing is ready any more. */
	assert_false(is_ready(control.listener.fd));
	assert_true(is_ready(late));
	send_type(client, VM_REGISTER_MEMORY, 3);
	assert_err(client, EBADF);
	send_exit(client);
	assert_ok(client);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	close(late);
	late = new_client();
	send_pages(late, 2);
	assert_ok(late);
	close(late);
	close(client);
}

TEST_F(the_end_answers_who_waits)
{
	int clients[] = { new_client(), old_client(), new_client() };

	machine.late = true;
	send_pages(clients[0], 1);
	send_pages(clients[1], 2);
	run(10);
	assert_int_equal(machine.count, 2);
	vm_control_close(&control);
	assert_err(clients[0], ECANCELED);
	assert_err(clients[1], ECANCELED);
	assert_closed(clients[2]);
	for (size_t i = 0; i < COUNT(clients); i++)
		close(clients[i]);
	assert_true(vm_control_open(&control, SOCKET, NULL, &loop, play, &machine));
	assert_int_equal(access(DATAGRAMS, F_OK), -1);
	clients[0] = new_client();
	machine.late = false;
	send_exit(clients[0]);
	assert_ok(clients[0]);
	close(clients[0]);
}

TEST_F(what_cannot_be_opened_leaves_nothing)
{
	int before = open_descriptors();
	struct loop other_loop = { 0 };
	struct vm_control other;

	assert_false(vm_control_open(&other, SOCKET, "other", &other_loop, play, NULL));
	assert_int_equal(access("other", F_OK), -1);
	assert_false(vm_control_open(&other, "other", DATAGRAMS, &other_loop, play, NULL));
	assert_int_equal(access("other", F_OK), -1);
	assert_false(vm_control_open(&other, "other", "/nonexistent/x", &other_loop, play, NULL));
	assert_int_equal(access("other", F_OK), -1);
	loop_close(&other_loop);
	assert_int_equal(open_descriptors(), before);
}

/* Requests of all kinds with up to 16 descriptors each, as fast as they go */
TEST_F(no_descriptor_is_lost)
{
	int clients[] = { new_client(), new_client(), new_client(), old_client() };
	int before, registered = 0;

	run(10);
	before = open_descriptors();
	for (int i = 0; i < MANY; i++) {
		__u8 bytes[VM_MESSAGE] = { 1 + i % 5 };
		int client = clients[random_below(COUNT(clients))];
		int count = 2 + random_below(15);
		struct vm_response response;

		send_raw(client, bytes, random_below(20) ? VM_MESSAGE : 23, count);
		response = response_to(client);
		registered += response.type == VM_REGISTERED;
	}
	assert_int_equal(open_descriptors(), before);
	assert_true(registered > MANY / 6);
	for (size_t i = 0; i < COUNT(clients); i++)
		close(clients[i]);
}

/* The same with clients that come and go, do not wait, do not read, and send anything */
TEST_F(garbage_harms_nobody)
{
	int before = open_descriptors();
	int client = new_client();
	int wild[4];

	machine.late = true;
	for (size_t i = 0; i < COUNT(wild); i++)
		wild[i] = kinds_of_clients[i % 2]();
	for (int i = 0; i < MANY; i++) {
		size_t which = random_below(COUNT(wild));
		__u8 bytes[64] = { random_below(7) };

		for (int flips = random_below(3); flips; flips--)
			bytes[random_below(sizeof(bytes))] ^= 1 << random_below(8);
		try_raw(wild[which], bytes,
			random_below(4) ? VM_MESSAGE : random_below(sizeof(bytes)),
			random_below(4));
		if (!random_below(10)) {
			close(wild[which]);
			wild[which] = kinds_of_clients[which % 2]();
		}
		machine.late = random_below(2);
		run(random_below(3));
		/* Those that it has not answered at once: any of them, also a second time */
		if (machine.count)
			answer(random_below(machine.count));
		if (machine.count >= COUNT(machine.tickets) / 2) {
			for (size_t j = 0; j < machine.count; j++)
				answer(j);
			machine.count = 0;
		}
		if (i % 100)
			continue;
		machine.late = false;
		send_pages(client, i);
		assert_ok(client);
		assert_silent(client);
	}
	for (size_t i = 0; i < COUNT(wild); i++)
		close(wild[i]);
	close(client);
	machine.late = false;
	run(PATIENCE);
	/* Datagrams that wait for their turn hold descriptors as long as nobody answers. */
	for (size_t j = 0; j < machine.count && j < COUNT(machine.tickets); j++)
		answer(j);
	run(PATIENCE);
	assert_int_equal(open_descriptors(), before);
}

static bool served;

static void *serve(void *unused)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	(void)unused;
	while (!__atomic_load_n(&served, __ATOMIC_ACQUIRE))
		loop_run(&loop, &moment, NULL);
	return NULL;
}

static char output[4096];

static void assert_ctl(const char *arguments, int code, const char *expected)
{
	char command[512];

	snprintf(command, sizeof(command), "timeout 60 " VMHOST_PROGRAM " ctl %s 2>&1", arguments);
	assert_int_equal(test_shell(command, output, sizeof(output)), code);
	if (!strstr(output, expected))
		fail_msg("%s: %s", arguments, output);
}

TEST_F(vmhost_ctl_sends_them_all)
{
	pthread_t server;
	int file;

	file = open("memory", O_RDWR | O_CREAT, 0600);
	assert_int_equal(ftruncate(file, 77), 0);
	close(file);
	served = false;
	assert_int_equal(pthread_create(&server, NULL, serve, NULL), 0);

	assert_ctl(SOCKET " register memory", 0, "ok pfn=55 slot=77\n");
	assert_int_equal(machine.request.size, 77);
	assert_ctl(SOCKET " register memory 0x2000", 0, "ok pfn=55 slot=77\n");
	assert_int_equal(machine.request.size, 0x2000);
	assert_ctl(SOCKET " unregister 4294967295", 0, "ok\n");
	assert_int_equal(machine.request.slot, 0xffffffff);
	assert_ctl(SOCKET " unregister 404", 1, "error: No such file or directory\n");
	assert_ctl(SOCKET " balloon -2147483648", 0, "ok\n");
	assert_int_equal(machine.request.num_pages, -2147483648LL);
	assert_ctl(SOCKET " balloon +2147483647", 0, "ok\n");
	assert_int_equal(machine.request.num_pages, 2147483647);
	assert_ctl(SOCKET " exit", 0, "ok\n");
	assert_int_equal(machine.request.type, VM_EXIT);
	assert_int_equal(machine.count, 7);

	assert_ctl(SOCKET " help", 0,
		   "ok exit; register FILE [SIZE]; unregister SLOT; balloon PAGES; help\n");
	assert_ctl(SOCKET " status", 2, "no command 'status': try 'help'");
	assert_ctl(SOCKET " exit now", 2, "usage: exit\n");
	assert_ctl(SOCKET " register", 2, "usage: register FILE [SIZE]\n");
	assert_ctl(SOCKET " register memory 0", 2, "usage: register");
	assert_ctl(SOCKET " register memory 1 2", 2, "usage: register");
	assert_ctl(SOCKET " unregister 4294967296", 2, "usage: unregister SLOT\n");
	assert_ctl(SOCKET " unregister -1", 2, "usage: unregister");
	assert_ctl(SOCKET " balloon", 2, "usage: balloon PAGES\n");
	assert_ctl(SOCKET " balloon 2147483648", 2, "usage: balloon");
	assert_ctl(SOCKET " balloon -2147483649", 2, "usage: balloon");
	assert_ctl(SOCKET " register /nonexistent", 1, "/nonexistent: No such file");
	assert_ctl(SOCKET " register /dev/zero", 1, "/dev/zero: has no size of its own");
	assert_ctl(DATAGRAMS " exit", 1, "give the path of --control");
	assert_ctl("nothing exit", 1, "is vmhost running?");
	assert_int_equal(machine.count, 7);

	__atomic_store_n(&served, true, __ATOMIC_RELEASE);
	pthread_join(server, NULL);
	assert_int_equal(unlink("memory"), 0);
}

/* Four clients: answers of the wrong size and of no type, none, and not even read */
static void *answer_wrongly(void *context)
{
	int listener = *(int *)context;
	static const __u8 wrong[VM_MESSAGE] = { 9 };
	const size_t sizes[] = { 7, VM_MESSAGE, 0, 0 };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		int fd = accept(listener, NULL, NULL);
		__u8 bytes[VM_MESSAGE];

		assert_int_equal(recv(fd, bytes, sizeof(bytes), i == 3 ? MSG_PEEK : 0),
				 VM_MESSAGE);
		if (sizes[i])
			send_raw(fd, wrong, sizes[i], 0);
		close(fd);
	}
	return NULL;
}

TEST_F(vmhost_ctl_says_what_is_wrong_with_the_answer)
{
	struct sockaddr_un address;
	pthread_t server;
	int listener;

	listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_true(address_fill(&address, "wrong"));
	assert_int_equal(bind(listener, (void *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(pthread_create(&server, NULL, answer_wrongly, &listener), 0);
	assert_ctl("wrong exit", 1, "wrong: what answers there does not speak the protocol\n");
	assert_ctl("wrong exit", 1, "wrong: what answers there does not speak the protocol\n");
	assert_ctl("wrong exit", 1, "wrong: vmhost ended without an answer\n");
	assert_ctl("wrong exit", 1, "wrong: Connection reset by peer\n");
	pthread_join(server, NULL);
	close(listener);
	assert_int_equal(unlink("wrong"), 0);
}

TEST_MAIN(NULL, NULL)
