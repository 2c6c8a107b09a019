# SPDX-License-Identifier: GPL-2.0-only
"""Waiting and moments in the past: never early, never wrong, and every error.
usage: test_wait.py KERNEL"""

import sys

import hypervisor

COMMAND = '''
run /bin/wait
run at 1
sed 's/^/# /' /sys/kernel/clockbound/status
check 'the module is unloaded' rmmod clockbound
'''

if __name__ == '__main__':
    sys.exit(hypervisor.run(sys.argv[1], COMMAND, ['wait', 'at']))
