# SPDX-License-Identifier: GPL-2.0-only
#
# The test programs that run in a guest; to be included by a Makefile that sets
# BUILD. Gives GUEST_PROGRAMS: static, because the guest has no libraries.

GUEST_PROGRAMS := $(patsubst tests/vm/guest_%.c,$(BUILD)/guest/%,$(wildcard tests/vm/guest_*.c))

GUEST_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -D_GNU_SOURCE \
	-Iinclude -Iinclude/uapi

$(BUILD)/guest/%: tests/vm/guest_%.c tests/vm/guest.c tests/vm/recorder.c tests/vm/clock.c \
		tests/vm/span.c tests/vm/shm0_reader.c tests/vm/ntp_clock.c \
		tests/vm/sync_world.c tests/vm/hold.c tests/vm/fuzz.c tools/vmhost/guest_handshake.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(GUEST_CFLAGS) -MM -MP -MT $@ $(filter %.c,$^) >$@.d
	$(CC) $(CFLAGS) $(GUEST_CFLAGS) $(LDFLAGS) -static -o $@ $(filter %.c,$^) -lpthread

-include $(GUEST_PROGRAMS:=.d)
