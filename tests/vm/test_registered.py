# SPDX-License-Identifier: GPL-2.0-only
"""Memory that a process registers as a VMClock of its own: hostile files, containment
with such a page alone and beside the VMClock, freshness, no memory left. usage:
test_registered.py KERNEL"""

import sys

import hypervisor

COMMAND = '''
nomem || rc=1
memory || rc=1
registered all || rc=1
sed 's/^/# /' /sys/kernel/clockbound/status
rmmod clockbound || rc=1
insmod /clockbound.ko source=registered || rc=1
registered pinned || rc=1
provider || rc=1
rmmod clockbound || rc=1
exit $rc
'''

if __name__ == '__main__':
    # Movable memory, where a file's pages are as a rule
    sys.exit(hypervisor.run(sys.argv[1], COMMAND,
                            ['nomem', 'memory', 'registered', 'provider'],
                            append='movablecore=96M'))
