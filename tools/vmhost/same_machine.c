// SPDX-License-Identifier: GPL-2.0-only
#include "same_machine.h"

#include <stdio.h>
#include <string.h>

#include "qemu.h"

#define NAME_MAX_BYTES	40

enum meaning {
	OF_THE_MACHINE,		/* it counts with its argument */
	OF_BOTH,		/* it counts, and so do some of its argument's items */
	BACKED_BY_THE_HOST,	/* it counts; its argument says where something is */
	OF_THE_HOST,		/* it may be there or not */
};

static const struct {
	const char *name;
	enum meaning meaning;
} options[] = {
	{ "D", OF_THE_HOST },
	{ "S", OF_THE_HOST },
	{ "accel", OF_THE_HOST },	/* the accelerator is compared by itself */
	{ "action", OF_THE_HOST },
	{ "append", BACKED_BY_THE_HOST },
	{ "bios", BACKED_BY_THE_HOST },
	{ "blockdev", BACKED_BY_THE_HOST },
	{ "cdrom", BACKED_BY_THE_HOST },
	{ "chardev", BACKED_BY_THE_HOST },
	{ "d", OF_THE_HOST },
	{ "display", OF_THE_HOST },
	{ "drive", OF_BOTH },
	{ "enable-kvm", OF_THE_HOST },
	{ "fsdev", BACKED_BY_THE_HOST },
	{ "gdb", OF_THE_HOST },
	{ "hda", BACKED_BY_THE_HOST },
	{ "hdb", BACKED_BY_THE_HOST },
	{ "hdc", BACKED_BY_THE_HOST },
	{ "hdd", BACKED_BY_THE_HOST },
	{ "initrd", BACKED_BY_THE_HOST },
	{ "kernel", BACKED_BY_THE_HOST },
	{ "mon", OF_THE_HOST },
	{ "monitor", OF_THE_HOST },
	{ "msg", OF_THE_HOST },
	{ "name", OF_THE_HOST },
	{ "netdev", BACKED_BY_THE_HOST },
	{ "no-reboot", OF_THE_HOST },
	{ "no-shutdown", OF_THE_HOST },
	{ "overcommit", OF_THE_HOST },
	{ "parallel", BACKED_BY_THE_HOST },
	{ "pflash", BACKED_BY_THE_HOST },
	{ "pidfile", OF_THE_HOST },
	{ "qmp", OF_THE_HOST },
	{ "qmp-pretty", OF_THE_HOST },
	{ "s", OF_THE_HOST },
	{ "sandbox", OF_THE_HOST },
	{ "serial", BACKED_BY_THE_HOST },
	{ "snapshot", OF_THE_HOST },
	{ "spice", OF_THE_HOST },
	{ "trace", OF_THE_HOST },
	{ "vnc", OF_THE_HOST },
};

/* The items of an argument that say where on the host something is, or how it is kept there. */
static const char * const hosts_items[] = {
	"aio=", "cache=", "discard=", "file=", "format=", "snapshot=",
};

/**
 * struct option - an option that counts
 * @name: without its dashes; a disk's image is the option "hda"
 * @argument: empty if it has none
 * @meaning: what of it counts
 */
struct option {
	char name[NAME_MAX_BYTES];
	struct bytes argument;
	enum meaning meaning;
};

static enum meaning meaning_of(const char *name)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (!strcmp(name, options[i].name))
			return options[i].meaning;
	return OF_THE_MACHINE;
}

/* No name is longer than the room; one that is, is none that QEMU knows. */
static void read_name(struct option *option, const struct bytes *word)
{
	const char *text = (const char *)word->bytes;
	int dashes = word->size > 1 && text[1] == '-' ? 2 : 1;

	if (!word->size || *text != '-') {
		snprintf(option->name, sizeof(option->name), "hda");
		option->argument = *word;
		return;
	}
	snprintf(option->name, sizeof(option->name), "%.*s", (int)(word->size - dashes),
		 text + dashes);
}

/* The next option that counts; false if there is none. */
static bool next(const struct argument_list *list, __u32 *at, struct option *option)
{
	while (*at < list->count) {
		const struct bytes *word = &list->words[(*at)++];
		bool image = !word->size || *word->bytes != '-';

		*option = (struct option) { .argument = { NULL, 0 } };
		read_name(option, word);
		if (!image && qemu_takes_argument(option->name) && *at < list->count)
			option->argument = list->words[(*at)++];
		option->meaning = meaning_of(option->name);
		if (option->meaning != OF_THE_HOST)
			return true;
	}
	return false;
}

/* Cuts the first item off @rest. */
static struct bytes cut_item(struct bytes *rest)
{
	const __u8 *comma = rest->size ? memchr(rest->bytes, ',', rest->size) : NULL;
	struct bytes item = *rest;

	if (!comma) {
		*rest = (struct bytes) { NULL, 0 };
		return item;
	}
	item.size = comma - rest->bytes;
	rest->size -= item.size + 1;
	rest->bytes = comma + 1;
	return item;
}

static bool is_hosts(const struct bytes *item)
{
	for (size_t i = 0; i < sizeof(hosts_items) / sizeof(hosts_items[0]); i++) {
		size_t length = strlen(hosts_items[i]);

		if (item->size >= length && !memcmp(item->bytes, hosts_items[i], length))
			return true;
	}
	return false;
}

/* The next item that counts; an empty one at the end. */
static struct bytes next_item(struct bytes *rest)
{
	struct bytes item;

	do
		item = cut_item(rest);
	while (rest->size && (!item.size || is_hosts(&item)));
	return is_hosts(&item) ? (struct bytes) { NULL, 0 } : item;
}

static bool same_bytes(const struct bytes *a, const struct bytes *b)
{
	return a->size == b->size && (!a->size || !memcmp(a->bytes, b->bytes, a->size));
}

static bool same_items(struct bytes a, struct bytes b)
{
	do {
		struct bytes x = next_item(&a), y = next_item(&b);

		if (!same_bytes(&x, &y))
			return false;
	} while (a.size || b.size);
	return true;
}

static bool same_option(const struct option *a, const struct option *b)
{
	if (strcmp(a->name, b->name))
		return false;
	switch (a->meaning) {
	case OF_THE_MACHINE:
		return same_bytes(&a->argument, &b->argument);
	case OF_BOTH:
		return same_items(a->argument, b->argument);
	default:
		return true;
	}
}

/* What is said is from this machine's own arguments: the other ones may be anything. */
bool same_machine(const struct argument_list *saved, const struct argument_list *now,
		  char *error, size_t size)
{
	static const char advice[] = "'vmhost inspect' lists the saved machine's arguments";
	struct option a, b;
	__u32 i = 0, j = 0;

	for (;;) {
		bool more_saved = next(saved, &i, &a);
		bool more_now = next(now, &j, &b);

		if (!more_saved && !more_now)
			return true;
		if (!more_now)
			snprintf(error, size,
				 "argument %u of the saved machine is missing here; %s", i,
				 advice);
		else if (!more_saved)
			snprintf(error, size, "-%s: the saved machine had no such one; %s",
				 b.name, advice);
		else if (!same_option(&a, &b))
			snprintf(error, size,
				 "-%s %.*s: that is not what the saved machine had there; %s",
				 b.name, (int)b.argument.size, (const char *)b.argument.bytes,
				 advice);
		else
			continue;
		return false;
	}
}
