#ifndef SPOOL_VALUE_H
#define SPOOL_VALUE_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

/*
 * The kinds of values in onehop.conf(5), from text and back.  What parses
 * returns NULL, or what is wrong with the text, in words that follow it; the
 * result is then not set.
 */
struct choice {
	const char *name;	/* NULL ends the list */
	uint64_t value;
};

/*
 * A number, with the unit s, m, h or d (a delay may also be "never", which is
 * 0); K, M or G; or none.
 */
const char *value_duration(const char *, uint64_t min, uint64_t max,
    uint64_t *seconds);
const char *value_delay(const char *, uint64_t min, uint64_t max,
    uint64_t *seconds);
const char *value_size(const char *, uint64_t min, uint64_t max,
    uint64_t *bytes);
const char *value_count(const char *, uint64_t min, uint64_t max, uint64_t *);

/* So many in so much time: "30/1m". */
const char *value_rate(const char *, uint64_t *count, uint64_t *seconds);

/* A name of the list, or several of them, whose values are or-ed. */
const char *value_choice(const char *, const struct choice *, bool several,
    uint64_t *);

/*
 * Text without blanks, one that begins with a slash, a domain name, and an
 * address with its domain.
 */
const char *value_word(const char *);
const char *value_path(const char *);
const char *value_domain(const char *);
const char *value_address(const char *);

/* Fingerprints (fingerprint.h), and an IPv4 or IPv6 address. */
const char *value_fingerprints(const char *);
const char *value_numeric(const char *);

/*
 * smtps://host[:465] or smtp://host[:587]; an IPv6 address stands in square
 * brackets.  host and port are then the caller's.
 */
const char *value_relay(const char *, char **host, char **port,
    bool *implicit_tls);

/* Append the text of a value. */
void value_print_duration(uint64_t seconds, struct buf *);
void value_print_delay(uint64_t seconds, struct buf *);
void value_print_rate(uint64_t count, uint64_t seconds, struct buf *);
void value_print_size(uint64_t bytes, struct buf *);
void value_print_choice(uint64_t, const struct choice *, bool several,
    struct buf *);
void value_print_relay(const char *host, const char *port, bool implicit_tls,
    struct buf *);

#endif
