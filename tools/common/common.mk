# SPDX-License-Identifier: GPL-2.0-only
#
# What several of the tools use; to be included before their .mk files by a Makefile
# that sets BUILD and, if it likes, CC and CFLAGS. Gives:
#
#   COMMON_OBJECTS   the objects
#   COMMON_INCLUDES  where their headers are

COMMON_OBJECTS := $(BUILD)/common.o/number.o $(BUILD)/common.o/vouch.o
COMMON_INCLUDES := -Itools/common
COMMON_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -D_GNU_SOURCE -Iinclude/uapi

$(BUILD)/common.o/%.o: tools/common/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(COMMON_CFLAGS) -MMD -MP -c -o $@ $<

-include $(COMMON_OBJECTS:.o=.d)
