// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinning the first page of a file of tmpfs, for as long as it takes.
 *
 * A mere reference would keep reclaim and migration away, too, but wherever the page
 * happens to be: in memory that is to stay movable, because it is to be unplugged or
 * to be allocated in one piece. A long-term pin moves it out of there first.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>

#include "pin.h"

#ifdef CB_HAVE_MEMFD_PIN_FOLIOS
static struct page *pin_first(struct file *memory)
{
	struct folio *folio;
	pgoff_t offset;
	long count = memfd_pin_folios(memory, 0, 0, &folio, 1, &offset);

	return count < 0 ? ERR_PTR(count) : folio_page(folio, offset >> PAGE_SHIFT);
}

void cb_unpin(struct page *page)
{
	unpin_folio(page_folio(page));
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

void cb_unpin(struct page *page)
{
	unpin_user_page(page);
}
#endif

/**
 * cb_pin() - pin the first page of a file
 * @memory: a regular file of tmpfs, open for reading
 *
 * The page is in memory that need not be movable. It stays where it is and is not
 * written out, but it may cease to be the file's. Context: process, may sleep.
 *
 * Return: the page; -EINVAL if the file is empty or has just been truncated, -ENOMEM if
 * the file system or the machine is full.
 */
struct page *cb_pin(struct file *memory)
{
	struct page *page = pin_first(memory);

	if (IS_ERR(page) && PTR_ERR(page) != -EINVAL)
		return ERR_PTR(-ENOMEM);
	return page;
}
