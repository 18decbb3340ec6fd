#include <config.h>

#include "sendmail/options.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "mail/dsn.h"
#include "sendmail/letter.h"

/* What else the program is called by, and what it does then. */
static const struct {
	const char *name;
	enum mode mode;
	bool ignore_dots;
} names[] = {
	{ "mailq", MODE_QUEUE, false },
	{ "newaliases", MODE_NEWALIASES, false },
	{ "rmail", MODE_DELIVER, true },
	{ "runq", MODE_FLUSH, false },
};

static int
set_mode(struct options *opts, const char *value, struct buf *error)
{
	bool one = strlen(value) == 1 || *value == 'p';	/* -bpc: a format */

	switch (one ? *value : '\0') {
	case 'D':
	case 'd':
		opts->mode = MODE_DAEMON;
		opts->foreground = *value == 'D';
		break;
	case 'a':		/* ARPANET, long ago */
	case 'm':		/* with -q there is no message all the same */
		if (opts->mode != MODE_FLUSH && opts->mode != MODE_DAEMON)
			opts->mode = MODE_DELIVER;
		break;
	case 'i':
		opts->mode = MODE_NEWALIASES;
		break;
	case 'p':
		opts->mode = MODE_QUEUE;
		break;
	case 's':
		opts->mode = MODE_SMTP;
		break;
	case 'v':
		opts->mode = MODE_VERIFY;
		break;
	default:
		buf_printf(error, "there is no mode -b%s", value);
		return -1;
	}
	return 0;
}

/*
 * What follows asks for a part of the queue, or for the foreground; but with
 * an interval, or as -qp, it asks for a daemon.  Other modes than the default
 * one are not changed: "-bd -q15m" is a daemon, "-bs -q" speaks SMTP.
 */
static void
set_flush(struct options *opts, const char *value)
{
	if (opts->mode != MODE_DELIVER && opts->mode != MODE_FLUSH)
		return;
	value += strspn(value, "filq");	/* Exim: forced, local and so on */
	if (*value == 'p' || (*value >= '0' && *value <= '9'))
		opts->mode = MODE_DAEMON;
	else
		opts->mode = MODE_FLUSH;
}

/*
 * A truth value as sendmail reads it.  What is neither counts as true: that
 * cuts no message short.
 */
static bool
is_true(const char *value)
{
	return *value == '\0' || strchr("fFnN0", *value) == NULL;
}

/* A long option, Name or Name=value; most do not matter. */
static void
set_long_option(struct options *opts, const char *value)
{
	size_t len = strcspn(value, "=");
	bool set = is_true(value + len + (value[len] == '='));

	if (len == strlen("IgnoreDots") &&
	    strncasecmp(value, "IgnoreDots", len) == 0)
		opts->ignore_dots = set;
	else if (len == strlen("RequireTLS") &&
	    strncasecmp(value, "RequireTLS", len) == 0)
		opts->require_tls = set;
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
apply(struct options *opts, const struct letter *l, const char *value,
    struct buf *error)
{
	switch (l->effect) {
	case LETTER_IGNORED:
		break;
	case LETTER_REFUSED:
		buf_printf(error, "there is no option -%c here: %s",
		    l->name, l->why);
		return -1;
	case LETTER_MODE:
		return set_mode(opts, value, error);
	case LETTER_NEWALIASES:
		opts->mode = MODE_NEWALIASES;
		break;
	case LETTER_CONFIG:
		opts->config = value;
		break;
	case LETTER_SENDER:
		opts->sender = value;
		break;
	case LETTER_FULL_NAME:
		opts->full_name = value;
		break;
	case LETTER_HEADER_RECIPIENTS:
		opts->recipients_in_header = true;
		break;
	case LETTER_DOTS:
		opts->ignore_dots = true;
		break;
	case LETTER_OLD_OPTION:
		if (*value == 'i')
			opts->ignore_dots = is_true(value + 1);
		break;
	case LETTER_LONG_OPTION:
		set_long_option(opts, value);
		break;
	case LETTER_NOTIFY:
		return set_notify(opts, value, error);
	case LETTER_RET:
		return set_ret(opts, value, error);
	case LETTER_ENVID:
		return set_envid(opts, value, error);
	case LETTER_FLUSH:
		set_flush(opts, value);
		break;
	case LETTER_VERBOSE:
		opts->verbose = true;
		break;
	}
	return 0;
}

/*
 * Exim's -oMr and its like, about where a message came from, have a value of
 * their own: a word that must not be taken for a recipient.
 */
static bool
has_second_value(const struct letter *l, const char *value)
{
	static const char *const origins[] = {
		"Ma", "Maa", "Mai", "Mas", "Mi", "Mm", "Mr", "Ms", "Mt",
	};

	if (l->effect != LETTER_OLD_OPTION)
		return false;
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++)
		if (strcmp(value, origins[i]) == 0)
			return true;
	return false;
}

/*
 * The value of an option, of which attached stands in the same word.  Moves
 * *argv to the last word that belongs to it.  NULL when it is missing.
 */
static const char *
find_value(const struct letter *l, const char *attached, char ***argv)
{
	const char *value = attached, *next = (*argv)[1];
	bool takes_next = l->arity == ARITY_VALUE ||
	    (l->arity == ARITY_SHORT && next != NULL && strlen(next) == 1 &&
	    *next != '-');

	if (*value == '\0' && takes_next) {
		value = next;
		if (next != NULL)
			++*argv;
	} else if (has_second_value(l, value) && next != NULL)
		++*argv;
	return value;
}

/* One word of options, such as "-ti" or "-fa@b", and the values it takes. */
static int
parse_word(struct options *opts, char ***argv, struct buf *error)
{
	for (const char *p = **argv + 1; *p != '\0'; p++) {
		const struct letter *l = letter_find(*p);
		const char *value;

		if (l == NULL) {
			buf_printf(error, "there is no option -%s",
			    *p == '-' ? p : (char[]){ *p, '\0' });
			return -1;
		}
		if (l->arity == ARITY_ALONE) {
			if (apply(opts, l, "", error) == -1)
				return -1;
			continue;
		}
		value = find_value(l, p + 1, argv);
		if (value != NULL)
			return apply(opts, l, value, error);
		buf_printf(error, "-%c needs a value", *p);
		return -1;
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
		if (**words == '-' && (*words)[1] != '\0') {
			buf_printf(error, "option %s after a recipient (put "
			    "it before, or -- before the recipients)", *words);
			return -1;
		}
	return 0;
}

static int
parse_words(struct options *opts, char **argv, struct buf *error)
{
	for (; *argv != NULL && **argv == '-' && (*argv)[1] != '\0'; argv++) {
		if (strcmp(*argv, "--") == 0) {
			opts->recipients = argv + 1;
			return 0;
		}
		if (strcmp(*argv, "--help") == 0) {
			opts->mode = MODE_HELP;
			return 0;
		}
		if (strcmp(*argv, "--version") == 0) {
			opts->mode = MODE_VERSION;
			return 0;
		}
		if (strcmp(*argv, "-dropcr") == 0)
			continue;	/* Exim's; it is what we do */
		if (parse_word(opts, &argv, error) == -1)
			return -1;
	}
	opts->recipients = argv;
	if (opts->mode == MODE_NEWALIASES)
		return 0;
	return check_recipients(argv, error);
}

static void
set_name(struct options *opts, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash != NULL ? slash + 1 : argv[0];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i].name) == 0) {
			opts->mode = names[i].mode;
			opts->ignore_dots = names[i].ignore_dots;
		}
	if (opts->mode == MODE_QUEUE)
		opts->mailq = argv;
}

int
options_parse(struct options *opts, int argc, char **argv, struct buf *error)
{
	*opts = (struct options){ .mode = MODE_DELIVER, .recipients = argv };
	if (argc == 0)
		return 0;
	set_name(opts, argv);
	opts->recipients = argv + argc;
	if (opts->mode == MODE_QUEUE || opts->mode == MODE_NEWALIASES)
		return 0;	/* mailq reads its own, newaliases none */
	return parse_words(opts, argv + 1, error);
}
