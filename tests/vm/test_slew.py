# SPDX-License-Identifier: GPL-2.0-only
"""The synchronization daemon while the clock is slewed away from the truth, and set and
tuned by somebody else. usage: test_slew.py KERNEL"""

import sys

import test_sync

if __name__ == '__main__':
    sys.exit(test_sync.run(sys.argv[1], 'guest-slew'))
