#include <config.h>

#include "sendmail/verify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "sendmail/recipients.h"
#include "sendmail/submitter.h"
#include "spool/config.h"

/* In the words of sendmail; the mailer is always the same one. */
static void
print(const char *text, const struct envelope *e, const char *host)
{
	for (size_t i = 0; i < e->nrecipients; i++)
		printf("%s... deliverable: mailer relay, %s%s%suser %s\n",
		    text, host != NULL ? "host " : "",
		    host != NULL ? host : "", host != NULL ? ", " : "",
		    e->recipients[i].address);
}

/* One address as it was written. */
static void
check(const char *text, const struct submitter *by, struct buf *error)
{
	struct envelope e = { 0 };
	struct buf wrong = { 0 };

	if (recipients_add_word(&e, text, by->rewrite, &wrong) == 0)
		print(text, &e, by->cfg->relay.host);
	else
		buf_printf(error, "%s%s", error->len > 0 ? "; " : "",
		    wrong.data);
	envelope_free(&e);
	buf_free(&wrong);
}

/* Each by itself, so that one that is malformed does not hide the others. */
static size_t
check_list(const char *word, const struct submitter *by, struct buf *error)
{
	const char *end = word + strlen(word), *p = word;
	struct buf spec = { 0 }, text = { 0 };
	struct address a;
	size_t n = 0;

	for (; (p = address_next(p, end, &a, &spec)) != NULL; n++) {
		buf_clear(&text);
		buf_add(&text, a.start, (size_t)(a.end - a.start));
		check(text.data, by, error);
	}
	buf_free(&spec);
	buf_free(&text);
	return n;
}

int
verify(char *const *words, const struct submitter *by, struct buf *error)
{
	size_t n = 0;

	for (; *words != NULL; words++)
		n += check_list(*words, by, error);
	if (fflush(stdout) == EOF) {
		buf_clear(error);
		buf_printf(error, "cannot write: %s", strerror(errno));
		return EX_IOERR;
	}
	if (n == 0) {
		buf_adds(error, "-bv needs addresses to check");
		return EX_USAGE;
	}
	return error->len > 0 ? EX_DATAERR : EX_OK;
}
