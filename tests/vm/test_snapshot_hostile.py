# SPDX-License-Identifier: GPL-2.0-only
"""vmhost is killed at any moment of a snapshot, and the container that has the name then
restores; and containers that somebody has changed are refused, or give a machine that runs.
usage: test_snapshot_hostile.py KERNEL"""

import json
import os
import random
import socket
import subprocess
import sys
import time
import zlib

import clones
import tap
import vm

KILLS = 20
MUTATIONS = 200

# Longer than it takes here to save a machine that was restored
SNAPSHOT_S = 1.5
# QEMU either refuses what it cannot load, or has it loaded long before
PATIENCE_S = 60

# It says what it is told
COMMAND = '''
echo "host: here"
while read -r answer; do
	echo "host: $answer"
done
'''

FOOTER = 112
COUNTER = 16
PARTS = ('ram', 'meta', 'state', 'stream')
# How often each is changed: there is less to go wrong with the RAM
WHERE = ('footer', 'counter', 'meta', 'state', 'state', 'stream', 'stream', 'ram')


class Enough(vm.VMError):
    """The machine is not needed any more."""


def inspect(path):
    return subprocess.run([vm.VMHOST[0], 'inspect', path], stdout=subprocess.DEVNULL,
                          check=False).returncode


class Killer:
    """Restores a container, saves the machine under the same name, and kills vmhost."""

    def __init__(self, kernel, path):
        self._kernel = kernel
        self._path = path
        self.replaced = 0

    def _run(self, on_alive):
        """Whether the guest goes on; then on_alive is called."""
        alive = []

        def on_host(text):
            alive.append(text)
            on_alive(machine)
            raise Enough('it is alive')

        with vm.VM(self._kernel, COMMAND, options=('--restore', str(self._path)),
                   answer=lambda: 'alive', on_host=on_host, timeout=60) as machine:
            try:
                machine.run()
            except Enough:
                pass
            except vm.VMError as error:
                print(f'# {error}')
        return alive == ['alive']

    def _save_and_kill(self, machine):
        before = self._path.stat().st_ino
        delay = random.uniform(0, SNAPSHOT_S)
        with subprocess.Popen([vm.VMHOST[0], 'ctl', machine.socket, 'snapshot', self._path],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            time.sleep(delay)
            machine.kill()
        self.replaced += self._path.stat().st_ino != before

    def once(self):
        return self._run(self._save_and_kill) and inspect(self._path) == 0

    def last(self):
        return self._run(lambda machine: None)


class Mutant:
    """A container that is changed and changed back."""

    def __init__(self, path, arguments, qmp):
        self._path = path
        self._arguments = arguments
        self._qmp = qmp
        self._file = open(path, 'r+b')
        size = path.stat().st_size
        footer = self._read(size - FOOTER, FOOTER)
        self._places = {'footer': (size - FOOTER, FOOTER)}
        for number, name in enumerate(PARTS):
            part = footer[24 * number:]
            self._places[name] = (int.from_bytes(part[:8], 'little'),
                                  int.from_bytes(part[8:16], 'little'))
        self._places['counter'] = (self._places['ram'][1], COUNTER)
        self.what = ''

    def _read(self, offset, size):
        self._file.seek(offset)
        return self._file.read(size)

    def _write(self, offset, content):
        self._file.seek(offset)
        self._file.write(content)
        self._file.flush()

    def _sign(self, name):
        """Makes the check values fit; that of the RAM nobody compares."""
        offset, _ = self._places['footer']
        footer = bytearray(self._read(offset, FOOTER))
        if name in PARTS[1:]:
            check = zlib.crc32(self._read(*self._places[name]))
            at = 24 * PARTS.index(name) + 16
            footer[at:at + 4] = check.to_bytes(4, 'little')
        footer[100:104] = zlib.crc32(footer[:100]).to_bytes(4, 'little')
        self._write(offset, footer)

    def once(self):
        """Restores a changed one; returns 'refused', 'runs', or what went wrong."""
        name = random.choice(WHERE)
        offset, size = self._places[name]
        at = [offset + random.randrange(size) for _ in range(random.randint(1, 3))]
        signed = random.random() < 0.7
        old = [(place, self._read(place, 1)) for place in at]
        footer = self._read(*self._places['footer'])
        for place in at:
            self._write(place, bytes([random.randrange(256)]))
        if signed:
            self._sign(name)
        self.what = f'{name} {[place - offset for place in at]} signed={signed}'
        result = self._restore()
        for place, byte in reversed(old):
            self._write(place, byte)
        self._write(self._places['footer'][0], footer)
        return result

    def _restore(self):
        with subprocess.Popen([*vm.VMHOST, '--restore', self._path, '--', *self._arguments],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as process:
            deadline = time.monotonic() + PATIENCE_S
            while process.poll() is None:
                if self._runs():
                    process.terminate()
                    process.stderr.read()
                    return 'runs'
                if time.monotonic() > deadline:
                    process.kill()
                    return 'neither runs nor ends'
                time.sleep(vm.LOOK_S)
            said = process.stderr.read()
        self.what += f': {said.strip()}'
        # Of a signal that has ended QEMU it is more; of its own, less
        if process.returncode > 0 and 'vmhost: ' in said:
            return 'refused'
        return f'exit code {process.returncode}'

    def _runs(self):
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.settimeout(1)
                connection.connect(str(self._qmp))
                file = connection.makefile('rw')
                file.readline()
                for command in 'qmp_capabilities', 'query-status':
                    file.write(json.dumps({'execute': command}) + '\n')
                    file.flush()
                    line = file.readline()
                return json.loads(line)['return']['running']
            except (OSError, ValueError, KeyError):
                return False


def save(machine, path):
    answer = clones.ctl(machine, 'snapshot', str(path))
    if not answer.startswith('ok'):
        raise vm.VMError(answer)
    raise Enough('it is saved')


def kill_often(test, kernel, path):
    killer = Killer(kernel, path)
    good = sum(killer.once() for _ in range(KILLS))
    print(f'# after {killer.replaced} of {KILLS} it was the new container')
    test.check(good == KILLS, f'killed {KILLS} times: {good} times a whole container is left')
    test.check(killer.last(), 'the last one restores')
    left = [name for name in os.listdir(path.parent) if not name.startswith('.vmhost-')]
    test.check(sorted(left) == ['changed', 'saved'], 'nothing else is left', ' '.join(left))


def change_often(test, machine, directory):
    qmp = directory / 'qmp'
    mutant = Mutant(directory / 'changed',
                    machine.arguments('null', 'null', f'unix:{qmp},server=on,wait=off'), qmp)
    results = {}
    for _ in range(MUTATIONS):
        result = mutant.once()
        results[result] = results.get(result, 0) + 1
        if result not in ('refused', 'runs'):
            print(f'# {result}: {mutant.what}', flush=True)
    print(f'# {results}')
    test.check(set(results) <= {'refused', 'runs'},
               f'{MUTATIONS} changed containers are refused or give a machine that runs')
    test.check(set(results) >= {'refused', 'runs'}, 'both occur')


def main():
    kernel = sys.argv[1]
    seed = random.randrange(1 << 32)
    print(f'# seed {seed}')
    random.seed(seed)
    test = tap.Test()
    with clones.Directory() as directory:
        path = directory / 'saved'
        with vm.VM(kernel, COMMAND, on_host=lambda text: save(machine, path)) as machine:
            try:
                machine.run()
            except Enough:
                pass
            subprocess.run(['cp', '--sparse=always', path, directory / 'changed'], check=True)
            kill_often(test, kernel, path)
            change_often(test, machine, directory)
    return test.end()


if __name__ == '__main__':
    sys.exit(main())
