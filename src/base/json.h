#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stddef.h>

/* Room for what one character becomes, and its NUL. */
enum { JSON_CHARACTER = 8 };

/*
 * Writes the next character of the len bytes of text, at least one, as it
 * stands in a string of JSON (RFC 8259, section 7), and returns how many bytes
 * of the text it was.  Controls and what ends a line for some are escaped.
 * JSON is UTF-8, so a byte that is not becomes the replacement character.
 */
size_t json_character(char out[JSON_CHARACTER], const char *text, size_t len);

/*
 * An object on one line, in memory that is given: what does not fit is cut
 * off in a string, or left out with its name, and what there is stays JSON.
 */
struct json {
	char *data;
	size_t size;
	size_t len;
};

/* size is at least 4, for "{}", a newline and NUL. */
struct json json_open(char *data, size_t size);
void json_string(struct json *, const char *name, const char *value);

/* value is a number as JSON has it. */
void json_number(struct json *, const char *name, const char *value);

/* Ends the object and its line; the length of all. */
size_t json_close(struct json *);

#endif
