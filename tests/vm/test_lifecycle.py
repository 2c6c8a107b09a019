# SPDX-License-Identifier: GPL-2.0-only
"""Loading and unloading, again and again, under readers, waiters and mappings: refused
or clean, and nothing is lost; and what a user holds is accounted to it.
usage: test_lifecycle.py KERNEL [rounds=N]"""

import sys

import page
import tap
import vm

COMMAND = '''
insmod /clockbound.ko || exit 1
run limits
check 'nothing is held any more' rmmod clockbound
run lifecycle /clockbound.ko %d
check 'the module is unloaded' rmmod clockbound
'''

# As many as take some 15 s
ROUNDS = {'kasan': 10, 'lockdep': 10, 'kcsan': 10}
ROUNDS_STOCK = 50

# In seconds, for everything; and for a round
TIMEOUT = 300
ROUND_TIMEOUT = 3


def main():
    kernel, *arguments = sys.argv[1:]
    given = dict(argument.split('=') for argument in arguments)
    rounds = int(given.pop('rounds', ROUNDS.get(kernel, ROUNDS_STOCK)))
    if given:
        sys.exit(__doc__)
    guest = vm.TOP / 'build' / 'guest'
    files = {'/clockbound.ko': vm.module(kernel), '/bin/limits': guest / 'limits',
             '/bin/lifecycle': guest / 'lifecycle'}
    test = tap.Test()
    with vm.VM(kernel, test.command(COMMAND % rounds), files=files, on_line=test.line,
               page=page.full(), timeout=TIMEOUT + rounds * ROUND_TIMEOUT) as machine:
        test.judge(machine)
    return test.end()


if __name__ == '__main__':
    sys.exit(main())
