# SPDX-License-Identifier: GPL-2.0-only
"""Random callers, as root and as nobody, beside an honest hypervisor and a hostile one:
no reading is wrong, nothing is given away, and the kernel says nothing.
usage: test_fuzz.py KERNEL [seed=N] [operations=N]

The seed is printed; with it, each process does the same operations again."""

import os
import random
import sys
import threading

import hypervisor
import page
import tap
import vm

COMMAND = '''
insmod /clockbound.ko source=vmclock || exit 1
%s
run fuzz honest %d %d
check 'the module is unloaded' rmmod clockbound
insmod /clockbound.ko || exit 1
run fuzz hostile %d %d
check 'the module is unloaded again' rmmod clockbound
'''

# Half of them with each hypervisor: as many as take some 20 s
OPERATIONS = {'kasan': 20000, 'lockdep': 20000, 'kcsan': 20000}
OPERATIONS_STOCK = 80000

# In seconds, for everything; and for so many operations
TIMEOUT = 300
OPERATIONS_A_SECOND = 500

# What an honest hypervisor does now and then, before it rewrites the page all the time.
# vmhost remembers all of them, so there is an end to their number
HONEST = ('resume', 'resume', 'resume', 'resume', 'resume', 'resume', 'disrupt', 'generation')


class Host:
    """Rewrites the page, as the guest asks for it."""

    def __init__(self, machine, seed):
        self._machine = machine
        self._random = random.Random(seed)
        self._thread = None
        self._leave = threading.Event()
        self._rewritten = 0
        self._error = None

    def answer(self, text):
        command, _, how = text.partition(' ')
        if command == 'rewrite':
            self._leave.clear()
            self._thread = threading.Thread(target=self._rewrite, args=[how], daemon=True)
            self._thread.start()
        elif command == 'leave':
            self._leave.set()
            self._thread.join()
            if self._error:
                return f'error: {self._error}'
        else:
            return self._machine.ask(text)
        return 'ok'

    def _rewrite(self, how):
        try:
            if how == 'honest':
                self._honest()
            else:
                self._hostile()
        except (vm.VMError, OSError) as error:
            self._error = error

    def _honest(self):
        self._machine.order(self._random.choice(HONEST))
        while not self._leave.is_set():
            self._machine.order('resume')
            self._rewritten += 1

    def _hostile(self):
        self._machine.order('pause')
        while not self._leave.is_set():
            content = bytearray(page.full(seq_count=2 * self._rewritten))
            for _ in range(self._random.randrange(6)):
                content[self._random.randrange(len(content))] = self._random.randrange(256)
            cut = self._random.choice((0, 0, self._random.randrange(len(content))))
            self._machine.write(content[cut:], cut)
            if cut:
                self._machine.write(content[:cut])
            self._rewritten += 1

    def __str__(self):
        return f'the page was rewritten {self._rewritten} times'


def main():
    kernel, *arguments = sys.argv[1:]
    given = dict(argument.split('=') for argument in arguments)
    seed = int(given.pop('seed', int.from_bytes(os.urandom(4), 'little')))
    operations = int(given.pop('operations', OPERATIONS.get(kernel, OPERATIONS_STOCK)))
    if given:
        sys.exit(__doc__)
    half = operations // 2
    print(f'# to do the same again: test_fuzz.py {kernel} seed={seed}'
          f' operations={operations}', flush=True)

    files = {'/clockbound.ko': vm.module(kernel), '/bin/vmhost-guest': hypervisor.GUEST,
             '/bin/fuzz': vm.TOP / 'build' / 'guest' / 'fuzz'}
    test = tap.Test()
    command = test.command(COMMAND % (hypervisor.HANDSHAKE, half, seed, half, seed + 1))
    with vm.VM(kernel, command, files=files, on_line=test.line,
               on_host=lambda text: host.answer(text),
               timeout=TIMEOUT + operations // OPERATIONS_A_SECOND) as machine:
        host = Host(machine, seed)
        test.judge(machine)
    print(f'# {host}')
    return test.end()


if __name__ == '__main__':
    sys.exit(main())
