// SPDX-License-Identifier: GPL-2.0-only
#include "acpi.h"

#include "vmclock.hex"	/* vmclock_aml_code */

const unsigned char * const acpi_table = vmclock_aml_code;
const size_t acpi_table_size = sizeof(vmclock_aml_code);
