// SPDX-License-Identifier: GPL-2.0-only
#include "vm_execute.h"

#include <errno.h>

static void answer(struct vm_executor *executor, __u64 ticket, int error)
{
	const struct vm_response response = {
		.type = error ? VM_ERR : VM_OK, .error = error,
	};

	vm_control_answer(&executor->control, ticket, &response);
}

static void on_plugged(void *context, __u64 ticket, int error, const struct plug_slot *slot)
{
	struct vm_executor *executor = context;

	if (slot)
		vm_control_answer(&executor->control, ticket, &(struct vm_response) {
			.type = VM_REGISTERED, .pfn = slot->pfn, .slot = plug_number(slot),
		});
	else
		answer(executor, ticket, error);
}

static void on_balloon(void *context, __u64 ticket, int error)
{
	answer(context, ticket, error);
}

static void execute(void *context, __u64 ticket, const struct vm_request *request, int fd)
{
	struct vm_executor *executor = context;

	switch (request->type) {
	case VM_EXIT:
		answer(executor, ticket, 0);
		machine_quit(executor->machine);
		break;
	case VM_REGISTER_MEMORY:
		plug_in(&executor->plug, fd, request->size, ticket);
		break;
	case VM_UNREGISTER_MEMORY:
		plug_out(&executor->plug, request->slot, ticket);
		break;
	case VM_BALLOON_ADJUST:
		balloon_adjust(&executor->balloon, request->num_pages, ticket);
		break;
	default:	/* none that comes from a socket */
		answer(executor, ticket, -EOPNOTSUPP);
	}
}

bool vm_execute_open(struct vm_executor *executor, struct machine *machine,
		     const char *path, const char *datagram_path)
{
	executor->machine = machine;
	plug_open(&executor->plug, machine, on_plugged, executor);
	balloon_open(&executor->balloon, machine, &executor->plug, on_balloon, executor);
	return vm_control_open(&executor->control, path, datagram_path, machine->loop,
			       execute, executor);
}

void vm_execute_start(struct vm_executor *executor)
{
	plug_start(&executor->plug);
}

void vm_execute_tick(struct vm_executor *executor)
{
	plug_tick(&executor->plug);
	balloon_tick(&executor->balloon);
}

void vm_execute_close(struct vm_executor *executor)
{
	vm_control_close(&executor->control);
	plug_close(&executor->plug);
}
