# SPDX-License-Identifier: GPL-2.0-only
"""The KUnit suites in a debug kernel: another processor, compiler options and
configuration than those of User-Mode Linux. usage: kunit.py KERNEL"""

import subprocess
import sys

import tap
import vm

# A million take too long in a processor that is emulated; scripts/run-kunit.sh
# has them all
RANDOM_CASES = 20000
RANDOM_STEPS = 1000000

COMMAND = f'''
insmod /clockbound_kunit.ko random_cases={RANDOM_CASES} random_steps={RANDOM_STEPS} || exit 1
cat /sys/kernel/debug/kunit/*/results
rmmod clockbound_kunit
'''


def main():
    kernel = sys.argv[1]
    files = {'/clockbound_kunit.ko': vm.module(kernel, 'clockbound_kunit')}
    test = tap.Test()
    with vm.VM(kernel, COMMAND, files=files, vmclock=False) as machine:
        result = machine.run()
    test.check(not result.exit_code, 'the suites are loaded and unloaded',
               f'exit code {result.exit_code}')
    test.check_clean(result)
    return subprocess.run(['awk', '-v', f'tests={vm.TOP}/tests/kunit',
                           '-v', f'number={test.number}', '-v', f'failed={test.failed}',
                           '-f', vm.SCRIPTS / 'kunit-results.awk'],
                          input='\n'.join(result.lines) + '\n', text=True).returncode


if __name__ == '__main__':
    sys.exit(main())
