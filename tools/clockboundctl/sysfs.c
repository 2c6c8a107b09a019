// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's files in sysfs.
 */
#include "sysfs.h"

#include <stdio.h>
#include <string.h>

/**
 * sysfs_read() - read a file of one line
 * @directory: its directory
 * @name: its name there
 * @value: where the line goes, without its end, SYSFS_VALUE_SIZE bytes
 *
 * Return: false if there is no such file, or if it cannot be read.
 */
bool sysfs_read(const char *directory, const char *name, char *value)
{
	char path[256];
	FILE *file;
	bool done;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "re");
	if (!file)
		return false;
	done = fgets(value, SYSFS_VALUE_SIZE, file);
	fclose(file);
	if (done)
		value[strcspn(value, "\n")] = '\0';
	return done;
}
