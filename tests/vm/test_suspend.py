# SPDX-License-Identifier: GPL-2.0-only
"""No reading after a suspend is from a claim before it, whatever the pages say.
usage: test_suspend.py KERNEL"""

import struct
import sys
import threading
import time

import page
import tap
import vm

COMMAND = '''
insmod /clockbound.ko || exit 1
run suspend
sed 's/^/# /' /sys/kernel/clockbound/status
check 'the module is unloaded' rmmod clockbound
'''

# As in guest_suspend.c
START_S = 1700000000
NIGHT_S = 1000000
MAXERROR_NS = 10 ** 12
TAI_OFFSET = 37

# So often the host looks whether the machine sleeps, and so long it lets it
LOOK_S = 0.002
SLEEP_S = 0.01

# So often it presses a key while the guest is idle, or is about to be
PRESS_S = 0.15


class Host:
    """What the guest asks for."""

    def __init__(self, machine):
        self._machine = machine
        self._seq_count = 0
        self._waker = None
        self._woken = threading.Event()

    def answer(self, text):
        command, *arguments = text.split()
        if command == 'page':
            self._write(*(int(argument) for argument in arguments))
        elif command in ('wake', 'idle'):
            self._woken.clear()
            self._waker = threading.Thread(
                target=self._wake if command == 'wake' else self._press, daemon=True)
            self._waker.start()
        else:
            self._woken.set()
            self._waker.join()
        # An empty line is no answer: the keys are such, too
        return '' if command == 'idle' else 'ok'

    def _write(self, marker, counter, night):
        content = page.full(self._seq_count + 1, marker, counter=counter,
                            seconds=START_S + TAI_OFFSET + night * NIGHT_S,
                            maxerror=MAXERROR_NS)
        self._seq_count += 2
        self._machine.write(content)
        self._machine.write(struct.pack('<I', self._seq_count), page.SEQ_COUNT)

    def _press(self):
        # Nobody sees from outside when it is idle
        while not self._woken.wait(PRESS_S):
            self._machine.key()

    def _wake(self):
        # It may wake up by itself before that is seen
        while self._machine.qmp('query-status')['status'] != 'suspended':
            if self._woken.wait(LOOK_S):
                return
        time.sleep(SLEEP_S)
        try:
            self._machine.qmp('system_wakeup')
        except vm.VMError:
            pass    # it is awake


def main():
    kernel = sys.argv[1]
    files = {'/clockbound.ko': vm.module(kernel),
             '/bin/suspend': vm.TOP / 'build' / 'guest' / 'suspend'}
    test = tap.Test()
    with vm.VM(kernel, test.command(COMMAND), files=files, on_line=test.line,
               page=bytes(page.SIZE), on_host=lambda text: host.answer(text),
               timeout=600) as machine:
        host = Host(machine)
        test.judge(machine)
    return test.end()


if __name__ == '__main__':
    sys.exit(main())
