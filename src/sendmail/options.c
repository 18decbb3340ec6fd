#include <config.h>

#include "sendmail/options.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "mail/dsn.h"

enum arity {
	ALONE,
	VALUE,			/* attached or the next word */
	ATTACHED,		/* attached or none */
};

enum effect {
	IGNORED,		/* accepted because callers pass it */
	MODE,
	NEWALIASES,
	CONFIG,
	SENDER,
	FULL_NAME,
	HEADER_RECIPIENTS,
	DOTS,
	OLD_OPTION,		/* -oX */
	LONG_OPTION,		/* -O Name=value */
	NOTIFY,
	RET,
	ENVID,
	FLUSH,
};

struct option {
	char letter;
	enum arity arity;
	enum effect effect;
};

static const struct option options[] = {
	{ 'A', ATTACHED, IGNORED },	/* -Ac, -Am: which sendmail.cf */
	{ 'B', VALUE, IGNORED },	/* the message itself tells */
	{ 'C', VALUE, CONFIG },
	{ 'F', VALUE, FULL_NAME },
	{ 'G', ALONE, IGNORED },	/* relayed by rmail */
	{ 'I', ALONE, NEWALIASES },
	{ 'L', VALUE, IGNORED },	/* syslog tag */
	{ 'N', VALUE, NOTIFY },
	{ 'O', VALUE, LONG_OPTION },
	{ 'R', VALUE, RET },
	{ 'U', ALONE, IGNORED },	/* initial submission */
	{ 'V', VALUE, ENVID },
	{ 'X', VALUE, IGNORED },	/* would write a file */
	{ 'b', VALUE, MODE },
	{ 'e', ATTACHED, IGNORED },	/* the exit status tells */
	{ 'f', VALUE, SENDER },
	{ 'h', VALUE, IGNORED },	/* hop count */
	{ 'i', ALONE, DOTS },
	{ 'm', ALONE, IGNORED },	/* me too */
	{ 'n', ALONE, IGNORED },	/* no aliasing */
	{ 'o', VALUE, OLD_OPTION },
	{ 'p', VALUE, IGNORED },	/* protocol it came by */
	{ 'q', ATTACHED, FLUSH },
	{ 'r', VALUE, SENDER },
	{ 's', ALONE, IGNORED },
	{ 't', ALONE, HEADER_RECIPIENTS },
	{ 'v', ALONE, IGNORED },
	{ 'x', ALONE, IGNORED },
};

static const struct option *
find(char letter)
{
	size_t n = sizeof(options) / sizeof(options[0]);

	for (const struct option *o = options; o < options + n; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

static int
set_mode(struct options *opts, const char *value, struct buf *error)
{
	if (strcmp(value, "m") == 0 || strcmp(value, "a") == 0) {
		opts->mode = MODE_DELIVER;
	} else if (strcmp(value, "s") == 0) {
		opts->mode = MODE_SMTP;
	} else if (strcmp(value, "i") == 0) {
		opts->mode = MODE_NEWALIASES;
	} else {
		buf_printf(error, "there is no mode -b%s", value);
		return -1;
	}
	return 0;
}

/* -O IgnoreDots, with or without =true, is the only one that matters. */
static void
set_long_option(struct options *opts, const char *value)
{
	static const char dots[] = "IgnoreDots";
	size_t len = strlen(dots);

	if (strncasecmp(value, dots, len) == 0 && (value[len] == '\0' ||
	    strcasecmp(value + len, "=true") == 0))
		opts->ignore_dots = true;
}

/* With an interval it would be a daemon, which is another program. */
static int
set_flush(struct options *opts, const char *value, struct buf *error)
{
	if (*value >= '0' && *value <= '9') {
		buf_printf(error, "-q%s: onehop-flush runs the queue", value);
		return -1;
	}
	opts->mode = MODE_FLUSH;
	return 0;
}

static int
set_notify(struct options *opts, const char *value, struct buf *error)
{
	if (dsn_parse_notify(value, strlen(value), &opts->notify) == 0)
		return 0;
	buf_printf(error, "-N '%s': it is to be never, or some of success, "
	    "failure and delay with commas between", value);
	return -1;
}

static int
set_ret(struct options *opts, const char *value, struct buf *error)
{
	enum dsn_ret ret;

	if (dsn_parse_ret(value, strlen(value), &ret) == 0) {
		opts->ret = ret;
		return 0;
	}
	buf_printf(error, "-R '%s': it is to be full or hdrs", value);
	return -1;
}

static int
set_envid(struct options *opts, const char *value, struct buf *error)
{
	struct buf envid = { 0 };
	const char *wrong = dsn_add_envid(&envid, value);

	buf_free(&envid);
	opts->envid = value;
	if (wrong == NULL)
		return 0;
	buf_printf(error, "-V '%s': %s", value, wrong);
	return -1;
}

static int
apply(struct options *opts, const struct option *o, const char *value,
    struct buf *error)
{
	switch (o->effect) {
	case IGNORED:
		break;
	case MODE:
		return set_mode(opts, value, error);
	case NEWALIASES:
		opts->mode = MODE_NEWALIASES;
		break;
	case CONFIG:
		opts->config = value;
		break;
	case SENDER:
		opts->sender = value;
		break;
	case FULL_NAME:
		opts->full_name = value;
		break;
	case HEADER_RECIPIENTS:
		opts->recipients_in_header = true;
		break;
	case OLD_OPTION:
		if (strcmp(value, "i") != 0)
			break;
		/* FALLTHROUGH */
	case DOTS:
		opts->ignore_dots = true;
		break;
	case LONG_OPTION:
		set_long_option(opts, value);
		break;
	case FLUSH:
		return set_flush(opts, value, error);
	case NOTIFY:
		return set_notify(opts, value, error);
	case RET:
		return set_ret(opts, value, error);
	case ENVID:
		return set_envid(opts, value, error);
	}
	return 0;
}

/*
 * One word of options, such as "-ti" or "-fa@b".  Moves *argv to the next
 * word when that is the value of the last letter.
 */
static int
parse_word(struct options *opts, char ***argv, struct buf *error)
{
	for (const char *p = **argv + 1; *p != '\0'; p++) {
		const struct option *o = find(*p);
		const char *value = p + 1;

		if (o == NULL) {
			buf_printf(error, "there is no option -%s",
			    *p == '-' ? p : (char[]){ *p, '\0' });
			return -1;
		}
		if (o->arity == VALUE && *value == '\0') {
			value = *++*argv;
			if (value == NULL) {
				buf_printf(error, "-%c needs a value", *p);
				return -1;
			}
		}
		if (apply(opts, o, value, error) == -1)
			return -1;
		if (o->arity != ALONE)
			break;
	}
	return 0;
}

/*
 * Options end at the first other word; one that looks like an option after
 * that is refused, so that a list of recipients cannot smuggle one in.
 */
static int
check_recipients(char **words, struct buf *error)
{
	for (; *words != NULL; words++)
		if (**words == '-') {
			buf_printf(error, "option %s after a recipient (put "
			    "it before, or -- before the recipients)", *words);
			return -1;
		}
	return 0;
}

int
options_parse(struct options *opts, int argc, char **argv, struct buf *error)
{
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;

	*opts = (struct options){ .mode = MODE_DELIVER };
	if (argc == 0) {
		opts->recipients = argv;
		return 0;
	}
	name = name != NULL ? name + 1 : argv[0];
	if (strcmp(name, "newaliases") == 0) {
		opts->mode = MODE_NEWALIASES;
		return 0;
	}
	for (argv++; *argv != NULL && **argv == '-'; argv++) {
		if (strcmp(*argv, "--") == 0) {
			opts->recipients = argv + 1;
			return 0;
		}
		if ((*argv)[1] == '\0')
			break;		/* a word, and no address */
		if (strcmp(*argv, "--help") == 0) {
			opts->mode = MODE_HELP;
			return 0;
		}
		if (strcmp(*argv, "--version") == 0) {
			opts->mode = MODE_VERSION;
			return 0;
		}
		if (parse_word(opts, &argv, error) == -1)
			return -1;
	}
	opts->recipients = argv;
	if (*argv != NULL && strcmp(*argv, "-") == 0)
		return 0;
	return check_recipients(argv, error);
}
