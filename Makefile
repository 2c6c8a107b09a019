# SPDX-License-Identifier: GPL-2.0-only
#
# clockbound: "make help" lists what can be made.

VERSION := 0.1.0
BUILD ?= build
prefix ?= /usr/local
KERNEL ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KERNEL)/build

bindir ?= $(prefix)/bin
sbindir ?= $(prefix)/sbin
libdir ?= $(prefix)/lib
includedir ?= $(prefix)/include
mandir ?= $(prefix)/share/man

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

include tools/common/common.mk
include tools/lib/lib.mk
include tools/clockboundctl/clockboundctl.mk
include tools/vmhost/vmhost.mk
include examples/examples.mk
include tools/bench/bench.mk
include tests/vm/programs.mk
include tests/bench/programs.mk
include dist/dist.mk

.PHONY: all
all: module tools

.PHONY: help
help:
	@echo 'make demo      the whole system in a virtual machine, with a verdict'
	@echo 'make check     what to run every few minutes: style, module, KUnit, host tests and'
	@echo '               one virtual machine'
	@echo 'make test      all tests; ONLY="vm 6.12,style" runs some of its sections'
	@echo 'make bench     what readings and publications cost, with a table and a picture'
	@echo 'make coverage  which branches of the pure files the KUnit suites take'
	@echo 'make           the module for the running kernel, and the tools'
	@echo 'make module    the module alone (KERNEL=..., KDIR=...)'
	@echo 'make tools     libclockbound, clockboundctl, vmhost'
	@echo 'make examples  programs to start from'
	@echo 'make install   all of it (prefix=$(prefix), DESTDIR=); or a part of it:'
	@echo '               install-module, install-lib, install-clockboundctl, install-vmhost,'
	@echo '               install-dist'
	@echo 'make clean     remove $(BUILD)/'

CHECK := style,layout,module 6.12,kunit uml,host,vm 6.12 test_containment

.PHONY: demo check test bench coverage
demo:
	@scripts/demo.sh
check:
	@ONLY='$(CHECK)' scripts/test.sh
test:
	@ONLY='$(ONLY)' scripts/test.sh
bench:
	@scripts/bench.sh
coverage:
	@scripts/coverage.sh

.PHONY: clockbound-bench
clockbound-bench: $(BENCH_PROGRAMS)

.PHONY: module
module:
	scripts/build-module.sh $(KDIR) $(BUILD)/module

.PHONY: tools
tools: $(LIB_FILES) $(BUILD)/clockboundctl $(VMHOST_PROGRAMS)

# What runs in the guests of the VM tests and of the demo.
.PHONY: guest
guest: $(GUEST_PROGRAMS) $(VMHOST_PROGRAMS) $(BUILD)/clockboundctl.static

HOST_TESTS := $(LIB_TESTS) $(CTL_TESTS) $(VMHOST_TESTS) $(BENCH_TESTS)

.PHONY: host-programs check-host vmhost-tests sanitized-programs
host-programs: $(HOST_TESTS)
vmhost-tests: $(VMHOST_TESTS)
check-host: host-programs
	@scripts/check-host.sh $(BUILD)/check-host $(HOST_TESTS)

# The tests of what vmhost takes from others, with what finds each wrong access
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
sanitized-programs:
	$(MAKE) BUILD=$(BUILD)/sanitized CFLAGS='$(CFLAGS) $(SANITIZE)' vmhost-tests

moddir ?= /lib/modules/$(KERNEL)/updates

.PHONY: install install-module install-vmhost
install: install-module install-lib install-clockboundctl install-vmhost install-dist

install-module: module
	install -D -m 644 $(BUILD)/module/clockbound.ko $(DESTDIR)$(moddir)/clockbound.ko
	[ -n "$(DESTDIR)" ] || depmod $(KERNEL)

install-vmhost: $(VMHOST_PROGRAMS)
	install -d $(DESTDIR)$(sbindir) $(DESTDIR)$(mandir)/man5 $(DESTDIR)$(mandir)/man8
	install -m 755 $(VMHOST_PROGRAMS) $(DESTDIR)$(sbindir)
	install -m 644 $(filter %.5,$(VMHOST_MANUAL)) $(DESTDIR)$(mandir)/man5
	install -m 644 $(filter %.8,$(VMHOST_MANUAL)) $(DESTDIR)$(mandir)/man8

.PHONY: clean
clean:
	rm -rf $(BUILD)
