# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's own VMClock device, which has a disruption marker and no time: what was promised
before a snapshot or a migration is void after it. With the QEMU of Debian 13.
usage: test_qemu_vmclock.py KERNEL"""

import subprocess
import sys
import time

import tap
import vm

COMMAND = '''
insmod /clockbound.ko || exit 1
sed 's/^/# /' /sys/kernel/clockbound/status
check 'it is found, and says that it has a marker alone' \\
	grep -qx 'vmclock: *disruption marker only, no time' /sys/kernel/clockbound/status
check 'no bound' [ "$(cat /sys/kernel/clockbound/clock_status)" = 0 ]
run restored
sed 's/^/# /' /sys/kernel/clockbound/status
check 'the module is unloaded' rmmod clockbound
'''

# Two snapshots, each restored twice, and a migration
RESTORED = 5
TIMEOUT = 300

# So often it is asked whether a migration has ended, and whether the machine runs
LOOK_S = 0.05


class Channel:
    """The machine's serial port, whichever QEMU is behind it now."""

    def __init__(self, connection):
        self.connection = connection

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def __getattr__(self, name):
        return getattr(self.connection, name)


class Machine(vm.VM):
    """A machine with QEMU's device in place of ours, which can be put back to where it
    was."""

    def _command_line(self):
        return [vm.SCRIPTS / 'debian13.sh', 'setpriv', '--pdeathsig', 'KILL',
                *self.arguments(f'file:{self.console_path}', f'unix:{self._dir}/channel',
                                f'unix:{self._dir}/qmp,server=on,wait=off'),
                '-device', 'vmclock',
                '-drive', f'if=none,id=snapshots,format=qcow2,file={self._snapshots()}']

    def _snapshots(self):
        path = self._dir / 'snapshots'
        if not path.exists():
            subprocess.run([vm.SCRIPTS / 'debian13.sh', 'qemu-img', 'create', '-q',
                            '-f', 'qcow2', path, '1G'], check=True)
        return path

    def _accept(self, server):
        return Channel(super()._accept(server))

    def save(self):
        self._monitor('savevm here')

    def restore(self):
        self._monitor('loadvm here')

    def _monitor(self, command):
        complaint = self.qmp('human-monitor-command', **{'command-line': command})
        if complaint:
            raise vm.VMError(f'{command}: {complaint}')

    def migrate(self):
        """To a file, and from there into another process."""
        self.qmp('migrate', uri=f'exec:cat >{self._dir}/migrated')
        self._wait('query-migrate', 'completed')
        # With a console of its own: this one's would begin anew
        self._stop()
        self._channel.connection.close()
        self.console_path = self._dir / 'console-migrated'
        with self._listen('channel') as server, \
                open(self._dir / 'qemu.log', 'ab') as log:
            self._process = subprocess.Popen(
                [*self._command_line(), '-incoming', f'exec:cat {self._dir}/migrated'],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            self._channel.connection = self._accept(server).connection
        # Until then what is sent is lost: the serial port is put back to where it was
        self._wait('query-status', 'running')

    def _wait(self, query, wanted):
        while (status := self.qmp(query)['status']) != wanted:
            if status == 'failed':
                raise vm.VMError(f'{query}: {status}')
            time.sleep(LOOK_S)

    def _console(self):
        """Of both."""
        return ''.join(path.read_text(errors='replace')
                       for path in sorted(self._dir.glob('console*')))


class Host:
    """What the guest asks for."""

    def __init__(self, machine, test):
        self._machine = machine
        self._test = test
        self._times = 0
        self.restored = 0

    def answer(self, text):
        word, _, rest = text.partition(' ')
        if word == 'check':
            verdict, _, what = rest.partition(' ')
            self._test.check(verdict == 'ok', what)
            return 'ok'
        if word == 'snapshot':
            self._machine.save()
            self._times = 0
            return 'saved'
        self.restored += 1
        if word == 'migrate':
            self._machine.migrate()
            return 'ok'
        self._machine.restore()
        self._times += 1
        return f'restored {("once", "twice")[self._times - 1]}'


def main():
    kernel = sys.argv[1]
    files = {'/clockbound.ko': vm.module(kernel),
             '/bin/restored': vm.TOP / 'build' / 'guest' / 'restored'}
    test = tap.Test()
    with Machine(kernel, test.command(COMMAND), files=files, on_line=test.line,
                 on_host=lambda text: host.answer(text), vmclock=False,
                 timeout=TIMEOUT) as machine:
        host = Host(machine, test)
        test.judge(machine)
    test.check(host.restored == RESTORED, f'restored {RESTORED} times',
               f'{host.restored} times')
    return test.end()


if __name__ == '__main__':
    sys.exit(main())
