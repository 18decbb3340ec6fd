#ifndef MAIL_ENTITY_H
#define MAIL_ENTITY_H

#include <stdbool.h>
#include <stddef.h>

struct field;

/* What may be done to the body of an entity to shorten its lines. */
enum entity_kind {
	ENTITY_PLAIN,		/* encode it: it has an identity encoding */
	ENTITY_QUOTED,		/* it is quoted-printable, */
	ENTITY_BASE64,		/* or base64 */
	ENTITY_MULTIPART,	/* encode its parts */
	ENTITY_MESSAGE,		/* encode the message it is */
	ENTITY_FIXED,		/* fold lines: no encoding is allowed (RFC 2045,
				 * section 6.4), or it has an unknown one */
	ENTITY_SEALED,		/* nothing: it is signed or encrypted */
};

/* A message or a part of one (RFC 2045, section 2.4), by its header. */
struct entity {
	enum entity_kind kind;
	bool mime;		/* has MIME-Version or a Content-... field */
	bool version;		/* has MIME-Version */
	bool digest;		/* is multipart/digest */
	const char *parameters;	/* of its type, to parameters_end; borrowed, */
	const char *parameters_end;	/* NULL if it has none */
};

enum entity_place {
	ENTITY_IS_MESSAGE,
	ENTITY_IS_PART,
	ENTITY_IS_PART_OF_DIGEST,	/* a message by default */
};

/*
 * Whether a field signs the header it stands in: DKIM-Signature (RFC 6376)
 * or ARC-Seal (RFC 8617).
 */
bool entity_is_signature(const struct field *);

/*
 * Reads a header, which consists of whole fields (header.h), up to end.
 * Sealed are a message with a signature in its header, multipart/signed and
 * multipart/encrypted (RFC 1847), and S/MIME's application/pkcs7-... (RFC
 * 8551).  Of a field that is there more than once the first counts.  What has
 * no type, or one that is malformed, is text/plain (RFC 2045, section 5.2).
 */
void entity_read(const char *header, const char *end, enum entity_place,
    struct entity *);

#endif
