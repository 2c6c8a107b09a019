# SPDX-License-Identifier: GPL-2.0-only
#
# libclockbound; to be included by a Makefile that sets BUILD, VERSION, prefix,
# libdir, includedir, mandir and, if it likes, CC, CXX, AR, CFLAGS and CXXFLAGS. Gives:
#
#   LIB_FILES    the static and the shared library, clockbound.pc
#   LIB_MANUAL   manual pages
#   LIB_TESTS    the cmocka programs of tests/host/test_lib_*.c
#   FAKE_DEVICE  the sources of a fake device, for a program's own ioctl() and mmap();
#                FAKE_OBJECTS are its objects
#   install-lib  target: all of it but the tests

OBJCOPY ?= objcopy

LIB_SONAME := libclockbound.so.0
LIB_SHARED := libclockbound.so.$(VERSION)
LIB_FILES := $(BUILD)/libclockbound.a $(BUILD)/$(LIB_SHARED) $(BUILD)/clockbound.pc
LIB_MANUAL := $(wildcard tools/lib/*.3)

LIB_INCLUDES := -Itools/lib -Iinclude -Iinclude/uapi
LIB_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -fPIC -fvisibility=hidden \
	$(LIB_INCLUDES)
LIB_OBJECTS := $(addprefix $(BUILD)/libclockbound.o/,client.o device.o events.o ioctl.o \
	segment.o segment_eval.o status.o wait.o)
LIB_TESTS := $(patsubst tests/host/%.c,$(BUILD)/%,$(wildcard tests/host/test_lib_*.c))

$(BUILD)/libclockbound.o/%.o: tools/lib/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LIB_CFLAGS) -MMD -MP -c -o $@ $<

# One object, in which what the library's files share is local: a program that is linked
# with it sees the same names as one that uses the shared library.
$(BUILD)/libclockbound.a: $(LIB_OBJECTS)
	rm -f $@
	$(CC) $(CFLAGS) -r -nostdlib -o $(BUILD)/libclockbound.o/clockbound.o $^
	$(OBJCOPY) --localize-hidden $(BUILD)/libclockbound.o/clockbound.o
	$(AR) rcs $@ $(BUILD)/libclockbound.o/clockbound.o

$(BUILD)/$(LIB_SHARED): $(LIB_OBJECTS) tools/lib/libclockbound.map
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(LIB_SONAME) -Wl,-z,defs \
		-Wl,--version-script=tools/lib/libclockbound.map -o $@ $(LIB_OBJECTS)
	ln -sf $(LIB_SHARED) $(BUILD)/$(LIB_SONAME)
	ln -sf $(LIB_SONAME) $(BUILD)/libclockbound.so

# Made anew each time: prefix may be another one than before
.PHONY: $(BUILD)/clockbound.pc
$(BUILD)/clockbound.pc: tools/lib/clockbound.pc.in
	@mkdir -p $(@D)
	sed -e 's|@prefix@|$(prefix)|' -e 's|@includedir@|$(includedir)|' \
		-e 's|@libdir@|$(libdir)|' -e 's|@version@|$(VERSION)|' $< >$@

# The module's own files, in user space, are the other side of the page; the fake
# device answers the ioctls.
FAKE_DEVICE := tests/host/fake_device.c tests/host/fake_wait.c
LIB_TEST_SOURCES := $(FAKE_DEVICE) src/source/realtime.c src/publish/page.c

# The fake device for programs other than the tests. The shared library must see
# its functions.
FAKE_OBJECTS := $(FAKE_DEVICE:tests/host/%.c=$(BUILD)/fake.o/%.o)

$(BUILD)/fake.o/%.o: tests/host/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LIB_CFLAGS) -fvisibility=default -D_GNU_SOURCE -MMD -MP -c -o $@ $<

# One program, compiled as C and as C++, with the shared library.
CLIENT_PROGRAMS := $(BUILD)/client_program $(BUILD)/client_program.cxx
CLIENT_LINK = $(FAKE_OBJECTS) -L$(BUILD) -lclockbound -Wl,-rpath,$(abspath $(BUILD))
CLIENT_CFLAGS := -O2 -g -Wall -Wextra -Wpedantic -Werror $(LIB_INCLUDES)

$(CLIENT_PROGRAMS): tests/host/client_program.c $(FAKE_OBJECTS) $(BUILD)/$(LIB_SHARED)
$(BUILD)/client_program:
	$(CC) $(CFLAGS) -std=c99 $(CLIENT_CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(CLIENT_LINK)
$(BUILD)/client_program.cxx:
	$(CXX) $(CXXFLAGS) -std=c++17 $(CLIENT_CFLAGS) $(LDFLAGS) -MMD -MP -o $@ \
		-x c++ $< -x none $(CLIENT_LINK)

$(LIB_TESTS): $(BUILD)/%: tests/host/%.c $(LIB_TEST_SOURCES) $(BUILD)/libclockbound.a \
		| $(CLIENT_PROGRAMS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LIB_CFLAGS) -Isrc -D_GNU_SOURCE -DBUILD='"$(BUILD)"' $(LDFLAGS) \
		-MMD -MP -o $@ $< $(LIB_TEST_SOURCES) $(BUILD)/libclockbound.a \
		-lcmocka -lpthread

.PHONY: install-lib
install-lib: $(LIB_FILES)
	install -d $(DESTDIR)$(libdir)/pkgconfig $(DESTDIR)$(includedir)/clockbound \
		$(DESTDIR)$(includedir)/linux $(DESTDIR)$(mandir)/man3
	install -m 644 $(BUILD)/libclockbound.a $(DESTDIR)$(libdir)
	install -m 755 $(BUILD)/$(LIB_SHARED) $(DESTDIR)$(libdir)
	ln -sf $(LIB_SHARED) $(DESTDIR)$(libdir)/$(LIB_SONAME)
	ln -sf $(LIB_SONAME) $(DESTDIR)$(libdir)/libclockbound.so
	install -m 644 $(BUILD)/clockbound.pc $(DESTDIR)$(libdir)/pkgconfig
	install -m 644 tools/lib/clockbound.h $(DESTDIR)$(includedir)
	install -m 644 $(filter-out %/vmclock_abi.h,$(wildcard include/clockbound/*.h)) \
		$(wildcard tools/lib/clockbound/*.h) $(DESTDIR)$(includedir)/clockbound
	install -m 644 include/uapi/linux/clockbound.h $(DESTDIR)$(includedir)/linux
	install -m 644 $(LIB_MANUAL) $(DESTDIR)$(mandir)/man3

-include $(wildcard $(BUILD)/libclockbound.o/*.d $(BUILD)/fake.o/*.d) $(LIB_TESTS:=.d) \
	$(CLIENT_PROGRAMS:=.d)
