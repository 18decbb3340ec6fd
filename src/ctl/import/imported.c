#include <config.h>

#include "ctl/import/imported.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "ctl/import/comment.h"
#include "mail/sender.h"
#include "spool/config.h"

enum kind {
	SETTING,
	NOTE,
	LOSS,
};

struct piece {
	enum kind kind;
	char *place;		/* FILE:LINE */
	char *keyword;		/* NULL but for a setting */
	char *text;
};

struct imported {
	const char *program;
	const char *host;
	imported_reader *reader;
	void *arg;
	struct piece *pieces;
	size_t npieces;
	struct buf *texts;	/* of files */
	size_t ntexts;
	struct buf senders;
	struct statement password;
};

struct imported *
imported_new(const char *program, const char *host, imported_reader *reader,
    void *arg)
{
	struct imported *im = xcalloc(1, sizeof(*im));

	im->program = program;
	im->host = host;
	im->reader = reader;
	im->arg = arg;
	return im;
}

void
imported_free(struct imported *im)
{
	if (im == NULL)
		return;
	for (size_t i = 0; i < im->npieces; i++) {
		free(im->pieces[i].place);
		free(im->pieces[i].keyword);
		free(im->pieces[i].text);
	}
	for (size_t i = 0; i < im->ntexts; i++)
		buf_free(&im->texts[i]);
	buf_free(&im->senders);
	free(im->pieces);
	free(im->texts);
	free(im);
}

const char *
imported_program(const struct imported *im)
{
	return im->program;
}

const char *
imported_host(const struct imported *im)
{
	return im->host;
}

/* Text with a line end or a control in it would not stay in its comment. */
static char *
one_line(struct buf *b)
{
	char *text = xstrdup(b->data != NULL ? b->data : "");

	for (char *p = text; *p != '\0'; p++)
		if (iscntrl((unsigned char)*p))
			*p = '?';
	buf_free(b);
	return text;
}

static void
add(struct imported *im, enum kind kind, const struct statement *at,
    const char *keyword, struct buf *text)
{
	struct piece *f;
	struct buf place = { 0 };

	/* What was not said stands nowhere. */
	buf_adds(&place, at->file != NULL ? at->file : im->program);
	if (at->line > 0)
		buf_printf(&place, ":%u", at->line);
	im->pieces = xreallocarray(im->pieces, im->npieces + 1,
	    sizeof(*im->pieces));
	f = &im->pieces[im->npieces++];
	*f = (struct piece){ .kind = kind, .place = one_line(&place),
	    .text = one_line(text) };
	if (keyword != NULL)
		f->keyword = xstrdup(keyword);
}

static struct piece *
find(const struct imported *im, const char *keyword)
{
	for (size_t i = 0; i < im->npieces; i++)
		if (im->pieces[i].kind == SETTING &&
		    strcmp(im->pieces[i].keyword, keyword) == 0)
			return &im->pieces[i];
	return NULL;
}

const char *
imported_value(const struct imported *im, const char *keyword)
{
	const struct piece *f = find(im, keyword);

	return f == NULL ? NULL : f->text;
}

void
imported_drop(struct imported *im, const char *keyword, const char *why)
{
	struct piece *f = find(im, keyword);
	struct buf text = { 0 };

	if (f == NULL)
		return;
	buf_printf(&text, "%s %s: %s", keyword, f->text, why);
	free(f->keyword);
	free(f->text);
	f->kind = LOSS;
	f->keyword = NULL;
	f->text = one_line(&text);
}

static void __attribute__((__format__(printf, 4, 0)))
say(struct imported *im, enum kind kind, const struct statement *at,
    const char *fmt, va_list ap)
{
	struct buf text = { 0 };

	buf_vprintf(&text, fmt, ap);
	add(im, kind, at, NULL, &text);
}

void
imported_note(struct imported *im, const struct statement *at,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(im, NOTE, at, fmt, ap);
	va_end(ap);
}

void
imported_lose(struct imported *im, const struct statement *at,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(im, LOSS, at, fmt, ap);
	va_end(ap);
}

/* What a line of onehop.conf(5) cannot hold.  NULL: it can. */
static const char *
check_line(const char *value)
{
	size_t len = strlen(value);

	if (len == 0)
		return "is empty";
	if (isspace((unsigned char)value[0]) ||
	    isspace((unsigned char)value[len - 1]))
		return "begins or ends with a blank";
	for (size_t i = 0; i < len; i++) {
		if (iscntrl((unsigned char)value[i]) && value[i] != '\t')
			return "has a control character";
		if (value[i] == '#' &&
		    (i == 0 || value[i - 1] == ' ' || value[i - 1] == '\t'))
			return "has what onehop.conf(5) takes for a comment";
	}
	return NULL;
}

/* Appends what is wrong with a value, if anything is. */
static void
check(const char *keyword, const char *value, struct buf *error)
{
	struct config *scratch;
	const char *wrong = check_line(value);
	size_t i = config_keyword(keyword, strlen(keyword));

	if (wrong != NULL) {
		buf_printf(error, "'%s' %s", value, wrong);
		return;
	}
	scratch = config_new("");
	config_set(scratch, i, value, error);
	config_free(scratch);
}

void
imported_set(struct imported *im, const struct statement *at,
    const char *keyword, const char *fmt, ...)
{
	struct buf value = { 0 }, error = { 0 };
	struct piece *old = find(im, keyword);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&value, fmt, ap);
	va_end(ap);
	check(keyword, value.data, &error);
	if (error.len > 0)
		imported_lose(im, at, "%s: %s", keyword, error.data);
	else if (old != NULL) {
		free(old->text);
		old->text = one_line(&value);
	} else
		add(im, SETTING, at, keyword, &value);
	buf_free(&value);
	buf_free(&error);
}

char *
imported_keep(struct imported *im, struct buf *text)
{
	char *data;

	buf_adds(text, "");
	data = text->data;
	im->texts = xreallocarray(im->texts, im->ntexts + 1,
	    sizeof(*im->texts));
	im->texts[im->ntexts++] = *text;
	*text = (struct buf){ 0 };
	return data;
}

/*
 * Every file is read at its full size at once: memory that grows leaves
 * copies behind.
 */
char *
imported_read(struct imported *im, const char *path)
{
	enum { FIRST = 64 * 1024 };
	struct statement at = { .file = path };
	struct buf text = { 0 };

	buf_reserve(&text, FIRST);
	if (im->reader(im->arg, path, &text) == -1) {
		if (errno != ENOENT)
			imported_lose(im, &at, "cannot be read: %s",
			    strerror(errno));
		buf_free(&text);
		return NULL;
	}
	buf_adds(&text, "");
	if (strlen(text.data) < text.len)
		imported_lose(im, &at, "ends at a NUL byte");
	return imported_keep(im, &text);
}

char *
imported_line(char **rest, struct statement *at)
{
	char *line = strsep(rest, "\n");

	if (line != NULL)
		at->line++;
	return line;
}

void
imported_sender(struct imported *im, const struct statement *at,
    const char *pattern, const char *address)
{
	struct sender_rule rule = { 0 };
	struct buf row = { 0 };
	const char *end;

	buf_printf(&row, "%s\t%s\n", pattern, address);
	end = row.data + row.len;
	if (sender_rule_next(row.data, end, &rule) != end)
		rule.error = "is no row of a table of senders";
	if (rule.error != NULL)
		imported_lose(im, at, "sender '%s' as '%s': %s", pattern,
		    address, rule.error);
	else
		buf_adds(&im->senders, row.data);
	buf_free(&row);
}

const char *
imported_senders(const struct imported *im)
{
	return im->senders.data;
}

void
imported_password(struct imported *im, const struct statement *at)
{
	im->password = *at;
}

const struct statement *
imported_secret(const struct imported *im)
{
	return im->password.text != NULL ? &im->password : NULL;
}

size_t
imported_losses(const struct imported *im)
{
	size_t n = 0;

	for (size_t i = 0; i < im->npieces; i++)
		n += im->pieces[i].kind == LOSS;
	return n;
}

static void
print_list(const struct imported *im, enum kind kind, const char *heading,
    struct buf *out)
{
	for (size_t i = 0; i < im->npieces; i++) {
		const struct piece *f = &im->pieces[i];
		struct buf line = { 0 };

		if (f->kind != kind)
			continue;
		if (heading != NULL)
			buf_printf(out, "\n# %s\n", heading);
		heading = NULL;
		buf_printf(&line, "%s: %s", f->place, f->text);
		comment_add(out, line.data);
		buf_free(&line);
	}
}

void
imported_print(const struct imported *im, struct buf *out)
{
	buf_printf(out, "# Imported from %s by onehopctl.\n", im->program);
	for (size_t i = 0; i < im->npieces; i++) {
		const struct piece *f = &im->pieces[i];

		if (f->kind == SETTING)
			buf_printf(out, "\n# %s\n%s %s\n", f->place,
			    f->keyword, f->text);
	}
	print_list(im, NOTE, "To know:", out);
	print_list(im, LOSS, "Not carried over:", out);
}

void
imported_list(const struct imported *im, struct buf *out)
{
	for (size_t i = 0; i < im->npieces; i++) {
		const struct piece *f = &im->pieces[i];

		if (f->kind != SETTING)
			buf_printf(out, "%s: %s%s\n", f->place,
			    f->kind == LOSS ? "not carried over: " : "",
			    f->text);
	}
}
