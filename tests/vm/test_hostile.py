# SPDX-License-Identifier: GPL-2.0-only
"""Hostile hypervisors: bytes of every kind in the VMClock page, with and without
the sequence protocol. usage: test_hostile.py KERNEL"""

import random
import struct
import sys

import page
import tap
import vm

COMMAND = '''
insmod /clockbound.ko || exit 1
run hostile
check 'the module is unloaded' rmmod clockbound
'''

PAGES = 20000
# So many in a row have the same marker: a page that has contradicted itself is believed
# again under a new one
SAME_MARKER = 8


def scribble(machine):
    """A good page with some bytes overwritten, many times; sometimes torn."""
    choice = random.Random(20261121)
    for number in range(PAGES):
        content = bytearray(page.full(seq_count=2 * number, marker=number // SAME_MARKER))
        kind = choice.randrange(8)
        if kind == 0:
            content[:] = choice.randbytes(len(content))
        elif kind == 1:
            content[:] = bytes([choice.choice((0, 0xff))]) * len(content)
        elif kind < 6:
            for _ in range(choice.randrange(8)):
                content[choice.randrange(len(content))] = choice.randrange(256)
        if kind == 7:
            cut = choice.randrange(1, len(content))
            machine.write(content[cut:], cut)
            machine.write(content[:cut], 0)
        else:
            machine.write(content, 0)
    machine.write(struct.pack('<I', 1), page.SEQ_COUNT)
    return 'ok'


def main():
    kernel = sys.argv[1]
    files = {'/clockbound.ko': vm.module(kernel),
             '/bin/hostile': vm.TOP / 'build' / 'guest' / 'hostile'}
    test = tap.Test()
    with vm.VM(kernel, test.command(COMMAND), files=files, on_line=test.line,
               page=bytes(page.SIZE), on_host=lambda text: scribble(machine)) as machine:
        test.judge(machine)
    return test.end()


if __name__ == '__main__':
    sys.exit(main())
