# SPDX-License-Identifier: GPL-2.0-only
"""vmhost as the hypervisor of a virtual machine of vm.py."""

import pathlib
import subprocess
import tempfile

import vm

VMHOST = vm.TOP / 'build' / 'vmhost'
GUEST = vm.TOP / 'build' / 'vmhost-guest'

# Before the test's own commands: the module, and a page that gives the time
SETUP = '''
insmod /clockbound.ko || exit 1
vmhost-guest handshake 60 >/tmp/handshake &
echo "host: handshake 60"; read -r answer
wait
echo "# handshake: $answer"
rc=0
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
             '--host-maxerror', str(HOST_MAXERROR_NS)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        if self._process.stdout.readline() != 'ready\n':
            raise vm.VMError('vmhost did not start')
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()
        self._directory.cleanup()

    def ask(self, text):
        """Has vmhost execute a command; returns its answer."""
        done = subprocess.run([VMHOST, 'ctl', self._socket, *text.split()],
                              stdout=subprocess.PIPE, text=True)
        return done.stdout.strip()


def run(kernel, command, programs, extra=None, append=''):
    """Runs a command in a guest that has the module, vmhost-guest, some test programs
    and the extra files, with vmhost on the other side; returns the exit code. append is
    for the kernel's command line. The request "notify" is the device's notification, all others are vmhost's."""
    files = {'/clockbound.ko': vm.module(kernel), '/bin/vmhost-guest': GUEST,
             **(extra or {})}

    def answer(text):
        if text == 'notify':
            machine.notify()
            return 'ok'
        return host.ask(text)

    for name in programs:
        files[f'/bin/{name}'] = vm.TOP / 'build' / 'guest' / name
    host = None
    with vm.VM(kernel, SETUP + command, files=files, on_line=print,
               on_host=answer, append=append) as machine:
        with Hypervisor(machine) as host:
            result = machine.run()
    result.assert_clean()
    print('ok the kernel log is clean')
    return result.exit_code
