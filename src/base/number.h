#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Strict numbers: one or more digits of the base (10, or 16 with upper-case
 * letters) and nothing else: no sign, no blanks, no more than max.  0 and the
 * value, or -1.
 */
int number_parse(const char *, size_t len, unsigned base, uint64_t max,
    uint64_t *value);

/* The same for the next word of a string, words being parted by one blank. */
int number_word(char **rest, uint64_t max, uint64_t *value);

#endif
