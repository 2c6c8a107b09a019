# SPDX-License-Identifier: GPL-2.0-only
"""The synchronization daemon with a real chronyd and an NTP server with a clock of its
own, in a machine whose VMClock has nothing but a disruption marker.
usage: test_sync.py KERNEL"""

import pathlib
import re
import subprocess
import sys
import tempfile

import tap
import vm

# minpoll 0: the measurements of a burst follow each other in 250 ms; with the
# default they do in 2 s, and the test would take minutes. makestep: when the test has
# set the clock by an hour, it is set back instead of slewed for half a day.
# combinelimit 0: after a reset chronyd sometimes takes the mean of two servers for the
# time, and the error of the better one for its error
SERVER = 'server 127.0.0.%d port 11123 iburst %s\n'
OFTEN = 'minpoll 0 maxpoll 0'
CLIENT = '''
makestep 1 -1
port 0
cmdport 0
bindcmdaddress /run/chrony/chronyd.sock
pidfile /run/client.pid
'''
CONFIGURATION = {
    'passwd': 'root:x:0:0:root:/:/bin/sh\n_chrony:x:100:100:chrony:/:/bin/false\n',
    'group': 'root:x:0:\n_chrony:x:100:\n',
    'client.conf': SERVER % (1, OFTEN) + CLIENT,
    'default.conf': SERVER % (1, '') + CLIENT,
    'two.conf': SERVER % (2, OFTEN) + 'sourcedir /run/sources\ncombinelimit 0' + CLIENT,
    'good.sources': SERVER % (1, OFTEN),
}

# In seconds, for everything
TIMEOUT = 900

COMMAND = '''
insmod /clockbound.ko || exit 1
ip link set lo up
mkdir -p /var
ln -s /run /var/run
run %s
for log in /tmp/*.log; do sed "s|^|# $(basename $log .log): |" $log; done
'''


def libraries(program):
    """The shared libraries of a program, as paths."""
    listing = subprocess.run(['ldd', program], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    return re.findall(r'(/\S+) \(0x', listing)


def chrony_files():
    """chronyd with all that it needs."""
    chronyd = pathlib.Path(vm._output('fetch-chrony.sh'))
    return {'/bin/chronyd': chronyd, **{library: library for library in libraries(chronyd)}}


def run(kernel, program):
    """Runs one of the test programs beside chronyd."""
    build = vm.TOP / 'build'
    files = {'/clockbound.ko': vm.module(kernel),
             '/bin/clockboundctl': build / 'clockboundctl.static',
             f'/bin/{program}': build / 'guest' / program.removeprefix('guest-'),
             '/bin/guest-ntp': build / 'guest' / 'ntp',
             **chrony_files()}
    test = tap.Test()
    with tempfile.TemporaryDirectory(prefix='clockbound-etc-') as etc:
        for name, text in CONFIGURATION.items():
            path = pathlib.Path(etc) / name
            path.write_text(text)
            files[f'/etc/{name}'] = path
        with vm.VM(kernel, test.command(COMMAND % program), files=files, on_line=test.line,
                   on_host=lambda text: machine.ask(text), timeout=TIMEOUT) as machine:
            test.judge(machine)
    return test.end()


if __name__ == '__main__':
    sys.exit(run(sys.argv[1], 'guest-sync'))
