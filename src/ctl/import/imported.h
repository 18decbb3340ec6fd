#ifndef CTL_IMPORT_IMPORTED_H
#define CTL_IMPORT_IMPORTED_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct imported;

/* What one line of another program's configuration says. */
struct statement {
	const char *file;
	unsigned line;		/* 0: the file as a whole */
	char *text;		/* NULL: nothing is said */
};

/* Reads a file: 0, or -1 and errno. */
typedef int imported_reader(void *arg, const char *path, struct buf *);

/*
 * What was found in the configuration of another program: the settings of
 * onehop.conf(5) that say the same, what has to be known of them, what could
 * not be carried over, the table of senders, and the password.  Nothing here
 * prints the password.  host is the name of this machine; both strings and
 * arg are borrowed.
 */
struct imported *imported_new(const char *program, const char *host,
    imported_reader *, void *arg);
void imported_free(struct imported *);
const char *imported_program(const struct imported *);
const char *imported_host(const struct imported *);

/*
 * The text of a file, NUL-terminated, which may be cut up; it stays until
 * imported_free, which overwrites it.  NULL if there is none; one that is
 * there and cannot be read is among what was not carried over.
 */
char *imported_read(struct imported *, const char *path);

/*
 * The next line of such a text, of which rest is what is left, and its number;
 * NULL at the end, and for a file that there is none of.
 */
char *imported_line(char **rest, struct statement *at);

/*
 * The same as imported_read for text that was made; the buffer is empty
 * afterwards.
 */
char *imported_keep(struct imported *, struct buf *);

/*
 * Sets a keyword of onehop.conf(5), in place of an earlier value.  A value
 * that onehop does not take is among what was not carried over.
 */
void imported_set(struct imported *, const struct statement *,
    const char *keyword, const char *, ...)
    __attribute__((__format__(printf, 4, 5)));

/* Takes a setting back: it is not carried over, and this is why. */
void imported_drop(struct imported *, const char *keyword, const char *why);

/* The value of a keyword that was set, or NULL. */
const char *imported_value(const struct imported *, const char *keyword);

/* What has to be known of what was carried over, and what was not. */
void imported_note(struct imported *, const struct statement *,
    const char *, ...) __attribute__((__format__(printf, 3, 4)));
void imported_lose(struct imported *, const struct statement *,
    const char *, ...) __attribute__((__format__(printf, 3, 4)));

/* A row of the table of senders; the pattern as in onehop.conf(5). */
void imported_sender(struct imported *, const struct statement *,
    const char *pattern, const char *address);

/* The password, or NULL if none was found. */
void imported_password(struct imported *, const struct statement *);
const struct statement *imported_secret(const struct imported *);

/* The table of senders; NULL if it is empty. */
const char *imported_senders(const struct imported *);

/* How many were lost. */
size_t imported_losses(const struct imported *);

/*
 * Appends what onehop.conf(5) is to have, with the places in comments; and
 * notes and losses, each a line "PLACE: text".
 */
void imported_print(const struct imported *, struct buf *);
void imported_list(const struct imported *, struct buf *);

#endif
