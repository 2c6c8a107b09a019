// SPDX-License-Identifier: GPL-2.0-only
#include "vm_wire.h"

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The kernel takes no more descriptors in one message (SCM_MAX_FD). */
#define MOST_FDS	253

struct wire_request {
	__le32 type;
	__le32 slot;
	__le64 size;
	__le32 num_pages;
	__u8 padding[4];
};

struct wire_response {
	__le32 type;
	__le32 error;
	__le64 pfn;
	__le32 slot;
	__u8 padding[4];
};

_Static_assert(sizeof(struct wire_request) == VM_MESSAGE, "a request");
_Static_assert(sizeof(struct wire_response) == VM_MESSAGE, "a response");

/* Room for control data, aligned as it has to be. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(MOST_FDS * sizeof(int))];
};

static struct vm_error error_of(enum vm_error_kind kind, size_t number)
{
	return (struct vm_error) { kind, number };
}

static const struct vm_error no_error;

/* Clients may leave anything in the fields that they do not use, and in the padding. */
struct vm_error vm_request_decode(const void *message, size_t size, bool with_fd,
				  struct vm_request *request)
{
	struct wire_request wire;
	__u32 type;

	if (size != VM_MESSAGE)
		return error_of(VM_BAD_SIZE, size);
	memcpy(&wire, message, sizeof(wire));
	type = le32toh(wire.type);
	if (type < VM_EXIT || type > VM_BALLOON_ADJUST)
		return error_of(VM_INVALID_TYPE, 0);
	if (type == VM_REGISTER_MEMORY && !with_fd)
		return error_of(VM_EXPECT_FD, 0);
	*request = (struct vm_request) {
		.type = type,
		.num_pages = (__s32)le32toh(wire.num_pages),
		.slot = le32toh(wire.slot),
		.size = le64toh(wire.size),
	};
	return no_error;
}

struct vm_error vm_request_encode(const struct vm_request *request, void *message)
{
	struct wire_request wire = { .type = htole32(request->type) };

	switch (request->type) {
	case VM_EXIT:
		break;
	case VM_REGISTER_MEMORY:
		wire.size = htole64(request->size);
		break;
	case VM_UNREGISTER_MEMORY:
		wire.slot = htole32(request->slot);
		break;
	case VM_BALLOON_ADJUST:
		wire.num_pages = htole32(request->num_pages);
		break;
	default:
		return error_of(VM_INVALID_TYPE, 0);
	}
	memcpy(message, &wire, sizeof(wire));
	return no_error;
}

struct vm_error vm_response_decode(const void *message, size_t size,
				   struct vm_response *response)
{
	struct wire_response wire;
	__u32 type, error;

	if (size != VM_MESSAGE)
		return error_of(VM_BAD_SIZE, size);
	memcpy(&wire, message, sizeof(wire));
	type = le32toh(wire.type);
	if (type < VM_OK || type > VM_REGISTERED)
		return error_of(VM_INVALID_TYPE, 0);

	*response = (struct vm_response) { .type = type };
	switch (response->type) {
	case VM_OK:
		break;
	case VM_ERR:
		error = le32toh(wire.error);
		response->error = error > INT_MAX ? -ERANGE : -(int)error;
		break;
	case VM_REGISTERED:
		response->pfn = le64toh(wire.pfn);
		response->slot = le32toh(wire.slot);
		break;
	}
	return no_error;
}

struct vm_error vm_response_encode(const struct vm_response *response, void *message)
{
	struct wire_response wire = { .type = htole32(response->type) };

	switch (response->type) {
	case VM_OK:
		break;
	case VM_ERR:
		wire.error = htole32(response->error == INT_MIN ? ERANGE :
				     abs(response->error));
		break;
	case VM_REGISTERED:
		wire.pfn = htole64(response->pfn);
		wire.slot = htole32(response->slot);
		break;
	default:
		return error_of(VM_INVALID_TYPE, 0);
	}
	memcpy(message, &wire, sizeof(wire));
	return no_error;
}

static void close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* The last of the descriptors that came is @fd, the others are closed. */
static void take_fds(struct msghdr *header, int *fd)
{
	struct cmsghdr *part;

	for (part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			close_fd(fd);
			memcpy(fd, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
		}
	}
}

/* Gives the true length of a message, also of one that is too long. */
static struct vm_error receive(int socket, void *message, size_t *size, int *fd,
			       struct vm_peer *from)
{
	union control control;
	struct iovec bytes = { message, VM_MESSAGE };
	struct msghdr header = {
		.msg_name = from ? &from->address : NULL,
		.msg_namelen = from ? sizeof(from->address) : 0,
		.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got = recvmsg(socket, &header, MSG_TRUNC | MSG_CMSG_CLOEXEC);

	*fd = -1;
	if (got < 0)
		return error_of(VM_RECV, errno);
	take_fds(&header, fd);
	/* The last one, which would count, is the first that was left out. */
	if (header.msg_flags & MSG_CTRUNC)
		close_fd(fd);
	/* A name that fills its space counts with a zero behind it. */
	if (from)
		from->length = header.msg_namelen < sizeof(from->address) ?
			header.msg_namelen : sizeof(from->address);
	*size = got;
	return no_error;
}

struct vm_error vm_receive_request(int socket, struct vm_request *request, int *fd,
				   struct vm_peer *from)
{
	__u8 message[VM_MESSAGE];
	struct vm_error error;
	size_t size;

	error = receive(socket, message, &size, fd, from);
	if (!error.kind)
		error = vm_request_decode(message, size, *fd != -1, request);
	if (error.kind || request->type != VM_REGISTER_MEMORY)
		close_fd(fd);
	return error;
}

struct vm_error vm_receive_response(int socket, struct vm_response *response)
{
	__u8 message[VM_MESSAGE];
	struct vm_error error;
	size_t size;
	int fd;

	error = receive(socket, message, &size, &fd, NULL);
	close_fd(&fd);
	return error.kind ? error : vm_response_decode(message, size, response);
}

static struct vm_error send_message(int socket, struct msghdr *header, void *message)
{
	struct iovec bytes = { message, VM_MESSAGE };

	header->msg_iov = &bytes;
	header->msg_iovlen = 1;
	return sendmsg(socket, header, MSG_NOSIGNAL) == -1 ?
	       error_of(VM_SEND, errno) : no_error;
}

struct vm_error vm_send_request(int socket, const struct vm_request *request, int fd)
{
	union control control = { .align = {
		.cmsg_len = CMSG_LEN(sizeof(fd)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	} };
	struct msghdr header = { 0 };
	__u8 message[VM_MESSAGE];
	struct vm_error error;

	error = vm_request_encode(request, message);
	if (error.kind)
		return error;
	if (request->type == VM_REGISTER_MEMORY) {
		memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
		header.msg_control = &control;
		header.msg_controllen = CMSG_SPACE(sizeof(fd));
	}
	return send_message(socket, &header, message);
}

struct vm_error vm_send_response(int socket, const struct vm_response *response,
				 const struct vm_peer *to)
{
	struct msghdr header = { 0 };
	__u8 message[VM_MESSAGE];
	struct vm_error error;

	error = vm_response_encode(response, message);
	if (error.kind)
		return error;
	if (to) {
		header.msg_name = (void *)&to->address;
		header.msg_namelen = to->length;
	}
	return send_message(socket, &header, message);
}
