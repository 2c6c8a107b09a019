# SPDX-License-Identifier: GPL-2.0-only
"""Tests in a virtual machine whose VMClock tells the time."""

import threading
import time

import tap
import vm

GUEST = vm.TOP / 'build' / 'vmhost-guest'

# In the guest's shell. Not in the background: if a child ends while ash is in the middle
# of "read", it begins anew with an empty line and what it has read already is lost.
HANDSHAKE = 'echo "host: handshake 60"; vmhost-guest handshake 60; read -r answer'

# So often it looks whether the machine sleeps
LOOK_S = 0.002

# Before the test's own commands: the module, and a page that gives the time
SETUP = f'''
insmod /clockbound.ko || exit 1
{HANDSHAKE}
echo "# handshake: $answer"
check "handshake: $answer" test "${{answer#ok }}" != "$answer"
'''


def run(kernel, command, programs, extra=None, **options):
    """Runs a command in a guest that has the module, vmhost-guest, some test programs
    and the extra files, with vmhost on the other side; returns the exit code. The options
    are the machine's. The request "stop-and-go MS" has vmhost stop the machine for a
    while, which under TCG makes its counter lose so much, "qmp-stop-and-go MS" stops it behind
    vmhost's back, "wake" wakes it up when it sleeps; all others are vmhost's own."""
    files = {'/clockbound.ko': vm.module(kernel), '/bin/vmhost-guest': GUEST,
             **(extra or {})}

    def wake():
        while machine.qmp('query-status')['status'] != 'suspended':
            time.sleep(LOOK_S)
        machine.qmp('system_wakeup')

    def answer(text):
        command, _, number = text.partition(' ')
        if command == 'stop-and-go':
            machine.order('stop-machine')
            time.sleep(int(number) / 1000)
            machine.order('cont-machine')
            return 'ok'
        if command == 'qmp-stop-and-go':
            machine.qmp('stop')
            time.sleep(int(number) / 1000)
            machine.qmp('cont')
            return 'ok'
        if command == 'wake':
            threading.Thread(target=wake, daemon=True).start()
            return 'ok'
        return machine.ask(text)

    for name in programs:
        files[f'/bin/{name}'] = vm.TOP / 'build' / 'guest' / name
    test = tap.Test()
    with vm.VM(kernel, test.command(SETUP + command, programs), files=files,
               on_line=test.line, on_host=answer, **options) as machine:
        test.judge(machine)
    return test.end()
