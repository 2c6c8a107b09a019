// SPDX-License-Identifier: GPL-2.0-only
/*
 * The error bound of a PTP hardware clock, as the driver of the network card gives
 * it: SYSFS/bus/pci/devices/SLOT/phc_error_bound.
 */
#include "phc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOT_KEY	"PCI_SLOT_NAME="

/* "0000:27:00.0" */
#define SLOT_SIZE	64

static bool find_slot(const char *sysfs, const char *interface, char *slot)
{
	char path[512], line[256];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/class/net/%s/device/uevent", sysfs, interface);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, SLOT_KEY, strlen(SLOT_KEY)))
			continue;
		found = snprintf(slot, SLOT_SIZE, "%s", line + strlen(SLOT_KEY)) < SLOT_SIZE;
	}
	fclose(file);
	return found && slot[0] && !strchr(slot, '/');
}

static bool read_number(const char *path, __u64 *number)
{
	char text[64], *end;
	bool done;
	FILE *file;

	file = fopen(path, "re");
	if (!file)
		return false;
	done = fgets(text, sizeof(text), file);
	fclose(file);
	if (!done || text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return !errno && (!*end || !strcmp(end, "\n"));
}

/**
 * phc_error_bound() - read the bound
 * @sysfs: where sysfs is, PHC_SYSFS
 * @interface: name of the network interface
 * @ns: where the bound goes, ns
 *
 * Looks for the card anew each time: it can be replaced.
 *
 * Return: false if there is no such card, or it does not say.
 */
bool phc_error_bound(const char *sysfs, const char *interface, __u64 *ns)
{
	char slot[SLOT_SIZE], path[512];

	if (!find_slot(sysfs, interface, slot))
		return false;
	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/phc_error_bound", sysfs, slot);
	return read_number(path, ns);
}
