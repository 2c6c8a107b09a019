/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's writer of the clock page, for models that start where they say.
 */
#ifndef CB_TESTS_WRITE_PAGE_H
#define CB_TESTS_WRITE_PAGE_H

#include "../../src/publish/page.h"

/**
 * write_page() - publish a model
 * @page: the clock page
 * @model: the model
 */
static inline void write_page(struct clockbound_page *page,
			      const struct clockbound_model *model)
{
	cb_page_begin(page);
	cb_page_end(page, model);
}

#endif /* CB_TESTS_WRITE_PAGE_H */
