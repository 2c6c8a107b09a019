/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The messages of the VM control protocol, and how they are sent and received: 24 bytes,
 * little-endian, on a socket that keeps message boundaries; a descriptor goes beside them
 * with SCM_RIGHTS.
 */
#ifndef VMHOST_VM_WIRE_H
#define VMHOST_VM_WIRE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#define VM_MESSAGE	24

enum vm_request_type {
	VM_EXIT = 1,
	VM_REGISTER_MEMORY,	/* size, and a descriptor */
	VM_UNREGISTER_MEMORY,	/* slot */
	VM_BALLOON_ADJUST,	/* num_pages */
	/* Between the parts of a monitor only, as they carry handles; never on a socket. */
	VM_REGISTER_IOEVENT,
	VM_REGISTER_IRQFD,
};

/**
 * struct vm_request - what a client wants; only what its type uses counts
 * @type: which of them
 * @num_pages: by how much to move the balloon
 * @slot: of the memory to take out
 * @size: of the memory to take in, bytes
 */
struct vm_request {
	enum vm_request_type type;
	__s32 num_pages;
	__u32 slot;
	__u64 size;
};

enum vm_response_type {
	VM_OK = 1,
	VM_ERR,			/* error */
	VM_REGISTERED,		/* pfn, slot */
};

/**
 * struct vm_response - the answer; only what its type uses counts
 * @type: which of them
 * @error: an errno, negative; the sign is lost on the way and comes back
 * @slot: the memory's name in VM_UNREGISTER_MEMORY
 * @pfn: where the guest has it: its address >> 12
 */
struct vm_response {
	enum vm_response_type type;
	int error;
	__u32 slot;
	__u64 pfn;
};

enum vm_error_kind {
	VM_NO_ERROR,
	VM_RECV,		/* number: errno */
	VM_SEND,		/* number: errno */
	VM_BAD_SIZE,		/* number: bytes that came; 0 also at the end */
	VM_INVALID_TYPE,
	VM_EXPECT_FD,
};

/**
 * struct vm_error - why a message could not be received or sent
 * @kind: VM_NO_ERROR if it could
 * @number: see there
 */
struct vm_error {
	enum vm_error_kind kind;
	size_t number;
};

/**
 * struct vm_peer - who sent a datagram
 * @address: its name
 * @length: of the name; 0 if the sender has none
 */
struct vm_peer {
	struct sockaddr_un address;
	socklen_t length;
};

/* @with_fd: did a descriptor come with it? */
struct vm_error vm_request_decode(const void *message, size_t size, bool with_fd,
				  struct vm_request *request);
struct vm_error vm_request_encode(const struct vm_request *request, void *message);
struct vm_error vm_response_decode(const void *message, size_t size,
				   struct vm_response *response);
struct vm_error vm_response_encode(const struct vm_response *response, void *message);

/*
 * @fd becomes the caller's: the last descriptor that came with a VM_REGISTER_MEMORY, -1
 * with all other requests and after an error. All other descriptors are closed. Of a
 * message that had more than this process could take in, none counts. @from may be NULL.
 */
struct vm_error vm_receive_request(int socket, struct vm_request *request, int *fd,
				   struct vm_peer *from);
struct vm_error vm_receive_response(int socket, struct vm_response *response);

/* @fd goes with a VM_REGISTER_MEMORY, and stays the caller's. */
struct vm_error vm_send_request(int socket, const struct vm_request *request, int fd);

/* @to: NULL on a connected socket */
struct vm_error vm_send_response(int socket, const struct vm_response *response,
				 const struct vm_peer *to);

#endif /* VMHOST_VM_WIRE_H */
