// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU's command line: what is understood of the user's, what is refused, and the whole.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu.h"

#define MIB	(1ULL << 20)
#define GIB	(1ULL << 30)

static struct qemu qemu;
static char error[256];
static char text[1024];
static char *words[64];

/* Takes a command line apart at its blanks. */
static bool parse(const char *line)
{
	char *rest = NULL;
	int count = 0;

	snprintf(text, sizeof(text), "%s", line);
	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		words[count++] = word;
	error[0] = '\0';
	return qemu_parse(&qemu, count, words, error, sizeof(error));
}

static void assert_parses(const char *line)
{
	if (!parse(line))
		fail_msg("%s: %s", line, error);
}

static void assert_refused(const char *line, const char *reason)
{
	if (parse(line))
		fail_msg("taken: %s", line);
	if (!strstr(error, reason) || strchr(error, '\n'))
		fail_msg("%s: %s", line, error);
}

static void assert_ram(const char *line, __u64 ram)
{
	assert_parses(line);
	if (qemu.ram != ram)
		fail_msg("%s: %llu", line, qemu.ram);
}

TEST(the_size_of_the_memory)
{
	assert_ram("", 128 * MIB);
	assert_ram("-m 256", 256 * MIB);
	assert_ram("-m 256M", 256 * MIB);
	assert_ram("-m 256m", 256 * MIB);
	assert_ram("--m 3G", 3 * GIB);
	assert_ram("-m 1T", 1024 * GIB);
	assert_ram("-m 262144K", 256 * MIB);
	assert_ram("-m 268435456B", 256 * MIB);
	assert_ram("-m 1.5G", 1536 * MIB);
	assert_ram("-m 0x100", 256 * MIB);
	assert_ram("-m size=1G,slots=4,maxmem=4G", GIB);
	assert_ram("-m 1G,slots=4,maxmem=4G", GIB);
	assert_ram("-m slots=4,maxmem=4G,size=1G", GIB);
	assert_ram("-m slots=4,maxmem=4G", 128 * MIB);
	assert_ram("-m 64 -m 96", 96 * MIB);
	assert_ram("-m 64 -m slots=2,maxmem=1G", 64 * MIB);
	assert_ram("-m 0", 128 * MIB);
	assert_ram("-m 1B", 8192);
	assert_ram("-m 12289B", 16384);
	/* What looks like an option can be another option's argument. */
	assert_ram("-name -m -append 64", 128 * MIB);
	assert_ram("-S -m 64", 64 * MIB);
	assert_ram("disk.img -m 64 -nographic -snapshot", 64 * MIB);
	/* QEMU says what is wrong with that. */
	assert_ram("-m", 128 * MIB);
}

TEST(what_is_no_size)
{
	static const char * const bad[] = {
		"x", "-5", "1X", "1GG", "1G5", "G", "size=", "size=x", "1e99", "999999999T",
		",slots=4", "64,size=x", "nan", "inf", "..5",
	};
	char line[64];

	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(line, sizeof(line), "-m %s", bad[i]);
		assert_refused(line, "that is no size");
	}
}

TEST(the_type_of_the_machine)
{
	assert_parses("-m 64");
	assert_false(qemu.q35);
	assert_string_equal(qemu_interrupts(&qemu), "/machine/i440fx/ioapic");
	assert_parses("-M q35");
	assert_true(qemu.q35);
	assert_string_equal(qemu_interrupts(&qemu), "/machine/q35/ioapic");
	assert_parses("-machine pc-q35-7.2,usb=on");
	assert_true(qemu.q35);
	assert_parses("-machine smm=off,type=q35");
	assert_true(qemu.q35);
	assert_parses("--machine q35 -machine pc-i440fx-2.12");
	assert_false(qemu.q35);
	assert_parses("-machine q35 -machine accel=tcg");
	assert_true(qemu.q35);
	assert_refused("-M microvm", "q35 and pc");
	assert_refused("-machine isapc", "q35 and pc");
	assert_refused("-machine none", "q35 and pc");
	assert_refused("-machine pcx", "q35 and pc");
}

TEST(kvm_or_not)
{
	static const char * const with[] = {
		"-enable-kvm", "--enable-kvm", "-accel kvm", "-accel accel=kvm",
		"-machine q35,accel=kvm", "-accel kvm,kernel-irqchip=split",
		"-accel kvm -accel kvm",
	};
	static const char * const without[] = {
		"", "-accel tcg", "-accel kvm -accel tcg", "-accel tcg -accel kvm",
		"-machine accel=kvm:tcg", "-name -enable-kvm",
	};

	for (size_t i = 0; i < COUNT(with); i++) {
		assert_parses(with[i]);
		assert_true(qemu.kvm);
	}
	for (size_t i = 0; i < COUNT(without); i++) {
		assert_parses(without[i]);
		assert_false(qemu.kvm);
	}
}

TEST(the_program_comes_first)
{
	assert_parses("");
	assert_string_equal(qemu.program, "qemu-system-x86_64");
	assert_int_equal(qemu.count, 0);
	assert_parses("/opt/qemu/bin/qemu-system-x86_64 -m 64 disk.img");
	assert_string_equal(qemu.program, "/opt/qemu/bin/qemu-system-x86_64");
	assert_int_equal(qemu.count, 3);
	assert_int_equal(qemu.ram, 64 * MIB);
	assert_parses("-S");
	assert_true(qemu.stopped);
	assert_parses("-name -S");
	assert_false(qemu.stopped);
}

TEST(what_would_clash_is_refused)
{
	assert_refused("-machine q35,memory-backend=ram", "leave it out");
	assert_refused("-machine acpi=off", "ACPI");
	assert_refused("-no-acpi", "ACPI");
	assert_refused("-mem-path /dev/shm", "leave it out");
	assert_refused("-daemonize", "background");
	assert_refused("-incoming defer", "-incoming");
	assert_refused("-loadvm x", "old VMClock page");
	assert_refused("-qtest unix:x", "-qtest");
	assert_refused("-numa node,memdev=m0", "no mem= and no memdev=");
	assert_refused("-numa node,nodeid=0,mem=64M", "no mem= and no memdev=");
	assert_refused("-device vmclock", "leave it out");
	assert_refused("-device e1000,addr=0x1e", "another addr=");
	assert_refused("-device e1000,addr=1e.1", "another addr=");
	assert_refused("-device e1000,addr=1E,bus=pci.0", "another addr=");
	assert_refused("-device driver=e1000,addr=1e,bus=pcie.0", "another addr=");

	assert_parses("-machine q35,acpi=on");
	assert_parses("-numa node,cpus=0");
	assert_parses("-device e1000,addr=1d");
	assert_parses("-device e1000,addr=0x1e,bus=bridge");
	assert_parses("-device e1000,mac=1e:1e:1e:1e:1e:1e");
	assert_parses("-name -daemonize");
	assert_parses("-device e1000,id=a,,addr=1e");
}

static const struct qemu_descriptors descriptors = { 11, 12, 13, 14, 15, 16 };

static char *joined(char **command)
{
	static char line[4096];

	line[0] = '\0';
	for (int i = 0; command[i]; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), "%s ", command[i]);
	return line;
}

static void assert_has(const char *line, const char *part)
{
	if (!strstr(line, part))
		fail_msg("no %s in %s", part, line);
}

TEST(the_whole_command_line)
{
	char **command;
	char *line;

	assert_parses("kvm -m 64 -M q35 -append a");
	command = qemu_command(&qemu, &descriptors);
	assert_string_equal(command[0], "kvm");
	line = joined(command);
	assert_has(line, "kvm -S -machine memory-backend=vmhost-ram ");
	assert_has(line, "id=vmhost-ram,share=on,mem-path=/proc/self/fd/11,size=67108864 ");
	assert_has(line, "id=vmhost-shared,share=on,mem-path=/proc/self/fd/12,size=16777216 ");
	assert_has(line, "memdev=vmhost-shared,master=on,bus=pcie.0,addr=0x1e ");
	assert_has(line, "-acpitable file=/proc/self/fd/13 ");
	assert_has(line, "-chardev socket,id=vmhost-qmp,fd=15 ");
	assert_has(line, "-readconfig /proc/self/fd/14 ");
	assert_has(line, "-chardev socket,id=vmhost-qtest,fd=16 ");
	/* The user's words are the last, as they are. */
	assert_string_equal(line + strlen(line) - strlen("-m 64 -M q35 -append a "),
			    "-m 64 -M q35 -append a ");
	free(command);

	assert_parses("");
	command = qemu_command(&qemu, &descriptors);
	line = joined(command);
	assert_has(line, "qemu-system-x86_64 -S ");
	assert_has(line, "bus=pci.0,");
	free(command);
}

TEST_MAIN(NULL, NULL)
