// SPDX-License-Identifier: GPL-2.0-only
#include "kvm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "number.h"

#define DIGITS	24	/* of a number, with sign, newline and end */

/**
 * struct machine - what is read
 * @directory: of all machines
 * @name: this one's directory in there: PID-FD, and FD is of no interest
 * @fd: the same, opened
 * @error: what is wrong
 * @size: room for that
 */
struct machine {
	const char *directory;
	char name[NAME_MAX + 1];
	int fd;
	char *error;
	size_t size;
};

__attribute__((format(printf, 2, 3)))
static bool fail(const struct machine *machine, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(machine->error, machine->size, format, list);
	va_end(list);
	return false;
}

/* The next entry that begins with @prefix and goes on with a digit; NULL after the last. */
static const char *next_entry(DIR *directory, const char *prefix)
{
	const struct dirent *entry;
	size_t length = strlen(prefix);

	while ((entry = readdir(directory))) {
		const char *name = entry->d_name;

		if (!strncmp(name, prefix, length) && name[length] >= '0' && name[length] <= '9')
			return name;
	}
	return NULL;
}

static bool find_machine(struct machine *machine, pid_t pid)
{
	DIR *machines = opendir(machine->directory);
	char prefix[DIGITS];
	const char *name;
	int found = 0;

	if (!machines && errno == ENOENT)
		return fail(machine,
			    "%s is not there: 'mount -t debugfs none /sys/kernel/debug', and QEMU must run with -accel kvm",
			    machine->directory);
	if (!machines)
		return fail(machine, "%s: %s: debugfs is for root",
			    machine->directory, strerror(errno));
	snprintf(prefix, sizeof(prefix), "%d-", pid);
	while ((name = next_entry(machines, prefix))) {
		snprintf(machine->name, sizeof(machine->name), "%s", name);
		found++;
	}
	closedir(machines);
	if (!found)
		return fail(machine,
			    "%s knows no machine of process %d: QEMU must run with -accel kvm, and not in another PID namespace",
			    machine->directory, pid);
	if (found > 1)
		return fail(machine, "process %d has %d machines in %s: it must have one",
			    pid, found, machine->directory);
	return true;
}

static bool no_file(const struct machine *machine, const char *vcpu, const char *file)
{
	return fail(machine, "%s/%s/%s/%s: %s: debugfs is for root", machine->directory,
		    machine->name, vcpu, file, strerror(errno));
}

/* Opens one of a vCPU's files; -1 with errno if that fails. */
static int open_file(const struct machine *machine, const char *vcpu, const char *file)
{
	char path[NAME_MAX + DIGITS + 32];

	snprintf(path, sizeof(path), "%s/%s", vcpu, file);
	return openat(machine->fd, path, O_RDONLY | O_CLOEXEC);
}

/* The word in it, without its newline */
static bool read_word(const struct machine *machine, const char *vcpu, const char *file,
		      char *word)
{
	int fd = open_file(machine, vcpu, file);
	ssize_t length;

	if (fd == -1)
		return no_file(machine, vcpu, file);
	length = read(fd, word, DIGITS - 1);
	close(fd);
	if (length == -1)
		return no_file(machine, vcpu, file);
	word[length] = '\0';
	word[strcspn(word, "\n")] = '\0';
	return true;
}

static bool no_number(const struct machine *machine, const char *vcpu, const char *file,
		      const char *word)
{
	return fail(machine, "%s/%s/%s/%s: '%s' is not what this vmhost understands",
		    machine->directory, machine->name, vcpu, file, word);
}

static bool read_offset(const struct machine *machine, const char *vcpu, __s64 *offset)
{
	static const char file[] = "tsc-offset";
	char word[DIGITS];

	return read_word(machine, vcpu, file, word) &&
	       (number_signed(word, offset) || no_number(machine, vcpu, file, word));
}

static bool read_unsigned(const struct machine *machine, const char *vcpu, const char *file,
			  __u64 max, __u64 *value)
{
	char word[DIGITS];

	return read_word(machine, vcpu, file, word) &&
	       (number_unsigned(word, max, value) || no_number(machine, vcpu, file, word));
}

static bool read_scale(const struct machine *machine, const char *vcpu, struct scale *scale)
{
	static const char file[] = "tsc-scaling-ratio";
	int fd = open_file(machine, vcpu, file);
	__u64 frac_bits;

	*scale = (struct scale) { .ratio = 0 };
	/* Linux makes it only where the processor can scale. */
	if (fd == -1 && errno == ENOENT)
		return true;
	if (fd != -1)
		close(fd);
	if (!read_unsigned(machine, vcpu, file, ~0ULL, &scale->ratio) ||
	    !read_unsigned(machine, vcpu, "tsc-scaling-ratio-frac-bits", 63, &frac_bits))
		return false;
	if (!scale->ratio)
		return no_number(machine, vcpu, file, "0");
	scale->frac_bits = frac_bits;
	if (scale->ratio == 1ULL << frac_bits)
		*scale = (struct scale) { .ratio = 0 };
	return true;
}

static bool read_vcpus(const struct machine *machine, DIR *vcpus, struct kvm_counter *counter)
{
	struct kvm_counter other;
	const char *name;
	int read = 0;

	while ((name = next_entry(vcpus, "vcpu"))) {
		if (!read_offset(machine, name, &other.offset) ||
		    !read_scale(machine, name, &other.scale))
			return false;
		if (!read++)
			*counter = other;
		if (counter->offset != other.offset || !scale_is(&counter->scale, &other.scale))
			return fail(machine,
				    "%s/%s: its vCPUs have different counters (offsets %lld and %lld): this host's kernel does not trust its TSC, or the guest has set that of one alone",
				    machine->directory, machine->name, counter->offset,
				    other.offset);
	}
	if (!read)
		return fail(machine, "%s/%s: it has no vCPUs yet", machine->directory,
			    machine->name);
	return true;
}

bool kvm_counter_read(const char *directory, pid_t pid, struct kvm_counter *counter,
		      char *error, size_t size)
{
	struct machine machine = { .directory = directory, .error = error, .size = size };
	char path[PATH_MAX];
	DIR *vcpus;
	bool read;

	if (!find_machine(&machine, pid))
		return false;
	snprintf(path, sizeof(path), "%s/%s", directory, machine.name);
	vcpus = opendir(path);
	if (!vcpus)
		return fail(&machine, "%s: %s", path, strerror(errno));
	machine.fd = dirfd(vcpus);
	read = read_vcpus(&machine, vcpus, counter);
	closedir(vcpus);
	return read;
}

bool kvm_look(struct kvm *kvm, struct hypervisor *hv)
{
	struct kvm_counter counter;
	char error[512];

	if (kvm_counter_read(kvm->directory, kvm->pid, &counter, error, sizeof(error))) {
		kvm->failed = false;
		hypervisor_scale(hv, &counter.scale);
		hypervisor_offset_known(hv, counter.offset);
		return true;
	}
	if (!kvm->failed)
		fprintf(stderr,
			"vmhost: the offset of the guest's counter is unknown: %s\n", error);
	kvm->failed = true;
	if (hv->offset.rounds)
		hypervisor_counter_lost(hv);
	return false;
}
