// SPDX-License-Identifier: GPL-2.0-only
/*
 * The models that were in force: what a reading at some moment would have given is known
 * only from the model of that moment.
 */
#include "past.h"

/**
 * cb_past_forget() - forget all models
 * @past: the models
 * @counter: the counter now: what is older is not known
 */
void cb_past_forget(struct cb_past *past, __u64 counter)
{
	past->since = counter;
	past->added = 0;
}

/**
 * cb_past_add() - add the model that is in force from now on
 * @past: the models
 * @model: the model; starts after all that were added before
 */
void cb_past_add(struct cb_past *past, const struct clockbound_model *model)
{
	past->kept[past->added++ % CB_PAST_KEPT] = *model;
}

/**
 * cb_past_find() - the model that was in force at some moment
 * @past: the models
 * @counter: the moment
 * Return: the model, until the next one is added; NULL if it is not kept.
 */
const struct clockbound_model *cb_past_find(const struct cb_past *past, __u64 counter)
{
	__u64 oldest = past->added > CB_PAST_KEPT ? past->added - CB_PAST_KEPT : 0;
	__u64 low = oldest, high = past->added;

	/* The first model that starts after it is at low or behind, and before high. */
	while (low < high) {
		__u64 middle = low + (high - low) / 2;

		if ((__s64)(past->kept[middle % CB_PAST_KEPT].counter_value - counter) > 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low > oldest ? &past->kept[(low - 1) % CB_PAST_KEPT] : NULL;
}
