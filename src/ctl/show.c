#include <config.h>

#include "ctl/show.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/io.h"
#include "base/log.h"
#include "ctl/history.h"
#include "ctl/listing.h"
#include "ctl/text.h"
#include "mail/dsn.h"
#include "mail/envelope.h"
#include "spool/entry.h"
#include "spool/message.h"
#include "spool/spool.h"

enum { CHUNK = 64 * 1024 };

static const char *
state_text(enum recipient_state state)
{
	switch (state) {
	case RECIPIENT_DELIVERED:
		return "delivered";
	case RECIPIENT_FAILED:
		return "failed";
	case RECIPIENT_DUE:
		break;
	}
	return "due";
}

/* What the sender knows of that, or will be told by the smarthost. */
static const char *
told_text(enum recipient_told told)
{
	switch (told) {
	case TOLD_DELAYED:
		return " (delay told)";
	case TOLD_FAILED:
	case TOLD_RELAYED:
		return " (told)";
	case TOLD_NOTHING:
		break;
	}
	return "";
}

/* What the sender asked about notification, in the words of RFC 3461. */
static void
print_asked(const char *label, const char *value)
{
	if (value != NULL && *value != '\0')
		printf("%s %s\n", label, value);
}

static void
print_recipient(const struct recipient *r)
{
	struct buf notify = { 0 };

	printf("Recipient: <%s> %s%s%s%s\n", r->address,
	    state_text(r->state), told_text(r->told),
	    *r->reason != '\0' ? ": " : "", r->reason);
	dsn_print_notify(r->notify, &notify);
	print_asked("  Notify: ", notify.data);
	print_asked("  Orcpt:  ", r->orcpt);
	buf_free(&notify);
}

/* What is held or has failed is not tried. */
static void
print_next(const struct listed *listed)
{
	char date[DATE_SIZE] = "now";

	if (listed->state != SPOOL_NEW && listed->state != SPOOL_CUR)
		return;
	if (listed->next > date_seconds())
		date_rfc5322(date, (time_t)listed->next);
	printf("Next:      %s\n", date);
}

static void
print_envelope(const struct listed *listed, const struct message *m,
    const char *id)
{
	const struct envelope *e = m->envelope;
	char date[DATE_SIZE];

	date_rfc5322(date, (time_t)(listed->arrival / 1000000));
	printf("ID:        %s\nState:     %s\nArrival:   %s\n", id,
	    listed_state(listed), date);
	print_next(listed);
	printf("Size:      %lld\nBody:      %s\nUid:       %lu\n"
	    "Sender:    <%s>\n", (long long)e->size,
	    e->eightbit ? "8bit" : "7bit", (unsigned long)m->uid, e->sender);
	print_asked("Ret:      ", dsn_ret_name((enum dsn_ret)e->ret));
	print_asked("Envid:    ", e->envid);
	print_asked("Tls:      ", e->require_tls ? "required" : NULL);
	for (size_t i = 0; i < e->nrecipients; i++)
		print_recipient(&e->recipients[i]);
}

static void
print_log(const char *lines)
{
	size_t len;

	for (; lines != NULL && *lines != '\0'; lines += len) {
		len = strcspn(lines, "\n") + 1;
		fputs("Log:       ", stdout);
		text_print_lines(lines, len);
	}
}

static void
print_header(const struct message *m)
{
	struct buf text = { 0 };
	const char *end = NULL;
	ssize_t n = 1;

	if (lseek(m->fd, m->envelope->length, SEEK_SET) == -1)
		n = -1;
	while (n > 0 && end == NULL) {
		n = io_read(m->fd, &text, CHUNK);
		if (n > 0)
			end = memmem(text.data, text.len, "\r\n\r\n", 4);
	}
	if (n == -1)
		log_warn("cannot read the message");
	putchar('\n');
	if (text.len > 0)
		text_print_lines(text.data, end != NULL ?
		    (size_t)(end + 2 - text.data) : text.len);
	buf_free(&text);
}

int
show(void *history, int spool, const struct listed *listed)
{
	struct entry entry = listed_entry(listed);
	char id[ENTRY_ID_SIZE];
	struct message m;
	int error = listed_open(listed, spool, &m);

	entry_id(&entry, id);
	if (error == MESSAGE_GONE)
		log_warnx("%s: has just been sent", id);
	if (error != MESSAGE_OK)
		return error == MESSAGE_UNREADABLE ? EX_OSERR : EX_DATAERR;
	print_envelope(listed, &m, id);
	print_log(history_of(history, listed->arrival));
	print_header(&m);
	message_close(&m);
	return EX_OK;
}
