#include <config.h>

#include "spool/hostname.h"

#include <sys/utsname.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/utf8.h"

#define BLANKS " \t\r"

enum {
	HOSTS_MAX = 1024 * 1024,	/* block lists make it large */
	MAILNAME_MAX = 4096,
	DOMAIN_MAX = 255,		/* RFC 1035, section 2.3.4 */
};

bool
hostname_valid(const char *text, size_t len)
{
	bool label = false;	/* inside one: dots stand between them only */

	if (len > DOMAIN_MAX)
		return false;
	for (size_t i = 0, n; i < len; i += n) {
		unsigned char c = (unsigned char)text[i];

		n = utf8_printable(text + i, len - i);
		if (c == '.' ? !label :
		    !(isalnum(c) || c == '-' || c == '_' || n > 1))
			return false;
		label = c != '.';
	}
	return label;
}

/* Takes the next word of a line; returns what follows it, or NULL. */
static const char *
next_word(const char *p, const char **word, size_t *len)
{
	p += strspn(p, BLANKS);
	*word = p;
	*len = strcspn(p, BLANKS "#\n");
	return *len > 0 ? p + *len : NULL;
}

int
hostname_in_hosts(const char *text, const char *host, struct buf *out)
{
	const char *word, *dotted, *p;
	size_t len, dotted_len = 0;
	bool named;

	for (; *text != '\0'; text += *text == '\n') {
		dotted = NULL;
		named = false;
		p = next_word(text, &word, &len);	/* the address */
		while (p != NULL && (p = next_word(p, &word, &len)) != NULL) {
			if (strlen(host) == len &&
			    strncasecmp(word, host, len) == 0)
				named = true;
			if (dotted == NULL && memchr(word, '.', len) != NULL) {
				dotted = word;
				dotted_len = len;
			}
		}
		if (named && dotted != NULL) {
			buf_add(out, dotted, dotted_len);
			return 0;
		}
		text += strcspn(text, "\n");
	}
	return -1;
}

/* What cannot be read for any other reason is as if it were not there. */
static int
read_settings(const char *path, struct buf *text, size_t max)
{
	if (io_read_file(AT_FDCWD, path, text, max) == 0)
		return 0;
	buf_clear(text);
	return io_is_trouble(errno) ? -1 : 0;
}

int
hostname_fqdn(struct buf *out)
{
	struct buf hosts = { 0 };
	struct utsname name;
	size_t start = out->len;
	int result = 0, error;

	if (uname(&name) == -1 ||
	    !hostname_valid(name.nodename, strlen(name.nodename)))
		strlcpy(name.nodename, "localhost", sizeof(name.nodename));
	if (strchr(name.nodename, '.') == NULL)
		result = read_settings("/etc/hosts", &hosts, HOSTS_MAX);
	error = errno;
	if (hosts.len == 0 ||
	    hostname_in_hosts(hosts.data, name.nodename, out) == -1 ||
	    !hostname_valid(out->data + start, out->len - start)) {
		out->len = start;
		buf_adds(out, name.nodename);
	}
	buf_free(&hosts);
	errno = error;
	return result;
}

int
hostname_domain(const char *configured, const char *fqdn, struct buf *out)
{
	struct buf text = { 0 };
	size_t len = 0;
	int result, error;

	if (configured != NULL) {
		buf_adds(out, configured);
		return 0;
	}
	result = read_settings("/etc/mailname", &text, MAILNAME_MAX);
	error = errno;
	if (text.len > 0)
		len = strcspn(text.data, BLANKS "\n");
	if (len > 0 && hostname_valid(text.data, len))
		buf_add(out, text.data, len);
	else
		buf_adds(out, fqdn);
	buf_free(&text);
	errno = error;
	return result;
}

int
hostname_both(const char *configured, struct buf *fqdn, struct buf *domain)
{
	int error = hostname_fqdn(fqdn) == -1 ? errno : 0;

	if (hostname_domain(configured, fqdn->data, domain) == -1)
		error = errno;
	errno = error;
	return error != 0 ? -1 : 0;
}
