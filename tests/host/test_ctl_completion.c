// SPDX-License-Identifier: GPL-2.0-only
/*
 * What bash offers after clockboundctl.
 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "ctl_run.h"

#define COMPLETION	"tools/clockboundctl/completion.bash"

/* The words of a line, the last one of them unfinished. */
static void complete(const char *words)
{
	assert_int_equal(ctl_run("bash -uc '. " COMPLETION "; COMP_WORDS=(clockboundctl %s);"
				 " COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _clockboundctl;"
				 " echo \"${COMPREPLY[*]}\"' 2>&1", words), 0);
}

static void assert_completes(const char *words, const char *expected)
{
	complete(words);
	if (strcmp(ctl_output, expected))
		fail_msg("clockboundctl %s: %s", words, ctl_output);
}

TEST(commands)
{
	assert_int_equal(ctl_run("bash -c '. " COMPLETION "; complete -p clockboundctl'"), 0);
	ctl_assert_printed("complete -F _clockboundctl clockboundctl");
	assert_completes("\"\"", "status now watch wait wait-sync at bench sync\n");
	assert_completes("wa", "watch wait wait-sync\n");
	assert_completes("wait", "wait wait-sync\n");
	assert_completes("x", "\n");
	/* One is enough. */
	assert_completes("now wa", "\n");
	/* The value of an option is none. */
	assert_completes("--device at st", "status\n");
	assert_completes("--json s", "status sync\n");
}

TEST(options)
{
	assert_completes("--", "--device --json --help --version\n");
	assert_completes("watch --c", "--count\n");
	assert_completes("--device x wait-sync --m", "--max-width\n");
	assert_completes("at --marker now --r", "--raw\n");
}

TEST(values)
{
	assert_completes("now --device tools/clockboundctl/main", "tools/clockboundctl/main.c\n");
	assert_completes("sync --source a", "adjtimex\n");
	assert_completes("sync --phc-interface l", "lo\n");
	assert_completes("wait --timeout \"\"", "\n");
	assert_completes("at 5 --marker -", "\n");
}

/* The name of an interface is a name, and nothing to execute, whatever it is. */
TEST(names_are_not_executed)
{
	assert_int_equal(ctl_run("bash -uc '. " COMPLETION ";"
				 " _clockboundctl_interfaces() {"
				 "  printf \"%%s\\n\""
				 "   \"\\$(echo\\${IFS}oops)\" \"e\\`id\\`\" -n \"*\"; };"
				 " COMP_WORDS=(clockboundctl sync --phc-interface \"\");"
				 " COMP_CWORD=3; _clockboundctl;"
				 " printf \"%%s\\n\" \"${COMPREPLY[@]}\"' 2>&1"), 0);
	assert_string_equal(ctl_output, "\\$\\(echo\\$\\{IFS\\}oops\\)\ne\\`id\\`\n-n\n\\*\n");
}

/* Bash asks for nothing but the options that the command has. */
TEST(same_as_help)
{
	static const char *const names[] = { "status", "now", "watch", "wait", "wait-sync", "at",
					     "bench", "sync" };
	static char words[sizeof(ctl_output)];
	char *word;
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		snprintf(words, sizeof(words), "%s --", names[i]);
		complete(words);
		strcpy(words, ctl_output);
		assert_int_equal(ctl_run(CTL " %s --help", names[i]), 0);
		for (word = strtok(words, "\n "); word; word = strtok(NULL, "\n "))
			ctl_assert_printed(word);
		/* And to all of them. */
		assert_int_equal(ctl_run("bash -c '. " COMPLETION ";"
					 " words=\" $(_clockboundctl_options %s) \";"
					 " for word in $(" CTL " %s --help | grep -E \"^  -\" |"
					 " grep -oE -- \"--[a-z-]+\" | sort -u); do"
					 "  [[ $words == *\" $word \"* ]] || echo $word; done'",
					 names[i], names[i]), 0);
		assert_string_equal(ctl_output, "");
	}
}

TEST(installed)
{
	assert_int_equal(ctl_run("d=$(mktemp -d) && make -s BUILD=" BUILD
				 " install-clockboundctl prefix=/usr DESTDIR=$d 2>&1 &&"
				 " cmp " COMPLETION " $d/usr/share/bash-completion/completions/"
				 "clockboundctl 2>&1; rc=$?; rm -r $d; exit $rc"), 0);
}

TEST_MAIN(NULL, NULL)
