# SPDX-License-Identifier: GPL-2.0-only
"""A machine is saved and goes on; it is restored after 1 s, and three times at once after
60 s; one of these is saved and restored again. No reading of any of them is trusted from a
claim of before, and each that is dated contains the true time. usage: test_snapshot.py KERNEL"""

import json
import subprocess
import sys
import threading
import time

import clones
import tap
import vm


class Container:
    """A snapshot that a machine takes of itself."""

    def __init__(self, directory, name):
        self.directory = directory
        self.path = directory / name
        self.history = None
        self.taken = None
        self.answer = None
        self.there = threading.Event()

    def take(self, machine):
        self.history = list(machine.lines)
        # The name is relative: to where ctl runs
        self.answer = clones.ctl(machine.vm, 'snapshot', self.path.name, cwd=self.directory)
        self.taken = time.monotonic()
        self.there.set()
        return f'original {clones.READINGS}'

    def after(self, seconds):
        """Waits until it is so old; returns how old it is."""
        self.there.wait()
        time.sleep(max(0, self.taken + seconds - time.monotonic()))
        return time.monotonic() - self.taken

    def clone(self, kernel, test, what, readings=clones.READINGS, crossings=()):
        machine = clones.Machine(kernel, what, crossings, self.history,
                                 ('--restore', str(self.path)),
                                 lambda: f'clone {readings}')
        machine.command(test)
        machine.start()
        return machine

    def is_whole(self, number):
        """As it was written, but for the clones that it has counted."""
        said = subprocess.run([vm.VMHOST[0], 'inspect', self.path, '--json'],
                              stdout=subprocess.PIPE, check=False)
        if said.returncode:
            return False
        content = json.loads(said.stdout)
        return content['ram']['intact'] and int(content['clones']) == number


def generations(machines):
    return [line.split()[-1] for machine in machines for line in machine.lines
            if line.startswith('# generation of the clone: ')]


def main():
    kernel = sys.argv[1]
    test = tap.Test()
    with clones.Directory() as directory:
        first = Container(directory, 'first')
        second = Container(directory, 'second')
        original = clones.Machine(kernel, 'the one that was saved', [first.take])
        original.command(test)
        original.start()
        while not first.there.wait(1) and original.is_alive():
            pass
        machines = [original]
        if first.there.is_set():
            age = first.after(1)
            print(f'# a clone after {age:.1f} s, which is measured at once')
            machines.append(first.clone(kernel, test, 'a clone after 1 s', readings=100))
            original.judge(test)
            machines[1].judge(test)

            age = first.after(60)
            print(f'# three clones after {age:.1f} s')
            machines += [first.clone(kernel, test, f'clone {number} of three after 60 s',
                                     crossings=[second.take] if number == 1 else [])
                         for number in (1, 2, 3)]
            for machine in machines[2:]:
                machine.judge(test)
            if second.there.is_set():
                machines.append(second.clone(kernel, test, 'a clone of a clone'))
                machines[-1].judge(test)
            test.check(first.is_whole(4), 'four clones leave the container as it was')
            test.check(first.answer.startswith('ok'), 'a machine is saved', first.answer)
            test.check((second.answer or '').startswith('ok'), 'a clone is saved',
                       second.answer)
            seen = generations(machines)
            # The clone of a clone has the line of its past, too
            test.check(len(set(seen)) == 5 and len(seen) == 6,
                       'no two clones have the same generation', ' '.join(seen))
        else:
            original.judge(test)
            test.check(False, 'a machine is saved')
    return test.end()


if __name__ == '__main__':
    sys.exit(main())
