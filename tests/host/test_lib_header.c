// SPDX-License-Identifier: GPL-2.0-only
/*
 * The headers compile alone, in C and in C++, and give no warning. To be run from
 * the top directory.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const headers[] = {
	"clockbound.h",
	"clockbound/client.h",
	"clockbound/counter.h",
	"clockbound/eval.h",
	"clockbound/interval.h",
	"clockbound/reader.h",
	"linux/clockbound.h",
};

/* To be completed with the header, and the compiler with its options. */
static const char script[] =
	"printf '#include <%%s>\\nint only(void);\\nint only(void) { return 0; }\\n' '%s' |"
	" %s -O2 -Wall -Wextra -Wconversion -Wshadow -pedantic -Werror"
	" -Itools/lib -Iinclude -Iinclude/uapi -o /dev/null -c -";

/* A machine whose counter the library does not know. Debian's 32-bit <asm/...> is here. */
#define M32	" -m32 -isystem /usr/include/x86_64-linux-gnu"

static const char *const compilers[] = {
	"cc -x c -std=c99", "cc -x c -std=c99" M32,
	"c++ -x c++ -std=c++11", "c++ -x c++ -std=c++17" M32,
};

TEST(each_alone)
{
	char command[512];
	size_t i, j;

	for (i = 0; i < COUNT(compilers); i++) {
		for (j = 0; j < COUNT(headers); j++) {
			snprintf(command, sizeof(command), script, headers[j], compilers[i]);
			assert_int_equal(system(command), 0);
		}
	}
}

/* The ABI alone also in the C that the kernel's own headers are written in. */
TEST(abi_c90)
{
	assert_int_equal(system("echo '#include <linux/clockbound.h>' |"
				" cc -x c -std=c90 -Wall -Wextra -Werror -Iinclude/uapi"
				" -fsyntax-only -"), 0);
}

TEST_MAIN(NULL, NULL)
