/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VM control protocol's server: takes requests of several clients, has them executed
 * by somebody else, who may need a while, and sends the answers.
 *
 * A client has one request under way; the next one is read after the answer to the one
 * before. A client that has gone away, or does not read, misses its answers; its request
 * is executed all the same. Everything that arrives gets one answer, except what a client
 * that has gone left unread. Messages that are no requests get an Err:
 *
 *	EBADMSG		not of 24 bytes; an empty one closes a connection, as that is what
 *			its end looks like
 *	EOPNOTSUPP	no type that a client can send
 *	EBADF		memory without a descriptor, or this process had none left for it
 *	ECANCELED	executed or not, nobody can say: the server ended meanwhile
 *
 * When VM_CONTROL_CLIENTS are there and another one comes, the one that has been silent
 * for longest has to go; if all wait for answers, the new one.
 *
 * Datagrams are executed one after the other, whoever sent them. The answer goes to the
 * sender's address. A sender without one cannot be told anything; its requests are
 * executed, as the clients of 2017 that stop a machine are such.
 */
#ifndef VMHOST_VM_CONTROL_H
#define VMHOST_VM_CONTROL_H

#include <linux/types.h>
#include <stdbool.h>

#include "listener.h"
#include "loop.h"
#include "vm_wire.h"

#define VM_CONTROL_CLIENTS	64

/*
 * Executes @request, and calls vm_control_answer() with @ticket: once, before it returns or
 * at any time later. @fd is the memory's with VM_REGISTER_MEMORY and is to be closed by
 * who executes; -1 with all others. There may be VM_CONTROL_CLIENTS + 1 tickets at once.
 */
typedef void (*vm_control_execute)(void *context, __u64 ticket,
				   const struct vm_request *request, int fd);

struct vm_control;

/**
 * struct vm_client - somebody who sends requests
 * @control: the server
 * @fd: -1 if this slot is free
 * @ticket: of the request under way, or 0
 * @heard: the moment at which it came or sent its last request
 * @peer: who sent the datagram under way
 */
struct vm_client {
	struct vm_control *control;
	int fd;
	__u64 ticket;
	__u64 heard;
	struct vm_peer peer;
};

/**
 * struct vm_control - the server
 * @loop: calls when there is something to do
 * @execute: executes requests
 * @context: its first argument
 * @listener: where clients come from
 * @datagram_listener: the socket of datagrams
 * @tickets: how many there have been
 * @moment: grows with everything that is heard
 * @datagrams: all their senders; its fd is -1 if there is no such socket
 * @clients: those with a connection
 */
struct vm_control {
	struct loop *loop;
	vm_control_execute execute;
	void *context;
	struct listener listener;
	struct listener datagram_listener;
	__u64 tickets;
	__u64 moment;
	struct vm_client datagrams;
	struct vm_client clients[VM_CONTROL_CLIENTS];
};

/*
 * Serves clients at @path (SOCK_SEQPACKET), and at @datagram_path (SOCK_DGRAM) unless that
 * is NULL, whenever @loop runs. False if a socket cannot be had; says why.
 */
bool vm_control_open(struct vm_control *control, const char *path,
		     const char *datagram_path, struct loop *loop,
		     vm_control_execute execute, void *context);

/* Who still waits for an answer gets ECANCELED. */
void vm_control_close(struct vm_control *control);

/* Answers @ticket, if the client is still there. */
void vm_control_answer(struct vm_control *control, __u64 ticket,
		       const struct vm_response *response);

#endif /* VMHOST_VM_CONTROL_H */
