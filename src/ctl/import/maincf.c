#include <config.h>

#include "ctl/import/maincf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "ctl/import/imported.h"
#include "ctl/import/logicalline.h"

enum {
	DEPTH = 20,		/* of names in the values of names */
	STEPS = 10000,		/* names in all, of which each may have many */
	EXPANSION_MAX = 64 * 1024,
};

struct parameter {
	const char *name;
	struct statement said;
};

struct maincf {
	const char *host;
	struct parameter *parameters;
	size_t n;
	struct statement mistake;
};

/* How far the expansion of one value has come. */
struct expansion {
	const struct maincf *cf;
	int depth;
	unsigned steps;
};

/* Of what others refer to, the defaults in the words of main.cf. */
static const char *const defaults[][2] = {
	{ "myorigin", "$myhostname" },
	{ "config_directory", "/etc/postfix" },
	{ "default_database_type", "hash" },
	{ "smtp_helo_name", "$myhostname" },
	{ "smtp_tls_key_file", "$smtp_tls_cert_file" },
	{ "smtp_sasl_security_options", "noplaintext, noanonymous" },
	{ "smtp_sasl_tls_security_options", "$smtp_sasl_security_options" },
	{ "mydestination", "$myhostname, localhost.$mydomain, localhost" },
	{ "mail_spool_directory", "/var/mail" },
	{ "queue_directory", "/var/spool/postfix" },
	{ "data_directory", "/var/lib/postfix" },
};

static bool
is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static struct parameter *
find(const struct maincf *cf, const char *name, size_t len)
{
	for (size_t i = 0; i < cf->n; i++)
		if (strlen(cf->parameters[i].name) == len &&
		    strncmp(cf->parameters[i].name, name, len) == 0)
			return &cf->parameters[i];
	return NULL;
}

/* Cuts "NAME = value" in two.  The value, or NULL if it is none. */
static char *
cut(char *line)
{
	char *value, *end = line;

	while (is_name(*end))
		end++;
	value = end + strspn(end, " \t\r\f\v");
	if (end == line || *value != '=')
		return NULL;
	value++;
	value += strspn(value, " \t\r\f\v");
	*end = '\0';
	return value;
}

static void
take(struct maincf *cf, char *line, struct statement *at)
{
	char *value = cut(line);
	struct parameter *p;

	at->text = value;
	if (value == NULL) {
		at->text = line;
		cf->mistake = *at;
		return;
	}
	p = find(cf, line, strlen(line));
	if (p == NULL) {
		cf->parameters = xreallocarray(cf->parameters, cf->n + 1,
		    sizeof(*cf->parameters));
		p = &cf->parameters[cf->n++];
		p->name = line;
	}
	p->said = *at;
}

struct maincf *
maincf_parse(const char *file, char *text, const char *host)
{
	struct maincf *cf = xcalloc(1, sizeof(*cf));
	struct statement at = { .file = file };
	unsigned count = 0;
	char *line;

	cf->host = host;
	while ((line = logicalline_next(&text, &count, &at.line)) != NULL)
		take(cf, line, &at);
	return cf;
}

void
maincf_free(struct maincf *cf)
{
	if (cf != NULL)
		free(cf->parameters);
	free(cf);
}

const struct statement *
maincf_find(const struct maincf *cf, const char *name)
{
	const struct parameter *p = find(cf, name, strlen(name));

	return p != NULL ? &p->said : NULL;
}

const char *
maincf_name(const struct maincf *cf, size_t i)
{
	return i < cf->n ? cf->parameters[i].name : NULL;
}

const struct statement *
maincf_mistake(const struct maincf *cf)
{
	return cf->mistake.text != NULL ? &cf->mistake : NULL;
}

static int expand(struct expansion *, const char *, size_t, struct buf *);

/* The names of this machine, where main.cf does not say them. */
static int
expand_host(struct expansion *x, bool domain, struct buf *out)
{
	static const char mydomain[] = "mydomain", myhostname[] = "myhostname";
	const struct parameter *other = find(x->cf, domain ? myhostname :
	    mydomain, strlen(domain ? myhostname : mydomain));
	const char *dot = strchr(x->cf->host, '.');
	struct buf whole = { 0 };
	int result = 0;

	if (domain && other != NULL) {
		result = expand(x, other->said.text,
		    strlen(other->said.text), &whole);
		dot = whole.len > 0 ? strchr(whole.data, '.') : NULL;
	}
	if (domain)
		buf_adds(out, dot != NULL ? dot + 1 : "localdomain");
	else
		buf_adds(out, x->cf->host);
	if (!domain && dot == NULL && other != NULL) {
		buf_addc(out, '.');
		result = expand(x, other->said.text,
		    strlen(other->said.text), out);
	} else if (!domain && dot == NULL)
		buf_adds(out, ".localdomain");
	buf_free(&whole);
	return result;
}

/* Appends what a name stands for; nothing, if nobody has said. */
static int
expand_name(struct expansion *x, const char *name, size_t len,
    struct buf *out)
{
	const struct parameter *p = find(x->cf, name, len);
	const char *value = p != NULL ? p->said.text : NULL;

	if (value == NULL && len == 10 && strncmp(name, "myhostname", 10) == 0)
		return expand_host(x, false, out);
	if (value == NULL && len == 8 && strncmp(name, "mydomain", 8) == 0)
		return expand_host(x, true, out);
	for (size_t i = 0; value == NULL &&
	    i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (strlen(defaults[i][0]) == len &&
		    strncmp(defaults[i][0], name, len) == 0)
			value = defaults[i][1];
	return value == NULL ? 0 : expand(x, value, strlen(value),
	    out);
}

/* The length up to the brace that closes the one at p, or 0. */
static size_t
braced(const char *p, size_t len, char open, char close)
{
	int depth = 0;

	for (size_t i = 0; i < len; i++) {
		if (p[i] == open)
			depth++;
		else if (p[i] == close && --depth == 0)
			return i;
	}
	return 0;
}

/* Takes "{text}" from the front of *p; 0, or -1 when it is none. */
static int
take_braced(const char **p, size_t *len, const char **text, size_t *textlen)
{
	size_t end;

	while (*len > 0 && isspace((unsigned char)**p)) {
		++*p;
		--*len;
	}
	end = *len > 0 && **p == '{' ? braced(*p, *len, '{', '}') : 0;
	if (end == 0)
		return -1;
	*text = *p + 1;
	*textlen = end - 1;
	while (*textlen > 0 && isspace((unsigned char)**text)) {
		++*text;
		--*textlen;
	}
	*p += end + 1;
	*len -= end + 1;
	return 0;
}

/* What follows "name?" or "name:": text as it is, or one or two in braces. */
static int
expand_choice(struct expansion *x, bool set, const char *p, size_t len,
    struct buf *out)
{
	bool wanted = *p == '?' ? set : !set;
	const char *text, *other = "";
	size_t textlen, otherlen = 0;

	p++;
	len--;
	text = p;
	textlen = len;
	if (take_braced(&p, &len, &text, &textlen) == 0) {
		while (len > 0 && isspace((unsigned char)*p)) {
			p++;
			len--;
		}
		if (len > 0 && *p == ':') {
			p++;
			len--;
			if (take_braced(&p, &len, &other, &otherlen) == -1)
				return -1;
		}
		if (len > 0)
			return -1;
	}
	return wanted ? expand(x, text, textlen, out) :
	    expand(x, other, otherlen, out);
}

/* The inside of ${...} or $(...). */
static int
expand_inside(struct expansion *x, const char *p, size_t len, struct buf *out)
{
	struct buf value = { 0 };
	size_t n = 0;
	int result;

	while (len > 0 && isspace((unsigned char)*p)) {
		p++;
		len--;
	}
	while (len > 0 && isspace((unsigned char)p[len - 1]) &&
	    memchr(p, '?', len) == NULL && memchr(p, ':', len) == NULL)
		len--;
	while (n < len && is_name(p[n]))
		n++;
	if (n == 0)
		return -1;	/* a comparison, among others */
	if (n == len)
		return expand_name(x, p, n, out);
	if (p[n] != '?' && p[n] != ':')
		return -1;
	result = expand_name(x, p, n, &value);
	if (result == 0)
		result = expand_choice(x, value.len > 0, p + n, len - n,
		    out);
	buf_free(&value);
	return result;
}

/* The same for "$", what follows it, and how much of it was taken. */
static int
expand_reference(struct expansion *x, const char *p, size_t len,
    size_t *taken, struct buf *out)
{
	size_t n = 0;

	if (*p == '$') {
		buf_addc(out, '$');
		*taken = 1;
		return 0;
	}
	if (*p == '{' || *p == '(') {
		n = braced(p, len, *p, *p == '{' ? '}' : ')');
		*taken = n + 1;
		return n == 0 ? -1 : expand_inside(x, p + 1, n - 1, out);
	}
	while (n < len && is_name(p[n]))
		n++;
	*taken = n;
	return n == 0 ? -1 : expand_name(x, p, n, out);
}

static int
expand(struct expansion *x, const char *p, size_t len, struct buf *out)
{
	const char *end = p + len;
	size_t taken;

	if (x->depth == DEPTH || ++x->steps > STEPS ||
	    out->len > EXPANSION_MAX)
		return -1;
	x->depth++;
	while (p < end) {
		if (*p != '$' || end - p < 2) {
			buf_addc(out, *p++);
			continue;
		}
		p++;
		if (expand_reference(x, p, (size_t)(end - p), &taken,
		    out) == -1)
			return -1;
		p += taken;
	}
	x->depth--;
	return 0;
}

int
maincf_expand(const struct maincf *cf, const char *value, struct buf *out)
{
	struct expansion x = { .cf = cf };

	buf_adds(out, "");
	return expand(&x, value, strlen(value), out);
}

void
maincf_get(const struct maincf *cf, struct imported *im, const char *name,
    struct statement *said)
{
	const struct statement *raw = maincf_find(cf, name);
	struct buf value = { 0 };

	*said = (struct statement){ 0 };
	if (raw == NULL)
		return;
	*said = *raw;
	said->text = NULL;
	if (maincf_expand(cf, raw->text, &value) == -1) {
		imported_lose(im, raw, "%s: onehop cannot tell what this "
		    "stands for; postconf -x says it", name);
		buf_free(&value);
		return;
	}
	said->text = imported_keep(im, &value);
}
