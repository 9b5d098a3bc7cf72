/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/parse.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>

static void *allocate(void *context, size_t size)
{
	(void)context;
	return memory_allocate(1, size);
}

static void *resize(void *context, void *block, size_t size)
{
	(void)context;
	return memory_resize(block, 1, size);
}

static void release_block(void *context, void *block)
{
	(void)context;
	free(block);
}

/* yajl does not look whether it got the memory that it asked for, and would crash without a word. */
static yajl_alloc_funcs allocation = {.malloc = allocate, .realloc = resize, .free = release_block};

/* Values and strings live in blocks that are released together: a hostile document of a million members costs a few
 * allocations, and no recursion is needed to free it. */
struct block {
	struct block *next;
	size_t used;
	size_t size;
	_Alignas(16) char bytes[];
};

struct json_document {
	struct json *top;
	struct block *blocks;
	/* While reading: */
	yajl_handle parser;
	struct json *open[JSON_MAX_DEPTH]; /* arrays and objects that are not closed yet */
	struct json *last[JSON_MAX_DEPTH]; /* their last children */
	unsigned depth;
	size_t values;
	const char *key;   /* member name that waits for its value */
	const char *fault; /* why a callback stopped the parser */
};

/** Values of a document; a config.json has a few thousand. Bounds the memory that 16 MiB of "0,0,0" take. */
#define VALUE_LIMIT 500000

#define BLOCK_SIZE ((size_t)8 * 1024)

static void *document_allocate(struct json_document *document, size_t size)
{
	struct block *block = document->blocks;
	void *place;

	size = (size + 15) & ~(size_t)15;
	if (block == NULL || block->size - block->used < size) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		block = memory_allocate(1, sizeof(*block) + room);
		block->size = room;
		block->next = document->blocks;
		document->blocks = block;
	}
	place = block->bytes + block->used;
	block->used += size;
	return place;
}

/* yajl hands on "\u0000" as a NUL byte and a lone surrogate as '?'; it checks UTF-8 only superficially. */
static const char *document_string(struct json_document *document, const unsigned char *bytes, size_t length)
{
	char *copy;

	if (memchr(bytes, '\0', length) != NULL) {
		document->fault = "a string holds a NUL character";
		return NULL;
	}
	if (!text_is_utf8((const char *)bytes, length)) {
		document->fault = "a string is not UTF-8";
		return NULL;
	}
	copy = document_allocate(document, length + 1);
	memcpy(copy, bytes, length);
	copy[length] = '\0';
	return copy;
}

static struct json *document_add(struct json_document *document, enum json_type type)
{
	struct json *value = document_allocate(document, sizeof(*value));

	/* The callbacks stop the parser by the fault. */
	if (++document->values > VALUE_LIMIT && document->fault == NULL)
		document->fault = "more than 500,000 values";
	value->type = type;
	value->offset = yajl_get_bytes_consumed(document->parser);
	if (document->depth == 0) {
		document->top = value;
		return value;
	}
	struct json *parent = document->open[document->depth - 1];

	value->parent = parent;
	value->key = parent->type == JSON_OBJECT ? document->key : NULL;
	if (document->last[document->depth - 1] == NULL)
		parent->first = value;
	else
		document->last[document->depth - 1]->next = value;
	document->last[document->depth - 1] = value;
	value->index = parent->count++;
	return value;
}

static int read_null(void *context)
{
	struct json_document *document = context;

	document_add(document, JSON_NULL);
	return document->fault == NULL;
}

static int read_boolean(void *context, int boolean)
{
	struct json_document *document = context;

	document_add(document, JSON_BOOLEAN)->boolean = boolean != 0;
	return document->fault == NULL;
}

static int read_text(struct json_document *document, enum json_type type, const unsigned char *bytes, size_t length)
{
	const char *string = document_string(document, bytes, length);
	struct json *value;

	if (string == NULL)
		return 0;
	value = document_add(document, type);
	value->string = string;
	value->length = length;
	return document->fault == NULL;
}

static int read_number(void *context, const char *digits, size_t length)
{
	return read_text(context, JSON_NUMBER, (const unsigned char *)digits, length);
}

static int read_string(void *context, const unsigned char *bytes, size_t length)
{
	return read_text(context, JSON_STRING, bytes, length);
}

static int read_key(void *context, const unsigned char *bytes, size_t length)
{
	struct json_document *document = context;

	document->key = document_string(document, bytes, length);
	return document->key != NULL;
}

static int open_value(struct json_document *document, enum json_type type)
{
	struct json *value;

	if (document->depth == JSON_MAX_DEPTH) {
		document->fault = "nested deeper than 64 levels";
		return 0;
	}
	value = document_add(document, type);
	document->open[document->depth] = value;
	document->last[document->depth] = NULL;
	document->depth++;
	return document->fault == NULL;
}

static int read_object_begin(void *context)
{
	return open_value(context, JSON_OBJECT);
}

static int read_array_begin(void *context)
{
	return open_value(context, JSON_ARRAY);
}

static int compare_keys(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Sorting keeps this linear-logarithmic: comparing all pairs of a hostile object with 60,000 members takes seconds. */
static bool has_duplicate(const struct json *object, const char **ret_key)
{
	cleanup_free const char **keys = NULL;
	size_t count = 0;

	if (object->count < 2)
		return false;
	keys = memory_allocate(object->count, sizeof(*keys));
	for (const struct json *child = object->first; child != NULL; child = child->next)
		keys[count++] = child->key;
	qsort(keys, count, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(keys[i - 1], keys[i]) == 0) {
			*ret_key = keys[i];
			return true;
		}
	}
	return false;
}

static int read_object_end(void *context)
{
	struct json_document *document = context;
	const char *key;

	document->depth--;
	if (has_duplicate(document->open[document->depth], &key)) {
		document->fault = "duplicate member";
		document->key = key;
		return 0;
	}
	return 1;
}

static int read_array_end(void *context)
{
	struct json_document *document = context;

	document->depth--;
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = read_null,
	.yajl_boolean = read_boolean,
	.yajl_number = read_number,
	.yajl_string = read_string,
	.yajl_start_map = read_object_begin,
	.yajl_map_key = read_key,
	.yajl_end_map = read_object_end,
	.yajl_start_array = read_array_begin,
	.yajl_end_array = read_array_end,
};

static void fail_at(const struct json_document *document, const char *text, size_t length, const char *source,
		    struct error **error)
{
	size_t consumed = yajl_get_bytes_consumed(document->parser);
	size_t line = 1, column = 1;
	cleanup_text struct text place = {0};

	for (size_t i = 0; i < consumed && i < length; i++) {
		column = text[i] == '\n' ? 1 : column + 1;
		line += text[i] == '\n';
	}
	if (document->depth > 0) {
		json_pointer(document->open[document->depth - 1], &place);
		text_append(&place, ": ");
	}
	if (document->fault != NULL && strcmp(document->fault, "duplicate member") == 0) {
		struct text member = {0};

		json_pointer(document->open[document->depth], &member);
		error_set(error, "%s: %s%sduplicate member \"%s\"", source, text_string(&member),
			  member.length > 0 ? ": " : "", document->key);
		text_free(&member);
	} else if (document->fault != NULL) {
		error_set(error, "%s: line %zu column %zu: %s", source, line, column, document->fault);
	} else {
		unsigned char *reason = yajl_get_error(document->parser, 0, NULL, 0);
		const char *said = (const char *)reason;
		size_t end;

		/* "parse error: unallowed token at this point in JSON text\n" */
		if (said != NULL && strncmp(said, "parse error: ", 13) == 0)
			said += 13;
		if (said != NULL && strncmp(said, "lexical error: ", 15) == 0)
			said += 15;
		end = said == NULL ? 0 : strcspn(said, "\n");
		error_set(error, "%s: line %zu column %zu: %s%.*s", source, line, column, text_string(&place), (int)end,
			  said == NULL ? "" : said);
		if (reason != NULL)
			yajl_free_error(document->parser, reason);
	}
}

static bool is_blank(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (strchr(" \t\r\n", text[i]) == NULL || text[i] == '\0')
			return false;
	}
	return true;
}

struct json_document *json_read(const char *text, size_t length, const char *source, struct error **error)
{
	cleanup_json struct json_document *document = NULL;
	const char *nul = memchr(text, '\0', length);
	yajl_status status;

	if (is_blank(text, length)) {
		error_set(error, "%s: empty, no JSON", source);
		return NULL;
	}
	if (nul != NULL) {
		error_set(error, "%s: a NUL byte at offset %zu", source, (size_t)(nul - text));
		return NULL;
	}
	document = memory_allocate(1, sizeof(*document));
	document->parser = yajl_alloc(&callbacks, &allocation, document);
	if (document->parser == NULL) {
		error_set(error, "%s: out of memory", source);
		return NULL;
	}
	yajl_config(document->parser, yajl_allow_comments, 0);
	yajl_config(document->parser, yajl_dont_validate_strings, 0);
	status = yajl_parse(document->parser, (const unsigned char *)text, length);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(document->parser);
	if (status != yajl_status_ok || document->top == NULL || document->depth != 0)
		fail_at(document, text, length, source, error);
	else
		document->fault = "";
	yajl_free(document->parser);
	document->parser = NULL;
	if (document->fault == NULL || document->fault[0] != '\0')
		return NULL;
	return STEAL(document);
}

const struct json *json_top(const struct json_document *document)
{
	return document->top;
}

void json_free(struct json_document **document)
{
	if (*document == NULL)
		return;
	if ((*document)->parser != NULL)
		yajl_free((*document)->parser);
	for (struct block *block = (*document)->blocks; block != NULL;) {
		struct block *next = block->next;

		free(block);
		block = next;
	}
	free(*document);
	*document = NULL;
}

const struct json *json_member(const struct json *object, const char *key)
{
	if (object == NULL || object->type != JSON_OBJECT)
		return NULL;
	for (const struct json *child = object->first; child != NULL; child = child->next) {
		if (strcmp(child->key, key) == 0)
			return child;
	}
	return NULL;
}

const char *json_member_string(const struct json *object, const char *key)
{
	const struct json *member = json_member(object, key);

	return member != NULL && member->type == JSON_STRING ? member->string : NULL;
}

bool json_integer(const struct json *value, uint64_t most, uint64_t *ret)
{
	return value != NULL && value->type == JSON_NUMBER && parse_number(value->string, value->length, most, ret);
}

void json_pointer(const struct json *value, struct text *ret)
{
	if (value->parent == NULL)
		return;
	json_pointer(value->parent, ret); /* at most JSON_MAX_DEPTH deep */
	text_append_char(ret, '/');
	if (value->key == NULL) {
		text_printf(ret, "%zu", value->index);
		return;
	}
	for (const char *at = value->key; *at != '\0'; at++) {
		if (*at == '~')
			text_append(ret, "~0");
		else if (*at == '/')
			text_append(ret, "~1");
		else
			text_append_char(ret, *at);
	}
}

const char *json_type_name(enum json_type type)
{
	static const char *const names[] = {"null", "true or false", "a number", "a string", "a list", "an object"};

	return names[type];
}

bool json_fail(const struct json *value, const char *source, struct error **error, const char *format, ...)
{
	cleanup_text struct text message = {0};
	cleanup_text struct text pointer = {0};
	va_list arguments;

	va_start(arguments, format);
	text_vprintf(&message, format, arguments);
	va_end(arguments);
	json_pointer(value, &pointer);
	if (pointer.length == 0)
		return error_set(error, "%s: %s", source, text_string(&message));
	return error_set(error, "%s: %s: %s", source, text_string(&pointer), text_string(&message));
}

bool json_check_members(const struct json *object, const char *const *known, const char *source, struct error **error)
{
	for (const struct json *child = object->first; child != NULL; child = child->next) {
		const char *nearest;
		size_t i = 0;

		while (known[i] != NULL && strcmp(known[i], child->key) != 0)
			i++;
		if (known[i] != NULL)
			continue;
		nearest = text_nearest(child->key, known);
		if (nearest == NULL)
			return json_fail(child, source, error, "unknown member");
		return json_fail(child, source, error, "unknown member; did you mean \"%s\"?", nearest);
	}
	return true;
}

struct json_writer {
	yajl_gen generator;
};

struct json_writer *json_writer_new(bool pretty)
{
	struct json_writer *writer = memory_allocate(1, sizeof(*writer));

	writer->generator = yajl_gen_alloc(&allocation);
	if (writer->generator == NULL)
		abort(); /* out of memory */
	yajl_gen_config(writer->generator, yajl_gen_beautify, pretty ? 1 : 0);
	yajl_gen_config(writer->generator, yajl_gen_indent_string, "  ");
	return writer;
}

void json_writer_free(struct json_writer **writer)
{
	if (*writer == NULL)
		return;
	yajl_gen_free((*writer)->generator);
	free(*writer);
	*writer = NULL;
}

void json_write_object_begin(struct json_writer *writer)
{
	yajl_gen_map_open(writer->generator);
}

void json_write_object_end(struct json_writer *writer)
{
	yajl_gen_map_close(writer->generator);
}

void json_write_array_begin(struct json_writer *writer)
{
	yajl_gen_array_open(writer->generator);
}

void json_write_array_end(struct json_writer *writer)
{
	yajl_gen_array_close(writer->generator);
}

void json_write_key(struct json_writer *writer, const char *key)
{
	json_write_string(writer, key);
}

void json_write_string(struct json_writer *writer, const char *string)
{
	cleanup_text struct text clean = {0};
	size_t length;

	if (string == NULL) {
		yajl_gen_null(writer->generator);
		return;
	}
	length = strlen(string);
	if (!text_is_utf8(string, length)) {
		for (size_t i = 0; i < length;) {
			size_t step = text_utf8_length(string + i, length - i);

			if (step == 0)
				text_append_char(&clean, '?');
			else
				text_append_bytes(&clean, string + i, step);
			i += step == 0 ? 1 : step;
		}
		string = text_string(&clean);
		length = clean.length;
	}
	yajl_gen_string(writer->generator, (const unsigned char *)string, length);
}

void json_write_integer(struct json_writer *writer, uint64_t value)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);

	yajl_gen_number(writer->generator, digits, (size_t)length);
}

void json_write_boolean(struct json_writer *writer, bool value)
{
	yajl_gen_bool(writer->generator, value ? 1 : 0);
}

void json_write_member_string(struct json_writer *writer, const char *key, const char *string)
{
	json_write_key(writer, key);
	json_write_string(writer, string);
}

void json_write_member_integer(struct json_writer *writer, const char *key, uint64_t value)
{
	json_write_key(writer, key);
	json_write_integer(writer, value);
}

const char *json_writer_text(struct json_writer *writer, size_t *ret_length)
{
	const unsigned char *bytes = NULL;
	size_t length = 0;

	yajl_gen_get_buf(writer->generator, &bytes, &length);
	if (ret_length != NULL)
		*ret_length = length;
	return (const char *)bytes;
}
