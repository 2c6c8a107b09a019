/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line.
 */
#ifndef CTL_OPTIONS_H
#define CTL_OPTIONS_H

#include <clockbound.h>

#include "command.h"

typedef int command_function(const struct options *options,
			     const struct clockbound_device *device);

command_function *options_parse(int argc, char **argv, struct options *options);

#endif /* CTL_OPTIONS_H */
