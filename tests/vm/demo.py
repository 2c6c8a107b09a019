# SPDX-License-Identifier: GPL-2.0-only
"""The demonstration: the module in a stock kernel, vmhost as the hypervisor, and
a verdict. usage: demo.py KERNEL"""

import sys

import hypervisor
import vm

COMMAND = '''
say() { echo "
== $*"; }

say "the hypervisor measures the distance of the two counters"
vmhost-guest handshake 60 >/dev/null &
echo 'host: handshake 60'; read -r answer; wait
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
'''


def verdict(lines):
    """The check's figures as one line, and whether they are good."""
    check = [line for line in lines if line.startswith('# check: ok ')]
    if not check:
        return 'verdict: BAD: the readings were not checked', False
    value = dict(pair.split('=') for pair in check[-1].split() if '=' in pair)
    good = value['outside'] == '0' and int(value['readings']) > 0
    return (f'verdict: {"good" if good else "BAD"}:'
            f' {value["readings"]} readings,'
            f' {value["outside"]} without the true time inside;'
            f' width {value["min_width"]} ns at least,'
            f' {value["median_width"]} ns median,'
            f' {value["max_width"]} ns at most;'
            f' first trusted interval {value["median_trusted_after_jump_ns"]} ns'
            f' after a disruption (median),'
            f' {value["first_trusted_after_jump_ns"]} ns at most', good)


def main():
    kernel = sys.argv[1]
    build = vm.TOP / 'build'
    files = {'/clockbound.ko': vm.module(kernel),
             '/bin/vmhost-guest': hypervisor.GUEST,
             '/bin/clockboundctl': build / 'clockboundctl.static',
             '/bin/containment': build / 'guest' / 'containment'}
    host = None
    with vm.VM(kernel, COMMAND, files=files, accel=None, timeout=120,
               on_host=lambda text: host.ask(text),
               on_line=lambda line: print(line, flush=True)) as machine:
        with hypervisor.Hypervisor(machine) as host:
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
