# SPDX-License-Identifier: GPL-2.0-only
#
# The bench; to be included after tools/lib/lib.mk by a Makefile that sets BUILD and, if
# it likes, CC and CFLAGS. Gives:
#
#   $(BUILD)/clockbound-bench         measures natively, see tools/bench/native.c
#   $(BUILD)/clockbound-bench-device  measures on the device, static, for a guest
#   BENCH_PROGRAMS                    both
#   BENCH_TESTS                       the cmocka programs of tests/host/test_bench_*.c
#
# tools/bench/measure.c needs the library and nothing else: other programs may link it.

BENCH_PROGRAMS := $(BUILD)/clockbound-bench $(BUILD)/clockbound-bench-device
BENCH_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -D_GNU_SOURCE -Itools/bench -Isrc \
	$(LIB_INCLUDES)
BENCH_MEASURE := $(addprefix $(BUILD)/bench.o/tools/bench/,measure.o lines.o)
BENCH_OBJECTS := $(BENCH_MEASURE) $(addprefix $(BUILD)/bench.o/,tools/bench/native.o \
	tools/bench/own_page.o src/claim/claim.o src/claim/leap.o src/source/vmclock.o \
	src/publish/page.o)
BENCH_DEVICE_OBJECTS := $(BENCH_MEASURE) $(BUILD)/bench.o/tools/bench/device.o
BENCH_TESTS := $(patsubst tests/host/%.c,$(BUILD)/%,$(wildcard tests/host/test_bench_*.c))

$(BUILD)/bench.o/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(BENCH_CFLAGS) -MMD -MP -c -o $@ $<

# The kernel's own choice of warnings
$(BUILD)/bench.o/src/%.o: BENCH_CFLAGS += -Wno-sign-compare

$(BUILD)/clockbound-bench: $(BENCH_OBJECTS) $(BUILD)/libclockbound.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lpthread

$(BUILD)/clockbound-bench-device: $(BENCH_DEVICE_OBJECTS) $(BUILD)/libclockbound.a
	$(CC) $(CFLAGS) $(LDFLAGS) -static -o $@ $^

$(BENCH_TESTS): $(BUILD)/%: tests/host/%.c $(BUILD)/bench.o/tools/bench/measure.o \
		$(BUILD)/libclockbound.a | $(BUILD)/clockbound-bench
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(BENCH_CFLAGS) -DBUILD='"$(BUILD)"' $(LDFLAGS) -MMD -MP -o $@ \
		$(filter-out %.d,$^) -lcmocka -lpthread

-include $(BENCH_OBJECTS:.o=.d) $(BENCH_DEVICE_OBJECTS:.o=.d) $(BENCH_TESTS:=.d)
