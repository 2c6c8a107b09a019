# SPDX-License-Identifier: GPL-2.0-only
"""What a test in a virtual machine says: one stream of TAP on standard output, with one
plan at its end. Whoever judges it (scripts/judge.pl) misses what did not run.

    test = tap.Test()
    with vm.VM(kernel, test.command(COMMAND), on_line=test.line, ...) as machine:
        test.judge(machine)
    sys.exit(test.end())

A command says what it tests by two functions of the shell:

    check TEXT COMMAND...       one assertion: the command succeeds
    skip TEXT REASON            one that cannot be tried here
    run PROGRAM ARGUMENT...     one of the programs guest_*.c, which say TAP themselves

In a subshell or a pipe nobody counts: a check there is a failure, and so is a run in
which a program named here did not start, or ended before its plan.
"""

import re

import vm

SHELL = r'''
rc=0
checks=0

check()
{
	text=$1
	shift
	checks=$((checks + 1))
	if "$@"; then echo "ok - $text"; else echo "not ok - $text"; rc=1; fi
}

skip()
{
	checks=$((checks + 1))
	echo "ok - $1 # SKIP $2"
}

run()
{
	echo "tap: run $*"
	"$@"
	echo "tap: exit $?"
}
'''

END = '''
echo "tap: checks $checks"
exit $rc
'''

RUN = re.compile(r'^\s*run (.+)$', re.MULTILINE)
ASSERTION = re.compile(r'(not )?ok - (.*?)(?: # SKIP (.*))?$')
PLAN = re.compile(r'1\.\.(\d+)$')


class Part:
    """Those who count: a program of the guest, or the command itself."""

    def __init__(self, name):
        self.name = name
        self.passed = 0
        self.failed = 0
        self.plans = []

    def problem(self, exit_code):
        """Why it cannot be believed; or None."""
        count = self.passed + self.failed
        if not self.plans:
            return f'ended early, after {count} assertions, exit code {exit_code}'
        if self.plans != [count]:
            return f'says that it made {self.plans} assertions: {count} were heard'
        if exit_code != (1 if self.failed else 0):
            return f'exit code {exit_code}, {self.failed} assertions failed'
        return None


class Test:
    """The stream of one test."""

    def __init__(self):
        self.number = 0
        self.failed = 0

    def command(self, text, programs=()):
        """What a machine has to execute so that the text is judged. The programs are
        those that the text must run; what it says to run is known from itself."""
        self._expected = RUN.findall(text)
        self._programs = programs
        self._heard = []
        self._command = Part('the command')
        self._program = None
        return SHELL + text + END

    def line(self, line):
        """A line of the guest."""
        part = self._program or self._command
        assertion = ASSERTION.match(line)
        plan = PLAN.match(line)
        if assertion:
            failed, text, reason = assertion.groups()
            if failed:
                part.failed += 1
            else:
                part.passed += 1
            self._say(not failed, text, reason)
        elif plan:
            part.plans.append(int(plan[1]))
        elif line.startswith('tap: run '):
            self._program = Part(line.removeprefix('tap: run '))
            self._heard.append(self._program.name)
            print(f'# {self._program.name}', flush=True)
        elif line.startswith('tap: exit ') and self._program:
            self._end_program(line.removeprefix('tap: exit '))
        elif line.startswith('tap: checks '):
            self._command.plans.append(int(line.removeprefix('tap: checks ')))
        else:
            print('#', line.removeprefix('# '), flush=True)

    def judge(self, machine):
        """Runs the machine, and says whether it and what it ran came to their end."""
        try:
            result = machine.run()
        except vm.VMError as error:
            result = None
            self.check(False, 'the machine runs to its end', str(error))
        if self._program:
            self._end_program('unknown')
        if result:
            problem = self._command.problem(result.exit_code)
            self.check(not problem, 'the command runs to its end', problem)
            self.check_clean(result)
        for name in self._expected:
            if name not in self._heard:
                self.check(False, f'{name} is run')
        named = [name.split()[0].rpartition('/')[2] for name in self._expected]
        for name in self._programs:
            if name not in named:
                self.check(False, f'{name} is run: the command does not name it')

    def check_clean(self, result):
        """Neither the kernel nor the module has complained."""
        try:
            result.assert_clean()
        except AssertionError as error:
            self.check(False, 'the kernel log is clean', str(error))
        else:
            self.check(True, 'the kernel log is clean')

    def check(self, good, text, why=None):
        """An assertion of this side. If it fails, why is shown: the first line at once,
        the others in the log."""
        if good or not why:
            self._say(good, text)
            return
        first, *others = why.splitlines()
        for line in others:
            print('#', line)
        self._say(good, f'{text}: {first}')

    def end(self):
        """The plan; returns the exit code."""
        print(f'1..{self.number}', flush=True)
        return 1 if self.failed else 0

    def _end_program(self, exit_code):
        program, self._program = self._program, None
        problem = program.problem(int(exit_code) if exit_code.isdigit() else exit_code)
        self.check(not problem, f'{program.name} runs to its end', problem)

    def _say(self, good, text, skipped=None):
        self.number += 1
        if not good:
            self.failed += 1
        text = text.replace('\\', '\\\\').replace('#', '\\#')
        print(f'{"" if good else "not "}ok {self.number} - {text}'
              + (f' # SKIP {skipped}' if skipped else ''), flush=True)
