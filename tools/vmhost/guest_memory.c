// SPDX-License-Identifier: GPL-2.0-only
#include "guest_memory.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "shared.h"

#define DEVICES	"/sys/bus/pci/devices"
#define VENDOR	0x1af4
#define DEVICE	0x1110

static bool read_id(const char *device, const char *name, unsigned long *id)
{
	char path[512], text[32];
	FILE *file;
	bool done;

	snprintf(path, sizeof(path), DEVICES "/%s/%s", device, name);
	file = fopen(path, "r");
	if (!file)
		return false;
	done = fgets(text, sizeof(text), file);
	fclose(file);
	if (done)
		*id = strtoul(text, NULL, 16);
	return done;
}

/* Without a driver nobody has made the device answer to memory accesses yet. */
static void enable(const char *device)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), DEVICES "/%s/enable", device);
	file = fopen(path, "w");
	if (!file || fputs("1", file) == EOF)
		perror(path);
	if (file && fclose(file))
		perror(path);
}

/* Finds vmhost's own device, or else any. */
static bool find(char *device, size_t size)
{
	unsigned long vendor_id, device_id;
	struct dirent *entry;
	bool own = false, found = false;
	DIR *dir = opendir(DEVICES);

	while (dir && !own && (entry = readdir(dir))) {
		if (!read_id(entry->d_name, "vendor", &vendor_id) ||
		    !read_id(entry->d_name, "device", &device_id) ||
		    vendor_id != VENDOR || device_id != DEVICE)
			continue;
		found = true;
		own = !strcmp(entry->d_name, VMHOST_PCI_DEVICE);
		snprintf(device, size, "%s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* The end of vmhost's own is the VMClock's: the module has it mapped in another way. */
static bool ends_with_page(const char *device, const char *resource)
{
	struct stat status;

	return !strcmp(device, VMHOST_PCI_DEVICE) && !stat(resource, &status) &&
	       status.st_size == VMHOST_SHARED_SIZE;
}

bool guest_memory_open(struct region *region, const char *path)
{
	char device[300], resource[512];

	if (path)
		return region_open_all(region, path);
	if (!find(device, sizeof(device))) {
		fprintf(stderr,
			"vmhost-guest: this machine has no ivshmem device (PCI 1af4:1110)\n");
		return false;
	}
	enable(device);
	snprintf(resource, sizeof(resource), DEVICES "/%s/resource2", device);
	if (ends_with_page(device, resource))
		return region_open(region, resource, 0, VMHOST_PAGE_OFFSET);
	return region_open_all(region, resource);
}
