# SPDX-License-Identifier: GPL-2.0-only
#
# clockboundctl; to be included after tools/common/common.mk and tools/lib/lib.mk by a
# Makefile that sets BUILD, VERSION, prefix, bindir, mandir and, if it likes, unitdir,
# completiondir, CC and CFLAGS. Gives:
#
#   $(BUILD)/clockboundctl         the program
#   $(BUILD)/clockboundctl.static  the same without any library, for an initramfs
#   CTL_MANUAL                     manual pages: the program's, the daemon's and the device's
#   CTL_TESTS                      the cmocka programs of tests/host/test_ctl_*.c, test_sync_*.c
#   install-clockboundctl          target: the program, the manual pages, the unit, the completion

CTL_MANUAL := tools/clockboundctl/clockboundctl.1 tools/clockboundctl/clockbound.4 \
	tools/clockboundctl/clockboundctl-sync.8
unitdir ?= $(prefix)/lib/systemd/system
completiondir ?= $(prefix)/share/bash-completion/completions

CTL_CORE := adjtimex at bench bound chrony chrony_wire continuity estimate format help history json \
	log look notify now options panel parse phc plot reading reporter status sync sync_core sync_device \
	sync_options sync_source survey sysfs wait wait_sync waiting watch
CTL_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -D_GNU_SOURCE \
	-DCLOCKBOUND_VERSION='"$(VERSION)"' -Itools/clockboundctl -Itools/bench $(COMMON_INCLUDES) \
	$(LIB_INCLUDES)
CTL_CORE_OBJECTS := $(CTL_CORE:%=$(BUILD)/clockboundctl.o/%.o) $(COMMON_OBJECTS) \
	$(BUILD)/bench.o/tools/bench/measure.o
CTL_OBJECTS := $(CTL_CORE_OBJECTS) $(BUILD)/clockboundctl.o/main.o
CTL_TESTS := $(patsubst tests/host/%.c,$(BUILD)/%,$(wildcard tests/host/test_ctl_*.c \
	tests/host/test_sync_*.c))

$(BUILD)/clockboundctl.o/%.o: tools/clockboundctl/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CTL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/clockboundctl: $(CTL_OBJECTS) $(BUILD)/libclockbound.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

$(BUILD)/clockboundctl.static: $(CTL_OBJECTS) $(BUILD)/libclockbound.a
	$(CC) $(CFLAGS) $(LDFLAGS) -static -o $@ $^ -lm

# The program with a fake device, a file that holds the two pages, a fake adjtimex() and a
# fake sysfs.
$(BUILD)/clockboundctl.fake: $(CTL_OBJECTS) $(FAKE_DEVICE) tests/host/fake_adjtimex.c \
		tests/host/fake_sysfs.c \
		$(BUILD)/libclockbound.a
	$(CC) $(CFLAGS) $(CTL_CFLAGS) $(LDFLAGS) -o $@ $^ -lm

# Links all that a test of it may need.
CTL_TEST_PARTS := $(FAKE_DEVICE) tests/host/fake_chronyd.c tests/host/ctl_run.c \
	tests/host/sync_run.c $(CTL_CORE_OBJECTS) $(BUILD)/libclockbound.a

$(CTL_TESTS): $(BUILD)/%: tests/host/%.c $(CTL_TEST_PARTS) \
		| $(BUILD)/clockboundctl $(BUILD)/clockboundctl.fake
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CTL_CFLAGS) -DBUILD='"$(BUILD)"' $(LDFLAGS) -MMD -MP -o $@ $< \
		$(CTL_TEST_PARTS) -lcmocka -lpthread -lm

.PHONY: install-clockboundctl
install-clockboundctl: $(BUILD)/clockboundctl
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(mandir)/man1 $(DESTDIR)$(mandir)/man4 \
		$(DESTDIR)$(mandir)/man8 $(DESTDIR)$(unitdir) $(DESTDIR)$(completiondir)
	install -m 755 $(BUILD)/clockboundctl $(DESTDIR)$(bindir)
	install -m 644 tools/clockboundctl/clockboundctl.1 $(DESTDIR)$(mandir)/man1
	install -m 644 tools/clockboundctl/clockbound.4 $(DESTDIR)$(mandir)/man4
	install -m 644 tools/clockboundctl/clockboundctl-sync.8 $(DESTDIR)$(mandir)/man8
	install -m 644 tools/clockboundctl/completion.bash \
		$(DESTDIR)$(completiondir)/clockboundctl
	sed 's|@bindir@|$(bindir)|' tools/clockboundctl/clockbound-sync.service \
		>$(DESTDIR)$(unitdir)/clockbound-sync.service

-include $(wildcard $(BUILD)/clockboundctl.o/*.d) $(CTL_TESTS:=.d)
