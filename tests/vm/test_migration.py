# SPDX-License-Identifier: GPL-2.0-only
"""A machine moves from one vmhost to the next, twice. No reading there is trusted from a claim
made before, and each that is dated contains the true time. What fails leaves it where it is.
usage: test_migration.py KERNEL"""

import subprocess
import sys
import time

import clones
import tap
import vm

# A machine of another kind
OTHER = ('-nodefaults', '-display', 'none', '-machine', 'q35', '-m', '64M')


class Journey:
    """From one machine to the next."""

    def __init__(self, kernel, test, directory):
        self.test = test
        self.checks = []
        self.machines = []
        self._kernel = kernel
        self._directory = directory

    def start(self):
        self._add('the machine', [self.fail_and_move])
        self.machines[0].start()

    def _add(self, what, crossings, options=(), answer=None):
        machine = clones.Machine(self._kernel, what, crossings, (), options, answer)
        machine.command(self.test)
        self.machines.append(machine)
        return machine

    def _check(self, good, text, why=None):
        """To be judged later: the guests' lines come first."""
        self.checks.append((good, text, why))

    def _refused(self, machine, path, word):
        answer = clones.ctl(machine.vm, 'move', str(path))
        self._check(answer.startswith('error: ') and word in answer,
                    f'a move that fails: {word}', answer)

    def fail_and_move(self, machine):
        self._refused(machine, self._directory / 'nobody', 'nobody listens')
        path = self._directory / 'other'
        with subprocess.Popen([*vm.VMHOST, '--incoming', path, '--', *OTHER]) as other:
            self._listening(path)
            self._refused(machine, path, 'RAM')
            other.terminate()
        path = self._directory / 'killed'
        with subprocess.Popen([*vm.VMHOST, '--incoming', path, '--',
                               *machine.vm.arguments('null', 'null', 'null')]) as killed:
            self._listening(path)
            with subprocess.Popen([vm.VMHOST[0], 'ctl', machine.vm.socket, 'move', path],
                                  stdout=subprocess.PIPE, text=True) as move:
                while machine.vm.qmp('query-migrate').get('status') != 'active':
                    time.sleep(vm.LOOK_S)
                killed.kill()
                answer = move.stdout.read()
            self._check('the other vmhost has ended' in answer,
                        'a move to a vmhost that is killed meanwhile', answer)
        self._check(machine.vm.qmp('query-status')['running'], 'the machine runs on here')
        return self.move(machine, 'the machine that has moved', [self.move_again])

    def move_again(self, machine):
        return self.move(machine, 'the machine that has moved twice', [])

    @staticmethod
    def _listening(path):
        while not path.exists():
            time.sleep(vm.LOOK_S)

    def move(self, machine, what, crossings):
        path = self._directory / f'move{len(self.machines)}'
        there = self._add(what, crossings, ('--incoming', str(path)),
                          lambda: f'moved {clones.READINGS}')
        there.lines = list(machine.lines)
        there.start()
        self._listening(path)
        answer = clones.ctl(machine.vm, 'move', path.name, cwd=self._directory)
        print(f'# move: {answer}', flush=True)
        self._check(answer.startswith('ok'), f'{what}: the move', answer)
        if answer.startswith('ok'):
            code = machine.vm.wait()
            self._check(code == 0, f'{what}: the vmhost that had it ends well, with {code}')
        raise clones.Moved('it has moved')


def main():
    test = tap.Test()
    with clones.Directory() as directory:
        journey = Journey(sys.argv[1], test, directory)
        journey.start()
        for machine in journey.machines:    # there come more
            machine.join()
            if not isinstance(machine.error, clones.Moved):
                machine.judge(test)
    for check in journey.checks:
        test.check(*check)
    test.check(len(journey.machines) == 3, 'it has moved twice')
    return test.end()


if __name__ == '__main__':
    sys.exit(main())
