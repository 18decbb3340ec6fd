#include <config.h>

#include "sendmail/submit.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "mail/address.h"
#include "mail/canon.h"
#include "mail/envelope.h"
#include "sendmail/caller.h"
#include "sendmail/complete.h"
#include "sendmail/input.h"
#include "sendmail/options.h"
#include "sendmail/privilege.h"
#include "sendmail/qualify.h"
#include "sendmail/recipients.h"
#include "spool/config.h"
#include "spool/draft.h"
#include "spool/hostname.h"
#include "spool/spool.h"
#include "spool/trigger.h"

/* One submission, from the first byte to the commit. */
struct submission {
	const struct options *opts;
	const struct config *cfg;
	struct buf *error;
	struct envelope envelope;
	struct draft draft;
	struct canon canon;
	struct input input;
	struct buf text;	/* what input has read, see input.h */
	struct buf header;	/* as it came */
	struct buf domain;
	struct caller caller;
};

/* What a fatal error, such as no memory, has to take back. */
static struct draft *unfinished;

static volatile sig_atomic_t interrupted;

static void
on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

void
submit_signals(void)
{
	static const int defaults[] = { SIGALRM, SIGCHLD, SIGPIPE };
	static const int ends[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction act = { .sa_handler = SIG_DFL }, old;
	sigset_t none;

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		sigaction(defaults[i], &act, NULL);
	/* A file that grows beyond RLIMIT_FSIZE is to be an error, EFBIG. */
	act.sa_handler = SIG_IGN;
	sigaction(SIGXFSZ, &act, NULL);
	/* No SA_RESTART: a read that waits for input must come back. */
	act.sa_handler = on_signal;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		/* What the caller ignores, such as in nohup, stays ignored. */
		sigaction(ends[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			sigaction(ends[i], &act, NULL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * What an error of the system means to the caller: most pass by themselves or
 * once somebody has made room or given permission, some do not.
 */
static int
system_status(void)
{
	switch (errno) {
	case EIO:
		return EX_IOERR;
	case ELOOP:
	case ENAMETOOLONG:
	case ENOTDIR:
		return EX_OSERR;
	default:
		return EX_TEMPFAIL;
	}
}

static int
spool_error(struct submission *s)
{
	int status = system_status();
	const char *advice = "";

	if (errno == EACCES || errno == EPERM)
		advice = "; is sendmail installed setgid to its group?";
	buf_printf(s->error, "cannot write to the spool %s: %s%s",
	    s->cfg->spool, strerror(errno), advice);
	return status;
}

static int
read_error(struct submission *s)
{
	if (errno == EINTR) {
		buf_adds(s->error, "interrupted before the end of the message");
		return EX_TEMPFAIL;
	}
	if (errno == EFBIG) {
		buf_printf(s->error, "the header is larger than %d bytes",
		    HEADER_MAX);
		return EX_DATAERR;
	}
	buf_printf(s->error, "cannot read the message: %s", strerror(errno));
	return EX_IOERR;
}

/* login@domain, or number@domain where the login is not a local part. */
static char *
caller_address(struct submission *s)
{
	struct buf spec = { 0 };
	char *address;

	caller_look_up(&s->caller);
	buf_printf(&spec, "%s@%s", s->caller.login, s->domain.data);
	if (address_check(spec.data, spec.len) != NULL) {
		buf_clear(&spec);
		buf_printf(&spec, "%lu@%s", (unsigned long)s->caller.uid,
		    s->domain.data);
	}
	address = xstrdup(spec.data);
	buf_free(&spec);
	return address;
}

static int
find_sender(struct submission *s)
{
	struct buf spec = { 0 };
	const char *wrong;

	if (s->opts->sender == NULL) {
		s->envelope.sender = caller_address(s);
		return EX_OK;
	}
	buf_adds(&spec, "");
	wrong = qualify_sender(s->opts->sender, s->domain.data, &spec);
	s->envelope.sender = xstrdup(spec.data);
	buf_free(&spec);
	if (wrong == NULL)
		return EX_OK;
	buf_printf(s->error, "sender '%s': %s", s->opts->sender, wrong);
	return EX_DATAERR;
}

static int
find_recipients(struct submission *s)
{
	struct envelope *e = &s->envelope;

	for (char **word = s->opts->recipients; *word != NULL; word++)
		if (recipients_add_word(e, *word, s->domain.data,
		    s->error) == -1)
			return EX_DATAERR;
	if (s->opts->recipients_in_header && recipients_add_header(e,
	    &s->header, s->domain.data, s->error) == -1)
		return EX_DATAERR;
	if (e->nrecipients == 0) {
		buf_printf(s->error, "no recipients: %s",
		    s->opts->recipients_in_header ?
		    "the header names none in To, Cc or Bcc" :
		    "name them as arguments, or use -t and name them in To, "
		    "Cc or Bcc");
		return EX_USAGE;
	}
	recipients_unique(e);
	return EX_OK;
}

static int
create_draft(struct submission *s)
{
	int spool, result = -1;

	privilege_raise();
	spool = spool_open(s->cfg->spool);
	if (spool != -1)
		result = draft_create(&s->draft, spool);
	privilege_drop();
	if (result == -1)
		return spool_error(s);
	unfinished = &s->draft;
	draft_envelope(&s->draft, &s->envelope);
	return EX_OK;
}

/* Who the caller is gets looked up only where From is missing. */
static void
add_header(struct submission *s, struct buf *out)
{
	char *author = NULL;
	struct buf host = { 0 };
	struct origin o = {
		.id = s->draft.id,
		.domain = s->domain.data,
		.sender = s->envelope.sender,
		.full_name = s->opts->full_name,
		.uid = s->caller.uid,
		.now = (time_t)(s->draft.arrival / 1000000),
	};

	buf_remove(&s->header, '\0');
	hostname_fqdn(&host);
	o.host = host.data;
	if (!complete_has_from(&s->header)) {
		author = caller_address(s);
		if (*o.sender == '\0')
			o.sender = author;
		if (o.full_name == NULL)
			o.full_name = s->caller.full_name;
	}
	complete_header(&s->header, &o, out);
	buf_adds(out, "\r\n");
	free(author);
	buf_free(&host);
}

static int
write_piece(struct submission *s, const struct buf *piece)
{
	if (s->draft.size + (off_t)piece->len > (off_t)s->cfg->max_size) {
		buf_printf(s->error, "the message is larger than max-size, "
		    "%llu bytes", (unsigned long long)s->cfg->max_size);
		return EX_UNAVAILABLE;
	}
	if (draft_message(&s->draft, piece->data, piece->len) == -1)
		return spool_error(s);
	return EX_OK;
}

static int
write_message(struct submission *s)
{
	struct buf header = { 0 };
	int status, more;

	add_header(s, &header);
	status = write_piece(s, &header);
	buf_free(&header);
	for (more = 1; status == EX_OK && more == 1; ) {
		status = write_piece(s, &s->text);
		errno = EINTR;
		more = interrupted ? -1 : input_body(&s->input);
	}
	if (status == EX_OK && more == -1)
		return read_error(s);
	return status;
}

static int
commit(struct submission *s)
{
	int result;

	s->envelope.eightbit = s->canon.eightbit;
	privilege_raise();
	result = draft_commit(&s->draft, &s->envelope);
	if (result == 0)
		trigger_write(s->draft.spool, s->draft.id);
	privilege_drop();
	if (result == -1)
		return spool_error(s);
	log_info("%s: uid=%lu from=<%s>", s->draft.id,
	    (unsigned long)s->envelope.uid, s->envelope.sender);
	return EX_OK;
}

static int
run(struct submission *s)
{
	int status;

	/* Without any, there is no need to read: this says so. */
	if (*s->opts->recipients == NULL && !s->opts->recipients_in_header)
		return find_recipients(s);
	hostname_domain(s->cfg->domain, &s->domain);
	if ((status = find_sender(s)) != EX_OK)
		return status;
	if (input_header(&s->input, &s->header) == -1)
		return read_error(s);
	if ((status = find_recipients(s)) != EX_OK ||
	    (status = create_draft(s)) != EX_OK ||
	    (status = write_message(s)) != EX_OK)
		return status;
	return commit(s);
}

static void
take_back(void)
{
	if (unfinished == NULL)
		return;
	privilege_raise();
	draft_abort(unfinished);
	privilege_drop();
}

int
submit(const struct options *opts, const struct config *cfg,
    struct buf *error)
{
	struct submission s = {
		.opts = opts,
		.cfg = cfg,
		.error = error,
		.draft = { .fd = -1 },
		.envelope = { .uid = getuid() },
		.caller = { .uid = getuid() },
	};
	int status;

	canon_init(&s.canon, !opts->ignore_dots);
	input_init(&s.input, STDIN_FILENO, &s.canon, &s.text);
	log_at_fatal(take_back);
	status = run(&s);
	if (status != EX_OK)
		take_back();
	unfinished = NULL;
	input_drain(&s.input);
	envelope_free(&s.envelope);
	buf_free(&s.text);
	buf_free(&s.header);
	buf_free(&s.domain);
	caller_free(&s.caller);
	return status;
}
