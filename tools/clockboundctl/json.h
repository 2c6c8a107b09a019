/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON values.
 */
#ifndef CTL_JSON_H
#define CTL_JSON_H

#include <stdio.h>

void json_print_string(FILE *out, const char *text);
void json_print_number(FILE *out, const char *digits);

#endif /* CTL_JSON_H */
