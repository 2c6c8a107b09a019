# SPDX-License-Identifier: GPL-2.0-only
#
# What the bench needs in a guest beside the programs of tools/bench: to be included after
# them and after tests/vm/programs.mk.

BENCH_HOOK := $(BUILD)/clockbound-bench-hook

$(BENCH_HOOK): tests/bench/hook_world.c tests/vm/guest.c tests/vm/ntp_clock.c \
		tests/vm/sync_world.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(GUEST_CFLAGS) $(LDFLAGS) -static -MMD -MP -o $@ $^ -lpthread

-include $(BENCH_HOOK).d

clockbound-bench: $(BENCH_HOOK) $(BUILD)/guest/ntp $(BUILD)/clockboundctl.static
