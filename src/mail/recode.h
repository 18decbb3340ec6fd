#ifndef MAIL_RECODE_H
#define MAIL_RECODE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct entity;
struct survey;

/* What a message needs before a strict smarthost accepts it. */
enum recode_need {
	RECODE_NOTHING,
	/*
	 * Text that is not ASCII, in UTF-8, without a MIME header: fields
	 * that say so, with Content-Transfer-Encoding: 8bit.
	 */
	RECODE_LABEL,
	/*
	 * Lines over 998 bytes: the body, or each part of it that is not
	 * encoded, becomes quoted-printable, so that its content is kept
	 * (RFC 2045, section 6); fields say so.  Lines of base64 and of
	 * quoted-printable are broken as those allow.  Where neither is
	 * possible, lines are folded: around the parts of a multipart, in the
	 * headers of parts, in what has an unknown encoding.  What is signed
	 * or encrypted (entity.h) is not touched.
	 */
	RECODE_LINES,
};

/* Given the entity of its header, the survey of its body, and mime-label. */
enum recode_need recode_need(const struct entity *, const struct survey *,
    bool label);

/*
 * A message that is being changed: it goes through in canonical form
 * (canon.h), header, empty line and body, in pieces cut anywhere.  charset is
 * that of the whole body (survey_charset), borrowed.  recode_free frees.
 */
struct recode *recode_new(enum recode_need, const char *charset);
void recode_add(struct recode *, const char *, size_t len, struct buf *out);
void recode_finish(struct recode *, struct buf *out);
void recode_free(struct recode *);

#endif
