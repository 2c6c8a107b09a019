# SPDX-License-Identifier: GPL-2.0-only
"""A virtual machine with a stock Debian kernel, or with one of the debug kernels,
and the hypervisor's side of it.

    def on_host(text):                  # the guest printed "host: migrate 5"
        return 'ok'                     # what it reads on its standard input

    with VM('6.12', files={'/clockbound.ko': module('6.12')},
            command='insmod /clockbound.ko && cat /sys/kernel/clockbound/status',
            on_host=on_host) as vm:
        result = vm.run()
    result.assert_clean()

The command's input and output are the second serial port: no kernel message gets
in between, and none can pass for a result.

With KEEP=DIR in the environment, what the machine has left behind stays in DIR: its
console, and its initramfs with the command.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import initramfs

TOP = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = TOP / 'scripts'
INIT = pathlib.Path(__file__).with_name('init')

MIB = 1 << 20
RAM_SIZE = 256 * MIB

# The host's clock is nobody's concern here: it is the true time by definition
VMHOST = (TOP / 'build' / 'vmhost', 'run', '--host-maxerror', '1000', '--tai-offset', '37')

# Not migratable: only then is the TSC said to be invariant
ACCELERATORS = {
    # QEMU 7.2: after a suspend, CMPXCHG16B leaves the flags behind in disorder
    'tcg': ('-accel', 'tcg,thread=multi', '-cpu', 'max,-cx16'),
    'tcg-old': ('-accel', 'tcg,thread=multi', '-cpu', 'qemu64'),    # no RDTSCP
    'kvm': ('-accel', 'kvm', '-cpu', 'max,migratable=off'),
    # The time and the TSC are the number of instructions, ns; nobody waits when idle
    'icount': ('-accel', 'tcg,thread=single', '-cpu', 'max,-cx16',
               '-icount', 'shift=0,sleep=off'),
}

# Under TCG a stock guest sometimes hangs in its boot, before there is a module:
# the second CPU's timer never fires, and RCU stalls. Such a boot is said and done
# again; what hangs after its init has started is a failure.
BOOT_TIMEOUT = 60
BOOTS = 3

# A working KVM needs two or three; a broken one must not keep us
KVM_TIMEOUT = 20

# So often somebody looks whether a machine runs
LOOK_S = 0.01

CONSOLE_ERRORS = re.compile(
    r'\bBUG\b|WARNING:|Oops|Call Trace|UBSAN|KASAN|Kernel panic')
# Those of a machine's files that nobody can copy
SOCKETS = {'channel', 'qmp', 'vmhost'}
# So much of a report is worth reading
REPORT_LINES = 100
LEVEL_WARNING = 4
# What the kernel says about any module from outside its tree
TAINT = ': loading out-of-tree module taints kernel.'

# The debug kernels, and what each has to say of itself at the end (see init): that
# it kept looking and found nothing
DEBUG_KERNELS = {
    'kasan': ['kmemleak: end of report'],
    'lockdep': ['debug_locks: 1'],
    'kcsan': ['kcsan: enabled: 1'],
}

# These have a driver of their own for the VMClock device: it lies in the guest, and is
# loaded only if the test asks for that
WITH_PTP_VMCLOCK = {'newest', 'newest-rt'}

# What the guest's shell is told in front of its command to load it before ours, or after
BESIDE_PTP_VMCLOCK = {
    'newest+ptp': '''
busybox insmod /ptp_vmclock.ko || exit 1
''',
    'newest+ptp-after': '''
insmod()
{
	busybox insmod "$@" || return
	[ "$1" != /clockbound.ko ] || [ -e /sys/module/ptp_vmclock ] ||
		busybox insmod /ptp_vmclock.ko
}
''',
}

# A data race. The kernel has its own: those count in which a function of the module has
# part, by the report's first line, and the first of the others must not stop the machine
KCSAN_REPORT = re.compile(r'^.*={60,}\n.*BUG: KCSAN: (.*)\n(?:.*\n)*?.*={60,}\n', re.MULTILINE)
MODULE = '[clockbound]'


# Ended from outside, a test still stops its machine and removes its files
signal.signal(signal.SIGTERM, lambda *_: sys.exit('ended from outside'))


class VMError(Exception):
    """The machine did not get to the end of its command."""


def version(kernel):
    """Which one scripts/fetch-kernel.sh has for it."""
    return kernel.partition('+')[0]


def module(kernel, name='clockbound'):
    """The module as scripts/test.sh builds it."""
    return TOP / 'build' / version(kernel) / f'{name}.ko'


def kernel_image(kernel):
    """The kernel's image, fetched or built if need be."""
    if kernel in DEBUG_KERNELS:
        return _output('build-debug-kernel.sh', kernel) + '/arch/x86/boot/bzImage'
    return _output('fetch-kernel.sh', version(kernel), 'image')


def _output(script, *arguments):
    return subprocess.run([SCRIPTS / script, *arguments], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.strip()


def _without_foreign_races(log):
    """The lines of a log without the races that are not the module's."""
    return KCSAN_REPORT.sub(lambda report: report[0] if MODULE in report[1] else '',
                            log).splitlines()


def _report(console):
    """The lines of the first thing that the kernel complained about; or none."""
    lines = _without_foreign_races(console)
    for number, line in enumerate(lines):
        if CONSOLE_ERRORS.search(line):
            return lines[number:][:REPORT_LINES]
    return []


class NotBooted(VMError):
    """The machine did not get to its init."""


class Result:
    """What a machine that ran to its end has left behind."""

    def __init__(self, kernel, exit_code, lines, kmsg, debug, console):
        self.kernel = kernel
        self.exit_code = exit_code
        self.lines = lines      # the command's output without the requests
        self.kmsg = kmsg        # the kernel's log: (level, text)
        self.debug = debug      # what a debug kernel says of itself
        self.console = console

    def assert_clean(self):
        """No splat, nothing from the module of level warning or worse, and nothing
        that a debug kernel found."""
        warnings = ''.join(f'{text}\n' for level, text in self.kmsg if level <= LEVEL_WARNING)
        bad = _report(self.console) or [
            text for text in _without_foreign_races(warnings)
            if 'clockbound' in text and TAINT not in text]
        if bad:
            raise AssertionError('\n'.join(bad))
        expected = DEBUG_KERNELS.get(self.kernel, [])
        if self.debug != expected:
            raise AssertionError(f'the kernel {self.kernel} says of itself\n'
                                 + '\n'.join(self.debug)
                                 + f'\ninstead of {expected}')


class VM:
    """One machine, for one run.

    kernel    Debian's version, '6.12', '6.1', 'newest' or 'newest-rt'; one of those of
              BESIDE_PTP_VMCLOCK; or 'kasan', 'lockdep' or 'kcsan'
    files     path in the guest -> path here; the modes are kept
    command   a shell script (busybox); its exit code is the result's
    vmclock   whether there is a VMClock device, and vmhost
    page      what is on its page at first: vmhost leaves it alone. Without, it is vmhost's
    on_host   answers a line "host: TEXT": called with TEXT, returns a line
    on_line   called with every other line as it comes
    timeout   in seconds, for everything
    append    more words for the kernel's command line
    accel     'tcg', 'tcg-old', 'icount', 'kvm', or None for KVM if stock guests boot
              with it
    cpus      how many CPUs it has
    machine   its type, 'q35' or 'pc'
    qemu      more words for QEMU's command line
    options   more options for vmhost. With --restore or --incoming the machine is in the
              middle of its command, and waits for an answer:
    answer    called as soon as it runs, returns that line

    The clocksource is the TSC; append='clocksource=hpet' makes it another one.
    """

    def __init__(self, kernel, command, files=None, vmclock=True, page=None,
                 on_host=None, on_line=None, timeout=300, append='', accel='tcg', cpus=2,
                 machine='q35', qemu=(), options=(), answer=None):
        self._kernel = kernel
        self._image = kernel_image(kernel)
        self._command = BESIDE_PTP_VMCLOCK.get(kernel, '') + command
        self._files = dict(files or {})
        if version(kernel) in WITH_PTP_VMCLOCK:
            self._files['/ptp_vmclock.ko'] = _output('fetch-kernel.sh', version(kernel),
                                                     'ptp_vmclock')
        self._vmclock = vmclock
        self._page = page
        self._on_host = on_host
        self._on_line = on_line or (lambda line: None)
        self._timeout = timeout
        self._append = append
        self._cpus = cpus
        self._machine = machine
        self._qemu = qemu
        self._options = options
        self._answer = answer
        self.accel = accel or ('kvm' if kvm_works() else 'tcg')
        self._process = None
        self._channel = None
        self._qmp = None
        self._vmhost = None
        self._started = False

    def __enter__(self):
        self._dir = pathlib.Path(tempfile.mkdtemp(prefix='clockbound-vm-'))
        self.socket = self._dir / 'vmhost'      # vmhost's, for "vmhost ctl"
        self.console_path = self._dir / 'console'
        return self

    def __exit__(self, *_):
        self._stop()
        if os.environ.get('KEEP'):
            shutil.copytree(self._dir, os.path.join(os.environ['KEEP'], self._dir.name),
                            ignore=lambda path, names: SOCKETS & set(names))
        shutil.rmtree(self._dir)

    def _stop(self):
        if self._process:
            self._process.terminate()
            self._process.wait()
        for connection in self._qmp, self._vmhost:
            if connection:
                connection.close()
        self._qmp = self._vmhost = None

    def run(self):
        """Boots the machine and serves it until it stops; returns a Result."""
        deadline = time.monotonic() + self._timeout
        initramfs.build(self._dir / 'initramfs', INIT, self._command,
                        self._files)
        for boot in range(1, BOOTS + 1):
            try:
                return self._boot(deadline)
            except NotBooted as error:
                if boot == BOOTS or self.accel == 'kvm':
                    raise
                print(f'# boot {boot} did not get to its init: {error}')
                self._stop()

    def _boot(self, deadline):
        self._started = False
        with self._listen('channel') as server:
            with open(self._dir / 'qemu.log', 'wb') as log:
                self._process = subprocess.Popen(
                    self._command_line(), stdin=subprocess.DEVNULL, stdout=log,
                    stderr=log)
            with self._accept(server) as channel:
                if self._vmclock:
                    self._meet_vmhost()
                if self._answer:
                    self._join(channel, deadline)
                return self._serve(channel, deadline)

    def _join(self, channel, deadline):
        """The machine goes on where another one stopped."""
        self._started = True
        while not self.qmp('query-status')['running']:
            if time.monotonic() > deadline:
                raise self._error('it does not run')
            time.sleep(LOOK_S)
        channel.sendall(f'{self._answer()}\n'.encode())

    def _meet_vmhost(self):
        self._vmhost = socket.socket(socket.AF_UNIX)
        self._vmhost.connect(str(self._dir / 'vmhost'))
        self._vmhost_file = self._vmhost.makefile('r')
        if self._page is not None:
            self.order('pause')
            self.write(self._page)
            self.order('cont-machine')

    @property
    def pid(self):
        """That of vmhost, whose only child is QEMU."""
        return self._process.pid

    def ask(self, text):
        """Has vmhost execute a command; returns its answer."""
        self._vmhost.sendall(f'{text}\n'.encode())
        answer = self._vmhost_file.readline()
        if not answer:
            raise VMError(f'vmhost ended at "{text}"')
        return answer.strip()

    def order(self, text):
        """The same of a command that must not fail."""
        answer = self.ask(text)
        if not answer.startswith('ok'):
            raise VMError(f'{text}: {answer}')

    def write(self, content, offset=0):
        """Writes to the VMClock page, without the sequence protocol."""
        self.order(f'raw {offset} {bytes(content).hex()}')

    def wait(self):
        """Waits until vmhost ends, or QEMU where there is none; returns the exit code."""
        return self._process.wait()

    def kill(self):
        """Ends vmhost without a warning."""
        self._process.kill()

    def key(self):
        """An empty line to the command's input, which is an interrupt to the guest."""
        self._channel.sendall(b'\n')

    def qmp(self, command, **arguments):
        """Executes a QMP command and returns what it returns."""
        if not self._qmp:
            self._qmp = socket.socket(socket.AF_UNIX)
            self._qmp.connect(str(self._dir / 'qmp'))
            self._qmp_file = self._qmp.makefile('rw')
            self._qmp_file.readline()
            self.qmp('qmp_capabilities')
        json.dump({'execute': command, 'arguments': arguments}, self._qmp_file)
        self._qmp_file.write('\n')
        self._qmp_file.flush()
        for line in self._qmp_file:
            answer = json.loads(line)
            if 'error' in answer:
                raise VMError(f'{command}: {answer["error"]["desc"]}')
            if 'return' in answer:
                return answer['return']
        raise VMError(f'{command}: no answer')

    def _listen(self, name):
        server = socket.socket(socket.AF_UNIX)
        (self._dir / name).unlink(missing_ok=True)
        server.bind(str(self._dir / name))
        server.listen(1)
        return server

    def _accept(self, server):
        while True:
            server.settimeout(1)
            try:
                return server.accept()[0]
            except TimeoutError:
                if self._process.poll() is not None:
                    raise self._error('QEMU did not start')

    def arguments(self, console, channel, qmp):
        """QEMU's command line; the last two serve us."""
        append = ('console=ttyS0 panic=-1 panic_on_warn=1 oops=panic'
                  ' log_buf_len=2M tsc=reliable mitigations=off ')
        return ['qemu-system-x86_64',
                '-nodefaults', '-no-user-config', '-display', 'none',
                '-no-reboot', '-smp', f'{self._cpus}', '-m', f'{RAM_SIZE // MIB}M',
                *ACCELERATORS[self.accel], '-machine', self._machine,
                '-serial', console, '-serial', channel, '-qmp', qmp,
                '-kernel', self._image, '-initrd', f'{self._dir}/initramfs',
                '-append', append + self._append, *self._qemu,
                *(['-S'] if self._page is not None else [])]

    def _command_line(self):
        vmhost = [*VMHOST, '--socket', f'{self._dir}/vmhost',
                  *self._options] if self._vmclock else []

        # setpriv: it ends with this process, however this process ends
        return ['setpriv', '--pdeathsig', 'KILL', *vmhost,
                *self.arguments(f'file:{self.console_path}', f'unix:{self._dir}/channel',
                                f'unix:{self._dir}/qmp,server=on,wait=off')]

    def _serve(self, channel, deadline):
        exit_code = None
        lines = []
        kmsg = []
        debug = []
        self._channel = channel
        for line in self._lines(channel, deadline):
            if line.startswith('host: '):
                answer = self._on_host(line.removeprefix('host: '))
                channel.sendall(f'{answer}\n'.encode())
            elif line.startswith('kmsg: <'):
                level, text = line.removeprefix('kmsg: <').split('>', 1)
                kmsg.append((int(level) & 7, text))
            elif line.startswith('debug: '):
                debug.append(line.removeprefix('debug: '))
            elif line.startswith('init: exit '):
                exit_code = int(line.removeprefix('init: exit '))
            elif line == 'init: done':
                return Result(self._kernel, exit_code, lines, kmsg, debug,
                              self._console())
            elif line == 'init: start':
                self._started = True
            else:
                lines.append(line)
                self._on_line(line)
        raise self._error('the guest stopped before its command had ended')

    def _lines(self, channel, deadline):
        data = b''
        boot_deadline = min(time.monotonic() + BOOT_TIMEOUT, deadline)
        while True:
            until = deadline if self._started else boot_deadline
            channel.settimeout(max(until - time.monotonic(), 0.001))
            try:
                chunk = channel.recv(65536)
            except TimeoutError:
                raise self._error('no end in time')
            if not chunk:
                return
            *lines, data = (data + chunk).split(b'\n')
            for line in lines:
                yield line.decode(errors='replace').rstrip('\r')

    def _console(self):
        if not self.console_path.exists():
            return ''
        return self.console_path.read_text(errors='replace')

    def _error(self, what):
        tail = (self._dir / 'qemu.log').read_text(errors='replace')
        console = self._console()
        tail += '\n'.join(_report(console) or console.splitlines()[-40:])
        return (VMError if self._started else NotBooted)(f'{what}\n{tail}')


def kvm_works():
    """Whether a stock guest boots with KVM here: tried once, then remembered."""
    if not os.access('/dev/kvm', os.R_OK | os.W_OK):
        return False
    memory = _cache() / f'kvm-{os.uname().release}'
    if not memory.exists():
        try:
            with VM('6.12', 'true', accel='kvm', vmclock=False,
                    timeout=KVM_TIMEOUT) as vm:
                works = vm.run().exit_code == 0
        except VMError:
            works = False
        new = memory.with_suffix(f'.{os.getpid()}')
        new.write_text('works' if works else 'does not work')
        new.rename(memory)
    return memory.read_text() == 'works'


def _cache():
    """The same directory as in scripts/common.sh."""
    home = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    return pathlib.Path(os.environ.get('CLOCKBOUND_CACHE')
                        or os.path.join(home, 'clockbound'))
