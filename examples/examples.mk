# SPDX-License-Identifier: GPL-2.0-only
#
# The examples; to be included after tools/lib/lib.mk by a Makefile that sets BUILD.
# Gives:
#
#   EXAMPLES       the programs, $(BUILD)/examples/NAME, with the static library
#   EXAMPLE_FAKES  the same with the fake device, $(BUILD)/examples/NAME.fake

EXAMPLE_C := $(patsubst examples/%.c,%,$(wildcard examples/*.c))
EXAMPLE_CXX := $(patsubst examples/%.cc,%,$(wildcard examples/*.cc))
EXAMPLES := $(addprefix $(BUILD)/examples/,$(EXAMPLE_C) $(EXAMPLE_CXX))
EXAMPLE_FAKES := $(EXAMPLES:=.fake)

EXAMPLE_CFLAGS := -O2 -g -Wall -Wextra -Wpedantic -Werror $(LIB_INCLUDES)
EXAMPLE_LINK = $(if $(filter $(EXAMPLE_CXX),$(basename $(@F))),$(CXX),$(CC))

.PHONY: examples
examples: $(EXAMPLES)

$(EXAMPLE_C:%=$(BUILD)/examples/%.o): $(BUILD)/examples/%.o: examples/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -std=c99 $(EXAMPLE_CFLAGS) -MMD -MP -c -o $@ $<
$(EXAMPLE_CXX:%=$(BUILD)/examples/%.o): $(BUILD)/examples/%.o: examples/%.cc
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) -std=c++17 $(EXAMPLE_CFLAGS) -MMD -MP -c -o $@ $<

$(EXAMPLES): %: %.o $(BUILD)/libclockbound.a
$(EXAMPLE_FAKES): %.fake: %.o $(FAKE_OBJECTS) $(BUILD)/libclockbound.a
$(EXAMPLES) $(EXAMPLE_FAKES):
	$(EXAMPLE_LINK) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(BUILD)/test_lib_examples: | $(EXAMPLES) $(EXAMPLE_FAKES)

-include $(EXAMPLES:=.d)
