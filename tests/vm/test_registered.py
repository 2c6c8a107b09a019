# SPDX-License-Identifier: GPL-2.0-only
"""Memory that a process registers as a VMClock of its own: hostile files, containment
with such a page alone and beside the VMClock, freshness, no memory left. usage:
test_registered.py KERNEL"""

import sys

import hypervisor

COMMAND = '''
run nomem
run memory
run registered all
sed 's/^/# /' /sys/kernel/clockbound/status
check 'the module is unloaded' rmmod clockbound
check 'the module is loaded again' insmod /clockbound.ko source=registered
run registered pinned
run provider
check 'the module is unloaded' rmmod clockbound
'''

if __name__ == '__main__':
    # Movable memory, where a file's pages are as a rule
    sys.exit(hypervisor.run(sys.argv[1], COMMAND,
                            ['nomem', 'memory', 'registered', 'provider'],
                            append='movablecore=96M'))
