# SPDX-License-Identifier: GPL-2.0-only
"""The KUnit suites in a debug kernel: another processor, compiler options and
configuration than those of User-Mode Linux. usage: kunit.py KERNEL"""

import subprocess
import sys

import vm

# A million take too long in a processor that is emulated; scripts/run-kunit.sh
# has them all
RANDOM_CASES = 20000

COMMAND = f'''
insmod /clockbound_kunit.ko random_cases={RANDOM_CASES} || exit 1
cat /sys/kernel/debug/kunit/*/results
rmmod clockbound_kunit
'''


def main():
    kernel = sys.argv[1]
    files = {'/clockbound_kunit.ko': vm.module(kernel, 'clockbound_kunit')}
    with vm.VM(kernel, COMMAND, files=files) as machine:
        result = machine.run()

    failed = 0
    try:
        result.assert_clean()
    except AssertionError as error:
        print(f'not ok kunit - {error}', flush=True)
        failed = 1
    if result.exit_code:
        print(f'not ok kunit - exit code {result.exit_code}', flush=True)
        failed += 1
    return subprocess.run(['awk', '-v', f'failed={failed}',
                           '-f', vm.SCRIPTS / 'kunit-results.awk'],
                          input='\n'.join(result.lines) + '\n', text=True).returncode


if __name__ == '__main__':
    sys.exit(main())
