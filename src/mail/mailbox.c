#include <config.h>

#include "mail/mailbox.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "mail/token.h"

const char *
mailbox_check_bytes(const char *text, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = utf8_length(text + i, len - i);
		if (n == 0)
			return "bytes that are not UTF-8";
		if (utf8_printable(text + i, len - i) == 0)
			return "control character";
	}
	return NULL;
}

bool
mailbox_is_dot_string(const char *text, size_t len)
{
	char before = '.';

	for (size_t i = 0; i < len; before = text[i++])
		if (!token_is_atext(text[i]) &&
		    (text[i] != '.' || before == '.'))
			return false;
	return before != '.';
}

/* The length of the quoted string at text, or 0 if it is not closed. */
static size_t
quoted_length(const char *text, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		if (text[i] == '"')
			return i + 1;
		if (text[i] == '\\')
			i++;
	}
	return 0;
}

size_t
mailbox_local_length(const char *spec, size_t len)
{
	size_t start = 0;
	const char *at;

	if (len > 0 && spec[0] == '"')
		start = quoted_length(spec, len);
	at = memchr(spec + start, '@', len - start);
	return at == NULL ? len : (size_t)(at - spec);
}

void
mailbox_unquote(const char *text, size_t len, struct buf *out)
{
	if (len == 0 || text[0] != '"') {
		buf_add(out, text, len);
		return;
	}
	for (size_t i = 1; i < len && text[i] != '"'; i++) {
		if (text[i] == '\\' && i + 1 < len)
			i++;
		buf_addc(out, text[i]);
	}
}

const char *
mailbox_check_local(const char *text, size_t len)
{
	if (len == 0)
		return "nothing before the @";
	if (text[0] == '"') {
		if (quoted_length(text, len) != len)
			return "malformed quotes";
		return NULL;
	}
	if (!mailbox_is_dot_string(text, len))
		return "local part that needs quotes";
	return NULL;
}

static bool
is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_' ||
	    (unsigned char)c > 127;
}

static size_t
label_length(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && is_label_char(p[n]))
		n++;
	return n;
}

/* General-address-literal: a tag, a colon and printable characters. */
static bool
is_tagged(const char *text)
{
	size_t tag = label_length(text, text + strlen(text));

	if (tag == 0 || text[tag] != ':' || text[tag + 1] == '\0')
		return false;
	for (const char *p = text + tag + 1; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || strchr("[\\]", *p) != NULL)
			return false;
	return true;
}

static const char *
check_literal(const char *domain, size_t len)
{
	struct in6_addr address;
	char text[64];
	bool good;

	if (len < 2 || len - 2 >= sizeof(text) || domain[len - 1] != ']')
		return "malformed address literal";
	memcpy(text, domain + 1, len - 2);
	text[len - 2] = '\0';
	if (strncasecmp(text, "IPv6:", 5) == 0)
		good = inet_pton(AF_INET6, text + 5, &address) == 1;
	else
		good = inet_pton(AF_INET, text, &address) == 1 ||
		    is_tagged(text);
	return good ? NULL : "malformed address literal";
}

const char *
mailbox_check_domain(const char *domain, size_t len)
{
	const char *p = domain;
	const char *end = domain + len;

	if (len == 0)
		return "no domain after the @";
	if (*p == '[')
		return check_literal(domain, len);
	for (;;) {
		size_t n = label_length(p, end);

		if (n == 0 || p[0] == '-' || p[n - 1] == '-')
			return "malformed domain";
		p += n;
		if (p == end)
			return NULL;
		if (*p++ != '.')
			return "malformed domain";
	}
}

int
mailbox_compare(const char *a, const char *b)
{
	const char *at = strrchr(a, '@');
	size_t local = at != NULL ? (size_t)(at - a) : strlen(a);
	int order = strncmp(a, b, local);

	return order != 0 ? order : strcasecmp(a + local, b + local);
}
