# SPDX-License-Identifier: GPL-2.0-only
"""vmhost as the hypervisor of a virtual machine of vm.py."""

import pathlib
import socket
import subprocess
import tempfile
import time

import tap
import vm

VMHOST = vm.TOP / 'build' / 'vmhost'
GUEST = vm.TOP / 'build' / 'vmhost-guest'

# In the guest's shell. Not in the background: if a child ends while ash is in the middle
# of "read", it begins anew with an empty line and what it has read already is lost.
HANDSHAKE = 'echo "host: handshake 60"; vmhost-guest handshake 60; read -r answer'

# Before the test's own commands: the module, and a page that gives the time
SETUP = f'''
insmod /clockbound.ko || exit 1
{HANDSHAKE}
echo "# handshake: $answer"
check "handshake: $answer" test "${{answer#ok }}" != "$answer"
'''

# The host's clock is nobody's concern here: it is the true time by definition
HOST_MAXERROR_NS = 1000


class Hypervisor:
    """A vmhost process that fills the VMClock page of a VM.

    with VM(...) as machine, Hypervisor(machine) as host: machine.run()

    The VM's callback for "host: TEXT" is host.ask.
    """

    def __init__(self, machine):
        self._machine = machine
        self._process = None

    def __enter__(self):
        self._directory = tempfile.TemporaryDirectory(prefix='clockbound-vmhost-')
        self._socket = pathlib.Path(self._directory.name) / 'socket'
        self._process = subprocess.Popen(
            [VMHOST, '--ram', self._machine.ram_path,
             '--offset', str(self._machine.vmclock_offset),
             '--shared', self._machine.ivshmem_path,
             '--socket', self._socket,
             '--host-maxerror', str(HOST_MAXERROR_NS),
             '--tai-offset', '37'],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        if self._process.stdout.readline() != 'ready\n':
            raise vm.VMError('vmhost did not start')
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(str(self._socket))
        self._answers = self._connection.makefile('r')
        return self

    def __exit__(self, *_):
        self._answers.close()
        self._connection.close()
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()
        self._directory.cleanup()

    def ask(self, text):
        """Has vmhost execute a command; returns its answer."""
        self._connection.sendall(f'{text}\n'.encode())
        answer = self._answers.readline()
        if not answer:
            raise vm.VMError(f'vmhost ended at "{text}"')
        return answer.strip()


def run(kernel, command, programs, extra=None, append=''):
    """Runs a command in a guest that has the module, vmhost-guest, some test programs
    and the extra files, with vmhost on the other side; returns the exit code. append is
    for the kernel's command line. The request "notify" is the device's notification,
    "stop-and-go MS" stops the machine for a while, which under TCG makes its counter lose
    so much; all others are vmhost's."""
    files = {'/clockbound.ko': vm.module(kernel), '/bin/vmhost-guest': GUEST,
             **(extra or {})}

    def answer(text):
        if text == 'notify':
            machine.notify()
            return 'ok'
        if text.startswith('stop-and-go '):
            machine.qmp('stop')
            time.sleep(float(text.split()[1]) / 1000)
            machine.qmp('cont')
            return 'ok'
        return host.ask(text)

    for name in programs:
        files[f'/bin/{name}'] = vm.TOP / 'build' / 'guest' / name
    host = None
    test = tap.Test()
    with vm.VM(kernel, test.command(SETUP + command, programs), files=files,
               on_line=test.line, on_host=answer, append=append) as machine:
        with Hypervisor(machine) as host:
            test.judge(machine)
    return test.end()
