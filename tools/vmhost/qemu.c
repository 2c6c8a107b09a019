// SPDX-License-Identifier: GPL-2.0-only
#include "qemu.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared.h"

#define MIB		(1ULL << 20)
#define DEFAULT_RAM	(128 * MIB)
#define RAM_MAX		(1ULL << 46)	/* what an x86-64 has addresses for */
#define RAM_UNIT	8192		/* QEMU rounds up to this */

/*
 * What can be plugged in by default. Each slot takes 1 GiB of addresses in QEMU; together
 * they fit into the 39 bits that most processors have at least.
 */
#define DEFAULT_SLOTS	32
#define DEFAULT_ROOM	(1ULL << 38)

/* The options of QEMU that take no argument; all others take one. */
static const char * const alone[] = {
	"?", "S", "curses", "daemonize", "enable-fips", "enable-kvm", "enable-sync-profile",
	"full-screen", "h", "help", "mem-prealloc", "no-acpi", "no-fd-bootchk", "no-hpet",
	"no-quit", "no-reboot", "no-shutdown", "no-user-config", "nodefaults", "nographic",
	"old-param", "one-insn-per-tb", "only-migratable", "portrait", "preconfig", "sdl",
	"semihosting", "singlestep", "snapshot", "usb", "version", "win2k-hack", "xen-attach",
	"xen-domid-restrict",
};

/* Options that vmhost cannot do with, and why. */
static const struct {
	const char *name;
	const char *why;
} refused[] = {
	{ "mem-path", "vmhost gives the machine its memory: leave it out" },
	{ "daemonize", "vmhost watches over the machine: put vmhost into the background" },
	{ "incoming", "vmhost loads the machine's state itself" },
	{ "loadvm", "it would bring an old VMClock page back" },
	{ "no-acpi", "the VMClock is an ACPI device" },
	{ "qtest", "vmhost uses it for the VMClock's interrupt" },
};

/* They take slots, and addresses, of which vmhost would not know. */
static const char * const memory_devices[] = {
	"pc-dimm", "nvdimm", "virtio-mem-pci", "virtio-pmem-pci",
};

static bool fail(char *error, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool fail(char *error, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, size, format, arguments);
	va_end(arguments);
	return false;
}

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

bool qemu_takes_argument(const char *name)
{
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		if (!strcmp(name, alone[i]))
			return false;
	return true;
}

/* Where the item at @at of a list "a=b,c=d" ends; ",," is a comma in it. */
static const char *item_end(const char *at)
{
	while (*at && (at[0] != ',' || at[1] == ','))
		at += *at == ',' ? 2 : 1;
	return at;
}

/*
 * The value of @key in a list; the last one counts. @implied: a first item without "="
 * is the value of @key.
 */
static bool find(const char *list, const char *key, bool implied, char *value, size_t size)
{
	size_t length = strlen(key);
	bool found = false;

	for (const char *at = list, *end; ; at = end + 1) {
		end = item_end(at);
		if (implied && at == list && !memchr(at, '=', end - at)) {
			snprintf(value, size, "%.*s", (int)(end - at), at);
			found = true;
		} else if (!strncmp(at, key, length) && at[length] == '=') {
			at += length + 1;
			snprintf(value, size, "%.*s", (int)(end - at), at);
			found = true;
		}
		if (!*end)
			return found;
	}
}

/* @unit is what a number without a letter has, and stays. */
static bool unit_of(char letter, __u64 *unit)
{
	switch (toupper((unsigned char)letter)) {
	case '\0':
		return true;
	case 'B':
		*unit = 1;
		return true;
	case 'K':
		*unit = 1ULL << 10;
		return true;
	case 'M':
		*unit = MIB;
		return true;
	case 'G':
		*unit = 1ULL << 30;
		return true;
	case 'T':
		*unit = 1ULL << 40;
		return true;
	default:
		return false;
	}
}

/* A size as QEMU takes it: a number, perhaps with a fraction, in @unit or with its own. */
static bool parse_bytes(const char *text, __u64 unit, __u64 *bytes)
{
	char *end;
	double number;

	if (!isdigit((unsigned char)text[0]))
		return false;
	number = strtod(text, &end);
	if (!unit_of(*end, &unit) || (*end && end[1]) || number * unit > RAM_MAX)
		return false;
	*bytes = number * unit;
	return true;
}

static bool parse_ram(const char *text, __u64 *bytes)
{
	if (!parse_bytes(text, MIB, bytes))
		return false;
	*bytes = (*bytes + RAM_UNIT - 1) / RAM_UNIT * RAM_UNIT;
	/* QEMU takes 0 for no word about it. */
	if (!*bytes)
		*bytes = DEFAULT_RAM;
	return true;
}

static bool take_memory(struct qemu *qemu, const char *argument, char *error, size_t size)
{
	char value[64];

	/* What is wrong with these two, QEMU says. */
	if (find(argument, "slots", false, value, sizeof(value)))
		qemu->slots = strtoul(value, NULL, 0);
	if (find(argument, "maxmem", false, value, sizeof(value)))
		parse_bytes(value, 1, &qemu->ram_max);
	if (!find(argument, "size", true, value, sizeof(value)) ||
	    parse_ram(value, &qemu->ram))
		return true;
	return fail(error, size, "-m %s: that is no size of a memory: as in -m 512M or -m 2G",
		    argument);
}

static bool is_on(const char *value)
{
	return strcmp(value, "off") && strcmp(value, "no") && strcmp(value, "false");
}

static bool take_type(struct qemu *qemu, const char *type, char *error, size_t size)
{
	bool q35 = !strcmp(type, "q35") || starts_with(type, "pc-q35-");
	bool pc = !strcmp(type, "pc") || starts_with(type, "pc-i440fx-");

	if (!q35 && !pc)
		return fail(error, size, "-machine %s: vmhost runs machines of types q35 and pc",
			    type);
	qemu->q35 = q35;
	return true;
}

static bool take_machine(struct qemu *qemu, const char *argument, char *error, size_t size)
{
	char value[64];

	if (find(argument, "memory-backend", false, value, sizeof(value)))
		return fail(error, size,
			    "-machine memory-backend=: vmhost gives the machine its memory: leave it out");
	if (find(argument, "acpi", false, value, sizeof(value)) && !is_on(value))
		return fail(error, size, "-machine acpi=off: the VMClock is an ACPI device");
	if (find(argument, "accel", false, value, sizeof(value)))
		qemu->kvm = !strcmp(value, "kvm");
	if (!find(argument, "type", true, value, sizeof(value)))
		return true;
	return take_type(qemu, value, error, size);
}

/* QEMU takes the first of several that works. */
static void take_accelerator(struct qemu *qemu, const char *argument, bool first)
{
	char value[64];

	if (find(argument, "accel", true, value, sizeof(value)))
		qemu->kvm = !strcmp(value, "kvm") && (first || qemu->kvm);
}

static bool take_numa(const char *argument, char *error, size_t size)
{
	char value[64];

	if (find(argument, "memdev", false, value, sizeof(value)) ||
	    find(argument, "mem", false, value, sizeof(value)))
		return fail(error, size,
			    "-numa %s: vmhost gives the machine its memory, in one piece: no mem= and no memdev=",
			    argument);
	return true;
}

/* What qemu_make_pluggable() has to know */
static void take_driver(struct qemu *qemu, const char *driver)
{
	for (size_t i = 0; i < sizeof(memory_devices) / sizeof(memory_devices[0]); i++)
		if (!strcmp(driver, memory_devices[i]))
			qemu->memory_device = memory_devices[i];
	if (starts_with(driver, "virtio-balloon"))
		qemu->balloon = true;
}

/* Of a device in vmhost's slot QEMU would say so as well, but not of whose it is. */
static bool take_device(struct qemu *qemu, const char *argument, char *error, size_t size)
{
	char driver[64] = "", bus[64] = "", address[64];

	find(argument, "driver", true, driver, sizeof(driver));
	if (!strcmp(driver, "vmclock"))
		return fail(error, size,
			    "-device vmclock: vmhost brings the VMClock: leave it out");
	take_driver(qemu, driver);
	find(argument, "bus", false, bus, sizeof(bus));
	if (*bus && strcmp(bus, "pci.0") && strcmp(bus, "pcie.0"))
		return true;
	if (find(argument, "addr", false, address, sizeof(address)) &&
	    strtoul(address, NULL, 16) == QEMU_SLOT)
		return fail(error, size,
			    "-device %s: slot 0x1e of this bus is vmhost's: give it another addr=",
			    argument);
	return true;
}

static bool take_option(struct qemu *qemu, const char *name, const char *argument,
			bool *accelerated, char *error, size_t size)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (!strcmp(name, refused[i].name))
			return fail(error, size, "-%s: %s", name, refused[i].why);
	if (!strcmp(name, "S"))
		qemu->stopped = true;
	if (!strcmp(name, "enable-kvm"))
		qemu->kvm = true;
	if (!argument)
		return true;
	if (!strcmp(name, "m"))
		return take_memory(qemu, argument, error, size);
	if (!strcmp(name, "machine") || !strcmp(name, "M"))
		return take_machine(qemu, argument, error, size);
	if (!strcmp(name, "numa"))
		return take_numa(argument, error, size);
	if (!strcmp(name, "device"))
		return take_device(qemu, argument, error, size);
	if (!strcmp(name, "accel")) {
		take_accelerator(qemu, argument, !*accelerated);
		*accelerated = true;
	}
	return true;
}

bool qemu_parse(struct qemu *qemu, int count, char **words, char *error, size_t size)
{
	bool accelerated = false;

	*qemu = (struct qemu) {
		.program = QEMU_PROGRAM, .words = words, .count = count, .ram = DEFAULT_RAM,
	};
	if (count && words[0][0] != '-') {
		qemu->program = words[0];
		qemu->words++;
		qemu->count--;
	}
	for (int i = 0; i < qemu->count; i++) {
		const char *name = qemu->words[i];
		const char *argument = NULL;

		if (*name != '-')
			continue;	/* a disk's image */
		name += name[1] == '-' ? 2 : 1;
		if (qemu_takes_argument(name) && i + 1 < qemu->count)
			argument = qemu->words[++i];
		if (!take_option(qemu, name, argument, &accelerated, error, size))
			return false;
	}
	return true;
}

bool qemu_make_pluggable(struct qemu *qemu, char *error, size_t size)
{
	if (qemu->memory_device)
		return fail(error, size,
			    "-device %s: with --control, vmhost plugs the memory in: leave it out",
			    qemu->memory_device);
	if (!qemu->slots && !qemu->ram_max) {
		qemu->slots = DEFAULT_SLOTS;
		qemu->ram_max = qemu->ram + DEFAULT_ROOM;
	}
	if (!qemu->slots || qemu->slots > QEMU_MEMORY_SLOTS || qemu->ram_max <= qemu->ram)
		return fail(error, size,
			    "-m: --control needs room for more memory: give slots= (1 to %d) and a maxmem= above the size, or neither",
			    QEMU_MEMORY_SLOTS);
	qemu->pluggable = true;
	return true;
}

const char qemu_config[] =
	"[mon \"vmhost\"]\n"
	"  chardev = \"vmhost-qmp\"\n"
	"  mode = \"control\"\n";

const char *qemu_interrupts(const struct qemu *qemu)
{
	return qemu->q35 ? "/machine/q35/ioapic" : "/machine/i440fx/ioapic";
}

/* The words of @text, which it is cut into, from @words on; returns where they end. */
static char **cut(char **words, char *text)
{
	char *rest = NULL;

	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		*words++ = word;
	return words;
}

/* The words for qemu_make_pluggable(); what the user says of the same goes first. */
static const char *pluggable(const struct qemu *qemu, const char *bus, char *text, size_t size)
{
	char balloon[100] = "";

	text[0] = '\0';
	if (!qemu->pluggable)
		return text;
	if (!qemu->balloon)
		snprintf(balloon, sizeof(balloon),
			 "-device virtio-balloon-pci,id=vmhost-balloon,bus=%s,addr=0x%x ",
			 bus, QEMU_BALLOON_SLOT);
	snprintf(text, size, "-m slots=%u,maxmem=%lluB %s", qemu->slots, qemu->ram_max,
		 balloon);
	return text;
}

static const char own_words[] =
	"-S %s-machine memory-backend=vmhost-ram %s"
	"-object memory-backend-file,id=vmhost-ram,share=%s,mem-path=/proc/self/fd/%d,size=%llu "
	"-object memory-backend-file,id=vmhost-shared,share=on,mem-path=/proc/self/fd/%d,size=%u "
	"-device ivshmem-plain,id=vmhost,memdev=vmhost-shared,master=on,bus=%s,addr=0x%x "
	"-acpitable file=/proc/self/fd/%d "
	"-chardev socket,id=vmhost-qmp,fd=%d -readconfig /proc/self/fd/%d "
	"-chardev socket,id=vmhost-qtest,fd=%d "
	"-object qtest,id=vmhost-qtest,chardev=vmhost-qtest,log=none";

/*
 * vmhost's words come first: the user's last one may want an argument that is not there.
 * One piece of memory: the pointers, and behind them the text of vmhost's words.
 */
char **qemu_command(const struct qemu *qemu, const struct qemu_descriptors *descriptors)
{
	const char *bus = qemu->q35 ? "pcie.0" : "pci.0";
	char **command, **end;
	char text[2048], more[256];
	size_t room;
	int length;

	length = snprintf(text, sizeof(text), own_words,
			  qemu->incoming ? "-incoming defer " : "",
			  pluggable(qemu, bus, more, sizeof(more)),
			  qemu->private_ram ? "off" : "on", descriptors->ram, qemu->ram,
			  descriptors->shared, VMHOST_SHARED_SIZE, bus, QEMU_SLOT,
			  descriptors->acpi, descriptors->qmp, descriptors->config,
			  descriptors->qtest);

	/* A word of the text has one character at least, and a blank. */
	room = 1 + (length + 1) / 2 + qemu->count + 1;
	command = malloc(room * sizeof(*command) + length + 1);
	if (!command)
		return NULL;
	memcpy(command + room, text, length + 1);
	command[0] = (char *)qemu->program;
	end = cut(command + 1, (char *)(command + room));
	memcpy(end, qemu->words, qemu->count * sizeof(*end));
	end[qemu->count] = NULL;
	return command;
}
