// SPDX-License-Identifier: GPL-2.0-only
#include "balloon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE	4096

/**
 * struct request - a change that is under way
 * @balloon: of this one
 * @ticket: who waits for it
 * @pages: by how much
 */
struct request {
	struct balloon *balloon;
	__u64 ticket;
	__s32 pages;
};

static void finish(struct request *request, int error)
{
	struct balloon *balloon = request->balloon;

	balloon->done(balloon->context, request->ticket, error);
	free(request);
}

static __u64 total(const struct balloon *balloon)
{
	return balloon->machine->qemu.ram + balloon->plug->bytes;
}

static void send(struct balloon *balloon, qmp_answer answer, void *context)
{
	balloon->total = total(balloon);
	qmp_execute(&balloon->machine->qmp, "balloon",
		    json_pack("{s:I}", "value",
			      (json_int_t)(balloon->total - balloon->pages * PAGE)),
		    answer, context);
}

static void on_moved(void *context, const json_t *result, const char *error)
{
	struct request *request = context;
	struct balloon *balloon = request->balloon;

	(void)result;
	if (!error) {
		finish(request, 0);
		return;
	}
	balloon->pages -= request->pages;
	if (!balloon->machine->qmp.over[0])
		fprintf(stderr, "vmhost: the balloon: %s\n", error);
	finish(request, balloon->machine->qmp.over[0] ? -ECANCELED : -EINVAL);
}

static bool fits(const struct balloon *balloon, __s64 pages)
{
	return pages >= 0 && (__u64)pages < total(balloon) / PAGE;
}

/* What QEMU calls actual is the memory without what is in the balloon. */
static void learn(struct balloon *balloon, const json_t *result)
{
	__s64 actual = json_integer_value(json_object_get(result, "actual"));

	if (!balloon->known)
		balloon->pages = ((__s64)total(balloon) - actual) / PAGE;
	balloon->known = true;
}

static void on_state(void *context, const json_t *result, const char *error)
{
	struct request *request = context;
	struct balloon *balloon = request->balloon;

	if (error) {
		finish(request, balloon->machine->qmp.over[0] ? -ECANCELED : -ENODEV);
		return;
	}
	learn(balloon, result);
	if (!fits(balloon, balloon->pages + request->pages)) {
		finish(request, -ERANGE);
		return;
	}
	balloon->pages += request->pages;
	send(balloon, on_moved, request);
}

void balloon_adjust(struct balloon *balloon, __s32 pages, __u64 ticket)
{
	struct request *request;

	if (balloon->machine->busy) {
		balloon->done(balloon->context, ticket, -EBUSY);
		return;
	}
	request = malloc(sizeof(*request));
	if (!request) {
		balloon->done(balloon->context, ticket, -ENOMEM);
		return;
	}
	*request = (struct request) { balloon, ticket, pages };
	qmp_execute(&balloon->machine->qmp, "query-balloon", NULL, on_state, request);
}

void balloon_tick(struct balloon *balloon)
{
	if (!balloon->pages || balloon->total == total(balloon))
		return;
	/* Memory that is gone has taken the balloon's pages with it. */
	if (!fits(balloon, balloon->pages))
		balloon->pages = 0;
	send(balloon, NULL, NULL);
}

void balloon_open(struct balloon *balloon, struct machine *machine, const struct plug *plug,
		  balloon_done done, void *context)
{
	*balloon = (struct balloon) {
		.machine = machine, .plug = plug, .done = done, .context = context,
	};
}
