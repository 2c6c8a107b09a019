#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# demo.sh [clones]: what "make demo" and "make clones" run, on a fresh Debian 12 or 13 as
# well. Boots a stock Debian kernel with the module and shows it at work; the last line is
# the verdict, and the exit code says whether it is good. "clones" shows those only.

set -eu
. "$(dirname "$0")/common.sh"

kernel=6.12

"$top/scripts/deps.sh" build vm
"$top/scripts/fetch-kernel.sh" $kernel image >/dev/null
headers=$("$top/scripts/fetch-kernel.sh" $kernel headers)
step "build the module for Debian's $kernel" \
	"$top/scripts/build-module.sh" "$headers" "$top/build/$kernel"
step "build the programs" make -C "$top" guest

export PYTHONDONTWRITEBYTECODE=1
exec python3 "$top/tests/vm/demo.py" $kernel "$@"
