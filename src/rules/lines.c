/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/lines.h"

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

/** Characters that are looked at together. */
#define CONTROL_PIECE ((size_t)64)

static bool is_blank(char character)
{
	return character == ' ' || character == '\t';
}

bool rules_line_prefix(const struct rules_lines *lines, unsigned number, struct error **error)
{
	return error_prefix(error, "%s %u: ", lines->document ? "line" : "rule", number);
}

/* First character that is neither blank nor part of a comment line. */
static size_t first_significant(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length) {
		if (is_blank(text[at]) || text[at] == '\n') {
			at++;
		} else if (text[at] == '#') {
			while (at < length && text[at] != '\n')
				at++;
		} else {
			break;
		}
	}
	return at;
}

/* Without branches: a compiler makes vector instructions of many. */
static unsigned char is_control(unsigned char character)
{
	return (unsigned char)((character < 0x20) & (character != '\n') & (character != '\t')) | (character == 0x7f);
}

static size_t first_control(const char *text, size_t length)
{
	const unsigned char *characters = (const unsigned char *)text;
	size_t at = 0;

	for (; length - at >= CONTROL_PIECE; at += CONTROL_PIECE) {
		unsigned char any = 0;

		for (size_t i = 0; i < CONTROL_PIECE; i++)
			any |= is_control(characters[at + i]);
		if (any != 0)
			break;
	}
	while (at < length && is_control(characters[at]) == 0)
		at++;
	return at;
}

bool rules_lines_begin(struct rules_lines *lines, const char *text, size_t length, struct error **error)
{
	size_t first;

	while (length > 0 && (is_blank(text[length - 1]) || text[length - 1] == '\n'))
		length--;
	lines->text = text;
	lines->length = length;
	lines->at = 0;
	lines->number = 0;
	lines->in_table = false;
	lines->any_rule = false;
	first = first_control(text, length);
	if (first < length)
		return error_set(error, "control character \\x%02x at offset %zu; use plain blanks and newlines",
				 (unsigned char)text[first], first);
	first = first_significant(text, length);
	if (first == length)
		return error_set(error, "holds no rule");
	lines->document = text[first] == '*';
	if (!lines->document && memchr(text, '\n', length) != NULL)
		return error_set(error,
				 "holds a newline outside the document form; write *TABLE ... COMMIT, or separate "
				 "rules by ;");
	return true;
}

/* Finds the end of the line or one-line rule that begins at @at; quotes hide the semicolon. */
static size_t line_end(const struct rules_lines *lines, size_t at)
{
	bool quoted = false;

	if (lines->document) {
		const char *newline = memchr(lines->text + at, '\n', lines->length - at);

		return newline == NULL ? lines->length : (size_t)(newline - lines->text);
	}
	for (; at < lines->length && lines->text[at] != '\n'; at++) {
		if (lines->text[at] == '"')
			quoted = !quoted;
		else if (lines->text[at] == '\\' && quoted && at + 1 < lines->length)
			at++;
		else if (lines->text[at] == ';' && !quoted)
			break;
	}
	return at < lines->length ? at : lines->length;
}

/* A line without any quote, as nearly all are: words end at blanks, and nothing changes on the way. */
static bool split_plain_words(struct rules_lines *lines, const char *text, size_t length, struct rules_line *ret,
			      struct error **error)
{
	char *at = lines->storage, *end = at + length;

	memcpy(at, text, length);
	*end = '\0';
	for (;;) {
		char *word;

		while (is_blank(*at))
			at++;
		if (at == end)
			break;
		word = at;
		while (at != end && !is_blank(*at))
			at++;
		*at = '\0';
		if (at - word > LINES_MAX_WORD)
			return error_set(error, "a word is longer than %d bytes", LINES_MAX_WORD);
		if (ret->word_count == LINES_MAX_WORDS)
			return error_set(error, "more than %d words", LINES_MAX_WORDS);
		ret->words[ret->word_count++] = word;
		if (at == end)
			break;
		at++;
	}
	ret->words[ret->word_count] = NULL;
	return true;
}

/* iptables-restore's quoting: only " quotes, \ escapes only inside quotes, and a closing quote ends the word. */
static bool split_words(struct rules_lines *lines, const char *text, size_t length, struct rules_line *ret,
			struct error **error)
{
	char *out = lines->storage, *word = out;
	bool quoted = false, started = false;

	if (memchr(text, '"', length) == NULL && memchr(text, '\'', length) == NULL)
		return split_plain_words(lines, text, length, ret, error);
	for (size_t i = 0; i <= length; i++) {
		char character = i < length ? text[i] : '\0';
		bool ends = i == length;

		if (quoted && i < length) {
			if (character == '\\' && i + 1 < length)
				*out++ = text[++i];
			else if (character == '"')
				ends = true;
			else
				*out++ = character;
		} else if (quoted) {
			return error_set(error, "a quote is not closed");
		} else if (character == '"') {
			quoted = true;
			started = true;
			continue;
		} else if (!ends && !is_blank(character)) {
			if (!started && character == '\'')
				return error_set(error, "single quotes do not quote here; use double quotes");
			*out++ = character;
			started = true;
		} else {
			ends = started;
		}
		if (!ends || !started)
			continue;
		*out++ = '\0';
		if (out - word > LINES_MAX_WORD + 1)
			return error_set(error, "a word is longer than %d bytes", LINES_MAX_WORD);
		if (ret->word_count == LINES_MAX_WORDS)
			return error_set(error, "more than %d words", LINES_MAX_WORDS);
		ret->words[ret->word_count++] = word;
		word = out;
		quoted = false;
		started = false;
	}
	ret->words[ret->word_count] = NULL;
	return true;
}

static bool parse_counters(const char *word, uint64_t *ret_packets, uint64_t *ret_bytes)
{
	size_t length = strlen(word);
	const char *colon = strchr(word, ':');

	return length >= 5 && word[0] == '[' && word[length - 1] == ']' && colon != NULL &&
	       parse_number(word + 1, (size_t)(colon - word) - 1, UINT64_MAX, ret_packets) &&
	       parse_number(colon + 1, length - (size_t)(colon - word) - 2, UINT64_MAX, ret_bytes);
}

static bool name_family(struct rules_line *line, int family, struct error **error)
{
	if (line->family != AF_UNSPEC && line->family != family)
		return error_set(error, "says both IPv4 and IPv6");
	line->family = family;
	return true;
}

static void drop_words(struct rules_line *line, size_t count)
{
	line->word_count -= count;
	memmove(line->words, line->words + count, (line->word_count + 1) * sizeof(line->words[0]));
}

/* A leading -t of the one-line form; @ret_count is the number of words it took. */
static bool table_option(struct rules_line *line, size_t *ret_count, struct error **error)
{
	const char *word = line->words[0];

	*ret_count = 0;
	if ((strcmp(word, "-t") == 0 || strcmp(word, "--table") == 0) && line->word_count > 1) {
		line->table = line->words[1];
		*ret_count = 2;
	} else if (text_has_prefix(word, "--table=")) {
		line->table = word + strlen("--table=");
		*ret_count = 1;
	}
	if (*ret_count > 0 && line->names_table)
		return error_set(error, "-t stands twice");
	line->names_table = line->names_table || *ret_count > 0;
	return true;
}

/* Takes counters, -4, -6 and, in the one-line form, iptables, ip6tables and -t off the front of a rule. */
static bool take_prefixes(const struct rules_lines *lines, struct rules_line *line, struct error **error)
{
	bool first = true;

	while (line->word_count > 0) {
		const char *word = line->words[0];
		size_t taken = 1;

		/* How nearly all begin, and no prefix. */
		if (word[0] == '-' && word[1] == 'A')
			return true;
		if (strcmp(word, "-4") == 0 || strcmp(word, "--ipv4") == 0 ||
		    (first && !lines->document && strcmp(word, "iptables") == 0)) {
			if (!name_family(line, AF_INET, error))
				return false;
		} else if (strcmp(word, "-6") == 0 || strcmp(word, "--ipv6") == 0 ||
			   (first && !lines->document && strcmp(word, "ip6tables") == 0)) {
			if (!name_family(line, AF_INET6, error))
				return false;
		} else if (word[0] == '[') {
			if (!parse_counters(word, &line->packets, &line->bytes))
				return error_set(error, "\"%s\" are no counters; write [PACKETS:BYTES]", word);
			line->has_counters = true;
		} else if (!lines->document) {
			if (!table_option(line, &taken, error))
				return false;
		} else {
			taken = 0;
		}
		if (taken == 0)
			return true;
		drop_words(line, taken);
		first = false;
	}
	return error_set(error, "holds no rule");
}

static bool read_document_line(struct rules_lines *lines, const char *text, size_t length, struct rules_line *ret,
			       struct error **error)
{
	if (text[0] == '*') {
		if (lines->in_table)
			return error_set(error, "a table begins before COMMIT ended the one above");
		ret->kind = LINE_TABLE;
		if (!split_words(lines, text + 1, length - 1, ret, error))
			return false;
		if (ret->word_count != 1)
			return error_set(error, "*TABLE takes one name");
		lines->in_table = true;
		return true;
	}
	if (!lines->in_table)
		return error_set(error, "stands outside *TABLE ... COMMIT");
	if (length == 6 && memcmp(text, "COMMIT", 6) == 0) {
		ret->kind = LINE_COMMIT;
		lines->in_table = false;
		return true;
	}
	if (text[0] == ':') {
		uint64_t unused;

		ret->kind = LINE_CHAIN;
		if (!split_words(lines, text + 1, length - 1, ret, error))
			return false;
		if (ret->word_count < 2 || ret->word_count > 3 ||
		    (ret->word_count == 3 && !parse_counters(ret->words[2], &unused, &unused)))
			return error_set(error,
					 "write :CHAIN POLICY [PACKETS:BYTES], with - as policy of an own chain");
		return true;
	}
	ret->kind = LINE_RULE;
	lines->any_rule = true;
	return split_words(lines, text, length, ret, error) && take_prefixes(lines, ret, error);
}

static bool read_line(struct rules_lines *lines, const char *text, size_t length, struct rules_line *ret,
		      struct error **error)
{
	ret->number = lines->number;
	ret->family = AF_UNSPEC;
	ret->has_counters = false;
	ret->word_count = 0;
	ret->table = NULL;
	ret->names_table = false;
	if (length > LINES_MAX_LENGTH)
		return error_set(error, "longer than %d bytes", LINES_MAX_LENGTH);
	if (lines->document)
		return read_document_line(lines, text, length, ret, error);
	ret->kind = LINE_RULE;
	ret->table = "filter";
	lines->any_rule = true;
	return split_words(lines, text, length, ret, error) && take_prefixes(lines, ret, error);
}

bool rules_lines_next(struct rules_lines *lines, struct rules_line *ret, bool *ret_end, struct error **error)
{
	*ret_end = false;
	while (lines->at < lines->length) {
		size_t begin = lines->at, end = line_end(lines, begin), stop = end;

		lines->at = end + 1;
		while (begin < stop && is_blank(lines->text[begin]))
			begin++;
		while (stop > begin && is_blank(lines->text[stop - 1]))
			stop--;
		if (lines->document)
			lines->number++;
		if (begin == stop || (lines->document && lines->text[begin] == '#'))
			continue;
		if (!lines->document)
			lines->number++;
		if (!read_line(lines, lines->text + begin, stop - begin, ret, error))
			return rules_line_prefix(lines, lines->number, error);
		return true;
	}
	if (lines->in_table)
		return error_set(error, "COMMIT is missing; the text may have been cut off");
	*ret_end = true;
	return true;
}

/* Options whose value is free text or a name, where an address literal means nothing. */
static bool takes_free_text(const char *option, size_t length)
{
	static const struct {
		const char *name;
		size_t length;
	} options[] = {
#define OPTION(name) {name, sizeof(name) - 1}
		OPTION("--comment"),       OPTION("--string"),         OPTION("--hex-string"),
		OPTION("--log-prefix"),    OPTION("--nflog-prefix"),   OPTION("--ulog-prefix"),
		OPTION("--name"),          OPTION("--label"),          OPTION("--path"),
		OPTION("--genre"),         OPTION("--bytecode"),       OPTION("--object-pinned"),
		OPTION("--append"),        OPTION("--insert"),         OPTION("--new-chain"),
		OPTION("--policy"),        OPTION("--jump"),           OPTION("--goto"),
		OPTION("--match"),         OPTION("--protocol"),       OPTION("--in-interface"),
		OPTION("--out-interface"), OPTION("--table"),          OPTION("--helper"),
		OPTION("--timeout"),       OPTION("--selctx"),         OPTION("--led-trigger-id"),
		OPTION("--set-class"),     OPTION("--hashlimit-name"), OPTION("--physdev-in"),
		OPTION("--physdev-out"),   OPTION("--rateest"),        OPTION("--rateest-name"),
		OPTION("--rateest1"),      OPTION("--rateest2"),       OPTION("--nfacct-name"),
#undef OPTION
	};

	for (size_t i = 0; i < ARRAY_LENGTH(options); i++) {
		if (options[i].length == length && memcmp(options[i].name, option, length) == 0)
			return true;
	}
	return false;
}

static bool may_begin_literal(char character)
{
	return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f') ||
	       (character >= 'A' && character <= 'F') || character == ':' || character == '[';
}

/* Which families an address literal is for, as bits. */
#define LITERAL_IPV4 1U
#define LITERAL_IPV6 2U
/* Of an IPv4-mapped address beside LITERAL_IPV6: iptables reads it as the IPv4 address, ip6tables as itself. */
#define LITERAL_MAPPED 4U

static unsigned literal_ipv6(const unsigned char *bytes)
{
	static const unsigned char front[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	return memcmp(bytes, front, sizeof(front)) == 0 ? LITERAL_IPV6 | LITERAL_MAPPED : LITERAL_IPV6;
}

/* Of one value without commas: ADDRESS[/MASK], ADDRESS-ADDRESS, IPV4[-IPV4]:PORT, [IPV6]:PORT. 0: no literal */
static unsigned literal_families(const char *value, size_t length)
{
	char text[INET6_ADDRSTRLEN + 1];
	unsigned char bytes[16];
	size_t end;
	bool colon;

	/* Most words are none: spare them the two parsers. */
	if (length == 0 || !may_begin_literal(value[0]))
		return 0;
	colon = memchr(value, ':', length) != NULL;
	if (!colon && memchr(value, '.', length) == NULL)
		return 0;
	if (value[0] == '[') {
		value++;
		length--;
	}
	end = 0;
	while (end < length && value[end] != '/' && value[end] != '-' && value[end] != ']')
		end++;
	if (end == 0 || end >= sizeof(text))
		return 0;
	memcpy(text, value, end);
	text[end] = '\0';
	if (colon && inet_pton(AF_INET6, text, bytes) == 1)
		return literal_ipv6(bytes);
	if (colon)
		text[strcspn(text, ":")] = '\0';
	return inet_pton(AF_INET, text, bytes) == 1 ? LITERAL_IPV4 : 0;
}

/* The families of all addresses in a comma list. */
static unsigned value_families(const char *value)
{
	unsigned families = 0;

	while (*value != '\0') {
		size_t length = (size_t)(strchrnul(value, ',') - value);

		families |= literal_families(value, length);
		value += length;
		value += *value == ',';
	}
	return families;
}

/* The value that is part of the option's own word: --destination=10.0.0.1, -d10.0.0.1. */
static const char *joined_value(const char *word)
{
	if (word[1] == '-') {
		const char *equals = strchr(word, '=');

		return equals == NULL ? "" : equals + 1;
	}
	return (word[1] == 's' || word[1] == 'd') && word[2] != '\0' ? word + 2 : "";
}

/* Whether the next word is free text that belongs to this option: it may look like an option itself. */
static bool free_text_follows(const char *option)
{
	if (option[1] != '-')
		return strchr("AINPjgmpiot", option[1]) != NULL && option[2] == '\0';
	return strchr(option, '=') == NULL && takes_free_text(option, strlen(option));
}

static bool has_free_text(const char *option)
{
	size_t length = (size_t)(strchrnul(option, '=') - option);

	return option[length] == '=' && takes_free_text(option, length);
}

/* What one value says about the rule's families. @negated: behind ! */
static bool add_value_families(const char *value, const char *option, bool negated, unsigned *families,
			       struct error **error)
{
	unsigned here = value_families(value);

	if (here != 0 && negated)
		return error_set(error,
				 "%s: a negated address means something else for the other family; write -4 or -6 "
				 "before the rule",
				 option);
	if (here & LITERAL_MAPPED)
		return error_set(error,
				 "%s: an IPv4-mapped address; write the IPv4 address, or -6 before the rule if it is "
				 "for IPv6 packets that bear it",
				 option);
	*families |= here;
	return true;
}

bool rules_line_family(const struct rules_line *line, int *ret_family, struct error **error)
{
	unsigned families = 0;
	bool negated = false, exclamation = false;
	const char *option = "";

	if (line->family != AF_UNSPEC) {
		*ret_family = line->family;
		return true;
	}
	for (size_t i = 0; i < line->word_count; i++) {
		const char *word = line->words[i];

		if (word[0] == '!' && word[1] == '\0') {
			exclamation = true;
			continue;
		}
		if (word[0] == '-' && word[1] != '\0') {
			option = word;
			negated = exclamation;
			exclamation = false;
			if (free_text_follows(option)) {
				i++;
				continue;
			}
			word = has_free_text(option) ? "" : joined_value(word);
		}
		if (!add_value_families(word, option, negated, &families, error))
			return false;
	}
	if (families == (LITERAL_IPV4 | LITERAL_IPV6))
		return error_set(error, "holds IPv4 and IPv6 addresses; write a rule for each");
	*ret_family = families == LITERAL_IPV4 ? AF_INET : families == LITERAL_IPV6 ? AF_INET6 : AF_UNSPEC;
	return true;
}

static bool is_table_option(const char *word)
{
	return word[0] == '-' && (strcmp(word, "-t") == 0 || strcmp(word, "--table") == 0);
}

size_t rules_line_find_table(const struct rules_line *line)
{
	size_t last = line->word_count;

	/* Nearly no rule has one. */
	while (last > 0 && !is_table_option(line->words[last - 1]))
		last--;
	if (last == 0)
		return line->word_count;
	for (size_t i = 0; i < last; i++) {
		const char *word = line->words[i];

		if (is_table_option(word))
			return i;
		if (word[0] == '-' && word[1] != '\0' && free_text_follows(word))
			i++;
	}
	return line->word_count;
}
