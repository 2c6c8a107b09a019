# SPDX-License-Identifier: GPL-2.0-only
#
# Makes TAP of what /sys/kernel/debug/kunit/*/results says: an assertion for each case,
# and one for each suite, which has to be there and to have run all of its cases. What
# a failed case has printed comes before it. The plan is at the end.
#
#   -v tests=DIR     the sources of the suites (tests/kunit): these have to be there
#   -v number=N      so many assertions have been printed already
#   -v failed=N      so many of them failed
#
# A case is a line with an indentation of four; what comes before it since the
# case before is its own output. Deeper lines are parameters, the unindented one
# is the suite.

function say(good, what)
{
	if (!good) {
		failed++
		printf "%s", text
	}
	printf "%sok %d - %s\n", good ? "" : "not ", ++number, what
	text = ""
}

# Which cases a suite has is written in its source: an array of cases has its name, and
# the suite has its own and the array's.
function read_sources(	command, line, words, array, suite, size)
{
	command = "cat " tests "/*_test.c"
	while ((command | getline line) > 0) {
		split(line, words, /[][" ,]+/)
		if (line ~ /^static struct kunit_case /)
			array = words[4]
		else if (line ~ /^\tKUNIT_CASE[A-Z_]*\(/)
			size[array]++
		else if (line ~ /^\t\.name = "/)
			suite = words[3]
		else if (line ~ /^\t\.test_cases = /)
			expected[suite] = size[words[3]] + 0
	}
	close(command)
}

BEGIN			{ read_sources() }
/^    # Subtest: /	{ suite = $3; cases = bad = 0; text = ""; next }
/^    1\.\./		{ split($1, plan, "[.][.]"); next }
/^    (not )?ok /	{ cases++
			  good = !/^    not/
			  bad += !good
			  sub(/^    (not )?ok [0-9]+ /, "")
			  say(good, suite "." $0); next }
/^(not )?ok /		{ say(cases && cases == plan[2] && cases == expected[suite] &&
			      (bad || !/^not/), suite " - ran " cases " cases of " expected[suite] + 0)
			  delete expected[suite]
			  next }
			{ text = text "# " $0 "\n" }
END {
	text = ""
	for (suite in expected)
		say(0, suite " - this suite did not run")
	print "1.." number
	exit failed != 0
}
