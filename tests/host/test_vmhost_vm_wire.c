// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VM control protocol's messages: each vector and each error of the document, byte by
 * byte, and the descriptors that go with them, on socket pairs.
 */
#include "test.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "random.h"
#include "vm_wire.h"

#define MUTATIONS	100000
#define MOST_FDS	253

static const int types[] = { SOCK_SEQPACKET, SOCK_DGRAM };

static int here, there;		/* a pair of sockets */

static int open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static void open_pair(int type)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
	here = fds[0];
	there = fds[1];
}

static void close_pair(void)
{
	close(here);
	close(there);
}

FIXTURE(setup)
{
	open_pair(SOCK_SEQPACKET);
	return 0;
}

FIXTURE(teardown)
{
	close_pair();
	return 0;
}

/* Sends @size bytes with @count descriptors, as a client of any kind can. */
static void send_raw(const void *bytes, size_t size, const int *fds, int count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(MOST_FDS * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)bytes, size };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (count) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header = (struct cmsghdr) {
			.cmsg_len = CMSG_LEN(count * sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		};
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	assert_int_equal(sendmsg(there, &message, MSG_NOSIGNAL), size);
}

static void assert_error(struct vm_error error, enum vm_error_kind kind, size_t number)
{
	assert_int_equal(error.kind, kind);
	assert_int_equal(error.number, number);
}

/* A file of its own length, by which it is known again. */
static int file_of(off_t length)
{
	int fd = memfd_create("test", 0);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, length), 0);
	return fd;
}

static off_t length_of(int fd)
{
	struct stat stat;

	assert_int_equal(fstat(fd, &stat), 0);
	return stat.st_size;
}

static const __u8 register_bytes[VM_MESSAGE] = {
	2, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
};

/* The bytes of each request, as the document lays them out. */
TEST(requests_byte_by_byte)
{
	static const struct {
		struct vm_request request;
		__u8 bytes[VM_MESSAGE];
	} vectors[] = {
		{ { .type = VM_EXIT }, { 1 } },
		{ { .type = VM_REGISTER_MEMORY, .size = 0x1122334455667788 },
		  { 2, [8] = 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11 } },
		{ { .type = VM_UNREGISTER_MEMORY, .slot = 0xa1b2c3d4 },
		  { 3, [4] = 0xd4, 0xc3, 0xb2, 0xa1 } },
		{ { .type = VM_BALLOON_ADJUST, .num_pages = 0x01020304 },
		  { 4, [16] = 4, 3, 2, 1 } },
		{ { .type = VM_BALLOON_ADJUST, .num_pages = -2 },
		  { 4, [16] = 0xfe, 0xff, 0xff, 0xff } },
		{ { .type = VM_BALLOON_ADJUST, .num_pages = INT_MIN },
		  { 4, [16] = 0, 0, 0, 0x80 } },
	};

	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct vm_request *request = &vectors[i].request;
		__u8 bytes[VM_MESSAGE];
		struct vm_request back;

		memset(bytes, 0xff, sizeof(bytes));
		assert_error(vm_request_encode(request, bytes), VM_NO_ERROR, 0);
		assert_memory_equal(bytes, vectors[i].bytes, VM_MESSAGE);
		assert_error(vm_request_decode(bytes, VM_MESSAGE, true, &back), VM_NO_ERROR, 0);
		assert_int_equal(back.type, request->type);
		assert_int_equal(back.size, request->size);
		assert_int_equal(back.slot, request->slot);
		assert_int_equal(back.num_pages, request->num_pages);
	}
}

/* What a request does not use stays at home. */
TEST(unused_fields_are_not_sent)
{
	struct vm_request request = { .size = ~0ULL, .slot = ~0U, .num_pages = -1 };
	const int used[] = { 0, 8, 4, 4 };

	for (int type = VM_EXIT; type <= VM_BALLOON_ADJUST; type++) {
		__u8 bytes[VM_MESSAGE];
		int set = 0;

		request.type = type;
		assert_error(vm_request_encode(&request, bytes), VM_NO_ERROR, 0);
		for (int i = 4; i < VM_MESSAGE; i++)
			set += bytes[i] == 0xff;
		assert_int_equal(set, used[type - VM_EXIT]);
	}
}

TEST(responses_byte_by_byte)
{
	static const struct {
		struct vm_response response;
		__u8 bytes[VM_MESSAGE];
	} vectors[] = {
		{ { .type = VM_OK }, { 1 } },
		{ { .type = VM_ERR, .error = -89 }, { 2, [4] = 89 } },
		{ { .type = VM_ERR, .error = -INT_MAX }, { 2, [4] = 0xff, 0xff, 0xff, 0x7f } },
		{ { .type = VM_REGISTERED, .pfn = 0x1122334455667788, .slot = 0xa1b2c3d4 },
		  { 3, [8] = 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
		    0xd4, 0xc3, 0xb2, 0xa1 } },
	};

	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct vm_response *response = &vectors[i].response;
		struct vm_response back;
		__u8 bytes[VM_MESSAGE];

		memset(bytes, 0xff, sizeof(bytes));
		assert_error(vm_response_encode(response, bytes), VM_NO_ERROR, 0);
		assert_memory_equal(bytes, vectors[i].bytes, VM_MESSAGE);
		assert_error(vm_response_decode(bytes, VM_MESSAGE, &back), VM_NO_ERROR, 0);
		assert_int_equal(back.type, response->type);
		assert_int_equal(back.error, response->error);
		assert_int_equal(back.pfn, response->pfn);
		assert_int_equal(back.slot, response->slot);
	}
}

/* Positive on the wire, negative again behind it. */
TEST(errno_on_the_wire)
{
	static const struct {
		int sent;
		__u32 wire;
		int received;
	} cases[] = {
		{ -89, 89, -89 }, { 89, 89, -89 }, { 0, 0, 0 },
		{ -EINVAL, EINVAL, -EINVAL },
		/* without an absolute value */
		{ INT_MIN, ERANGE, -ERANGE },
	};
	struct vm_response response = { .type = VM_ERR };
	__le32 words[VM_MESSAGE / 4] = { htole32(VM_ERR) };

	for (size_t i = 0; i < COUNT(cases); i++) {
		response.error = cases[i].sent;
		vm_response_encode(&response, words);
		assert_int_equal(le32toh(words[1]), cases[i].wire);
		vm_response_decode(words, VM_MESSAGE, &response);
		assert_int_equal(response.error, cases[i].received);
	}
	/* What no errno can be */
	words[1] = htole32(0x80000000);
	vm_response_decode(words, VM_MESSAGE, &response);
	assert_int_equal(response.error, -ERANGE);
	words[1] = htole32(0xffffffff);
	vm_response_decode(words, VM_MESSAGE, &response);
	assert_int_equal(response.error, -ERANGE);
}

TEST(every_other_type_is_an_invalid_type)
{
	static const __u32 others[] = { 0, 5, 6, 7, 0x100, 0x01000000, 0x80000001, 0xffffffff };
	__le32 words[VM_MESSAGE / 4] = { 0 };
	struct vm_response response;
	struct vm_request request;

	for (size_t i = 0; i < COUNT(others); i++) {
		words[0] = htole32(others[i]);
		assert_error(vm_request_decode(words, VM_MESSAGE, true, &request),
			     VM_INVALID_TYPE, 0);
		assert_error(vm_response_decode(words, VM_MESSAGE, &response),
			     VM_INVALID_TYPE, 0);
	}
	words[0] = htole32(4);
	assert_error(vm_response_decode(words, VM_MESSAGE, &response), VM_INVALID_TYPE, 0);
	response.type = 4;
	assert_error(vm_response_encode(&response, words), VM_INVALID_TYPE, 0);
}

/* RegisterIoevent and RegisterIrqfd are for inside: nothing goes out, and none comes in. */
TEST_F(internal_requests_cannot_be_sent)
{
	static const enum vm_request_type internal[] = { VM_REGISTER_IOEVENT, VM_REGISTER_IRQFD };
	__u8 bytes[VM_MESSAGE];

	for (size_t i = 0; i < COUNT(internal); i++) {
		struct vm_request request = { .type = internal[i] };

		assert_error(vm_request_encode(&request, bytes), VM_INVALID_TYPE, 0);
		assert_error(vm_send_request(there, &request, STDIN_FILENO), VM_INVALID_TYPE, 0);
		assert_int_equal(recv(here, bytes, 1, 0), -1);
		assert_int_equal(errno, EAGAIN);
	}
}

/* The document's vectors of receiving, in its order, on both types of sockets */
TEST(vectors_of_receiving)
{
	static const __u8 seven[7];
	__u8 bytes[VM_MESSAGE];
	struct vm_request request;
	int fd;

	for (size_t i = 0; i < COUNT(types); i++) {
		open_pair(types[i]);
		send_raw(register_bytes, VM_MESSAGE, NULL, 0);
		assert_error(vm_receive_request(here, &request, &fd, NULL), VM_EXPECT_FD, 0);
		send_raw(seven, sizeof(seven), NULL, 0);
		assert_error(vm_receive_request(here, &request, &fd, NULL), VM_BAD_SIZE, 7);
		memset(bytes, 0x0c, sizeof(bytes));
		send_raw(bytes, VM_MESSAGE, NULL, 0);
		assert_error(vm_receive_request(here, &request, &fd, NULL), VM_INVALID_TYPE, 0);
		assert_error(vm_receive_request(here, &request, &fd, NULL), VM_RECV, EAGAIN);
		close_pair();
	}
}

TEST_F(a_closed_peer_is_bad_size_0)
{
	struct vm_response response;
	struct vm_request request;
	int fd = 5;

	close(there);
	assert_error(vm_receive_request(here, &request, &fd, NULL), VM_BAD_SIZE, 0);
	assert_int_equal(fd, -1);
	assert_error(vm_receive_response(here, &response), VM_BAD_SIZE, 0);
	request = (struct vm_request) { .type = VM_EXIT };
	assert_error(vm_send_request(here, &request, -1), VM_SEND, EPIPE);
	response = (struct vm_response) { .type = VM_OK };
	assert_error(vm_send_response(here, &response, NULL), VM_SEND, EPIPE);
	there = -1;
}

TEST_F(recv_and_send_say_their_errno)
{
	struct vm_request request = { .type = VM_REGISTER_MEMORY };
	struct vm_response response = { .type = VM_OK };
	int fd;

	assert_error(vm_receive_request(-1, &request, &fd, NULL), VM_RECV, EBADF);
	assert_error(vm_receive_response(-1, &response), VM_RECV, EBADF);
	assert_error(vm_send_response(-1, &response, NULL), VM_SEND, EBADF);
	request.type = VM_REGISTER_MEMORY;
	/* There is a socket, but nothing to send along. */
	assert_error(vm_send_request(there, &request, -1), VM_SEND, EBADF);
}

/* Whatever does not have 24 bytes, told by its true size */
TEST_F(every_size_but_24_is_a_bad_size)
{
	static __u8 bytes[100000] = { 1 };
	struct vm_response response;
	struct vm_request request;
	size_t sizes[] = { 0, 1, 23, 25, 48, 4096, sizeof(bytes) };
	int fd;

	for (size_t i = 0; i < COUNT(sizes); i++) {
		send_raw(bytes, sizes[i], NULL, 0);
		assert_error(vm_receive_request(here, &request, &fd, NULL), VM_BAD_SIZE,
			     sizes[i]);
		send_raw(bytes, sizes[i], NULL, 0);
		assert_error(vm_receive_response(here, &response), VM_BAD_SIZE, sizes[i]);
	}
	/* The rest of a long one is not taken for the next one. */
	send_raw(bytes, VM_MESSAGE, NULL, 0);
	assert_error(vm_receive_request(here, &request, &fd, NULL), VM_NO_ERROR, 0);
	assert_int_equal(request.type, VM_EXIT);
}

TEST(responses_travel)
{
	struct vm_response response;

	for (size_t i = 0; i < COUNT(types); i++) {
		open_pair(types[i]);
		response = (struct vm_response) { .type = VM_OK };
		assert_error(vm_send_response(there, &response, NULL), VM_NO_ERROR, 0);
		response = (struct vm_response) { .type = VM_ERR, .error = -89 };
		assert_error(vm_send_response(there, &response, NULL), VM_NO_ERROR, 0);
		response = (struct vm_response) { .type = VM_REGISTERED, .pfn = 55, .slot = 66 };
		assert_error(vm_send_response(there, &response, NULL), VM_NO_ERROR, 0);

		assert_error(vm_receive_response(here, &response), VM_NO_ERROR, 0);
		assert_int_equal(response.type, VM_OK);
		assert_error(vm_receive_response(here, &response), VM_NO_ERROR, 0);
		assert_int_equal(response.type, VM_ERR);
		assert_int_equal(response.error, -89);
		assert_error(vm_receive_response(here, &response), VM_NO_ERROR, 0);
		assert_int_equal(response.type, VM_REGISTERED);
		assert_int_equal(response.pfn, 55);
		assert_int_equal(response.slot, 66);
		close_pair();
	}
}

TEST(requests_travel_with_their_descriptor)
{
	int before = open_descriptors();
	struct vm_request request;
	int file, fd;

	for (size_t i = 0; i < COUNT(types); i++) {
		open_pair(types[i]);
		file = file_of(1234);
		request = (struct vm_request) { .type = VM_REGISTER_MEMORY, .size = 1234 };
		assert_error(vm_send_request(there, &request, file), VM_NO_ERROR, 0);
		request = (struct vm_request) { .type = VM_BALLOON_ADJUST, .num_pages = -7 };
		/* There is none that goes with this one. */
		assert_error(vm_send_request(there, &request, file), VM_NO_ERROR, 0);
		close(file);

		assert_error(vm_receive_request(here, &request, &fd, NULL), VM_NO_ERROR, 0);
		assert_int_equal(request.type, VM_REGISTER_MEMORY);
		assert_int_equal(request.size, 1234);
		assert_int_equal(length_of(fd), 1234);
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		close(fd);
		assert_error(vm_receive_request(here, &request, &fd, NULL), VM_NO_ERROR, 0);
		assert_int_equal(request.num_pages, -7);
		assert_int_equal(fd, -1);
		close_pair();
	}
	assert_int_equal(open_descriptors(), before);
}

TEST_F(of_several_descriptors_the_last_is_used)
{
	static const int counts[] = { 1, 2, 3, 17, MOST_FDS };
	int before = open_descriptors();
	struct vm_request request;
	int fds[MOST_FDS];
	int fd;

	for (size_t i = 0; i < COUNT(counts); i++) {
		for (int j = 0; j < counts[i]; j++)
			fds[j] = file_of(j + 1);
		send_raw(register_bytes, VM_MESSAGE, fds, counts[i]);
		for (int j = 0; j < counts[i]; j++)
			close(fds[j]);
		assert_error(vm_receive_request(here, &request, &fd, NULL), VM_NO_ERROR, 0);
		assert_int_equal(length_of(fd), counts[i]);
		close(fd);
		assert_int_equal(open_descriptors(), before);
	}
}

/* Of what is refused, and of what needs none, all are closed. */
TEST_F(descriptors_that_nobody_asked_for_are_closed)
{
	static const __u8 balloon[VM_MESSAGE] = { 4 }, garbage[30] = { 9 };
	int before = open_descriptors();
	const int fds[] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO };
	struct vm_response response;
	struct vm_request request;
	int fd = 5;

	send_raw(balloon, VM_MESSAGE, fds, 3);
	assert_error(vm_receive_request(here, &request, &fd, NULL), VM_NO_ERROR, 0);
	assert_int_equal(fd, -1);
	send_raw(garbage, VM_MESSAGE, fds, 3);
	assert_error(vm_receive_request(here, &request, &fd, NULL), VM_INVALID_TYPE, 0);
	assert_int_equal(fd, -1);
	for (size_t size = 0; size <= sizeof(garbage); size += 6) {
		if (size == VM_MESSAGE)
			continue;
		send_raw(garbage, size, fds, 3);
		assert_error(vm_receive_request(here, &request, &fd, NULL), VM_BAD_SIZE, size);
		assert_int_equal(fd, -1);
	}
	send_raw("\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", VM_MESSAGE, fds, 3);
	assert_error(vm_receive_response(here, &response), VM_NO_ERROR, 0);
	assert_int_equal(open_descriptors(), before);
}

/* When there is room for some of them only, the last has not come. */
TEST_F(without_room_for_all_descriptors_none_counts)
{
	static const __u8 exit_bytes[VM_MESSAGE] = { 1 };
	const int fds[] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO };
	int before = open_descriptors();
	struct rlimit limit, little;
	struct vm_error errors[2];
	struct vm_request request;
	int fd, lowest;

	send_raw(register_bytes, VM_MESSAGE, fds, 3);
	send_raw(exit_bytes, VM_MESSAGE, fds, 3);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	lowest = dup(STDIN_FILENO);
	close(lowest);
	little = limit;
	little.rlim_cur = lowest + 2;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &little), 0);
	errors[0] = vm_receive_request(here, &request, &fd, NULL);
	errors[1] = vm_receive_request(here, &request, &fd, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_error(errors[0], VM_EXPECT_FD, 0);
	/* A machine can be ended all the same. */
	assert_error(errors[1], VM_NO_ERROR, 0);
	assert_int_equal(request.type, VM_EXIT);
	assert_int_equal(fd, -1);
	assert_int_equal(open_descriptors(), before);
}

static void bind_to(int socket, const char *name, size_t length)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, name, length);
	assert_int_equal(bind(socket, (void *)&address,
			      offsetof(struct sockaddr_un, sun_path) + length), 0);
}

/* With a name that fills all its space, an abstract one, one of the kernel's, and without */
TEST(answers_find_their_sender)
{
	struct vm_request request = { .type = VM_EXIT };
	struct vm_response response = { .type = VM_OK };
	struct vm_peer from;
	char path[sizeof(from.address.sun_path) + 1];
	int fd;

	memset(path, 'x', sizeof(path));
	path[snprintf(path, sizeof(path), "/tmp/vmhost-wire-%d", getpid())] = '-';
	path[sizeof(path) - 1] = '\0';
	for (int i = 0; i < 4; i++) {
		open_pair(SOCK_DGRAM);
		if (i == 0)
			bind_to(there, path, sizeof(path) - 1);
		else if (i == 1)
			bind_to(there, "\0vmhost-wire", 12);
		else if (i == 2)
			bind_to(there, "", 0);
		assert_error(vm_send_request(there, &request, -1), VM_NO_ERROR, 0);
		assert_error(vm_receive_request(here, &request, &fd, &from), VM_NO_ERROR, 0);
		if (i == 3) {
			assert_int_equal(from.length, 0);
		} else {
			assert_true(from.length <= sizeof(from.address));
			assert_error(vm_send_response(here, &response, &from), VM_NO_ERROR, 0);
			assert_error(vm_receive_response(there, &response), VM_NO_ERROR, 0);
		}
		close_pair();
	}
	assert_int_equal(unlink(path), 0);
}

/* Random bytes of random length with random descriptors: an answer, no leak */
TEST_F(garbage_leaks_nothing)
{
	const int fds[] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO };
	int before = open_descriptors();
	size_t seen[VM_EXPECT_FD + 1] = { 0 };
	struct vm_request request;
	__u8 bytes[64];
	int fd;

	for (int i = 0; i < MUTATIONS; i++) {
		struct vm_error error;
		size_t size = random_below(4) ? VM_MESSAGE : random_below(sizeof(bytes));
		int count = random_below(COUNT(fds) + 1);

		memset(bytes, 0, sizeof(bytes));
		bytes[0] = random_below(7);
		for (int flips = random_below(3); flips; flips--)
			bytes[random_below(sizeof(bytes))] ^= 1 << random_below(8);
		send_raw(bytes, size, fds, count);
		error = vm_receive_request(here, &request, &fd, NULL);
		seen[error.kind]++;
		assert_int_equal(fd != -1, !error.kind && request.type == VM_REGISTER_MEMORY);
		assert_int_equal(error.kind == VM_BAD_SIZE, size != VM_MESSAGE);
		if (!error.kind)
			assert_in_range(request.type, VM_EXIT, VM_BALLOON_ADJUST);
		if (error.kind == VM_EXPECT_FD)
			assert_int_equal(count, 0);
		if (fd != -1)
			close(fd);
	}
	assert_int_equal(open_descriptors(), before);
	for (int kind = 0; kind <= VM_EXPECT_FD; kind++)
		assert_int_equal(seen[kind] > 0, kind != VM_RECV && kind != VM_SEND);
}

TEST_MAIN(NULL, NULL)
