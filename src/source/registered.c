// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMClock memory that a process has registered: holding it, mapping it, losing it.
 *
 * The first page of a file of tmpfs. It is pinned, for as long as it takes: that keeps
 * reclaim, migration and khugepaged away from it, as a reference would, and moves it out of
 * memory that is to stay movable first. But its file can be truncated or get a hole there,
 * and then the page is nobody's but ours.
 *
 * Readers map it by its frame number: a page of the page cache has to have no mapping left
 * when it is truncated.
 */
#include <clockbound/vmclock_abi.h>
#include <linux/clockbound.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>

#include "registered.h"

static struct {
	struct mutex change;		/* for @owner: one who registers at a time */
	struct mutex mapped;		/* for @page, and for who maps it */
	struct file *owner;		/* an open device */
	struct file *memory;
	struct page *page;		/* NULL if nothing is registered */
	void (*changed)(const struct vmclock_page *page);
} registered = {
	.change = __MUTEX_INITIALIZER(registered.change),
	.mapped = __MUTEX_INITIALIZER(registered.mapped),
};

#ifdef CB_HAVE_MEMFD_PIN_FOLIOS
static struct page *pin_first(struct file *memory)
{
	struct folio *folio;
	pgoff_t offset;
	long count = memfd_pin_folios(memory, 0, 0, &folio, 1, &offset);

	return count < 0 ? ERR_PTR(count) : folio_page(folio, offset >> PAGE_SHIFT);
}
#else
/* The caller's other threads may have put something else where the file was mapped. */
static bool is_first(struct page *page, struct file *memory)
{
	struct folio *folio = page_folio(page);

	return READ_ONCE(folio->mapping) == memory->f_mapping && !folio->index &&
	       page == folio_page(folio, 0);
}

/* By a mapping of the caller's, which is there for a moment: files cannot be pinned. */
static struct page *pin_mapped(struct file *memory)
{
	unsigned long address = vm_mmap(memory, 0, PAGE_SIZE, PROT_READ, MAP_SHARED, 0);
	struct page *page;
	int count;

	if (IS_ERR_VALUE(address))
		return ERR_PTR(address);
	count = pin_user_pages_fast(address, 1, FOLL_LONGTERM, &page);
	vm_munmap(address, PAGE_SIZE);
	if (count != 1)
		return ERR_PTR(count < 0 ? count : -ENOMEM);
	if (!is_first(page, memory)) {
		unpin_user_page(page);
		return ERR_PTR(-EINVAL);
	}
	return page;
}

static struct page *pin_first(struct file *memory)
{
	struct address_space *mapping = memory->f_mapping;
	/* If it is not there yet, it need not be moved. */
	struct page *page = shmem_read_mapping_page_gfp(mapping, 0,
							mapping_gfp_mask(mapping) &
							~__GFP_MOVABLE);

	if (IS_ERR(page))
		return page;
	put_page(page);
	return pin_mapped(memory);
}
#endif

/* -EINVAL if it has just been truncated; -ENOMEM if its file system or the machine is full. */
static struct page *pin(struct file *memory)
{
	struct inode *inode = file_inode(memory);
	struct page *page;

	if (!(memory->f_mode & FMODE_READ))
		return ERR_PTR(-EBADF);
	if (!S_ISREG(inode->i_mode) || !shmem_mapping(inode->i_mapping) ||
	    i_size_read(inode) < (loff_t)sizeof(struct vmclock_page))
		return ERR_PTR(-EINVAL);
	page = pin_first(memory);
	return IS_ERR(page) && PTR_ERR(page) != -EINVAL ? ERR_PTR(-ENOMEM) : page;
}

/* From now on, readers that have it mapped fault in what there is now. */
static void set_page(struct file *owner, struct page *page)
{
	mutex_lock(&registered.mapped);
	registered.page = page;
	unmap_mapping_range(owner->f_mapping, CLOCKBOUND_PGOFF_REGISTERED << PAGE_SHIFT,
			    PAGE_SIZE, 1);
	mutex_unlock(&registered.mapped);
}

/**
 * cb_registered_init() - say who is to be told
 * @changed: called with the page that is registered from now on, and with NULL when there is
 *	none any more: when that returns, nobody begins to read it. Context: process
 */
void cb_registered_init(void (*changed)(const struct vmclock_page *page))
{
	registered.changed = changed;
}

/**
 * cb_registered_register() - register the memory behind a file descriptor
 * @owner: an open device
 * @fd: the caller's file descriptor
 * Context: process, may sleep.
 * Return: 0 or a negative errno, as the ABI has it.
 */
int cb_registered_register(struct file *owner, int fd)
{
	struct file *memory = fget(fd);
	struct page *page;
	int error = 0;

	if (!memory)
		return -EBADF;
	page = pin(memory);
	if (IS_ERR(page)) {
		error = PTR_ERR(page);
		goto put_memory;
	}

	mutex_lock(&registered.change);
	if (registered.owner) {
		error = -EBUSY;
	} else {
		registered.owner = owner;
		registered.memory = memory;
		set_page(owner, page);
		registered.changed(page_address(page));
	}
	mutex_unlock(&registered.change);
	if (!error)
		return 0;

	unpin_user_page(page);
put_memory:
	fput(memory);
	return error;
}

/**
 * cb_registered_unregister() - take back what an open device has registered
 * @owner: the open device
 *
 * When it returns, no model names the page, nobody maps it and nobody reads it.
 * Context: process, may sleep.
 * Return: 0, or -ENOENT if that is nothing.
 */
int cb_registered_unregister(struct file *owner)
{
	struct page *page;
	int error = 0;

	mutex_lock(&registered.change);
	if (registered.owner != owner) {
		error = -ENOENT;
	} else {
		page = registered.page;
		/*
		 * First no model names it, then nobody maps it, then nobody reads it,
		 * in the kernel either: see clockbound_page_read_any() and read_page().
		 */
		registered.changed(NULL);
		set_page(owner, NULL);
		synchronize_rcu();
		unpin_user_page(page);
		fput(registered.memory);
		registered.owner = NULL;
	}
	mutex_unlock(&registered.change);
	return error;
}

/**
 * cb_registered_attached() - whether the registered page still belongs to its file
 *
 * If that was truncated or got a hole there, what a process writes to it does not come here
 * any more. The page is there and stays so during the call. Context: any.
 * Return: true if it does.
 */
bool cb_registered_attached(void)
{
	struct inode *inode = file_inode(registered.memory);

	return READ_ONCE(page_folio(registered.page)->mapping) == inode->i_mapping &&
	       i_size_read(inode) >= (loff_t)sizeof(struct vmclock_page);
}

/**
 * cb_registered_fault() - map the registered page, or zeros without one
 * @vmf: the fault
 * Context: process, may sleep.
 * Return: as a fault handler does.
 */
vm_fault_t cb_registered_fault(struct vm_fault *vmf)
{
	vm_fault_t result;
	struct page *page;

	/* Held until it is mapped, so that set_page() finds it. */
	mutex_lock(&registered.mapped);
	page = registered.page ?: ZERO_PAGE(vmf->address);
	result = vmf_insert_pfn(vmf->vma, vmf->address, page_to_pfn(page));
	mutex_unlock(&registered.mapped);
	return result;
}
