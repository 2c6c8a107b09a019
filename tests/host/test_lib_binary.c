// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is built and installed: symbols, their versions, manual pages, pkg-config,
 * and a build for 32 bits. To be run from the top directory.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHARED		BUILD "/libclockbound.so"
#define INCLUDES	" -Itools/lib -Iinclude -Iinclude/uapi "

/* What a shell script prints. */
static char *output_of(const char *script)
{
	static char output[2][16384];
	static int which;
	char *text = output[which ^= 1];

	if (test_shell(script, text, sizeof(output[0])))
		fail_msg("failed: %s", script);
	return text;
}

static void assert_same(const char *script, const char *other)
{
	char *output = output_of(script);

	assert_string_not_equal(output, "");
	assert_string_equal(output, output_of(other));
}

/* The functions that the library's headers declare, inline or not (KIND). */
#define DECLARED(kind) \
	"echo '#include <clockbound.h>' |" \
	" cc -fsyntax-only -aux-info /dev/stdout" INCLUDES "-x c - |" \
	" sed -n 's|^/\\* tools/lib/.*\\*/ " kind " .*[ *]\\(clockbound_[a-z_]*\\) (.*|\\1|p' |" \
	" sort"

TEST(symbols)
{
	assert_same(DECLARED("extern"),
		    "nm -D --defined-only " SHARED " |"
		    " sed 's/.* T \\(.*\\)@@CLOCKBOUND_0\\.1$/\\1/; /A CLOCKBOUND_0\\.1$/d' |"
		    " sort");
}

TEST(symbols_of_the_static_library)
{
	assert_same(DECLARED("extern"),
		    "nm --extern-only --defined-only " BUILD "/libclockbound.a |"
		    " sed -n 's/.* [TDBRV] //p' | sort");
}

TEST(soname)
{
	assert_string_equal(output_of("readelf -d " SHARED
				      " | sed -n 's/.*(SONAME).*\\[\\(.*\\)\\]/\\1/p'"),
			    "libclockbound.so.0\n");
	assert_string_equal(output_of("readlink " SHARED), "libclockbound.so.0\n");
	assert_string_equal(output_of("readelf -d " BUILD "/client_program"
				      " | sed -n 's/.*(NEEDED).*\\[\\(libclock.*\\)\\]/\\1/p'"),
			    "libclockbound.so.0\n");
}

/* A page of each name, or one that refers to it; and the page says the name. */
TEST(manual_pages)
{
	assert_string_equal(output_of("for f in $(" DECLARED("extern") "; "
				      DECLARED("static") "); do"
				      " case $f in"
				      " clockbound_add_seconds | clockbound_last_second_of_day |"
				      " clockbound_utc_decides | clockbound_read_at)"
				      "   continue ;;"
				      " esac;"
				      " page=tools/lib/$f.3;"
				      " real=$(sed -n 's|^\\.so man3/|tools/lib/|p' $page);"
				      " grep -q \"$f\" ${real:-$page} ||"
				      "   echo \"$f has no page\";"
				      "done 2>&1"), "");
}

TEST(manual_pages_are_well_formed)
{
	if (system("command -v man >/dev/null"))
		skip();
	assert_string_equal(output_of("cd tools/lib; for page in *.3 ../clockboundctl/*.4"
				      " ../vmhost/*.5; do"
				      " grep -q '^\\.so ' $page ||"
				      " LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l"
				      " -Tutf8 $page 2>&1 >/dev/null;"
				      "done"), "");
}

TEST(pkg_config)
{
	char root[] = "/tmp/clockbound-test-XXXXXX";
	char script[2048];

	assert_non_null(mkdtemp(root));
	snprintf(script, sizeof(script),
		 "set -e; root=%s; exec 2>&1;"
		 "MAKEFLAGS= make -s install-lib BUILD=" BUILD " DESTDIR=$root prefix=/usr"
		 "  libdir=/usr/lib >/dev/null;"
		 "export PKG_CONFIG_LIBDIR=$root/usr/lib/pkgconfig"
		 "  PKG_CONFIG_SYSROOT_DIR=$root;"
		 "for header in $root/usr/include/*.h $root/usr/include/clockbound/*.h; do"
		 "  cc -fsyntax-only -x c $(pkg-config --cflags clockbound) $header; done;"
		 "cc -o $root/lease examples/lease.c $(pkg-config --cflags --libs clockbound);"
		 "rc=0;"
		 "LD_LIBRARY_PATH=$root/usr/lib $root/lease /dev/null || rc=$?;"
		 "ls $root/usr/share/man/man3 | grep -cx clockbound_now.3;"
		 "rm -rf $root; [ $rc = 1 ]", root);
	assert_string_equal(output_of(script),
			    "lease: no clockbound device: Inappropriate ioctl for device\n"
			    "1\n");
}

/*
 * libc6-dev-i386 has all but GCC's own start files, which C can do without, and its
 * arithmetic, which the shared library of lib32gcc-s1 has as well.
 */
TEST(build_for_32_bits)
{
	assert_same("set -e; program=" BUILD "/layout_program; flags='-std=gnu11 -O2 -Wall"
		    " -Wextra -Werror" INCLUDES "'; set -- tests/host/layout_program.c"
		    " tools/lib/*.c; cc $flags -o $program $@; $program",
		    "set -e; program=" BUILD "/layout_program.32; flags='-std=gnu11 -O2 -Wall"
		    " -Wextra -Werror" INCLUDES "'; set -- tests/host/layout_program.c"
		    " tools/lib/*.c; cc -m32 -isystem /usr/include/x86_64-linux-gnu $flags"
		    " -nostartfiles -nodefaultlibs -o $program /usr/lib32/crt1.o"
		    " /usr/lib32/crti.o $@ -lc /usr/lib32/libgcc_s.so.1 /usr/lib32/crtn.o;"
		    " readelf -h $program | grep -q ELF32; $program");
}

/*
 * A header in which the structures have grown, as a later version's may have, and a
 * program and a library of which only one was compiled with it.
 */
#define GROWN		BUILD "/grown"
#define GROW \
	"set -e; mkdir -p " GROWN "/linux;" \
	" sed '/^struct clockbound_\\(reading\\|info\\|wait\\) {/,/^};/" \
	"s/^};/\t__u64 later[8];\\n};/' include/uapi/linux/clockbound.h" \
	" >" GROWN "/linux/clockbound.h;" \
	" grep -c 'later\\[8' " GROWN "/linux/clockbound.h;"

/* Compiles and runs it; the arguments are more options of the library and the program. */
#define GROWN_RUN(library, program) \
	GROW " flags='-std=gnu11 -O2 -Wall -Wextra -Werror'; p=" GROWN "/program;" \
	" cc $flags " library INCLUDES "-r -nostdlib -o $p.lib tools/lib/*.c;" \
	" cc $flags " program INCLUDES "-c -o $p.o tests/host/grown_program.c;" \
	" cc -o $p $p.o $p.lib; $p"

TEST(structures_that_grow)
{
	assert_string_equal(output_of(GROWN_RUN("", "")), "3\n80 32 32\n");
	assert_string_equal(output_of(GROWN_RUN("-I" GROWN, "")), "3\n80 32 32\n");
	assert_string_equal(output_of(GROWN_RUN("", "-DGROWN -I" GROWN)), "3\n144 96 96\n");
}

TEST_MAIN(NULL, NULL)
