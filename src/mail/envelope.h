#ifndef MAIL_ENVELOPE_H
#define MAIL_ENVELOPE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/*
 * The envelope at the beginning of a spool file, which onehop-spool(5)
 * describes.  It is written by a process that any user can run, so decoding
 * is strict and believes nothing; it is a pure function over bytes.
 */
enum {
	ENVELOPE_REASON = 256,		/* bytes kept of a recipient's reason */
	ENVELOPE_MAX = 64 * 1024 * 1024, /* bytes: some 200,000 recipients */
};

enum recipient_state {
	RECIPIENT_DUE = '-',
	RECIPIENT_DELIVERED = 'D',
	RECIPIENT_FAILED = 'F',
};

/*
 * What the sender was last told of, or need not be told of by us, because the
 * smarthost will.
 */
enum recipient_told {
	TOLD_NOTHING = ' ',
	TOLD_DELAYED = '-',
	TOLD_RELAYED = 'D',
	TOLD_FAILED = 'F',
};

struct recipient {
	enum recipient_state state;
	enum recipient_told told;
	char *address;
	bool touched;		/* it differs from the mark in the file */
	char *reason;		/* of the last attempt: status and text;
				 * "" before the first */
	off_t mark;		/* where it stands in the file */
	unsigned notify;	/* enum dsn_notify, or-ed; 0: not asked */
	char *orcpt;		/* as after ORCPT=; NULL: none */
};

struct envelope {
	uid_t uid;		/* who submitted it, says the file */
	char *sender;		/* "" is the null sender */
	bool eightbit;		/* the message has bytes above 127 */
	unsigned ret;		/* enum dsn_ret */
	char *envid;		/* as after ENVID=; NULL: none */
	bool require_tls;	/* RFC 8689 */
	off_t size;		/* of the message, in bytes */
	uint32_t crc;		/* of the envelope but its marks, and message */
	struct recipient *recipients;
	size_t nrecipients;
	off_t length;		/* of the envelope: where the message begins */
};

void envelope_add_recipient(struct envelope *, const char *address);

/* Removes all recipients but the first n. */
void envelope_truncate(struct envelope *, size_t n);

/*
 * Appends the envelope as it is first written, all recipients due.  uid,
 * sender, the addresses and what is asked for are used; size,
 * crc and eightbit, which are known only once the message has been written,
 * are filled in by envelope_seal.  Sets length.
 */
void envelope_encode(struct envelope *, struct buf *);

/*
 * Writes the fixed-width fields size, body and crc of an encoded envelope
 * over its first ENVELOPE_SEAL bytes.
 */
enum { ENVELOPE_SEAL = 59 };
void envelope_seal(const struct envelope *, char first[ENVELOPE_SEAL]);

/*
 * Decodes the envelope that text begins with.  Returns 0; 1 when text ends
 * before the envelope does; or -1 and what is wrong in *error.  On 0 what it
 * holds belongs to the caller, who frees it with envelope_free.
 */
int envelope_decode(struct envelope *, const char *text, size_t len,
    const char **error);
void envelope_free(struct envelope *);

/*
 * The user that an encoded envelope names, from its first ENVELOPE_FIRST
 * bytes or more.  0, or -1 when it names none.
 */
enum { ENVELOPE_FIRST = ENVELOPE_SEAL + 15 };
int envelope_uid(const char *text, size_t len, uid_t *uid);

/*
 * The CRC-32 of an encoded envelope without its seal and its marks: what the
 * CRC of the message goes on from.
 */
uint32_t envelope_crc(const struct envelope *, const char *text);

/*
 * The mark of a recipient as it stands in the file: the state, what was told,
 * and the reason cut or filled up with blanks to their fixed width.
 */
enum { ENVELOPE_MARK = 2 + ENVELOPE_REASON };
void envelope_mark(const struct recipient *, char mark[ENVELOPE_MARK]);

/* The text of the reason alone, without the enhanced status code. */
const char *envelope_reason_text(const struct recipient *);

/* How many recipients are in this state. */
size_t envelope_count(const struct envelope *, enum recipient_state);

#endif
