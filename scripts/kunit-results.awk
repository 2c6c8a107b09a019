# SPDX-License-Identifier: GPL-2.0-only
#
# Judges what /sys/kernel/debug/kunit/*/results says: prints the failed cases with
# their output, and as the last line "kunit: N passed, N failed". With -v failed=N,
# N failures from elsewhere are counted as well.
#
# A case is a line with an indentation of four; what comes before it since the
# case before is its own output. Deeper lines are parameters, the unindented one
# is the suite.

/^    # Subtest: /	{ suite = $3; cases = bad = 0; text = ""; next }
/^    1\.\./		{ split($1, plan, "[.][.]"); next }
/^    ok /		{ cases++; text = ""
			  if (!/# SKIP/) passed++
			  next }
/^    not ok /		{ cases++; bad++; failed++
			  printf "%snot ok kunit %s.%s\n", text, suite, $4
			  text = ""; next }
/^(not )?ok /		{ if (cases != plan[2] || (/^not/ && !bad)) {
				failed++
				printf "%snot ok kunit %s - ran %d of %d\n",
					text, suite, cases, plan[2]
			  }
			  text = ""; next }
			{ text = text $0 "\n" }
END {
	if (!passed && !failed) {
		failed = 1
		print "not ok kunit - no test ran"
	}
	printf "kunit: %d passed, %d failed\n", passed, failed
	exit failed != 0
}
