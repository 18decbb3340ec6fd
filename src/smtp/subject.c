#include <config.h>

#include "smtp/subject.h"

#include <ctype.h>
#include <stdbool.h>

#include <openssl/asn1.h>

enum {
	/* What ASN1_get_object says of a length: it is too long, unknown. */
	TOO_LONG = 0x80,
	INDEFINITE = 0x01,
	/* The tag that the version has, but not what follows it. */
	VERSION_TAG = V_ASN1_CONTEXT_SPECIFIC | V_ASN1_CONSTRUCTED,
};

/*
 * Takes a DER value off the front of *p: its tag, with p at its content and
 * len the length of that; or -1.
 */
static int
take_value(const unsigned char **p, const unsigned char *end, long *len)
{
	int tag, class, result;

	result = ASN1_get_object(p, len, &tag, &class, end - *p);
	if ((result & (TOO_LONG | INDEFINITE)) != 0)
		return -1;
	return class == V_ASN1_UNIVERSAL ? tag : V_ASN1_OTHER;
}

/* Skips values: 0 or -1. */
static int
skip_values(const unsigned char **p, const unsigned char *end, int n)
{
	long len;

	while (n-- > 0) {
		if (take_value(p, end, &len) == -1)
			return -1;
		*p += len;
	}
	return 0;
}

int
subject_find(const unsigned char *der, size_t *size, size_t *at, size_t *len)
{
	const unsigned char *p = der, *end = der + *size, *start;
	long n;

	if (take_value(&p, end, &n) != V_ASN1_SEQUENCE)
		return -1;
	end = p + n;
	*size = (size_t)(end - der);
	if (take_value(&p, end, &n) != V_ASN1_SEQUENCE)
		return -1;
	end = p + n;
	/* The version may be missing; serial, signature, issuer, validity. */
	if (skip_values(&p, end, p < end && *p == VERSION_TAG ? 5 : 4) == -1)
		return -1;
	start = p;
	if (take_value(&p, end, &n) != V_ASN1_SEQUENCE)
		return -1;
	*at = (size_t)(start - der);
	*len = (size_t)(p + n - start);
	return 0;
}

/* FNV-1a: a step of it. */
static uint32_t
add_byte(uint32_t key, int c)
{
	return (key ^ (uint32_t)c) * 16777619;
}

/* Adds text without what does not count in a comparison. */
static bool
add_text(uint32_t *key, const unsigned char *text, long len)
{
	for (long i = 0; i < len; i++) {
		if (text[i] >= 0x80)
			return false;
		if (!isspace(text[i]))
			*key = add_byte(*key, tolower(text[i]));
	}
	return true;
}

uint32_t
subject_key(const unsigned char *p, size_t size)
{
	const unsigned char *end = p + size;
	uint32_t key = 2166136261u;
	bool plain = true;
	long len;

	while (p < end && plain) {
		switch (take_value(&p, end, &len)) {
		case V_ASN1_SEQUENCE:
		case V_ASN1_SET:
			continue;	/* with what is in it */
		case V_ASN1_OBJECT:
			for (long i = 0; i < len; i++)
				key = add_byte(key, p[i]);
			break;
		case V_ASN1_UTF8STRING:
		case V_ASN1_PRINTABLESTRING:
		case V_ASN1_IA5STRING:
			plain = add_text(&key, p, len);
			break;
		default:
			plain = false;
			break;
		}
		if (plain)
			p += len;
	}
	return plain ? key : 0;
}
