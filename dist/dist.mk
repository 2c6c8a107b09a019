# SPDX-License-Identifier: GPL-2.0-only
#
# What makes ClockBound's clients find the module; to be included by a Makefile that
# sets prefix and mandir. Gives:
#
#   DIST_MANUAL   manual page
#   install-dist  target: the files for systemd-tmpfiles and udev, the manual page

DIST_MANUAL := dist/clockbound-shm0.4
tmpfilesdir ?= $(prefix)/lib/tmpfiles.d
rulesdir ?= $(prefix)/lib/udev/rules.d

.PHONY: install-dist
install-dist:
	install -d $(DESTDIR)$(tmpfilesdir) $(DESTDIR)$(rulesdir) $(DESTDIR)$(mandir)/man4
	install -m 644 dist/clockbound.tmpfiles.conf $(DESTDIR)$(tmpfilesdir)/clockbound.conf
	install -m 644 dist/60-clockbound.rules $(DESTDIR)$(rulesdir)
	install -m 644 $(DIST_MANUAL) $(DESTDIR)$(mandir)/man4
	[ -n "$(DESTDIR)" ] || ! command -v systemd-tmpfiles >/dev/null || \
		systemd-tmpfiles --create clockbound.conf
