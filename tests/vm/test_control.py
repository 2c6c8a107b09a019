# SPDX-License-Identifier: GPL-2.0-only
"""The VM control protocol on a real machine: memory that comes and goes, and what is in it
on both sides; the balloon; errors; descriptors. usage: test_control.py KERNEL"""

import errno
import fcntl
import lzma
import mmap
import os
import pathlib
import socket
import struct
import sys
import tempfile
import time

import tap
import vm

MIB = 1 << 20
BLOCK = 128 * MIB

# What the guest fills its files with: 16 bytes that are nowhere else
PATTERN = b'clockbound-plug\n'

EXIT, REGISTER, UNREGISTER, BALLOON = range(1, 5)
OK, ERR, REGISTERED = range(1, 4)

# For the guest, and for QEMU, to do what takes them a moment
PATIENCE_S = 60

REQUESTS = 1000

# In the order in which they need each other; built in, or not there, elsewhere
MODULES = ('virtio', 'virtio_ring', 'virtio_pci_legacy_dev', 'virtio_pci_modern_dev',
           'virtio_pci', 'virtio_balloon')

COMMAND = r'''
memory=/sys/devices/system/memory
for module in %s; do
	check "$module.ko is loaded" insmod /$module.ko
done
check 'word.ko is loaded' insmod /word.ko

ask() { echo "host: $*"; read -r answer; }
until_true() { until "$@"; do sleep 0.1; done; }
kilobytes() { awk "/^$1:/ { print \$2 }" /proc/meminfo; }
total_is() { [ "$(kilobytes MemTotal)" = "$1" ]; }
block() { echo $memory/memory$(($1 >> 15)); }
is_there() { [ -d "$(block $1)" ]; }
is_gone() { [ ! -d "$(block $1)" ]; }
address() { echo $1 >/sys/module/word/parameters/address; }
holds() { [ "$(cat /sys/module/word/parameters/value)" = "$1" ]; }
in_iomem() { grep -q "^ *$(printf '%%09x-%%09x' $1 $2) : System RAM" /proc/iomem; }

# both_ways PFN SLOT OFFSET: a word there is the same on both sides
both_ways()
{
	address $((($1 << 12) + $3))
	echo 600d$3 >/sys/module/word/parameters/value
	ask "read $2 $3"
	check "slot $2, offset $3: the host reads what the guest writes" \
		[ "$answer" = 600d$3 ]
	ask "write $2 $3 ca11$3"
	check "slot $2, offset $3: the guest reads what the host writes" holds ca11$3
}

# The balloon
total=$(kilobytes MemTotal)
free=$(kilobytes MemFree)
ask balloon 8192
check 'the balloon is made larger' [ "$answer" = ok ]
until_true total_is $((total - 32768))
check 'the memory follows' total_is $((total - 32768))
check 'the free memory, too' [ $(kilobytes MemFree) -lt $((free - 24576)) ]
ask balloon -8192
check 'and smaller' [ "$answer" = ok ]
until_true total_is $total
check 'the memory is back' total_is $total

# Memory that is plugged in
ask register 134217728
set -- $answer
pfn=$1 slot=$2
check 'memory is registered' [ "$#" = 2 ]
until_true is_there $pfn
check 'the guest has it' in_iomem $((pfn << 12)) $(((pfn << 12) + 134217727))
both_ways $pfn $slot 0
both_ways $pfn $slot 134217720

ask register 268435456
set -- $answer
check 'more memory is registered' [ "$#" = 2 ]
check 'where the protocol has it' [ "$1" = $((pfn + 65536)) ]
check 'in a slot of its own' [ "$2" != $slot ]
until_true is_there $(($1 + 32768))
check 'the guest has that, too' in_iomem $(($1 << 12)) $((($1 << 12) + 268435455))
both_ways $1 $2 0
both_ways $1 $2 268435448

# The guest works in it
for number in 0 32768; do
	check "block $number is online" \
		sh -c "echo online_movable >$(block $(($1 + number)))/state"
done
check 'it is all there' total_is $((total + 262144))
mkdir /full
mount -t tmpfs -o size=300M full /full
yes clockbound-plug | head -c 209715200 >/full/file
ask "pages $2"
echo "# $answer pages of the registered memory have what the guest wrote"
check 'the guest works in it' [ "$answer" -gt 1000 ]
rm /full/file
ask "unregister $2"
check 'memory in use is taken out' [ "$answer" = ok ]
check 'the guest does not have it any more' is_gone $1
check 'nor the memory' total_is $total
ask "unregister $slot"
check 'memory that is not in use is taken out' [ "$answer" = ok ]
check 'the guest does not have that any more, either' is_gone $pfn
ask "unregister $slot"
check 'it is not there a second time' [ "$answer" = ENOENT ]

# Memory that the kernel itself works in, and cannot give back
ask register 134217728
set -- $answer
check 'an address is not used again' [ "$1" = $((pfn + 65536 + 98304)) ]
check 'a slot is' [ "$2" = $slot ]
until_true is_there $1
check 'it is online for the kernel' sh -c "echo online_kernel >$(block $1)/state"
(cd /full && seq 5000 | xargs mkdir)
ask "unregister $2"
check 'memory that the kernel needs stays' [ "$answer" = EBUSY ]
check 'it is still there' total_is $((total + 131072))
ask "unregister $2"
check 'also when asked again' [ "$answer" = EBUSY ]

# A client that does not wait
ask register 134217728
set -- $answer
until_true is_there $1
ask "drop $2"
until_true is_gone $1
check 'the request of a client that has gone is executed' is_gone $1

ask errors
check 'errors have their names' [ "$answer" = ok ]
ask many
echo "# a thousand requests: $answer"
check 'no descriptor is lost' [ "$answer" = ok ]
check 'the guest has not noticed' total_is $((total + 131072))
'''


class Control:
    """A client of the protocol."""

    def __init__(self, path):
        self._path = str(path)
        self._socket = self._connect()

    def _connect(self):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        client.connect(self._path)
        client.settimeout(PATIENCE_S)
        return client

    def ask(self, kind, slot=0, size=0, pages=0, fds=()):
        """Returns the type, the errno, the pfn and the slot of the answer."""
        self._send(self._socket, kind, slot, size, pages, fds)
        return struct.unpack('<IIQI4x', self._socket.recv(100))

    def drop(self, slot):
        """Asks for a slot's end, and does not wait for it."""
        with self._connect() as client:
            self._send(client, UNREGISTER, slot, 0, 0, ())

    @staticmethod
    def _send(client, kind, slot, size, pages, fds):
        message = struct.pack('<IIQi4x', kind, slot, size, pages)
        socket.send_fds(client, [message], fds)


def memory(size):
    """A new file in memory, which can be sealed."""
    fd = os.memfd_create('test', os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, size)
    return fd


def descriptors(machine):
    """How many vmhost and QEMU have open."""
    children = pathlib.Path(f'/proc/{machine.pid}/task/{machine.pid}/children')
    return [len(os.listdir(f'/proc/{pid}/fd'))
            for pid in (machine.pid, *children.read_text().split())]


class Host:
    """What the guest asks for."""

    def __init__(self, machine, path, test):
        self._machine = machine
        self._test = test
        self._control = Control(path)
        self._memory = {}

    def answer(self, text):
        command, *words = text.split()
        return getattr(self, command)(*words)

    def _simple(self, kind, **arguments):
        answer = self._control.ask(kind, **arguments)
        return 'ok' if answer[0] == OK else errno.errorcode[answer[1]]

    def _registered(self, fd, size):
        kind, code, pfn, slot = self._control.ask(REGISTER, size=size, fds=[fd])
        if kind != REGISTERED:
            os.close(fd)
            return errno.errorcode[code], None
        if slot in self._memory:
            os.close(self._memory[slot])
        self._memory[slot] = fd
        return pfn, slot

    def balloon(self, pages):
        return self._simple(BALLOON, pages=int(pages))

    def register(self, size):
        return '{} {}'.format(*self._registered(memory(int(size)), int(size)))

    def unregister(self, slot):
        return self._simple(UNREGISTER, slot=int(slot))

    def drop(self, slot):
        self._control.drop(int(slot))
        return 'ok'

    def read(self, slot, offset):
        return '{:x}'.format(*struct.unpack('<Q', os.pread(self._memory[int(slot)], 8,
                                                           int(offset))))

    def write(self, slot, offset, value):
        os.pwrite(self._memory[int(slot)], struct.pack('<Q', int(value, 16)), int(offset))
        return 'ok'

    def pages(self, slot):
        """How many pages the guest has filled with its pattern."""
        fd = self._memory[int(slot)]
        with mmap.mmap(fd, 0, prot=mmap.PROT_READ) as content:
            return str(sum(content[at:at + len(PATTERN)] == PATTERN
                           for at in range(0, len(content), 4096)))

    def errors(self):
        """Everything that can be wrong with a request."""
        registered = next(iter(self._memory.values()))
        plain = memory(BLOCK)
        read_only = os.open(f'/proc/self/fd/{plain}', os.O_RDONLY)
        written = memory(BLOCK)
        fcntl.fcntl(written, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
        huge = memory(1 << 40)
        directory = os.open('/', os.O_RDONLY)

        def register(size, fd=plain):
            return self._simple(REGISTER, size=size, fds=[fd])

        for name, expected, got in (
                ('no size', 'EINVAL', register(0)),
                ('a page', 'EINVAL', register(4096)),
                ('a page more than a block', 'EINVAL', register(BLOCK + 4096)),
                ('beyond the end of the file', 'EINVAL', register(2 * BLOCK)),
                ('more than there are addresses', 'ENOSPC', register((1 << 64) - BLOCK)),
                ('beyond all room', 'ENOSPC', register(1 << 40, huge)),
                ('a file that is only read', 'EACCES', register(BLOCK, read_only)),
                ('a file that may not be written to', 'EPERM', register(BLOCK, written)),
                ('a directory', 'EINVAL', register(BLOCK, directory)),
                ('no descriptor', 'EBADF', self._simple(REGISTER, size=BLOCK)),
                ('memory that is there already', 'EEXIST', register(BLOCK, registered)),
                ('an unknown slot', 'ENOENT', self.unregister(7)),
                ('a slot that no machine has', 'ENOENT', self.unregister(1 << 31)),
                ('a balloon of less than nothing', 'ERANGE', self.balloon(-1)),
                ('a balloon of all memory', 'ERANGE', self.balloon((1 << 31) - 1)),
                ('an ioevent', 'ENOTSUP', self._simple(5)),
                ('an irqfd', 'ENOTSUP', self._simple(6)),
                ('no type', 'ENOTSUP', self._simple(0x0c0c0c0c))):
            self._test.check(got == expected, f'{name}: {expected}', got)
        for fd in plain, read_only, written, huge, directory:
            os.close(fd)
        try:
            os.ftruncate(registered, 4096)
            self._test.check(False, 'registered memory cannot be cut off')
        except PermissionError:
            self._test.check(True, 'registered memory cannot be cut off')
        return 'ok'

    def many(self):
        """A thousand requests, right and wrong."""
        plain = memory(BLOCK)
        short = memory(4096)
        before = descriptors(self._machine)
        for number in range(REQUESTS // 10):
            answers = [self._simple(REGISTER, size=BLOCK, fds=[short]),
                       self._simple(REGISTER, size=BLOCK, fds=[plain, short, short]),
                       self._simple(REGISTER, size=1, fds=[plain, short]),
                       self._simple(UNREGISTER, slot=99, fds=[plain, short]),
                       self.unregister(30), self.balloon(10), self.balloon(-10),
                       self._simple(77, fds=[plain])]
            if number % 10:
                answers += [self.balloon(1), self.balloon(-1)]
            else:
                slot = self._control.ask(REGISTER, size=BLOCK, fds=[short, plain])[3]
                answers += [self.unregister(slot), self.unregister(slot)]
            expected = ['EINVAL', 'EINVAL', 'EINVAL', 'ENOENT', 'ENOENT', 'ok', 'ok',
                        'ENOTSUP', 'ok', 'ok' if number % 10 else 'ENOENT']
            if answers != expected:
                return f'round {number}: {answers}'
        os.close(plain)
        os.close(short)
        deadline = time.monotonic() + PATIENCE_S
        # QEMU has one more at times; one for each request would be many
        while any(now > then for now, then in zip(descriptors(self._machine), before)):
            if time.monotonic() > deadline:
                return f'{before} before, {descriptors(self._machine)} after'
            time.sleep(0.1)
        print(f'# descriptors of vmhost and of QEMU: {before}', flush=True)
        return 'ok'


def modules(kernel, directory):
    """Those of the balloon that are no part of the kernel: path in the guest -> path here."""
    stored = pathlib.Path(vm.kernel_image(kernel)).parents[1] / 'lib' / 'modules'
    found = {}
    for name in MODULES:
        for path in stored.glob(f'*/kernel/drivers/virtio/{name}.ko*'):
            content = path.read_bytes()
            plain = pathlib.Path(directory) / f'{name}.ko'
            plain.write_bytes(lzma.decompress(content) if path.suffix == '.xz' else content)
            found[f'/{name}.ko'] = plain
    return found


def main():
    kernel = sys.argv[1]
    test = tap.Test()
    with tempfile.TemporaryDirectory(prefix='clockbound-control-') as directory:
        path = pathlib.Path(directory) / 'control'
        found = modules(kernel, directory)
        names = ' '.join(name[1:-len('.ko')] for name in found)
        files = {'/word.ko': vm.module(kernel, 'tests/vm/word'), **found}
        hosts = []

        def on_host(text):
            if not hosts:
                hosts.append(Host(machine, path, test))
            return hosts[0].answer(text)

        with vm.VM(kernel, test.command(COMMAND % names), files=files, on_line=test.line,
                   on_host=on_host, append='memhp_default_state=offline',
                   options=('--control', path), timeout=600) as machine:
            test.judge(machine)
    return test.end()


if __name__ == '__main__':
    sys.exit(main())
