// SPDX-License-Identifier: MIT
/*
 * Opening the device and mapping its pages.
 */
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static const void *map_page(int fd, unsigned int pgoff)
{
	void *page = mmap(NULL, page_size(), PROT_READ, MAP_SHARED, fd,
			  (off_t)(pgoff * page_size()));

	return page == MAP_FAILED ? NULL : page;
}

static void unmap_page(const void *page)
{
	if (page)
		munmap((void *)page, page_size());
}

/* A later kernel may fill more of the page; a reading needs it up to the model. */
#define PAGE_FILLED_MIN	(offsetof(struct clockbound_page, realtime) + \
			 sizeof(struct clockbound_realtime))

static int page_usable(const struct clockbound_page *page)
{
#ifdef CLOCKBOUND_COUNTER_NATIVE
	return page->magic == CLOCKBOUND_PAGE_MAGIC &&
	       page->version == CLOCKBOUND_PAGE_VERSION &&
	       page->size >= PAGE_FILLED_MIN &&
	       page->counter_id == CLOCKBOUND_COUNTER_NATIVE;
#else
	return page && 0;
#endif
}

/* Whatever cannot be mapped or used is left out: there is always the ioctl. */
static void map_pages(struct clockbound_device *device)
{
	device->page = map_page(device->fd, CLOCKBOUND_PGOFF_CLOCK);
	if (device->page && !page_usable(device->page)) {
		unmap_page(device->page);
		device->page = NULL;
	}
	if (device->page && (device->page->features & CLOCKBOUND_FEATURE_VMCLOCK))
		device->vmclock = map_page(device->fd, CLOCKBOUND_PGOFF_VMCLOCK);
	device->straight = device->page;
	if (device->page && (device->page->features & CLOCKBOUND_FEATURE_REGISTERED))
		device->registered = map_page(device->fd, CLOCKBOUND_PGOFF_REGISTERED);
}

/**
 * device_from_file() - make a device of an open file
 * @device: where the device goes; NULL if there is an error
 * @fd: the file; the device's from then on, the caller's after an error
 *
 * Return: 0; -ENOMEM; or another negative errno if it is no clockbound device.
 */
int device_from_file(struct clockbound_device **device, int fd)
{
	struct clockbound_info info;
	int error;

	*device = calloc(1, sizeof(**device));
	if (!*device)
		return -ENOMEM;
	(*device)->fd = fd;
	/* Only a clockbound device can answer this. */
	error = clockbound_info_get(*device, &info);
	if (error) {
		free(*device);
		*device = NULL;
		return error;
	}
	map_pages(*device);
	return 0;
}

int clockbound_device_open(struct clockbound_device **device, const char *path)
{
	int fd = open(path ? path : CLOCKBOUND_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
	int error;

	*device = NULL;
	if (fd < 0)
		return -errno;
	error = device_from_file(device, fd);
	if (error)
		close(fd);
	return error;
}

void clockbound_device_close(struct clockbound_device *device)
{
	if (!device)
		return;
	unmap_page(device->registered);
	unmap_page(device->vmclock);
	unmap_page(device->page);
	close(device->fd);
	free(device);
}

int clockbound_device_mapped(const struct clockbound_device *device)
{
	unsigned int flags;

	if (!device->page)
		return 0;
	flags = __atomic_load_n(&device->page->model.flags, __ATOMIC_RELAXED);
	return !(flags & CLOCKBOUND_MODEL_IOCTL) &&
	       (device->vmclock || !(flags & CLOCKBOUND_MODEL_VMCLOCK)) &&
	       (device->registered || !(flags & CLOCKBOUND_MODEL_REGISTERED));
}
