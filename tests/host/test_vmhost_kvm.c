// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's counter as KVM tells it: from files in a directory of the test's own, and, where
 * there is KVM, from the kernel.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "counter.h"
#include "kvm.h"

#define PID	4711

static char directory[64];
static struct kvm_counter counter;
static char error[512];

FIXTURE(setup)
{
	strcpy(directory, "/tmp/test_vmhost_kvm.XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

FIXTURE(teardown)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", directory);
	return test_shell(command, error, sizeof(error));
}

static void make(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void put(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* A machine with two vCPUs, and what else there is in such a directory */
static void make_machine(void)
{
	make("4711-13");
	make("4711-13/vcpu0");
	make("4711-13/vcpu1");
	put("4711-13/vcpu0/tsc-offset", "-123456789012345\n");
	put("4711-13/vcpu1/tsc-offset", "-123456789012345\n");
	put("4711-13/vcpu0/lapic_timer_advance_ns", "0\n");
	put("4711-13/exits", "1\n");
	put("4711-13/vcpus", "2\n");
	make("47110-9");
	make("471-9");
	put("exits", "1\n");
}

static void put_scale(const char *ratio, const char *frac_bits)
{
	put("4711-13/vcpu0/tsc-scaling-ratio", ratio);
	put("4711-13/vcpu0/tsc-scaling-ratio-frac-bits", frac_bits);
	put("4711-13/vcpu1/tsc-scaling-ratio", ratio);
	put("4711-13/vcpu1/tsc-scaling-ratio-frac-bits", frac_bits);
}

static bool look(void)
{
	return kvm_counter_read(directory, PID, &counter, error, sizeof(error));
}

static void assert_counter(__s64 offset, __u64 ratio, __u8 frac_bits)
{
	if (!look())
		fail_msg("%s", error);
	assert_int_equal(counter.offset, offset);
	assert_int_equal(counter.scale.ratio, ratio);
	assert_int_equal(counter.scale.frac_bits, frac_bits);
}

static void assert_error(const char *text)
{
	assert_false(look());
	if (!strstr(error, text))
		fail_msg("'%s' is not in '%s'", text, error);
}

TEST_F(a_machine_is_read)
{
	make_machine();
	assert_counter(-123456789012345, 0, 0);
	put("4711-13/vcpu0/tsc-offset", "9223372036854775807\n");
	put("4711-13/vcpu1/tsc-offset", "9223372036854775807");
	assert_counter(0x7fffffffffffffff, 0, 0);
	put("4711-13/vcpu0/tsc-offset", "-9223372036854775808\n");
	put("4711-13/vcpu1/tsc-offset", "-9223372036854775808\n");
	assert_counter(-0x7fffffffffffffff - 1, 0, 0);
}

TEST_F(a_scaled_machine_is_read)
{
	make_machine();
	put_scale("375299968947541\n", "48\n");
	assert_counter(-123456789012345, 375299968947541, 48);
	/* A processor that can scale, and does not */
	put_scale("281474976710656\n", "48\n");
	assert_counter(-123456789012345, 0, 0);
	put_scale("4294967296\n", "32\n");
	assert_counter(-123456789012345, 0, 0);
	put_scale("18446744073709551615\n", "63\n");
	assert_counter(-123456789012345, ~0ULL, 63);
}

/* To the bit as mul_u64_u64_shr() does it for the processor */
TEST(ticks_are_scaled)
{
	const struct scale none = { .ratio = 0 };
	const struct scale more = { .ratio = 3ULL << 47, .frac_bits = 48 };
	const struct scale less = { .ratio = 3ULL << 30, .frac_bits = 32 };

	assert_int_equal(scale_counter(&none, ~0ULL), ~0ULL);
	assert_int_equal(scale_counter(&more, 1000000000000001), 1500000000000001);
	assert_int_equal(scale_counter(&less, 1000000000000003), 750000000000002);
	assert_int_equal(scale_counter(&less, 1ULL << 63), 3ULL << 61);
	assert_int_equal(scale_counter(&more, 3ULL << 62), 1ULL << 61);
}

TEST_F(what_cannot_be_had_is_told)
{
	size_t length = strlen(directory);

	put("file", "");
	strcat(directory, "/file");
	assert_error("Not a directory");
	strcat(directory, "s");
	assert_error("mount -t debugfs");
	directory[length] = '\0';
	assert_error("-accel kvm");
	make("4711-13");
	assert_error("no vCPUs yet");
	make("4711-14");
	assert_error("2 machines");
}

TEST_F(files_that_are_not_there_are_told)
{
	make_machine();
	put("4711-13/vcpu1/tsc-scaling-ratio", "281474976710656\n");
	assert_error("vcpu1/tsc-scaling-ratio-frac-bits: No such file");
	make("4711-13/vcpu2");
	put("4711-13/vcpu1/tsc-scaling-ratio-frac-bits", "48\n");
	assert_error("vcpu2/tsc-offset: No such file");
}

TEST_F(nonsense_is_refused)
{
	static const char * const offsets[] = {
		"", "\n", "x\n", "1x\n", "9223372036854775808\n", "-9223372036854775809\n", " 1\n",
		"123456789012345678901234567890\n",
	};
	static const char * const ratios[] = { "", "-1\n", "0\n", "18446744073709551616\n" };
	static const char * const bits[] = { "", "64\n", "-1\n" };

	make_machine();
	for (size_t i = 0; i < COUNT(offsets); i++) {
		put("4711-13/vcpu1/tsc-offset", offsets[i]);
		assert_error("vcpu1/tsc-offset: '");
	}
	put("4711-13/vcpu1/tsc-offset", "-123456789012345\n");
	for (size_t i = 0; i < COUNT(ratios); i++) {
		put_scale(ratios[i], "48\n");
		assert_error("/tsc-scaling-ratio: '");
	}
	for (size_t i = 0; i < COUNT(bits); i++) {
		put_scale("281474976710656\n", bits[i]);
		assert_error("/tsc-scaling-ratio-frac-bits: '");
	}
}

TEST_F(vcpus_must_agree)
{
	make_machine();
	put("4711-13/vcpu1/tsc-offset", "-123456789012344\n");
	assert_error("different counters");
	put("4711-13/vcpu1/tsc-offset", "-123456789012345\n");
	put_scale("375299968947541\n", "48\n");
	put("4711-13/vcpu1/tsc-scaling-ratio", "375299968947542\n");
	assert_error("different counters");
	put("4711-13/vcpu1/tsc-scaling-ratio", "375299968947541\n");
	put("4711-13/vcpu0/tsc-scaling-ratio-frac-bits", "47\n");
	assert_error("different counters");
}

/* The hypervisor hears of it, and of every change, once. */
TEST_F(the_hypervisor_is_told)
{
	const struct options options = { .clock = { .stated = true, .stated_maxerror = 1000 } };
	struct kvm kvm = { .directory = directory, .pid = PID };
	struct region_error refusal;
	struct region page;
	static struct hypervisor hv;

	assert_true(region_anonymous(&page, 4096, &refusal));
	assert_true(hypervisor_init(&hv, &options, page.memory));
	for (int i = 0; i < 3; i++)
		assert_false(kvm_look(&kvm, &hv));
	assert_true(kvm.failed);
	assert_int_equal(hv.marker, 1);

	make_machine();
	for (int i = 0; i < 3; i++)
		assert_true(kvm_look(&kvm, &hv));
	assert_false(kvm.failed);
	assert_int_equal(hv.marker, 1);
	assert_int_equal(hv.offset.min, -123456789012345);
	assert_int_equal(hv.offset.max, -123456789012345);

	/* While the guest sets its counters, one after the other */
	put("4711-13/vcpu1/tsc-offset", "5\n");
	for (int i = 0; i < 3; i++)
		assert_false(kvm_look(&kvm, &hv));
	assert_int_equal(hv.marker, 2);
	assert_int_equal(hv.offset.rounds, 0);
	put("4711-13/vcpu0/tsc-offset", "5\n");
	assert_true(kvm_look(&kvm, &hv));
	assert_int_equal(hv.offset.min, 5);
	assert_true(hv.marker > 2);

	put_scale("375299968947541\n", "48\n");
	assert_true(kvm_look(&kvm, &hv));
	assert_int_equal(hv.scale.ratio, 375299968947541);
	assert_int_equal(hv.offset.min, 5);
	history_free(&hv.history);
	region_release(&page);
}

/* Why there is no machine to look at, or NULL */
static const char *make_kvm_machine(int vcpus[2])
{
	struct statfs debugfs;
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int machine;

	if (kvm == -1)
		return "there is no /dev/kvm";
	machine = ioctl(kvm, KVM_CREATE_VM, 0);
	if (machine == -1)
		return "/dev/kvm makes no machine";
	for (int i = 0; i < 2; i++) {
		vcpus[i] = ioctl(machine, KVM_CREATE_VCPU, i);
		if (vcpus[i] == -1)
			return "/dev/kvm makes no vCPU";
	}
	if (!statfs("/sys/kernel/debug", &debugfs) && debugfs.f_type == DEBUGFS_MAGIC)
		return access(KVM_DIRECTORY, R_OK) ? "debugfs cannot be read" : NULL;
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL))
		return "debugfs cannot be mounted";
	return NULL;
}

/* Is the guest's counter, as KVM says it between two looks at the host's, where it must be? */
static bool agrees(int vcpu, const struct kvm_counter *read)
{
	struct {
		struct kvm_msrs header;
		struct kvm_msr_entry entry;
	} msrs = { .header.nmsrs = 1, .entry.index = 0x10 };
	__u64 before, after, first, last;

	before = counter_read();
	if (ioctl(vcpu, KVM_GET_MSRS, &msrs) != 1)
		return false;
	after = counter_read();
	first = scale_counter(&read->scale, before) + read->offset;
	last = scale_counter(&read->scale, after) + read->offset;
	return msrs.entry.data - first <= last - first;
}

#define SKIP_CODE	77

/* In a process of its own, as it mounts. */
static int look_at_kvm(void)
{
	int vcpus[2];
	const char *missing = make_kvm_machine(vcpus);
	struct kvm_counter read;

	if (missing) {
		printf("SKIPPED: %s\n", missing);
		return SKIP_CODE;
	}
	if (!kvm_counter_read(KVM_DIRECTORY, getpid(), &read, error, sizeof(error))) {
		printf("%s\n", error);
		return 1;
	}
	printf("by the kernel: offset %lld, ratio %llu, %u fractional bits\n",
	       read.offset, read.scale.ratio, read.scale.frac_bits);
	for (int i = 0; i < 1000; i++)
		if (!agrees(vcpus[i % 2], &read))
			return 1;
	/* A counter that is off by more than the two looks are apart is not taken for it. */
	read.offset += 1000000000;
	return agrees(vcpus[0], &read);
}

TEST(kvm_itself_is_read)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		int code = look_at_kvm();

		fflush(stdout);
		_exit(code);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIP_CODE)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

TEST_MAIN(NULL, NULL)
