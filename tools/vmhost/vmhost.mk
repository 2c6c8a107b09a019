# SPDX-License-Identifier: GPL-2.0-only
#
# vmhost and vmhost-guest; to be included after tools/common/common.mk by a
# Makefile that sets BUILD and, if it likes, CC, CFLAGS and VERSION. Gives:
#
#   VMHOST_PROGRAMS  $(BUILD)/vmhost and, static, for the guest,
#                    $(BUILD)/vmhost-guest
#   VMHOST_TESTS     the cmocka programs of tests/host/test_vmhost_*.c
#   VMHOST_MANUAL    manual pages

VMHOST_PROGRAMS := $(BUILD)/vmhost $(BUILD)/vmhost-guest
VMHOST_MANUAL := tools/vmhost/vmhost.8 tools/vmhost/vmhost-snapshot.5

VMHOST_PURE := acpi claim command history offset offsets page qemu same_machine
VMHOST_SNAPSHOT := codec inspect snapshot_file snapshot_generation snapshot_json \
	       snapshot_meta snapshot_ram snapshot_state snapshot_writer utf8
VMHOST_CORE := $(VMHOST_PURE) $(VMHOST_SNAPSHOT) arrival balloon check control guest_handshake \
	       handshake host hostclock hypervisor kvm listener loop machine \
	       machine_state move no_holes plug qmp region restore save server settings stream \
	       vm_control vm_execute vm_wire writer
VMHOST_LIBRARIES := -ljansson -lz
VMHOST_MAIN := ctl main run vm_ctl
VMHOST_GUEST := guest guest_handshake guest_memory region

VMHOST_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -D_GNU_SOURCE \
	-DVMHOST_VERSION='"$(or $(VERSION),0)"' \
	-Itools/vmhost $(COMMON_INCLUDES) -Iinclude -Iinclude/uapi

VMHOST_CORE_OBJECTS := $(VMHOST_CORE:%=$(BUILD)/vmhost.o/%.o) $(COMMON_OBJECTS)
VMHOST_MAIN_OBJECTS := $(VMHOST_MAIN:%=$(BUILD)/vmhost.o/%.o)
VMHOST_GUEST_OBJECTS := $(VMHOST_GUEST:%=$(BUILD)/vmhost.o/%.o) $(COMMON_OBJECTS)
VMHOST_TESTS := $(patsubst tests/host/%.c,$(BUILD)/%,$(wildcard tests/host/test_vmhost_*.c))

$(BUILD)/vmhost.o/%.o: tools/vmhost/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(VMHOST_CFLAGS) -MMD -MP -c -o $@ $<

# The ACPI table of "vmhost run", as a C array. 2173: a name within a method costs time,
# which nobody counts here.
$(BUILD)/vmhost.o/vmclock.hex: tools/vmhost/vmclock.asl
	@mkdir -p $(@D)
	iasl -vw 2173 -tc -p $(@:.hex=) $< >$(@:.hex=.log) 2>&1 || { cat $(@:.hex=.log); exit 1; }

$(BUILD)/vmhost.o/acpi.o: $(BUILD)/vmhost.o/vmclock.hex
$(BUILD)/vmhost.o/acpi.o: VMHOST_CFLAGS += -I$(BUILD)/vmhost.o

# An archive, so that a test can put a clock of its own in place of hostclock.o
$(BUILD)/libvmhost.a: $(VMHOST_CORE_OBJECTS)
	$(AR) rcs $@ $?

$(BUILD)/vmhost: $(VMHOST_MAIN_OBJECTS) $(BUILD)/libvmhost.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(VMHOST_LIBRARIES)

# The same with a fake adjtimex()
$(BUILD)/vmhost.fake: $(VMHOST_MAIN_OBJECTS) $(BUILD)/libvmhost.a tests/host/fake_adjtimex.c
	$(CC) $(CFLAGS) $(VMHOST_CFLAGS) $(LDFLAGS) -o $@ tests/host/fake_adjtimex.c \
		$(VMHOST_MAIN_OBJECTS) $(BUILD)/libvmhost.a $(VMHOST_LIBRARIES)

$(BUILD)/vmhost-guest: $(VMHOST_GUEST_OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -static -o $@ $^

$(VMHOST_TESTS): $(BUILD)/%: tests/host/%.c $(BUILD)/libvmhost.a | $(BUILD)/vmhost.fake
	$(CC) $(CFLAGS) $(VMHOST_CFLAGS) $(LDFLAGS) -MMD -MP \
		-DVMHOST_PROGRAM='"$(abspath $(BUILD)/vmhost.fake)"' -o $@ $< \
		$(BUILD)/libvmhost.a $(VMHOST_LIBRARIES) -lcmocka -lpthread

-include $(wildcard $(BUILD)/vmhost.o/*.d) $(VMHOST_TESTS:=.d)
