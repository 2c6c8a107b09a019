# SPDX-License-Identifier: GPL-2.0-only
"""Builds an initramfs: busybox, an init, and any files."""

import os
import shutil
import stat

BUSYBOX = '/bin/busybox'
DIRECTORIES = ('bin', 'dev', 'proc', 'sys', 'tmp', 'run')


class Cpio:
    """A cpio archive in the kernel's format (newc), owned by root."""

    def __init__(self, file):
        self._file = file
        self._inode = 0
        self._directories = set()

    def add(self, path, mode, data=b''):
        path = path.strip('/')
        if os.path.dirname(path):
            self.directory(os.path.dirname(path))
        self._entry(path, mode, data)

    def directory(self, path):
        if path not in self._directories:
            self._directories.add(path)
            self.add(path, stat.S_IFDIR | 0o755)

    def close(self):
        self._entry('TRAILER!!!', 0, b'')

    def _entry(self, path, mode, data):
        self._inode += 1
        name = os.fsencode(path) + b'\0'
        fields = (self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0,
                  len(name), 0)
        header = b'070701' + b''.join(b'%08X' % field for field in fields)
        self._file.write(self._padded(header + name))
        self._file.write(self._padded(data))

    @staticmethod
    def _padded(data):
        return data + b'\0' * (-len(data) % 4)


def build(out, init, command, files):
    """Writes the archive to the path out.

    init is the path of the program to run as process 1, command the text of the
    shell script that it runs, files a dict: path in the guest -> path here.
    Modes are taken over from the host's files.
    """
    busybox = shutil.which('busybox') or BUSYBOX
    content = {'bin/busybox': busybox, 'init': init, **files}

    with open(out, 'wb') as file:
        cpio = Cpio(file)
        for path in DIRECTORIES:
            cpio.directory(path)
        for guest, host in content.items():
            with open(host, 'rb') as source:
                mode = stat.S_IMODE(os.fstat(source.fileno()).st_mode)
                cpio.add(guest, stat.S_IFREG | mode, source.read())
        cpio.add('command', stat.S_IFREG | 0o644, command.encode())
        cpio.close()
