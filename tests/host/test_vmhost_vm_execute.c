// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of the VM control protocol's requests, with a QEMU that is played here: what
 * it is told, and what clients are told when it or the guest refuses, is silent, or is gone.
 */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "vm_execute.h"

#define MIB		(1ULL << 20)
#define GIB		(1ULL << 30)
#define PAGE		4096
#define PATIENCE	1000	/* runs of the loop */

/* Relative to a directory of its own, in which all is done. */
#define SOCKET		"control"

/* The machine's */
#define RAM		(256 * MIB)
#define RAM_MAX		(RAM + GIB)
#define SLOTS		3

static const struct timespec at_once;
static char directory[64];
static struct loop loop;
static struct machine machine;
static struct vm_executor executor;
static int client, descriptors;

/**
 * struct played - QEMU
 * @fd: its end of the socket
 * @room: bytes of addresses for memory
 * @actual: of the balloon
 * @deaf: it answers nothing
 * @refused: the command that it refuses, or NULL
 * @heard: what it was told, each command with its arguments as JSON in a line
 */
static struct played {
	int fd;
	json_int_t room;
	json_int_t actual;
	bool deaf;
	const char *refused;
	char heard[8192];
} played;

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

static void say(json_t *message)
{
	char *text = json_dumps(message, 0);

	assert_int_equal(send(played.fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	assert_int_equal(send(played.fd, "\n", 1, MSG_NOSIGNAL), 1);
	free(text);
	json_decref(message);
}

static json_t *result_of(const char *command, const json_t *arguments)
{
	const char *property = json_string_value(json_object_get(arguments, "property"));

	if (property)
		return json_integer(!strcmp(property, "addr") ? (json_int_t)(4 * GIB)
							      : played.room);
	if (!strcmp(command, "add-fd"))
		return json_pack("{s:i, s:i}", "fd", 10, "fdset-id", 3);
	if (!strcmp(command, "query-balloon"))
		return json_pack("{s:I}", "actual", played.actual);
	return json_object();
}

static void play_command(const char *line)
{
	json_t *message = json_loads(line, 0, NULL);
	const char *command = json_string_value(json_object_get(message, "execute"));
	json_t *arguments = json_object_get(message, "arguments");
	size_t used = strlen(played.heard);
	char *text = arguments ? json_dumps(arguments, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	assert_non_null(command);
	snprintf(played.heard + used, sizeof(played.heard) - used, "%s%s%s\n", command,
		 text ? " " : "", text ? text : "");
	free(text);
	if (played.refused && !strcmp(command, played.refused))
		say(json_pack("{s:{s:s}}", "error", "desc", "this is only a test"));
	else
		say(json_pack("{s:o}", "return", result_of(command, arguments)));
	json_decref(message);
}

/* Commands come one by one, so what comes is one. */
static void play(void)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} extra;
	char line[4096];
	struct iovec iov = { line, sizeof(line) - 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &extra, .msg_controllen = sizeof(extra),
	};
	ssize_t got;
	int fd;

	if (played.deaf || played.fd == -1)
		return;
	got = recvmsg(played.fd, &message, MSG_DONTWAIT);
	if (got <= 0)
		return;
	if (CMSG_FIRSTHDR(&message)) {
		memcpy(&fd, CMSG_DATA(&extra.header), sizeof(fd));
		close(fd);
	}
	line[got] = '\0';
	play_command(line);
}

static void run(int times)
{
	while (times--) {
		loop_run(&loop, &at_once, NULL);
		play();
	}
}

static void on_qmp(void *context, int fd, short revents)
{
	(void)context;
	(void)revents;
	if (!qmp_receive(&machine.qmp))
		loop_forget(&loop, fd);
}

static int new_client(void)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(address_fill(&address, SOCKET));
	assert_int_equal(connect(fd, (void *)&address, sizeof(address)), 0);
	return fd;
}

/* What has been heard until now is forgotten. */
static void settle(void)
{
	run(20);
	played.heard[0] = '\0';
}

static bool start(__u64 room)
{
	int fds[2];

	descriptors = open_descriptors();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return false;
	played = (struct played) { .fd = fds[1], .room = room, .actual = RAM };
	machine = (struct machine) {
		.qemu = { .ram = RAM, .slots = SLOTS, .ram_max = RAM_MAX }, .loop = &loop,
		.pid = getpid(),
	};
	qmp_open(&machine.qmp, fds[0]);
	if (!loop_watch(&loop, fds[0], POLLIN, on_qmp, NULL) ||
	    !vm_execute_open(&executor, &machine, SOCKET, NULL))
		return false;
	vm_execute_start(&executor);
	say(json_pack("{s:{}}", "QMP"));
	client = new_client();
	settle();
	return true;
}

FIXTURE(setup)
{
	strcpy(directory, "/tmp/vmhost-execute-XXXXXX");
	return !mkdtemp(directory) || chdir(directory) || !start(4 * GIB) ? -1 : 0;
}

static void stop(void)
{
	if (played.fd != -1)
		close(played.fd);
	close(client);
	loop_forget(&loop, machine.qmp.fd);
	qmp_close(&machine.qmp);
	vm_execute_close(&executor);
	loop_close(&loop);
	assert_int_equal(open_descriptors(), descriptors);
}

FIXTURE(teardown)
{
	stop();
	return rmdir(directory);
}

static void send_request(int fd, enum vm_request_type type, __u32 slot, __u64 size, int file)
{
	const struct vm_request request = { .type = type, .slot = slot, .size = size };

	assert_int_equal(vm_send_request(fd, &request, file).kind, VM_NO_ERROR);
}

static struct vm_response response_to(int fd)
{
	struct vm_response response;
	struct pollfd ready = { fd, POLLIN, 0 };

	for (int i = 0; i < PATIENCE && !poll(&ready, 1, 0); i++)
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
	assert_int_equal(-response.error, error);
}

static void assert_silent(int fd)
{
	struct pollfd ready = { fd, POLLIN, 0 };

	run(10);
	assert_int_equal(poll(&ready, 1, 0), 0);
}

static int file_of(__u64 size)
{
	int fd = memfd_create("memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(ftruncate(fd, size), 0);
	return fd;
}

static void send_memory(__u64 size)
{
	int file = file_of(size);

	send_request(client, VM_REGISTER_MEMORY, 0, size, file);
	close(file);
}

/* What the guest's firmware and QEMU say of a device */
static void say_ost(const char *device, int source, int status)
{
	say(json_pack("{s:s, s:{s:{s:s*, s:s, s:s, s:i, s:i}}}", "event", "ACPI_DEVICE_OST",
		      "data", "info", "device", device, "slot", "0", "slot-type", "DIMM",
		      "source", source, "status", status));
}

static void say_event(const char *event, const char *device)
{
	say(json_pack("{s:s, s:{s:s*, s:s}}", "event", event, "data", "device", device,
		      "path", "/machine/peripheral/x"));
}

/* The guest has noticed it, too. */
static void assert_registered(__u64 size, __u64 address, __u32 slot)
{
	struct vm_response response;
	char device[32];

	send_memory(size);
	response = response_to(client);
	assert_int_equal(response.type, VM_REGISTERED);
	assert_int_equal(response.pfn, address / PAGE);
	assert_int_equal(response.slot, slot);
	snprintf(device, sizeof(device), "vmhost-dimm-%u", slot);
	say_ost(device, 1, 0);
	run(10);
}

static void assert_not_registered(__u64 size, int error)
{
	send_memory(size);
	assert_err(client, error);
}

static void unregister(__u32 slot)
{
	send_request(client, VM_UNREGISTER_MEMORY, slot, 0, -1);
}

static void assert_unregistered(__u32 slot, const char *device)
{
	unregister(slot);
	assert_silent(client);
	say_event("DEVICE_DELETED", device);
	assert_ok(client);
}

static void assert_heard(const char *commands)
{
	run(10);
	assert_string_equal(played.heard, commands);
	played.heard[0] = '\0';
}

TEST_F(what_qemu_is_told)
{
	assert_registered(128 * MIB, 4 * GIB, 0);
	assert_heard("add-fd\n"
		     "object-add {\"id\":\"vmhost-memory-0\",\"mem-path\":\"/proc/self/fd/10\","
		     "\"qom-type\":\"memory-backend-file\",\"share\":true,\"size\":134217728}\n"
		     "remove-fd {\"fdset-id\":3}\n"
		     "device_add {\"addr\":4294967296,\"driver\":\"pc-dimm\",\"id\":\"vmhost-dimm-0\","
		     "\"memdev\":\"vmhost-memory-0\",\"slot\":0}\n");
	assert_int_equal(machine.plugged, 1);
	unregister(0);
	assert_silent(client);
	assert_heard("device_del {\"id\":\"vmhost-dimm-0\"}\n");
	assert_int_equal(machine.plugged, 1);
	say_event("DEVICE_DELETED", "vmhost-dimm-0");
	assert_ok(client);
	assert_heard("object-del {\"id\":\"vmhost-memory-0\"}\n");
	assert_int_equal(machine.plugged, 0);
}

/* The protocol's next_mem_pfn, and then to the next block; slots are used again. */
TEST_F(addresses_are_not_used_again)
{
	__u64 address = 4 * GIB;

	assert_registered(128 * MIB, address, 0);
	assert_registered(256 * MIB, address + 256 * MIB, 1);
	assert_unregistered(0, "vmhost-dimm-0");
	assert_registered(128 * MIB, address + 640 * MIB, 0);
	assert_registered(128 * MIB, address + 896 * MIB, 2);
}

TEST_F(addresses_run_out)
{
	stop();
	assert_true(start(640 * MIB));
	assert_registered(128 * MIB, 4 * GIB, 0);
	assert_unregistered(0, "vmhost-dimm-0");
	assert_not_registered(512 * MIB, ENOSPC);
	assert_registered(384 * MIB, 4 * GIB + 256 * MIB, 0);
	assert_unregistered(0, "vmhost-dimm-0");
	settle();
	for (int i = 0; i < 10; i++)
		assert_not_registered(128 * MIB, ENOSPC);
	assert_null(strstr(played.heard, "device_add"));
	assert_int_equal(machine.plugged, 0);
}

TEST_F(slots_and_room_run_out)
{
	assert_not_registered(GIB + 128 * MIB, ENOSPC);
	assert_registered(GIB, 4 * GIB, 0);
	assert_not_registered(128 * MIB, ENOSPC);
	assert_unregistered(0, "vmhost-dimm-0");
	for (__u32 i = 0; i < SLOTS; i++) {
		send_memory(128 * MIB);
		assert_int_equal(response_to(client).slot, i);
	}
	assert_not_registered(128 * MIB, ENOSPC);
	assert_int_equal(machine.plugged, SLOTS);
}

/* Nothing stays behind of what QEMU did not want. */
TEST_F(qemu_refuses_memory)
{
	played.refused = "add-fd";
	assert_not_registered(128 * MIB, EINVAL);
	assert_heard("add-fd\n");
	played.refused = "object-add";
	assert_not_registered(128 * MIB, EINVAL);
	run(10);
	assert_non_null(strstr(played.heard, "remove-fd {\"fdset-id\":3}\n"));
	assert_null(strstr(played.heard, "device_add"));
	settle();
	played.refused = "device_add";
	assert_not_registered(128 * MIB, EINVAL);
	run(10);
	assert_non_null(strstr(played.heard, "object-del {\"id\":\"vmhost-memory-0\"}\n"));
	assert_int_equal(machine.plugged, 0);
	played.refused = NULL;
	assert_registered(128 * MIB, 4 * GIB + 256 * MIB, 0);
	played.refused = "device_del";
	unregister(0);
	assert_err(client, EINVAL);
	assert_int_equal(machine.plugged, 1);
}

/* Without an answer to where memory goes */
TEST_F(a_machine_without_room)
{
	stop();
	played.refused = "qom-get";
	assert_true(start(0));
	assert_not_registered(128 * MIB, ENOSPC);
}

TEST_F(wrong_memory)
{
	int file = file_of(128 * MIB), other;
	const int no_file = open("/dev/zero", O_RDWR | O_CLOEXEC);
	char path[32];
	int read_only;

	send_request(client, VM_REGISTER_MEMORY, 0, 0, file);
	assert_err(client, EINVAL);
	send_request(client, VM_REGISTER_MEMORY, 0, 2 * MIB, file);
	assert_err(client, EINVAL);
	send_request(client, VM_REGISTER_MEMORY, 0, 256 * MIB, file);
	assert_err(client, EINVAL);
	send_request(client, VM_REGISTER_MEMORY, 0, 128 * MIB, no_file);
	assert_err(client, EINVAL);
	close(no_file);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	read_only = open(path, O_RDONLY | O_CLOEXEC);
	send_request(client, VM_REGISTER_MEMORY, 0, 128 * MIB, read_only);
	assert_err(client, EACCES);
	close(read_only);
	assert_heard("");
	send_request(client, VM_REGISTER_MEMORY, 0, 128 * MIB, file);
	assert_int_equal(response_to(client).type, VM_REGISTERED);
	assert_int_equal(fcntl(file, F_GET_SEALS), F_SEAL_SHRINK);
	send_request(client, VM_REGISTER_MEMORY, 0, 128 * MIB, file);
	assert_err(client, EEXIST);
	/* One that cannot be sealed is taken as it is. */
	other = memfd_create("memory", MFD_CLOEXEC);
	assert_int_equal(ftruncate(other, 128 * MIB), 0);
	send_request(client, VM_REGISTER_MEMORY, 0, 128 * MIB, other);
	assert_int_equal(response_to(client).slot, 1);
	close(file);
	close(other);
}

TEST_F(the_guest_does_not_give_it_back)
{
	static const int refusals[] = { 0x01, 0x80, 0x81, 0x82, 0x83 };
	static const char * const events[] = {
		"MEM_UNPLUG_ERROR", "DEVICE_UNPLUG_GUEST_ERROR",
	};

	assert_registered(128 * MIB, 4 * GIB, 0);
	for (size_t i = 0; i < COUNT(refusals); i++) {
		unregister(0);
		assert_silent(client);
		say_ost("vmhost-dimm-0", i % 2 ? 0x103 : 3, refusals[i]);
		assert_err(client, EBUSY);
	}
	for (size_t i = 0; i < COUNT(events); i++) {
		unregister(0);
		assert_silent(client);
		say_event(events[i], "vmhost-dimm-0");
		assert_err(client, EBUSY);
	}
	assert_int_equal(machine.plugged, 1);
	assert_unregistered(0, "vmhost-dimm-0");
}

/* QEMU would not tell the guest both. */
TEST_F(the_guest_notices_it_first)
{
	for (int source = 0; source <= 1; source++) {
		send_memory(128 * MIB);
		assert_int_equal(response_to(client).type, VM_REGISTERED);
		settle();
		unregister(0);
		assert_silent(client);
		vm_execute_tick(&executor);
		assert_heard("");
		say_ost("vmhost-dimm-0", source, 1);
		assert_heard("device_del {\"id\":\"vmhost-dimm-0\"}\n");
		say_ost("vmhost-dimm-0", source, 0);
		vm_execute_tick(&executor);
		assert_heard("");
		say_event("DEVICE_DELETED", "vmhost-dimm-0");
		assert_ok(client);
	}
}

/* One that says nothing of it is asked all the same. */
TEST_F(the_guest_does_not_notice)
{
	send_memory(128 * MIB);
	assert_int_equal(response_to(client).type, VM_REGISTERED);
	settle();
	unregister(0);
	run(10);
	executor.plug.slots[0].since -= PLUG_NOTICE;
	vm_execute_tick(&executor);
	vm_execute_tick(&executor);
	assert_heard("device_del {\"id\":\"vmhost-dimm-0\"}\n");
	say_event("DEVICE_DELETED", "vmhost-dimm-0");
	assert_ok(client);
	/* The next one in its place is a new one. */
	send_memory(128 * MIB);
	assert_int_equal(response_to(client).type, VM_REGISTERED);
	settle();
	unregister(0);
	assert_silent(client);
	vm_execute_tick(&executor);
	assert_heard("");
}

/* The guest is at it; or it is about something else. */
TEST_F(what_says_nothing_of_it)
{
	assert_registered(128 * MIB, 4 * GIB, 0);
	unregister(0);
	run(10);
	say_ost("vmhost-dimm-0", 3, 0x84);
	say_ost("vmhost-dimm-0", 3, 0);
	say_ost("vmhost-dimm-0", 1, 1);
	say_ost("vmhost-dimm-1", 3, 1);
	say_ost("vmhost-dimm-00", 3, 1);
	say_ost(NULL, 3, 1);
	say_event("DEVICE_DELETED", NULL);
	say_event("DEVICE_DELETED", "net0");
	say_event("DEVICE_DELETED", "vmhost-dimm-1");
	say_event("MEM_UNPLUG_ERROR", "net0");
	say_event("STOP", "vmhost-dimm-0");
	assert_silent(client);
	assert_int_equal(machine.plugged, 1);
	say_event("DEVICE_DELETED", "vmhost-dimm-0");
	assert_ok(client);
}

TEST_F(the_guest_is_silent)
{
	assert_registered(128 * MIB, 4 * GIB, 0);
	unregister(0);
	assert_silent(client);
	vm_execute_tick(&executor);
	assert_silent(client);
	assert_true(executor.plug.slots[0].deadline);
	executor.plug.slots[0].deadline = 1;
	vm_execute_tick(&executor);
	assert_err(client, ETIMEDOUT);
	assert_int_equal(machine.plugged, 1);
	/* It gives it back after all. */
	played.deaf = true;
	say_event("DEVICE_DELETED", "vmhost-dimm-0");
	run(10);
	unregister(0);
	assert_err(client, EBUSY);
	played.deaf = false;
	run(10);
	assert_int_equal(machine.plugged, 0);
	unregister(0);
	assert_err(client, ENOENT);
	assert_registered(128 * MIB, 4 * GIB + 256 * MIB, 0);
}

TEST_F(unknown_slots)
{
	static const __u32 slots[] = { 0, 1, SLOTS, QEMU_MEMORY_SLOTS, 1U << 31, ~0U };

	for (size_t i = 0; i < COUNT(slots); i++) {
		unregister(slots[i]);
		assert_err(client, ENOENT);
	}
	assert_heard("");
}

TEST_F(two_want_the_same)
{
	int other = new_client();

	assert_registered(128 * MIB, 4 * GIB, 0);
	unregister(0);
	run(10);
	send_request(other, VM_UNREGISTER_MEMORY, 0, 0, -1);
	assert_err(other, EBUSY);
	say_event("DEVICE_DELETED", "vmhost-dimm-0");
	assert_ok(client);
	/* One that is only about to come */
	played.deaf = true;
	send_memory(128 * MIB);
	run(10);
	send_request(other, VM_UNREGISTER_MEMORY, 0, 0, -1);
	assert_err(other, EBUSY);
	played.deaf = false;
	assert_int_equal(response_to(client).type, VM_REGISTERED);
	close(other);
}

TEST_F(a_client_does_not_wait)
{
	send_memory(128 * MIB);
	close(client);
	client = new_client();
	run(20);
	assert_int_equal(machine.plugged, 1);
	say_ost("vmhost-dimm-0", 1, 0);
	unregister(0);
	close(client);
	client = new_client();
	run(20);
	say_event("DEVICE_DELETED", "vmhost-dimm-0");
	run(20);
	assert_int_equal(machine.plugged, 0);
	assert_registered(128 * MIB, 4 * GIB + 256 * MIB, 0);
}

static void adjust(__s32 pages)
{
	const struct vm_request request = { .type = VM_BALLOON_ADJUST, .num_pages = pages };

	assert_int_equal(vm_send_request(client, &request, -1).kind, VM_NO_ERROR);
}

static void assert_balloon(__s64 bytes)
{
	char expected[64];

	run(10);
	snprintf(expected, sizeof(expected), "balloon {\"value\":%lld}\n", bytes);
	assert_non_null(strstr(played.heard, expected));
	played.heard[0] = '\0';
}

TEST_F(the_balloon_moves)
{
	adjust(100);
	assert_ok(client);
	assert_balloon(RAM - 100 * PAGE);
	/* The guest takes its time: what it has reached does not count. */
	adjust(-30);
	assert_ok(client);
	assert_balloon(RAM - 70 * PAGE);
	adjust(-71);
	assert_err(client, ERANGE);
	adjust(RAM / PAGE - 70);
	assert_err(client, ERANGE);
	adjust(2147483647);
	assert_err(client, ERANGE);
	adjust(-2147483647 - 1);
	assert_err(client, ERANGE);
	played.refused = "balloon";
	adjust(5);
	assert_err(client, EINVAL);
	played.refused = NULL;
	settle();
	adjust(RAM / PAGE - 71);
	assert_ok(client);
	assert_balloon(PAGE);
	adjust(1 - (__s32)(RAM / PAGE));
	assert_ok(client);
	assert_balloon(RAM);
}

/* A machine that was restored has one already. */
TEST_F(the_balloon_that_is_there)
{
	played.actual = RAM - 50 * PAGE;
	adjust(-51);
	assert_err(client, ERANGE);
	adjust(-50);
	assert_ok(client);
	assert_balloon(RAM);
}

TEST_F(no_balloon)
{
	played.refused = "query-balloon";
	adjust(1);
	assert_err(client, ENODEV);
}

/* QEMU counts from the other end. */
TEST_F(the_balloon_and_more_memory)
{
	adjust(100);
	assert_ok(client);
	assert_registered(128 * MIB, 4 * GIB, 0);
	settle();
	vm_execute_tick(&executor);
	assert_balloon(RAM + 128 * MIB - 100 * PAGE);
	vm_execute_tick(&executor);
	assert_heard("");
	adjust(RAM / PAGE);
	assert_ok(client);
	assert_balloon(128 * MIB - 100 * PAGE);
	/* Gone with what was in it */
	assert_unregistered(0, "vmhost-dimm-0");
	settle();
	vm_execute_tick(&executor);
	assert_balloon(RAM);
}

/* While it is being saved, for example */
TEST_F(a_machine_that_is_busy)
{
	assert_registered(128 * MIB, 4 * GIB, 0);
	settle();
	machine.busy = true;
	assert_not_registered(128 * MIB, EBUSY);
	unregister(0);
	assert_err(client, EBUSY);
	adjust(1);
	assert_err(client, EBUSY);
	assert_heard("");
	machine.busy = false;
	assert_registered(128 * MIB, 4 * GIB + 256 * MIB, 1);
}

TEST_F(the_end)
{
	send_request(client, VM_EXIT, 0, 0, -1);
	assert_ok(client);
	assert_heard("quit\n");
}

TEST_F(qemu_is_gone)
{
	int other = new_client(), third = new_client(), file = file_of(128 * MIB);

	assert_registered(128 * MIB, 4 * GIB, 0);
	unregister(0);
	run(10);
	played.deaf = true;
	send_request(other, VM_BALLOON_ADJUST, 0, 0, -1);
	send_request(third, VM_REGISTER_MEMORY, 0, 128 * MIB, file);
	run(10);
	close(played.fd);
	played.fd = -1;
	assert_err(other, ECANCELED);
	assert_err(third, ECANCELED);
	send_request(third, VM_REGISTER_MEMORY, 0, 128 * MIB, file);
	assert_err(third, ECANCELED);
	assert_silent(client);	/* it still waits for the guest */
	close(other);
	close(third);
	close(file);
}

TEST_MAIN(NULL, NULL)
