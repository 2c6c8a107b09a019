/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ACPI table of vmclock.asl, as iasl has compiled it.
 */
#ifndef VMHOST_ACPI_H
#define VMHOST_ACPI_H

#include <stddef.h>

extern const unsigned char * const acpi_table;
extern const size_t acpi_table_size;

#endif /* VMHOST_ACPI_H */
