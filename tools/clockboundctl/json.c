// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON values.
 */
#include "json.h"

#include <string.h>

/**
 * json_print_string() - print a string as a JSON string
 * @out: where to
 * @text: the string, ASCII; what is not ASCII is replaced
 */
void json_print_string(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else if (c < 0x7f)
			putc(c, out);
		else
			fputs("\\ufffd", out);
	}
	putc('"', out);
}

/**
 * json_print_number() - print digits as a JSON number
 * @out: where to
 * @digits: an unsigned decimal number; anything else becomes null
 */
void json_print_number(FILE *out, const char *digits)
{
	size_t length = strspn(digits, "0123456789");

	if (!length || digits[length] || (digits[0] == '0' && length > 1))
		fputs("null", out);
	else
		fputs(digits, out);
}
