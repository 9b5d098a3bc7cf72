/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/parse.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <string.h>

bool parse_number(const char *text, size_t length, uint64_t most, uint64_t *ret)
{
	uint64_t value = 0;

	if (length == 0 || (length > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned digit = (unsigned)((unsigned char)text[i] - '0');

		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value > most)
		return false;
	*ret = value;
	return true;
}

bool parse_number_string(const char *text, uint64_t most, uint64_t *ret)
{
	return parse_number(text, strlen(text), most, ret);
}

static int base64_value(char character)
{
	if (character >= 'A' && character <= 'Z')
		return character - 'A';
	if (character >= 'a' && character <= 'z')
		return character - 'a' + 26;
	if (character >= '0' && character <= '9')
		return character - '0' + 52;
	if (character == '+')
		return 62;
	if (character == '/')
		return 63;
	return -1;
}

bool parse_base64(const char *text, size_t length, char **ret, size_t *ret_length)
{
	cleanup_free unsigned char *bytes = memory_allocate(length / 4 * 3 + 4, 1);
	unsigned group = 0, filled = 0, padding = 0;
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		int value = base64_value(text[i]);

		if (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t')
			continue;
		if (text[i] == '=' && filled >= 2) {
			padding++;
			value = 0;
		} else if (value < 0 || padding != 0) {
			return false;
		}
		group = group << 6 | (unsigned)value;
		if (++filled < 4)
			continue;
		/* Bits that padding cuts off must be zero, or two texts would mean one value. */
		if ((padding == 1 && (group & 0xff) != 0) || (padding == 2 && (group & 0xffff) != 0) || padding > 2)
			return false;
		bytes[used++] = (unsigned char)(group >> 16);
		if (padding < 2)
			bytes[used++] = (unsigned char)(group >> 8);
		if (padding < 1)
			bytes[used++] = (unsigned char)group;
		group = 0;
		filled = 0;
	}
	if (filled != 0)
		return false;
	bytes[used] = '\0';
	*ret = (char *)STEAL(bytes);
	*ret_length = used;
	return true;
}
