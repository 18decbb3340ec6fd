#include <config.h>

#include "spool/fingerprint.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"

#define BLANKS	" \t\r\f\v"
#define WHOLE	"SHA256:"
#define KEY	"SPKI-SHA256:"

/* The value of a hexadecimal digit, or -1. */
static int
digit(char c)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *at = memchr(digits, c, sizeof(digits) - 1);

	if (at == NULL)
		return -1;
	return at - digits < 16 ? (int)(at - digits) :
	    (int)(at - digits) - 6;
}

/* Reads the bytes of a digest; what follows them, or NULL. */
static const char *
read_digest(const char *p, unsigned char *digest)
{
	int high, low;

	for (size_t i = 0; i < FINGERPRINT_SIZE; i++) {
		if (i > 0 && *p == ':')
			p++;
		if ((high = digit(p[0])) == -1 || (low = digit(p[1])) == -1)
			return NULL;
		digest[i] = (unsigned char)(high << 4 | low);
		p += 2;
	}
	return *p == '\0' || strchr(BLANKS, *p) != NULL ? p : NULL;
}

const char *
fingerprint_next(const char *list, struct fingerprint *f, bool *malformed)
{
	*malformed = false;
	list += strspn(list, BLANKS);
	if (*list == '\0')
		return NULL;
	f->of_key = strncasecmp(list, KEY, strlen(KEY)) == 0;
	if (f->of_key)
		list = read_digest(list + strlen(KEY), f->digest);
	else if (strncasecmp(list, WHOLE, strlen(WHOLE)) == 0)
		list = read_digest(list + strlen(WHOLE), f->digest);
	else
		list = NULL;
	*malformed = list == NULL;
	return list;
}

void
fingerprint_print(const struct fingerprint *f, struct buf *out)
{
	buf_adds(out, f->of_key ? KEY : WHOLE);
	for (size_t i = 0; i < FINGERPRINT_SIZE; i++)
		buf_printf(out, "%02x", f->digest[i]);
}
