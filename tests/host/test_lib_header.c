// SPDX-License-Identifier: GPL-2.0-only
/*
 * The headers compile alone, in C and in C++, and give no warning. To be run from
 * the top directory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

static void compile(const char *compiler)
{
	char command[512];
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		snprintf(command, sizeof(command), script, headers[i], compiler);
		assert_int_equal(system(command), 0);
	}
}

static void c99(void **state)
{
	(void)state;
	compile("cc -x c -std=c99");
}

/* The ABI alone also in the C that the kernel's own headers are written in. */
static void abi_c90(void **state)
{
	(void)state;
	assert_int_equal(system("echo '#include <linux/clockbound.h>' |"
				" cc -x c -std=c90 -Wall -Wextra -Werror -Iinclude/uapi"
				" -fsyntax-only -"), 0);
}

/* A machine whose counter the library does not know. Debian's 32-bit <asm/...> is here. */
#define M32	" -m32 -isystem /usr/include/x86_64-linux-gnu"

static void other_machine(void **state)
{
	(void)state;
	compile("cc -x c -std=c99" M32);
}

static void cxx11(void **state)
{
	(void)state;
	compile("c++ -x c++ -std=c++11");
}

static void cxx_other_machine(void **state)
{
	(void)state;
	compile("c++ -x c++ -std=c++17" M32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(abi_c90),
		cmocka_unit_test(c99),
		cmocka_unit_test(other_machine),
		cmocka_unit_test(cxx11),
		cmocka_unit_test(cxx_other_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
