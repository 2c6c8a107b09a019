# SPDX-License-Identifier: GPL-2.0-only
"""What the bench measured, as a table and as a picture.

    bench-report.py NATIVE VM HOOK OUT.svg

NATIVE and VM hold the lines of tools/bench and of tests/bench, HOOK those of
tests/bench/hook_in_vm.py; VM may be empty. The table goes to standard output. The exit
code is 1 if something was not measured.
"""

import collections
import statistics
import sys

import bench_hook

BATCH_CALLS = 1000

# name -> what people call it
SUBJECTS = {
    'counter': 'counter alone, the cheaper way',
    'clockbound_read': 'clockbound_read()',
    'clockbound_read-unmarked': 'clockbound_read(), no VMClock',
    'vdso': 'clock_gettime(), vDSO',
    'ioctl-none': 'an ioctl that does nothing',
    'ioctl-now': 'ioctl CLOCKBOUND_NOW',
    'syscall': 'clock_gettime(), system call',
}
KERNEL = {
    'snapshot': 'ktime_get_snapshot()',
    'lock': 'a spin lock, taken and given back',
    'tick': 'hook, nothing changed (VMClock)',
    'quiet': 'the same with a report',
    'unknown': 'the same without a bound',
    'clock': 'hook, the clock has another rate',
    'vmclock': 'decision and publication, VMClock',
    'both': 'the same with a report',
}
MODES = ('throughput', 'latency')


class Results:
    """The lines of one machine."""

    def __init__(self, path):
        self.batches = collections.defaultdict(list)    # (subject, mode) -> ns
        self.threads = collections.defaultdict(list)    # subject -> (one, two)
        self.writers = collections.defaultdict(list)    # kind -> (alone, held, rate)
        self.kernel = collections.defaultdict(list)     # what -> ns
        with open(path, encoding='ascii') as file:
            for line in file:
                self._take(*line.split())

    def _take(self, kind='', *words):
        if kind == 'batch':
            subject, mode, ns = words
            self.batches[subject, mode].append(float(ns))
        elif kind == 'threads':
            self.threads[words[1]].append((float(words[2]), float(words[3])))
        elif kind == 'writer':
            self.writers[words[1]].append(tuple(map(float, words[2:])))
        elif kind == 'kernel':
            self.kernel[words[0]].append(int(words[1]) / 1000)

    def median(self, subject, mode):
        """ns for one call."""
        return statistics.median(self.batches[subject, mode])

    def over(self, subject, other, mode):
        """The ratio of two medians."""
        return self.median(subject, mode) / self.median(other, mode)


    def beside_writer(self, kind):
        """The ratio of readings with a writer and without, in the half of the rounds
        in which it wrote most: in others it may have waited for a CPU."""
        rounds = sorted(self.writers[kind], key=lambda line: line[2])
        return statistics.median(
            held / alone for alone, held, _ in rounds[len(rounds) // 2:])

    def writer_rate(self, kind):
        """Publications in a millisecond, in the same rounds."""
        rates = sorted(rate for _, _, rate in self.writers[kind])
        return statistics.median(rates[len(rates) // 2:])


def quantile(values, share):
    """The value that this share of the values is not above."""
    values = sorted(values)
    return values[min(int(len(values) * share), len(values) - 1)]


def table(title, results):
    """The subjects of one machine, with their ratios to the vDSO."""
    print(title)
    print(f'  {"ns for one call":32}{"throughput":>12}{"5..95 %":>18}'
          f'{"latency":>10}{"5..95 %":>18}{"/ vDSO":>8}')
    for name, text in SUBJECTS.items():
        if (name, 'throughput') not in results.batches:
            continue
        row = f'  {text:32}'
        for mode, width in zip(MODES, (12, 10)):
            values = results.batches[name, mode]
            spread = f'{quantile(values, .05):.2f}..{quantile(values, .95):.2f}'
            row += f'{results.median(name, mode):{width}.2f}{spread:>18}'
        print(f'{row}{results.over(name, "vdso", "throughput"):8.2f}')
    print()


class Goals:
    """Ratios beside what they should be."""

    def __init__(self):
        self.missing = 0
        print(f'  {"ratio":58}{"seen":>8}{"goal":>10}')

    def at_most(self, text, goal, ratio):
        """@ratio is a function; what it needs may not have been measured."""
        self._show(text, f'<= {goal}', ratio, lambda seen: seen <= goal)

    def at_least(self, text, goal, ratio):
        """The same the other way round."""
        self._show(text, f'>= {goal}', ratio, lambda seen: seen >= goal)

    def exactly(self, text, goal, ratio):
        """The same for what is counted."""
        self._show(text, f'{goal}', ratio, lambda seen: seen == goal)

    def seen(self, text, ratio):
        """There is no goal."""
        self._show(text, '', ratio, None)

    def _show(self, text, goal, ratio, good):
        try:
            seen = ratio()
        except (KeyError, ValueError, ZeroDivisionError, statistics.StatisticsError):
            self.missing += 1
            print(f'  {text:58}{"-":>8}{goal:>10}  not measured')
            return
        verdict = '' if good is None else 'met' if good(seen) else 'MISSED'
        print(f'  {text:58}{seen:8.3f}{goal:>10}  {verdict}'.rstrip())


def goals_native(native):
    """Returns how many ratios are missing."""
    goals = Goals()
    for mode in MODES:
        goals.at_most(f'clockbound_read() / vDSO, {mode}', 0.90,
                      lambda: native.over('clockbound_read', 'vdso', mode))
    for mode in MODES:
        goals.at_most(f'clockbound_read() / counter alone, {mode}', 1.15,
                      lambda: native.over('clockbound_read', 'counter', mode))
    goals.at_least('two threads / one, readings in a second', 1.9,
                   lambda: statistics.median(
                       two / one for one, two in native.threads['clockbound_read']))
    goals.at_most('a reading beside a writer at 1 kHz / without', 1.01,
                  lambda: native.beside_writer('1kHz'))
    goals.seen('  its publications in a millisecond', lambda: native.writer_rate('1kHz'))
    goals.seen('a reading beside a writer at full speed / without',
               lambda: native.beside_writer('full-speed'))
    goals.seen('  its publications in a millisecond',
               lambda: native.writer_rate('full-speed'))
    print()
    return goals.missing


def kernel_ratio(machine, what):
    """To a snapshot of the same run."""
    return statistics.median(machine.kernel[what]) / statistics.median(
        machine.kernel['snapshot'])


def goals_vm(machine):
    """Returns how many ratios are missing."""
    print('  in the timekeeping hook, and what it calls for outside of it, ns')
    for name, text in KERNEL.items():
        for ns in machine.kernel[name][:1]:
            print(f'  {text:58}{ns:8.0f}')
    print()
    goals = Goals()
    goals.at_most('clockbound_read() / vDSO, throughput', 0.95,
                  lambda: machine.over('clockbound_read', 'vdso', 'throughput'))
    goals.at_most('CLOCKBOUND_NOW / an ioctl that does nothing', 1.3,
                  lambda: machine.over('ioctl-now', 'ioctl-none', 'throughput'))
    goals.seen('CLOCKBOUND_NOW / clock_gettime() by system call',
               lambda: machine.over('ioctl-now', 'syscall', 'throughput'))
    for what in ('tick', 'quiet', 'unknown', 'clock'):
        goals.at_most(f'{KERNEL[what]} / snapshot', 1.0,
                      lambda: kernel_ratio(machine, what))
    for what in ('vmclock', 'both'):
        goals.seen(f'{KERNEL[what]} / snapshot', lambda: kernel_ratio(machine, what))
    print()
    return goals.missing


def goals_hook(hook):
    """Returns how many ratios are missing."""
    print('In a virtual machine (QEMU, TCG, -icount shift=0) whose counter counts instructions')
    try:
        bench_hook.show_costs(hook)
    except (KeyError, ValueError):
        print('  not measured')
    goals = Goals()
    bench_hook.show(hook, goals)
    print()
    return goals.missing


# The picture, in pixels.
WIDTH = 960
LEFT, RIGHT, TOP = 250, 40, 96
ROW, BAND, GAP = 92, 30, 10
BINS = 160
COLOURS = {'throughput': '#1f6fb4', 'latency': '#d9822b'}
ROWS = ('counter', 'clockbound_read', 'clockbound_read-unmarked', 'vdso')


def escape(text):
    return text.replace('&', '&amp;').replace('<', '&lt;')


def label(x, y, words, size=14, anchor='start', fill='#222', weight='normal'):
    """A line of text."""
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
            f'fill="{fill}" font-weight="{weight}">{escape(words)}</text>')


def density(values, low, high, scale):
    """The outline of a histogram: (x, height), the highest is 1."""
    counts = [0] * BINS
    for value in values:
        if low <= value < high:
            counts[int((value - low) / (high - low) * BINS)] += 1
    smooth = [sum(counts[max(i - 1, 0):i + 2]) for i in range(BINS)]
    top = max(smooth) or 1
    return [(scale(low + (i + 0.5) * (high - low) / BINS), count / top)
            for i, count in enumerate(smooth)]


def picture(native, path):
    """The distributions of the native batches."""
    values = [value for name in ROWS for mode in MODES
              for value in native.batches[name, mode]]
    low = int(min(values)) - 1
    high = int(quantile(values, .9)) + 3
    bottom = TOP + ROW * len(ROWS)
    height = bottom + 110

    def scale(value):
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="DejaVu Sans, Arial, sans-serif">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        label(30, 36, 'What a reading of the time costs', 20, weight='bold'),
        label(30, 60, f'Distribution of the mean of {BATCH_CALLS} calls; native, one '
              'thread; the figure is the median', 13, fill='#555')]
    for number, mode in enumerate(MODES):
        x = LEFT + number * 330
        words = {'throughput': 'throughput: calls are independent',
                 'latency': 'latency: each call depends on the last'}[mode]
        parts.append(f'<rect x="{x}" y="74" width="14" height="12" '
                     f'fill="{COLOURS[mode]}" fill-opacity="0.75"/>')
        parts.append(label(x + 20, 85, words, 12, fill='#333'))

    for tick in range(low, high + 1):
        x = scale(tick)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP + 4}" x2="{x:.1f}" y2="{bottom}" '
                     f'stroke="#e4e4e4"/>')
        parts.append(label(x, bottom + 20, str(tick), 12, 'middle', '#444'))
    parts.append(f'<line x1="{LEFT}" y1="{bottom}" x2="{WIDTH - RIGHT}" y2="{bottom}" '
                 'stroke="#444"/>')
    parts.append(label((LEFT + WIDTH - RIGHT) / 2, bottom + 44, 'time for one call (ns)',
                       14, 'middle'))

    for row, name in enumerate(ROWS):
        base = TOP + row * ROW
        parts.append(label(LEFT - 16, base + ROW / 2 + 8, SUBJECTS[name], 13, 'end'))
        for band, mode in enumerate(MODES):
            floor = base + GAP + (band + 1) * (BAND + GAP)
            curve = density(native.batches[name, mode], low, high, scale)
            points = ' '.join(f'{x:.1f},{floor - part * BAND:.1f}' for x, part in curve)
            parts.append(f'<polygon points="{scale(low):.1f},{floor} {points} '
                         f'{scale(high):.1f},{floor}" fill="{COLOURS[mode]}" '
                         'fill-opacity="0.75"/>')
            median = native.median(name, mode)
            right = scale(quantile(native.batches[name, mode], .75)) + 16
            parts.append(label(min(right, WIDTH - RIGHT - 50), floor - BAND / 2 + 4,
                               f'{median:.1f}', 12, fill=COLOURS[mode], weight='bold'))
        if row:
            parts.append(f'<line x1="{LEFT}" y1="{base + 4}" x2="{WIDTH - RIGHT}" '
                         f'y2="{base + 4}" stroke="#bbb" stroke-dasharray="2 3"/>')
    syscall = native.median('syscall', 'throughput')
    parts.append(label(30, height - 22, 'Off the scale: clock_gettime() by system call, '
                       f'{syscall:.0f} ns. Beyond the right edge: batches that something '
                       'else interrupted.', 12, fill='#555'))
    parts.append('</svg>')
    with open(path, 'w', encoding='ascii') as file:
        file.write('\n'.join(parts) + '\n')


def main(native_path, vm_path, hook_path, svg_path):
    """Returns the exit code."""
    native = Results(native_path)
    machine = Results(vm_path)
    hook = bench_hook.Hook(hook_path)
    try:
        table('Native, on a page of the bench\'s own', native)
        missing = goals_native(native)
        picture(native, svg_path)
        if machine.batches:
            table('In a virtual machine (QEMU, TCG), on the real device', machine)
        missing += goals_vm(machine)
        missing += goals_hook(hook)
    except statistics.StatisticsError:
        print('bench-report.py: nothing was measured', file=sys.stderr)
        return 1
    return 1 if missing else 0


if __name__ == '__main__':
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
