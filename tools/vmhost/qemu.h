/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's command line: what vmhost has to know of the user's, and the whole of it.
 */
#ifndef VMHOST_QEMU_H
#define VMHOST_QEMU_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define QEMU_PROGRAM	"qemu-system-x86_64"

/* The slot of vmhost's device on the first PCI bus; vmclock.asl knows it, too. */
#define QEMU_SLOT	0x1e

/* And that of the balloon */
#define QEMU_BALLOON_SLOT	0x1c

/* QEMU has no more slots for memory. */
#define QEMU_MEMORY_SLOTS	256

/**
 * struct qemu - a machine as the user describes it
 * @program: the program to start
 * @words: what the user has for it
 * @count: of @words
 * @ram: bytes of memory, without what is plugged in later
 * @slots: how many pieces can be plugged in at once; 0 if there was no word about it
 * @ram_max: bytes of memory with all that can be plugged in; or 0
 * @memory_device: a device that would take a slot, or NULL
 * @balloon: it has one
 * @pluggable: vmhost can plug memory in, and move the balloon
 * @q35: it is a q35, else a pc
 * @stopped: it waits for the user's own "cont"
 * @kvm: it runs with KVM or not at all
 * @incoming: its state comes from elsewhere, see stream_read()
 * @private_ram: its memory is a file that stays as it is: what it writes is its own
 */
struct qemu {
	const char *program;
	char **words;
	int count;
	__u64 ram;
	__u32 slots;
	__u64 ram_max;
	const char *memory_device;
	bool balloon;
	bool pluggable;
	bool q35;
	bool stopped;
	bool kvm;
	bool incoming;
	bool private_ram;
};

/**
 * struct qemu_descriptors - what QEMU inherits from vmhost
 * @ram: the memory
 * @shared: memory that host and guest share, and the VMClock page
 * @acpi: the ACPI table
 * @config: a configuration file
 * @qmp: a socket for QMP
 * @qtest: a socket for the protocol that raises interrupts
 */
struct qemu_descriptors {
	int ram;
	int shared;
	int acpi;
	int config;
	int qmp;
	int qtest;
};

/*
 * Reads the user's @words, of which the first can be a program. False if vmhost cannot run
 * such a machine, with the reason in @error.
 */
bool qemu_parse(struct qemu *qemu, int count, char **words, char *error, size_t size);

/*
 * Memory is to be plugged into the machine, and to be taken by a balloon: what the user has
 * not said about that gets a default. False if the user's words are in the way of it, with
 * the reason in @error.
 */
bool qemu_make_pluggable(struct qemu *qemu, char *error, size_t size);

/* Is the word behind the option @name, without its dashes, its argument? */
bool qemu_takes_argument(const char *name);

/*
 * What is in the file @config: the monitor. On the command line it would take the place of
 * the one that QEMU has by default.
 */
extern const char qemu_config[];

/* The command line, with NULL at its end, to be freed with free(). NULL without memory. */
char **qemu_command(const struct qemu *qemu, const struct qemu_descriptors *descriptors);

/* The path of the interrupt controller in QEMU's tree of objects. */
const char *qemu_interrupts(const struct qemu *qemu);

#endif /* VMHOST_QEMU_H */
