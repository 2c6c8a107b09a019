# SPDX-License-Identifier: GPL-2.0-only
"""The demonstration: the module in a stock kernel, vmhost as the hypervisor, clones of the
machine, and a verdict. usage: demo.py KERNEL [clones]: with the second word, the clones only"""

import json
import pathlib
import statistics
import sys
import tempfile
import threading

import clones
import hypervisor
import vm

CLONES = 3

START = '''
say() { echo "
== $*"; }

say "the hypervisor measures the distance of the two counters"
@HANDSHAKE@
echo "$answer"

say "the module is loaded"
insmod /clockbound.ko || exit 1
dmesg | grep 'clockbound: ' | sed 's/^\\[[^]]*\\] //' | grep -v taint
ls -l /dev/clockbound
'''

SHOW = '''
say "for people: cat /sys/kernel/clockbound/status"
cat /sys/kernel/clockbound/status

say "from the mmap page, no system call: clockboundctl now"
clockboundctl now
say "by ioctl: clockboundctl now --ioctl --json"
clockboundctl now --ioctl --json

say "clockboundctl watch, while the machine is migrated: its clock jumps by 1 s"
clockboundctl watch --interval 0.2 --count 12 | cat &
sleep 1
echo 'host: migrate 1000000000'; read -r answer
wait
echo "(the hypervisor says: $answer)"

say "every reading of two CPUs, through migrations and disruptions"
containment
rc=$?

say "after all that"
clockboundctl status
'''

# All of them, the machine itself and its clones, go on behind the "read"
CLONE = '''
say "the machine is saved, and goes on; three machines are made of it, at once"
echo 'host: clone'; read -r who
before=$(clockboundctl now --json)
@HANDSHAKE@
after=$(clockboundctl now --json)
echo "host: judge $before $after"; read -r answer
echo "$who: $answer"
exit ${rc:-0}
'''


def commands(*parts):
    return ''.join(parts).replace('@HANDSHAKE@', hypervisor.HANDSHAKE)


class Clones:
    """Machines that are made of one."""

    def __init__(self, kernel, directory):
        self.wrong = []
        self._kernel = kernel
        self._container = pathlib.Path(directory) / 'machine'
        self._threads = []
        self._seen = set()

    def make(self, machine):
        """Saves the machine, and starts its clones; they show themselves at their end."""
        answer = clones.ctl(machine, 'snapshot', str(self._container))
        print(f'vmhost ctl PATH snapshot FILE: {answer}', flush=True)
        if not answer.startswith('ok'):
            self.wrong.append(f'snapshot: {answer}')
            return 'the machine itself'
        for number in range(1, CLONES + 1):
            thread = threading.Thread(target=self._run, args=(number,), daemon=True)
            thread.start()
            self._threads.append(thread)
        return 'the machine itself'

    def judge(self, machine, text):
        """What a guest read before and after its counter was measured."""
        decoder = json.JSONDecoder()
        before, end = decoder.raw_decode(text)
        after = json.loads(text[end:])
        words = machine.ask(f'truth {after["counter_value"]}').split()
        status = dict(pair.split('=') for pair in machine.ask('status').split()
                      if '=' in pair)
        self._seen.add(status['generation'])
        good = before['status'] in ('unknown', 'disrupted')
        right = (words[0] == 'ok' and after['earliest_ns'] <= int(words[2]) and
                 after['latest_ns'] >= int(words[1]))
        answer = (f'generation {status["generation"]}: at first {before["status"]}; then'
                  f' an interval of {after["latest_ns"] - after["earliest_ns"]} ns that'
                  f' {"contains" if right else "does NOT contain"} the true time')
        if not good or not right:
            self.wrong.append(answer)
        return answer

    def _run(self, number):
        try:
            with vm.VM(self._kernel, '', accel=None, timeout=120,
                       options=('--restore', str(self._container)),
                       answer=lambda: f'clone {number}',
                       on_host=lambda text: self.serve(machine, text),
                       on_line=lambda line: print(line, flush=True)) as machine:
                machine.run().assert_clean()
        except (vm.VMError, AssertionError) as error:
            self.wrong.append(f'clone {number}: {error}')

    def serve(self, machine, text):
        """Answers what a guest asks."""
        if text == 'clone':
            return self.make(machine)
        if text.startswith('judge '):
            return self.judge(machine, text.removeprefix('judge '))
        return machine.ask(text)

    def verdict(self):
        """When all have ended."""
        for thread in self._threads:
            thread.join()
        if not self.wrong and len(self._seen) != 1 + CLONES:
            self.wrong.append(f'{len(self._seen)} generations of {1 + CLONES} machines')
        if self.wrong:
            return f'clones: BAD: {self.wrong[0]}'
        return (f'clones: good: {CLONES} clones of one snapshot, each without a time until its'
                ' counter was measured, and right after that')


def verdict(lines):
    """The figures of all spans' checks as one line, and whether they are good."""
    failed = [line for line in lines if line.startswith('not ok ')]
    if failed:
        return f'verdict: BAD: {failed[0].removeprefix("not ok ")}', False
    spans = [dict(pair.split('=') for pair in line.split() if '=' in pair)
             for line in lines if line.startswith('# check: ok ')]
    if not spans:
        return 'verdict: BAD: the readings were not checked', False

    def values(name, where=lambda span: True):
        return [int(span[name]) for span in spans if where(span)] or [0]

    def trusted(span):
        return int(span['trusted']) > 0

    def recovered(span):
        return int(span['recovered']) > 0

    good = sum(values('readings')) > 0 == sum(values('outside'))
    return (f'verdict: {"good" if good else "BAD"}:'
            f' {sum(values("readings"))} readings in {len(spans)} spans,'
            f' {sum(values("outside"))} without the true time inside;'
            f' the counters moved by {max(values("hull_ns"))} ns in a span at most;'
            f' width {min(values("min_width", trusted))} ns at least,'
            f' {statistics.median_low(values("median_width", trusted))} ns median,'
            f' {max(values("max_width", trusted))} ns at most;'
            ' first trusted interval'
            f' {statistics.median_low(values("median_trusted_after_jump_ns", recovered))} ns'
            ' after a disruption (median),'
            f' {max(values("first_trusted_after_jump_ns", recovered))} ns at most', good)


def main():
    kernel, *only = sys.argv[1:]
    build = vm.TOP / 'build'
    files = {'/clockbound.ko': vm.module(kernel),
             '/bin/vmhost-guest': hypervisor.GUEST,
             '/bin/clockboundctl': build / 'clockboundctl.static',
             '/bin/containment': build / 'guest' / 'containment'}
    command = commands(START, CLONE) if only else commands(START, SHOW, CLONE)
    with tempfile.TemporaryDirectory(prefix='clockbound-demo-', dir='/var/tmp') as directory:
        machines = Clones(kernel, directory)
        with vm.VM(kernel, command, files=files, accel=None, timeout=120,
                   on_host=lambda text: machines.serve(machine, text),
                   on_line=lambda line: print(line, flush=True)) as machine:
            print(f'demo: booting a stock Debian {kernel} kernel'
                  f' in QEMU ({machine.accel})', flush=True)
            result = machine.run()
        cloned = machines.verdict()

    text, good = ('', True) if only else verdict(result.lines)
    try:
        result.assert_clean()
    except AssertionError as error:
        text, good = f'verdict: BAD: {error}', False
    print(f'\n{cloned}')
    if text:
        print(text)
    return 0 if good and not machines.wrong and result.exit_code == 0 else 1


if __name__ == '__main__':
    sys.exit(main())
