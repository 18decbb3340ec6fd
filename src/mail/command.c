#include <config.h>

#include "mail/command.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/number.h"
#include "mail/address.h"
#include "mail/dsn.h"

/* A command being parsed: what is left of its line. */
struct parser {
	const char *p;
	const char *end;
	struct command *cmd;
	struct buf *path;
};

struct word {
	const char *text;
	size_t len;
};

static bool
refuse(struct parser *ps, int code, const char *status, const char *error)
{
	ps->cmd->code = code;
	ps->cmd->status = status;
	ps->cmd->error = error;
	return false;
}

static bool
wrong_argument(struct parser *ps, const char *error)
{
	return refuse(ps, 501, "5.5.4", error);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void
skip_blanks(struct parser *ps)
{
	while (ps->p < ps->end && is_blank(*ps->p))
		ps->p++;
}

/* The next word; false at the end of the line. */
static bool
next_word(struct parser *ps, struct word *word)
{
	skip_blanks(ps);
	word->text = ps->p;
	while (ps->p < ps->end && !is_blank(*ps->p))
		ps->p++;
	word->len = (size_t)(ps->p - word->text);
	return word->len > 0;
}

static bool
is_word(const struct word *word, const char *name)
{
	return strlen(name) == word->len &&
	    strncasecmp(word->text, name, word->len) == 0;
}

static bool
is_keyword(const struct word *word)
{
	for (size_t i = 0; i < word->len; i++) {
		char c = word->text[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && (c != '-' || i == 0))
			return false;
	}
	return word->len > 0;
}

/* The values of parameters.  Each takes it or says what it ought to be. */
static const char *
take_size(struct command *cmd, const struct word *value)
{
	size_t digits = 0;

	while (digits < value->len && value->text[digits] >= '0' &&
	    value->text[digits] <= '9')
		digits++;
	if (digits == 0 || digits < value->len)
		return "SIZE= takes a number of bytes";
	if (number_parse(value->text, value->len, 10, UINT64_MAX,
	    &cmd->size) == -1)
		cmd->size = UINT64_MAX;
	return NULL;
}

/* The message itself tells which of the two it is. */
static const char *
take_body(struct command *cmd, const struct word *value)
{
	(void)cmd;
	if (is_word(value, "7BIT") || is_word(value, "8BITMIME"))
		return NULL;
	return "BODY= takes 7BIT or 8BITMIME";
}

static const char *
take_ret(struct command *cmd, const struct word *value)
{
	enum dsn_ret ret;

	if (dsn_parse_ret(value->text, value->len, &ret) == -1)
		return "RET= takes FULL or HDRS";
	cmd->ret = ret;
	return NULL;
}

static const char *
take_envid(struct command *cmd, const struct word *value)
{
	cmd->envid = value->text;
	cmd->envidlen = value->len;
	return dsn_check_envid(value->text, value->len) == NULL ? NULL :
	    "ENVID= takes xtext of at most 100 characters";
}

static const char *
take_notify(struct command *cmd, const struct word *value)
{
	if (dsn_parse_notify(value->text, value->len, &cmd->notify) == -1)
		return "NOTIFY= takes NEVER, or a list of SUCCESS, FAILURE "
		    "and DELAY";
	return NULL;
}

static const char *
take_orcpt(struct command *cmd, const struct word *value)
{
	cmd->orcpt = value->text;
	cmd->orcptlen = value->len;
	return dsn_check_orcpt(value->text, value->len) == NULL ? NULL :
	    "ORCPT= takes an address type, a semicolon and xtext";
}

static const struct parameter {
	const char *name;
	enum command_verb verb;
	const char *(*take)(struct command *, const struct word *value);
	size_t flag;		/* of one without a value */
} parameters[] = {
	{ "SIZE", COMMAND_MAIL, take_size, 0 },
	{ "BODY", COMMAND_MAIL, take_body, 0 },
	{ "SMTPUTF8", COMMAND_MAIL, NULL, offsetof(struct command, smtputf8) },
	{ "REQUIRETLS", COMMAND_MAIL, NULL,
	    offsetof(struct command, require_tls) },
	{ "RET", COMMAND_MAIL, take_ret, 0 },
	{ "ENVID", COMMAND_MAIL, take_envid, 0 },
	{ "NOTIFY", COMMAND_RCPT, take_notify, 0 },
	{ "ORCPT", COMMAND_RCPT, take_orcpt, 0 },
};
enum { NPARAMETERS = sizeof(parameters) / sizeof(parameters[0]) };

static const struct parameter *
find_parameter(const struct word *name, enum command_verb verb)
{
	for (size_t i = 0; i < NPARAMETERS; i++)
		if (parameters[i].verb == verb &&
		    is_word(name, parameters[i].name))
			return &parameters[i];
	return NULL;
}

/* One NAME or NAME=value; seen has a bit for each that there was. */
static bool
parse_parameter(struct parser *ps, const struct word *word, unsigned *seen)
{
	const char *equals = memchr(word->text, '=', word->len), *error;
	struct word name = *word, value = { 0 };
	const struct parameter *parameter;
	unsigned bit;

	if (equals != NULL) {
		name.len = (size_t)(equals - name.text);
		value.text = equals + 1;
		value.len = word->len - name.len - 1;
	}
	if (!is_keyword(&name))
		return wrong_argument(ps, "malformed parameter");
	parameter = find_parameter(&name, ps->cmd->verb);
	if (parameter == NULL)
		return refuse(ps, 555, "5.5.4", "unknown parameter");
	bit = 1U << (parameter - parameters);
	if (*seen & bit)
		return wrong_argument(ps, "parameter given twice");
	*seen |= bit;
	if (parameter->take == NULL) {
		*(bool *)((char *)ps->cmd + parameter->flag) = true;
		return equals == NULL ||
		    wrong_argument(ps, "parameter with a value");
	}
	if (value.len == 0)
		return wrong_argument(ps, "parameter without a value");
	error = parameter->take(ps->cmd, &value);
	return error == NULL || wrong_argument(ps, error);
}

/*
 * Where the path ends: after the ">" of one in angle brackets, else before a
 * blank.  In quotes neither counts.
 */
static const char *
path_end(const struct parser *ps)
{
	bool bracketed = ps->p < ps->end && *ps->p == '<';
	bool quoted = false;

	for (const char *p = ps->p; p < ps->end; p++) {
		if (quoted && *p == '\\' && p + 1 < ps->end)
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && bracketed && *p == '>')
			return p + 1;
		else if (!quoted && !bracketed && is_blank(*p))
			return p;
	}
	return ps->end;
}

static const char *
take_path(struct parser *ps)
{
	const char *start = ps->p, *end = path_end(ps);
	struct address a;

	ps->p = end;
	if (address_next(start, end, &a, ps->path) == NULL)
		return "no address";
	if (a.error != NULL)
		return a.error;
	if (a.start != start || a.end != end || a.namelen > 0)
		return "more than an address";
	if (ps->p < ps->end && !is_blank(*ps->p))
		return "no blank after the address";
	for (const char *p = ps->path->data; *p != '\0'; p++)
		ps->cmd->nonascii |= (unsigned char)*p > 127;
	return NULL;
}

/* What follows MAIL or RCPT: FROM or TO, a colon, the path, parameters. */
static void
parse_path(struct parser *ps, const char *keyword, const char *status)
{
	size_t len = strlen(keyword);
	struct word word;
	unsigned seen = 0;
	const char *error;
	bool good;

	skip_blanks(ps);
	good = (size_t)(ps->end - ps->p) > len &&
	    strncasecmp(ps->p, keyword, len) == 0;
	ps->p += good ? len : 0;
	skip_blanks(ps);
	if (!good || ps->p == ps->end || *ps->p++ != ':') {
		wrong_argument(ps, ps->cmd->verb == COMMAND_MAIL ?
		    "write MAIL FROM:<address>" : "write RCPT TO:<address>");
		return;
	}
	skip_blanks(ps);
	error = take_path(ps);
	if (error == NULL && ps->path->len == 0 &&
	    ps->cmd->verb == COMMAND_RCPT)
		error = "no address";
	if (error != NULL)
		refuse(ps, 501, status, error);
	while (ps->cmd->code == 0 && next_word(ps, &word))
		parse_parameter(ps, &word, &seen);
}

static void
parse_mail(struct parser *ps)
{
	parse_path(ps, "FROM", "5.1.7");
}

static void
parse_rcpt(struct parser *ps)
{
	parse_path(ps, "TO", "5.1.3");
}

/* More than is ever in a message is no number of bytes. */
static void
parse_bdat(struct parser *ps)
{
	struct word size, last, more;
	bool good = next_word(ps, &size) && number_parse(size.text, size.len,
	    10, INT64_MAX, &ps->cmd->chunk) == 0;

	ps->cmd->last = good && next_word(ps, &last);
	if (ps->cmd->last)
		good = is_word(&last, "LAST") && !next_word(ps, &more);
	if (!good)
		wrong_argument(ps, "write BDAT size, or BDAT size LAST");
}

static void
parse_nothing(struct parser *ps)
{
	skip_blanks(ps);
	if (ps->p < ps->end)
		wrong_argument(ps, "the command takes no argument");
}

static void
parse_something(struct parser *ps)
{
	skip_blanks(ps);
	if (ps->p == ps->end)
		wrong_argument(ps, "the command needs an argument");
}

/* EHLO, HELO, NOOP and HELP may have any argument, or none. */
static const struct verb {
	const char *name;
	enum command_verb verb;
	void (*parse)(struct parser *);
} verbs[] = {
	{ "EHLO", COMMAND_EHLO, NULL },
	{ "HELO", COMMAND_HELO, NULL },
	{ "MAIL", COMMAND_MAIL, parse_mail },
	{ "RCPT", COMMAND_RCPT, parse_rcpt },
	{ "DATA", COMMAND_DATA, parse_nothing },
	{ "BDAT", COMMAND_BDAT, parse_bdat },
	{ "RSET", COMMAND_RSET, parse_nothing },
	{ "NOOP", COMMAND_NOOP, NULL },
	{ "VRFY", COMMAND_VRFY, parse_something },
	{ "HELP", COMMAND_HELP, NULL },
	{ "QUIT", COMMAND_QUIT, parse_nothing },
	{ "CONNECT", COMMAND_FOREIGN, NULL },
	{ "GET", COMMAND_FOREIGN, NULL },
	{ "POST", COMMAND_FOREIGN, NULL },
	{ "PUT", COMMAND_FOREIGN, NULL },
	{ "AUTH", COMMAND_UNIMPLEMENTED, NULL },
	{ "ETRN", COMMAND_UNIMPLEMENTED, NULL },
	{ "EXPN", COMMAND_UNIMPLEMENTED, NULL },
	{ "ONEX", COMMAND_UNIMPLEMENTED, NULL },
	{ "SAML", COMMAND_UNIMPLEMENTED, NULL },
	{ "SEND", COMMAND_UNIMPLEMENTED, NULL },
	{ "SOML", COMMAND_UNIMPLEMENTED, NULL },
	{ "STARTTLS", COMMAND_UNIMPLEMENTED, NULL },
	{ "TURN", COMMAND_UNIMPLEMENTED, NULL },
	{ "VERB", COMMAND_UNIMPLEMENTED, NULL },
};

static const struct verb *
find_verb(const struct word *word)
{
	size_t n = sizeof(verbs) / sizeof(verbs[0]);

	for (const struct verb *v = verbs; v < verbs + n; v++)
		if (is_word(word, v->name))
			return v;
	return NULL;
}

void
command_parse(const char *line, size_t len, struct command *cmd,
    struct buf *path)
{
	struct parser ps = { line, line + len, cmd, path };
	const struct verb *verb;
	struct word word;

	*cmd = (struct command){ 0 };
	buf_clear(path);
	buf_adds(path, "");
	verb = next_word(&ps, &word) ? find_verb(&word) : NULL;
	cmd->verb = verb != NULL ? verb->verb : COMMAND_UNKNOWN;
	if (cmd->verb == COMMAND_UNKNOWN || cmd->verb == COMMAND_FOREIGN)
		refuse(&ps, 500, "5.5.2", "unknown command");
	else if (cmd->verb == COMMAND_UNIMPLEMENTED)
		refuse(&ps, 502, "5.5.1", "command not implemented");
	else if (verb->parse != NULL)
		verb->parse(&ps);
}
