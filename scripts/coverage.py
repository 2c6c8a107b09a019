# SPDX-License-Identifier: GPL-2.0-only
"""Adds up what gcov says of the pure files. usage: coverage.py BUILD-DIRECTORY

The pure files are those of cb-pure in Kbuild, and the headers in include/clockbound.
"""

import json
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[1]
BRANCHES_MIN = 95   # per cent


def pure_files():
    """Relative to the top of the tree."""
    kbuild = (TOP / 'Kbuild').read_text().replace('\\\n', ' ')
    objects = re.search(r'^cb-pure\s*:=(.*)$', kbuild, re.MULTILINE).group(1)
    sources = [pathlib.Path(name).with_suffix('.c') for name in objects.split()]
    headers = sorted((TOP / 'include/clockbound').glob('*.h'))
    return sources + [header.relative_to(TOP) for header in headers]


class File:
    """The counts of a file, of all objects that it is compiled into."""

    def __init__(self):
        self.lines = {}         # number -> count
        self.branches = {}      # (number, function, branch, of) -> count

    def add(self, line):
        number = line['line_number']
        self.lines[number] = self.lines.get(number, 0) + line['count']
        for index, branch in enumerate(line['branches'], 1):
            key = (number, line['function_name'], index, len(line['branches']))
            self.branches[key] = self.branches.get(key, 0) + branch['count']


def gcov(build):
    """What all objects say: the path in the tree -> File."""
    files = {}
    for counts in sorted(build.rglob('*.gcda')):
        done = subprocess.run(['gcov', '--json-format', '--stdout',
                               '--branch-probabilities', counts],
                              check=True, stdout=subprocess.PIPE)
        for entry in json.loads(done.stdout)['files']:
            path = pathlib.Path(entry['file'])
            if build not in path.parents:
                continue
            file = files.setdefault(path.relative_to(build), File())
            for line in entry['lines']:
                file.add(line)
    return files


def row(name, lines, branches):
    """A line of the table; lines and branches are lists of counts."""
    print(f'{name:28}{share(lines)}{share(branches)}')


def share(counts):
    taken = sum(count != 0 for count in counts)
    return (f'{taken:8} of {len(counts):4} {percent(counts):6.1f} %' if counts
            else ' ' * 11 + 'none' + ' ' * 9)


def percent(counts):
    return 100 * sum(count != 0 for count in counts) / len(counts)


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    files = gcov(build)
    lines, branches = [], []

    print(f'{"file":28}{"lines":>23}{"branches":>24}')
    for path in pure_files():
        if path not in files:
            sys.exit(f'coverage: no suite has {path} in it')
        file = files[path]
        row(str(path), list(file.lines.values()), list(file.branches.values()))
        lines += file.lines.values()
        branches += file.branches.values()
    row('all', lines, branches)

    for path in pure_files():
        for (number, function, index, of), count in files[path].branches.items():
            if not count:
                print(f'{path}:{number}: {function}(): branch {index} of {of}'
                      ' is never taken')
    print(f'coverage: {percent(branches):.1f} % of the branches'
          f' (at least {BRANCHES_MIN} %)')
    return 0 if percent(branches) >= BRANCHES_MIN else 1


if __name__ == '__main__':
    sys.exit(main())
