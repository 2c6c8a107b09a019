# SPDX-License-Identifier: GPL-2.0-only
"""The demonstration: the module in a stock kernel, vmhost as the hypervisor, and
a verdict. usage: demo.py KERNEL"""

import statistics
import sys

import hypervisor
import vm

COMMAND = '''
say() { echo "
== $*"; }

say "the hypervisor measures the distance of the two counters"
@HANDSHAKE@
echo "$answer"

say "the module is loaded"
insmod /clockbound.ko || exit 1
dmesg | grep 'clockbound: ' | sed 's/^\\[[^]]*\\] //' | grep -v taint
ls -l /dev/clockbound

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
exit $rc
'''.replace('@HANDSHAKE@', hypervisor.HANDSHAKE)


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
    kernel = sys.argv[1]
    build = vm.TOP / 'build'
    files = {'/clockbound.ko': vm.module(kernel),
             '/bin/vmhost-guest': hypervisor.GUEST,
             '/bin/clockboundctl': build / 'clockboundctl.static',
             '/bin/containment': build / 'guest' / 'containment'}
    with vm.VM(kernel, COMMAND, files=files, accel=None, timeout=120,
               on_host=lambda text: machine.ask(text),
               on_line=lambda line: print(line, flush=True)) as machine:
        print(f'demo: booting a stock Debian {kernel} kernel'
              f' in QEMU ({machine.accel})', flush=True)
        result = machine.run()

    text, good = verdict(result.lines)
    try:
        result.assert_clean()
    except AssertionError as error:
        text, good = f'verdict: BAD: {error}', False
    print(f'\n{text}')
    return 0 if good and result.exit_code == 0 else 1


if __name__ == '__main__':
    sys.exit(main())
