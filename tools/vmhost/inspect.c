// SPDX-License-Identifier: GPL-2.0-only
#include "inspect.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot_generation.h"
#include "snapshot_json.h"

#define EXIT_USAGE	2

static const char help[] =
"Usage: vmhost inspect FILE [--json]\n"
"\n"
"Prints what a container says that 'snapshot' has made: the machine, its clock when it\n"
"was stopped, and how often it was restored. Checks all of it, the RAM as well.\n"
"\n"
"  --json  as a JSON object; numbers of 64 bits are strings\n"
"  --help\n";

static void show(const json_t *value, const char *name, int depth);

/* A string that a terminal would not take as it is, or that is empty, is quoted. */
static void show_string(const json_t *value)
{
	const char *string = json_string_value(value);
	size_t size = json_string_length(value);
	char *quoted;

	for (size_t i = 0; i < size; i++)
		if (string[i] < ' ' || string[i] > '~')
			size = 0;
	if (size) {
		puts(string);
		return;
	}
	quoted = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	puts(quoted ? quoted : "(out of memory)");
	free(quoted);
}

static void show_list(const json_t *list, int depth)
{
	const json_t *entry;
	char name[24];
	size_t i;

	json_array_foreach(list, i, entry) {
		snprintf(name, sizeof(name), "%zu", i);
		show(entry, name, depth);
	}
}

static void show_object(const json_t *object, int depth)
{
	const char *name;
	json_t *entry;

	json_object_foreach((json_t *)object, name, entry)
		show(entry, name, depth);
}

static void show(const json_t *value, const char *name, int depth)
{
	printf("%*s%s:", 2 * depth, "", name);
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		putchar('\n');
		show_object(value, depth + 1);
		break;
	case JSON_ARRAY:
		puts(json_array_size(value) ? "" : " none");
		show_list(value, depth + 1);
		break;
	case JSON_STRING:
		putchar(' ');
		show_string(value);
		break;
	case JSON_INTEGER:
		printf(" %lld\n", json_integer_value(value));
		break;
	case JSON_NULL:
		puts(" none");
		break;
	default:
		puts(json_is_true(value) ? " yes" : " no");
		break;
	}
}

static int fail(const char *path, const char *what)
{
	fprintf(stderr, "vmhost: %s: %s\n", path, what);
	return 1;
}

static int print(const char *path, const json_t *tree, bool json)
{
	if (!tree)
		return fail(path, "out of memory");
	if (json) {
		json_dumpf(tree, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		show_object(tree, 0);
	}
	return fflush(stdout) || ferror(stdout) ? fail("standard output", "cannot be written") : 0;
}

static int inspect(const char *path, bool json)
{
	struct snapshot snapshot;
	__u64 clones, stored = 0;
	char error[300];
	json_t *tree;
	bool intact;
	int code;

	if (!snapshot_open(&snapshot, path, false, error, sizeof(error)))
		return fail(path, error);
	if (!snapshot_clones(&snapshot, &clones, error, sizeof(error))) {
		snapshot_close(&snapshot);
		return fail(path, error);
	}
	intact = snapshot_check_ram(&snapshot, &stored, error, sizeof(error));
	tree = snapshot_json(&snapshot, clones, stored, intact);
	code = print(path, tree, json);
	if (!intact)
		code = fail(path, error);
	json_decref(tree);
	snapshot_close(&snapshot);
	return code;
}

static int usage(const char *what)
{
	fprintf(stderr, "vmhost: %s; try 'vmhost inspect --help'\n", what);
	return EXIT_USAGE;
}

int inspect_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind + 1 != argc)
		return usage("inspect needs one file");
	return inspect(argv[optind], json);
}
