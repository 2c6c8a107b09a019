# SPDX-License-Identifier: GPL-2.0-only
#
# clockbound: "make help" lists what can be made.

VERSION := 0.1.0
BUILD ?= build
prefix ?= /usr/local
KERNEL ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KERNEL)/build

# Where nothing else is said, as Debian's packages do it.
bindir ?= $(prefix)/bin
sbindir ?= $(prefix)/sbin
libdir ?= $(prefix)/lib
includedir ?= $(prefix)/include
mandir ?= $(prefix)/share/man

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

include tools/vmhost/vmhost.mk
include tests/vm/programs.mk

.PHONY: all
all: module tools

.PHONY: help
help:
	@echo 'make demo      the whole system in a virtual machine, with a verdict'
	@echo 'make test      all tests'
	@echo 'make           the module for the running kernel, and the tools'
	@echo 'make module    the module alone (KERNEL=..., KDIR=...)'
	@echo 'make tools     libclockbound, clockboundctl, vmhost'
	@echo 'make install   install what was made (prefix=$(prefix), DESTDIR=)'
	@echo 'make clean     remove $(BUILD)/'

.PHONY: demo test
demo:
	@scripts/demo.sh
test:
	@scripts/test.sh

.PHONY: module
module:
	scripts/build-module.sh $(KDIR) $(BUILD)/module

.PHONY: tools
tools: $(VMHOST_PROGRAMS)

# What runs in the guests of the VM tests and of the demo.
.PHONY: guest
guest: $(GUEST_PROGRAMS) $(VMHOST_PROGRAMS)

.PHONY: check-host
check-host: $(VMHOST_TESTS)
	@scripts/run-host-tests.sh $^

.PHONY: clean
clean:
	rm -rf $(BUILD)
