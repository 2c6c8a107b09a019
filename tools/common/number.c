// SPDX-License-Identifier: GPL-2.0-only
#include "number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

bool number_unsigned(const char *word, __u64 max, __u64 *value)
{
	bool hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
	char *end;

	if (!isdigit((unsigned char)*word) ||
	    (hex && !isxdigit((unsigned char)word[2])))
		return false;
	errno = 0;
	*value = strtoull(word, &end, hex ? 16 : 10);
	return !errno && !*end && *value <= max;
}

bool number_signed(const char *word, __s64 *value)
{
	const char *digits = word + (*word == '-' || *word == '+');
	char *end;

	if (!isdigit((unsigned char)*digits))
		return false;
	errno = 0;
	*value = strtoll(word, &end, 10);
	return !errno && !*end;
}

bool number_thousandths(const char *word, __u64 max, __u64 *value)
{
	int places = -1;

	if (!isdigit((unsigned char)*word))
		return false;
	*value = 0;
	for (; *word && places < 3; word++) {
		if (*word == '.' && places < 0) {
			places = 0;
		} else if (isdigit((unsigned char)*word)) {
			*value = *value * 10 + (*word - '0');
			places += places >= 0;
			if (*value > max)
				return false;
		} else {
			return false;
		}
	}
	if (*word)
		return false;
	for (places = places < 0 ? 0 : places; places < 3; places++)
		*value *= 10;
	return *value <= max;
}
