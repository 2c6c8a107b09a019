# SPDX-License-Identifier: GPL-2.0-only
"""Machines that are saved, cloned and moved while guest_clone.c runs in them."""

import pathlib
import shutil
import subprocess
import tempfile
import threading

import hypervisor
import vm

COMMAND = '''
run clone
sed 's/^/# /' /sys/kernel/clockbound/status
check 'the module is unloaded' rmmod clockbound
'''

# Each way: through the mmap page, and by ioctl
READINGS = 100000


def ctl(machine, *words, cwd=None):
    """vmhost ctl; returns its answer."""
    result = subprocess.run([vm.VMHOST[0], 'ctl', machine.socket, *words], cwd=cwd,
                            stdout=subprocess.PIPE, text=True, check=False)
    return result.stdout.strip()


class Moved(vm.VMError):
    """The guest goes on in another machine."""


class Machine(threading.Thread):
    """A machine that runs beside others: what it says is judged at its end.

    what      its name in the test's lines
    crossings what it does at each crossing: functions of this machine, which return the
              guest's answer, or raise Moved
    history   what the guest has said before, elsewhere
    """

    def __init__(self, kernel, what, crossings=(), history=(), options=(), answer=None):
        super().__init__(daemon=True)
        self.what = what
        self.lines = list(history)
        self.vm = None
        self._kernel = kernel
        self._crossings = list(crossings)
        self._options = options
        self._answer = answer
        self._result = None
        self.error = None

    def command(self, test):
        """What it runs; before it starts."""
        self._text = test.command(hypervisor.SETUP + COMMAND, ['clone'])

    def run(self):
        files = {'/clockbound.ko': vm.module(self._kernel),
                 '/bin/vmhost-guest': hypervisor.GUEST,
                 '/bin/clone': vm.TOP / 'build' / 'guest' / 'clone'}
        try:
            with vm.VM(self._kernel, self._text, files=files, on_host=self._on_host,
                       on_line=self.lines.append, timeout=600, options=self._options,
                       answer=self._answer) as self.vm:
                self._result = self.vm.run()
        except vm.VMError as error:
            self.error = error

    def _on_host(self, text):
        if text == 'next':
            return 'cross' if self._crossings else 'end'
        if text == 'cross':
            return self._crossings.pop(0)(self)
        return self.vm.ask(text)

    def judge(self, test):
        """Waits for its end and has the test judge it."""
        self.join()
        print(f'# ---- {self.what}', flush=True)
        test.command(hypervisor.SETUP + COMMAND, ['clone'])
        test.judge(Replay(self.lines, test, self._result, self.error))


class Replay:
    """A machine that has run already."""

    def __init__(self, lines, test, result, error):
        self._lines = lines
        self._test = test
        self._result = result
        self._error = error

    def run(self):
        for line in self._lines:
            self._test.line(line)
        if self._error:
            raise self._error
        return self._result


class Directory:
    """For containers and sockets; it is gone at the end."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix='clockbound-clones-',
                                                  dir='/var/tmp'))
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path)
