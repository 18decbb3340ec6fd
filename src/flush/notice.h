#ifndef FLUSH_NOTICE_H
#define FLUSH_NOTICE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct config;
struct message;
struct pending;
struct recipient;

/* What a notification is about. */
struct subject {
	const struct config *cfg;
	int spool;
	struct message *message;
	const char *id;
	uint64_t arrival;	/* as in struct entry */
	time_t attempt;		/* the last one; 0: not known */
};

enum notice_result {
	NOTICE_WRITTEN,
	NOTICE_NOT_WRITTEN,	/* for lack of room or the like; was logged */
	NOTICE_NOBODY,		/* the sender's address leads nowhere */
};

/*
 * Writes a notification that tells of these recipients, whole and durable,
 * under a name in tmp/; own is filled in there.  It goes to where mail to the
 * envelope sender of the original goes, by aliases and admin, or to admin if
 * that is malformed; from the null sender, so that nobody ever answers it.
 */
enum notice_result notice_write(const struct subject *, struct pending *,
    const struct recipient *const *, size_t n);

#endif
