# SPDX-License-Identifier: GPL-2.0-only
"""What tests/bench/hook_world.c counted: the instructions of the hook in the timekeeping
core, beside a chronyd and beside programs that are in the way."""

import collections

# Of ktime_get_snapshot()
MEAN_GOAL = 1.0
LARGEST_GOAL = 3.0
PUBLICATIONS_GOAL = 2.0
# The loops differ by so many instructions
LOOP = 1000
# Windows without the programs that are in the way
UNDISTURBED = ('calm', 'alone', 'slew')
DISTURBED = 'beside'


class Hook:
    """The lines "hook WINDOW KIND INSTRUCTIONS TIMES", and "window"; see there."""

    def __init__(self, path):
        # window -> kind -> instructions -> times
        self._times = collections.defaultdict(
            lambda: collections.defaultdict(collections.Counter))
        self._windows = {}
        with open(path, encoding='ascii') as file:
            for line in file:
                kind, *words = line.split() or ['']
                if kind == 'hook':
                    self._times[words[0]][words[1]][int(words[2])] += int(words[3])
                elif kind == 'window':
                    self._windows[words[0]] = tuple(map(float, words[1:]))

    def _least(self, kind):
        """A calibration: nothing makes it cheaper than it is. KeyError without one."""
        costs = [cost for window in self._times.values() for cost in window[kind]]
        if not costs:
            raise KeyError(kind)
        return min(costs)

    def loop(self):
        """The instructions of a loop of LOOP instructions, by the machine's counter."""
        return self._least('loop-2000') - self._least('loop-1000')

    def snapshot(self):
        return self._least('snapshot') - self._least('nothing')

    def interrupt(self):
        """An interrupt to oneself, without what it then does."""
        return self._least('queue') - self._least('nothing')

    def _empty(self):
        return min(self._times['empty']['tick'])

    def ticks(self, *windows):
        """The hook's own part at each tick: instructions -> times."""
        costs = collections.Counter()
        least = min(cost for window in self._windows for cost in self._times[window]['tick'])
        for window in windows:
            for kind, more in ('tick', 0), ('called', self.interrupt()):
                for cost, times in self._times[window][kind].items():
                    # An interrupt that somebody else has asked for is not in it
                    own = cost - more if cost - more >= least else cost
                    costs[own - self._empty()] += times
        return costs

    def mean(self, *windows):
        costs = self.ticks(*windows)
        return sum(cost * times for cost, times in costs.items()) / sum(costs.values())

    def longest(self):
        """All of any update, whatever it was about: so long, the core's sequence count
        stays open for the hook. With the interrupt to itself, and if the clock is set."""
        return max(cost for window in self._windows for kind in ('tick', 'called', 'set')
                   for cost in self._times[window][kind]) - self._empty()

    def publications(self, window):
        """In a second, and the reports."""
        seconds, publications, reports = self._windows[window]
        return publications / seconds, reports / seconds

    def unlike(self):
        """The ticks beside the threads with a number of instructions that none has had
        without them."""
        known = self.ticks(*UNDISTURBED)
        return sum(times for cost, times in self.ticks(DISTURBED).items()
                   if cost not in known)

    def reading(self, window):
        """Mean instructions of another program's readings of the page."""
        costs = self._times[window]['reading']
        return sum(cost * times for cost, times in costs.items()) / sum(costs.values())


def show(hook, goals):
    """The rows of the table. @goals: the Goals of bench-report.py."""
    goals.exactly(f'instructions in a loop of {LOOP}, by the counter', LOOP, hook.loop)
    goals.at_most('hook beside chronyd, mean of all ticks / snapshot', MEAN_GOAL,
                  lambda: hook.mean('calm') / hook.snapshot())
    goals.seen('  the same while ClockBound\'s segment is open',
               lambda: hook.mean('alone') / hook.snapshot())
    goals.at_most('  the dearest tick / snapshot', LARGEST_GOAL,
                  lambda: max(hook.ticks(*UNDISTURBED, DISTURBED)) / hook.snapshot())
    goals.seen('the core\'s sequence count open for it at most / snapshot',
               lambda: hook.longest() / hook.snapshot())
    goals.at_most('publications a second beside chronyd', PUBLICATIONS_GOAL,
                  lambda: hook.publications('calm')[0])
    goals.seen('  the reports a second', lambda: hook.publications('calm')[1])
    goals.exactly('ticks beside 64 threads that are unlike all others', 0, hook.unlike)
    goals.at_most('  their dearest / the dearest without the threads', 1.0,
                  lambda: max(hook.ticks(DISTURBED)) / max(hook.ticks(*UNDISTURBED)))
    goals.at_most('  another program\'s readings / without the threads', 1.01,
                  lambda: hook.reading(DISTURBED) / hook.reading('alone'))


def show_costs(hook):
    """What was counted, in instructions."""
    print('  instructions in the timekeeping hook, and at how many ticks')
    print(f'  {"ktime_get_snapshot()":34}{hook.snapshot()}')
    print(f'  {"an interrupt to oneself":34}{hook.interrupt()}')
    for window, text in (('calm', 'beside chronyd'),
                         ('alone', 'with a segment open'),
                         ('slew', 'while the clock is slewed'),
                         ('beside', 'beside 64 threads')):
        costs = ', '.join(f'{cost} ({times})'
                          for cost, times in sorted(hook.ticks(window).items()))
        print(f'  {text:34}{costs}')
    print(f'  {"the longest: the clock is set":34}{hook.longest()}')
    print()
