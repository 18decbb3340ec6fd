#include <config.h>

#include "dialogue.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "ledger.h"

enum {
	LINE_LIMIT = 65536,		/* far above RFC 5321 and RFC 4954 */
};

enum expecting {
	COMMAND,
	TOKEN,				/* of AUTH PLAIN */
	LINES,				/* after DATA */
	CHUNK,				/* after BDAT */
};

struct dialogue {
	const struct smarthost *host;
	struct buf in;
	struct buf out;
	struct buf message;
	enum expecting expecting;
	size_t left;			/* of the chunk */
	int last;			/* chunk of the message */
	int authenticated;
	int sender;
	int recipients;
	int encrypted;
	int starting;			/* TLS */
	int over;
};

static const char *const extensions[] = {
	"STARTTLS",
	"PIPELINING",
	"CHUNKING",
	"8BITMIME",
	"ENHANCEDSTATUSCODES",
	"SIZE 104857600",
	"AUTH PLAIN",
};

static void
reply(struct dialogue *d, const char *line)
{
	if (line[0] == '5')
		ledger_refuse(d->host->ledger);
	buf_adds(&d->out, line);
	buf_add(&d->out, "\r\n", 2);
}

static void
reset(struct dialogue *d)
{
	d->sender = 0;
	d->recipients = 0;
	buf_clear(&d->message);
}

/* "without" is a list of keywords with commas between. */
static int
offers(const struct dialogue *d, const char *extension)
{
	const char *p = d->host->without;
	size_t len = strcspn(extension, " ");

	if (strcmp(extension, "STARTTLS") == 0)
		return !d->encrypted;
	if (strncmp(extension, "AUTH", 4) == 0 && !d->encrypted)
		return 0;
	for (; p != NULL && *p != '\0'; p += p[strcspn(p, ",")] == ',') {
		if (strcspn(p, ",") == len && strncmp(p, extension, len) == 0)
			return 0;
		p += strcspn(p, ",");
	}
	return 1;
}

static void
do_ehlo(struct dialogue *d, const char *arg)
{
	size_t i;

	(void)arg;
	reset(d);
	reply(d, "250-sink.example");
	for (i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		if (!offers(d, extensions[i]))
			continue;
		buf_adds(&d->out, "250-");
		reply(d, extensions[i]);
	}
	reply(d, "250 HELP");
}

static void
take_token(struct dialogue *d, const char *token)
{
	d->expecting = COMMAND;
	d->authenticated = strcmp(token, d->host->token) == 0;
	reply(d, d->authenticated ? "235 2.7.0 ok" : "535 5.7.8 not you");
}

static void
do_auth(struct dialogue *d, const char *arg)
{
	if (!d->encrypted) {
		reply(d, "538 5.7.11 TLS first");
	} else if (d->authenticated) {
		reply(d, "503 5.5.1 authenticated already");
	} else if (strcasecmp(arg, "PLAIN") == 0) {
		d->expecting = TOKEN;
		reply(d, "334 ");
	} else if (strncasecmp(arg, "PLAIN ", 6) == 0) {
		take_token(d, arg + 6);
	} else {
		reply(d, "504 5.5.4 no such mechanism");
	}
}

static void
do_mail(struct dialogue *d, const char *arg)
{
	if (!d->authenticated) {
		reply(d, "530 5.7.0 authenticate first");
	} else if (d->sender) {
		reply(d, "503 5.5.1 one sender");
	} else if (strncasecmp(arg, "FROM:<", 6) != 0) {
		reply(d, "501 5.5.4 MAIL FROM:<address>");
	} else {
		d->sender = 1;
		reply(d, "250 2.1.0 ok");
	}
}

static void
do_rcpt(struct dialogue *d, const char *arg)
{
	if (!d->sender) {
		reply(d, "503 5.5.1 MAIL first");
	} else if (strncasecmp(arg, "TO:<", 4) != 0) {
		reply(d, "501 5.5.4 RCPT TO:<address>");
	} else {
		d->recipients++;
		reply(d, "250 2.1.5 ok");
	}
}

static void
do_starttls(struct dialogue *d, const char *arg)
{
	(void)arg;
	if (d->encrypted) {
		reply(d, "503 5.5.1 there is TLS");
		return;
	}
	d->starting = 1;
	reply(d, "220 2.0.0 go on");
}

static void
accept_message(struct dialogue *d)
{
	ledger_enter(d->host->ledger, &d->message);
	reset(d);
	reply(d, "250 2.0.0 ok");
}

static void
do_data(struct dialogue *d, const char *arg)
{
	(void)arg;
	if (d->recipients == 0) {
		reply(d, "503 5.5.1 RCPT first");
		return;
	}
	d->expecting = LINES;
	reply(d, "354 go on");
}

/* The octets of a chunk that is refused have to be swallowed all the same. */
static void
end_chunk(struct dialogue *d)
{
	d->expecting = COMMAND;
	if (d->recipients == 0) {
		buf_clear(&d->message);
		reply(d, "503 5.5.1 RCPT first");
	} else if (d->last) {
		accept_message(d);
	} else {
		reply(d, "250 2.0.0 ok");
	}
}

static void
do_bdat(struct dialogue *d, const char *arg)
{
	char *rest;

	d->left = strtoul(arg, &rest, 10);
	d->last = strcasecmp(rest, " LAST") == 0;
	if (rest == arg || (*rest != '\0' && !d->last)) {
		d->over = 1;
		reply(d, "501 5.5.4 BDAT size [LAST]");
	} else if (d->left == 0) {
		end_chunk(d);
	} else {
		d->expecting = CHUNK;
		buf_reserve(&d->message, d->left);
	}
}

static void
do_rset(struct dialogue *d, const char *arg)
{
	(void)arg;
	reset(d);
	reply(d, "250 2.0.0 ok");
}

static void
do_noop(struct dialogue *d, const char *arg)
{
	(void)arg;
	reply(d, "250 2.0.0 ok");
}

static void
do_quit(struct dialogue *d, const char *arg)
{
	(void)arg;
	d->over = 1;
	reply(d, "221 2.0.0 bye");
}

static const struct {
	const char *verb;
	void (*run)(struct dialogue *, const char *);
} commands[] = {
	{ "MAIL", do_mail },
	{ "RCPT", do_rcpt },
	{ "BDAT", do_bdat },
	{ "DATA", do_data },
	{ "EHLO", do_ehlo },
	{ "AUTH", do_auth },
	{ "RSET", do_rset },
	{ "NOOP", do_noop },
	{ "QUIT", do_quit },
	{ "STARTTLS", do_starttls },
};

static void
take_command(struct dialogue *d, const char *line)
{
	size_t i, n;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		n = strlen(commands[i].verb);
		if (strncasecmp(line, commands[i].verb, n) == 0 &&
		    (line[n] == ' ' || line[n] == '\0')) {
			commands[i].run(d, line + n + (line[n] == ' '));
			return;
		}
	}
	reply(d, "500 5.5.2 no such command");
}

/* A line of the message after DATA, its end included. */
static void
take_line(struct dialogue *d, const char *line, size_t len)
{
	if (len == 3 && memcmp(line, ".\r\n", 3) == 0) {
		d->expecting = COMMAND;
		accept_message(d);
	} else if (line[0] == '.') {
		buf_add(&d->message, line + 1, len - 1);
	} else {
		buf_add(&d->message, line, len);
	}
}

static size_t
take_chunk(struct dialogue *d, const char *data, size_t len)
{
	if (len > d->left)
		len = d->left;
	buf_add(&d->message, data, len);
	d->left -= len;
	if (d->left == 0)
		end_chunk(d);
	return len;
}

/* Returns how much it took, or 0 when there is not enough of it yet. */
static size_t
take(struct dialogue *d, char *data, size_t len)
{
	char *end;

	if (d->expecting == CHUNK)
		return take_chunk(d, data, len);
	end = memchr(data, '\n', len);
	if (end == NULL) {
		d->over = len > LINE_LIMIT;
		return 0;
	}
	len = (size_t)(end + 1 - data);
	if (d->expecting == LINES) {
		take_line(d, data, len);
		return len;
	}
	*end = '\0';
	if (end > data && end[-1] == '\r')
		end[-1] = '\0';
	if (d->expecting == TOKEN)
		take_token(d, data);
	else
		take_command(d, data);
	return len;
}

struct dialogue *
dialogue_new(const struct smarthost *host)
{
	struct dialogue *d = xcalloc(1, sizeof(*d));

	d->host = host;
	d->encrypted = !host->starttls;
	reply(d, "220 sink.example ESMTP");
	return d;
}

void
dialogue_free(struct dialogue *d)
{
	buf_free(&d->in);
	buf_free(&d->out);
	buf_free(&d->message);
	free(d);
}

void
dialogue_input(struct dialogue *d, const char *data, size_t len)
{
	size_t used = 0, n = 1;

	/* The middle of a chunk goes to where it belongs at once. */
	if (d->expecting == CHUNK && d->in.len == 0) {
		n = take_chunk(d, data, len);
		data += n;
		len -= n;
	}
	buf_add(&d->in, data, len);
	while (!d->over && !d->starting && used < d->in.len && n > 0) {
		n = take(d, d->in.data + used, d->in.len - used);
		used += n;
	}
	buf_drop(&d->in, used);
}

struct buf *
dialogue_output(struct dialogue *d)
{
	return &d->out;
}

int
dialogue_starting(const struct dialogue *d)
{
	return d->starting;
}

void
dialogue_encrypted(struct dialogue *d)
{
	d->starting = 0;
	d->encrypted = 1;
	buf_clear(&d->in);
}

int
dialogue_over(const struct dialogue *d)
{
	return d->over;
}
