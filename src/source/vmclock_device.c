// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMClock device: where it is, its memory, its notification.
 *
 * The device is looked up, not bound, and its region is not requested: the
 * kernel's own ptp_vmclock may be bound to it at the same time.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/acpi.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/printk.h>

#include "vmclock_device.h"

#define VMCLOCK_HID		"AMZNC10C"
#define VMCLOCK_NOTIFY		0x80

static struct {
	struct acpi_device *acpi;
	struct resource region;
	struct vmclock_page *page;
	bool notified;
	void (*notify)(void);
} device;

static acpi_status take_memory(struct acpi_resource *acpi, void *context)
{
	struct resource_win window = { };
	struct resource *region = context;

	if (!region->flags && (acpi_dev_resource_memory(acpi, &window.res) ||
			       acpi_dev_resource_address_space(acpi, &window)) &&
	    resource_type(&window.res) == IORESOURCE_MEM)
		*region = window.res;
	return AE_OK;
}

/**
 * cb_vmclock_device_init() - find the device and map its page
 * Context: process.
 * Return: 0; -ENODEV if there is none, -EINVAL if its memory cannot hold a VMClock page,
 *	-ENOMEM: then there is nothing to undo.
 */
int cb_vmclock_device_init(void)
{
	struct resource *region = &device.region;
	int error = -EINVAL;

	device.acpi = acpi_dev_get_first_match_dev(VMCLOCK_HID, NULL, -1);
	if (!device.acpi)
		return -ENODEV;

	acpi_walk_resources(device.acpi->handle, METHOD_NAME__CRS, take_memory, region);
	if (!region->flags || resource_size(region) < sizeof(*device.page)) {
		pr_info("%s: no memory range of at least %zu bytes\n",
			acpi_dev_name(device.acpi), sizeof(*device.page));
		goto put;
	}
	/* Ordinary memory would have other contents, which nobody may map. */
	if (region_intersects(region->start, resource_size(region),
			      IORESOURCE_SYSTEM_RAM, IORES_DESC_NONE) != REGION_DISJOINT) {
		pr_info("%s: %pR is ordinary memory\n", acpi_dev_name(device.acpi), region);
		goto put;
	}

	/* In a confidential guest: the hypervisor writes it, so it is shared, not private. */
	device.page = memremap(region->start, sizeof(*device.page), MEMREMAP_WB | MEMREMAP_DEC);
	if (!device.page) {
		error = -ENOMEM;
		goto put;
	}
	pr_info("VMClock %s at %pR\n", acpi_dev_name(device.acpi), region);
	return 0;

put:
	acpi_dev_put(device.acpi);
	device.acpi = NULL;
	return error;
}

/**
 * cb_vmclock_device_exit() - give it back
 *
 * Nobody reads or maps its page any more. Context: process.
 */
void cb_vmclock_device_exit(void)
{
	if (!device.acpi)
		return;
	memunmap(device.page);
	acpi_dev_put(device.acpi);
}

static void updated(acpi_handle handle, u32 event, void *context)
{
	if (event == VMCLOCK_NOTIFY)
		device.notify();
}

/**
 * cb_vmclock_device_notify() - take the device's notifications
 * @notify: called when the hypervisor has written its page. Context: process
 *
 * Without it the next timekeeping update notices what the hypervisor did, so a failure is
 * only told. Context: process.
 */
void cb_vmclock_device_notify(void (*notify)(void))
{
	if (!device.acpi)
		return;
	device.notify = notify;
	device.notified =
		ACPI_SUCCESS(acpi_install_notify_handler(device.acpi->handle,
							 ACPI_DEVICE_NOTIFY,
							 updated, NULL));
	if (!device.notified)
		pr_info("%s: no notifications\n", acpi_dev_name(device.acpi));
}

/**
 * cb_vmclock_device_silence() - take them no more
 *
 * No notification is being handled when it returns. Context: process.
 */
void cb_vmclock_device_silence(void)
{
	if (!device.notified)
		return;
	acpi_remove_notify_handler(device.acpi->handle, ACPI_DEVICE_NOTIFY, updated);
	device.notified = false;
}

/**
 * cb_vmclock_device_notifies() - whether notifications are taken
 * Return: true if they are.
 */
bool cb_vmclock_device_notifies(void)
{
	return device.notified;
}

/**
 * cb_vmclock_device_page() - the VMClock page
 * Return: the page, until cb_vmclock_device_exit(); NULL without one.
 */
const struct vmclock_page *cb_vmclock_device_page(void)
{
	return device.page;
}

/**
 * cb_vmclock_device_mappable() - the page's physical address
 * Return: 0 without a device, or if its region is no page of its own.
 */
phys_addr_t cb_vmclock_device_mappable(void)
{
	if (!device.page || !PAGE_ALIGNED(device.region.start) ||
	    resource_size(&device.region) < PAGE_SIZE)
		return 0;
	return device.region.start;
}

/**
 * cb_vmclock_device_map() - map the page into user space
 * @vma: a mapping that cb_mapping_read_only() has accepted
 * Context: process.
 * Return: 0, -ENODEV if nothing is mappable, or what io_remap_pfn_range() gives.
 */
int cb_vmclock_device_map(struct vm_area_struct *vma)
{
	phys_addr_t start = cb_vmclock_device_mappable();

	if (!start)
		return -ENODEV;
	/* Shared with the hypervisor, too: unlike remap_pfn_range(). */
	return io_remap_pfn_range(vma, vma->vm_start, PHYS_PFN(start), PAGE_SIZE,
				  vma->vm_page_prot);
}
