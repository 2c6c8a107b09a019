# SPDX-License-Identifier: GPL-2.0-only
"""VMClock pages by hand, for what a well-behaved hypervisor would never write: see
vm.VM.write()."""

import struct

# include/clockbound/vmclock_abi.h
LAYOUT = struct.Struct('<IIHBBIQQHBBhBBQQQQQQQQQ')
SIZE = LAYOUT.size
SEQ_COUNT = 0x0c
DISRUPTION_MARKER = 0x10

MAGIC = 0x4B4C4356
COUNTER_X86_TSC = 1
COUNTER_INVALID = 0xff
TIME_TAI = 1
STATUS_UNKNOWN = 0
STATUS_SYNCHRONIZED = 2
FLAGS_FULL = 0x151      # TAI offset, both maximum errors, generation

PERIOD_1NS = 0x89705F4136B4A597     # with shift 29


def full(seq_count=2, marker=7, counter=0, seconds=1795219237, maxerror=1000):
    """2026-11-21 at a value of a counter of 1 GHz, +-1 us and 1 ppm; seconds are TAI."""
    return LAYOUT.pack(MAGIC, 4096, 1, COUNTER_X86_TSC, TIME_TAI,
                       seq_count & 0xffffffff, marker, FLAGS_FULL, 0,
                       STATUS_SYNCHRONIZED, 0, -37, 0, 29, counter, PERIOD_1NS, 0,
                       PERIOD_1NS // 1000000, seconds, 0, 0, maxerror, 9)


def marker_only(seq_count=2, marker=1):
    """As QEMU has it: a marker and nothing else."""
    return LAYOUT.pack(MAGIC, 4096, 1, COUNTER_INVALID, 0, seq_count, marker, 0,
                       0, STATUS_UNKNOWN, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
