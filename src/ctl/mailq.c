#include <config.h>

#include "ctl/mailq.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/date.h"
#include "base/json.h"
#include "base/log.h"
#include "ctl/listing.h"
#include "mail/envelope.h"
#include "mail/trouble.h"
#include "spool/entry.h"
#include "spool/message.h"
#include "spool/spool.h"
#include "spool/status.h"

/* A message of the queue, as both forms print it. */
struct row {
	const struct listed *listed;
	const struct envelope *envelope;
	char id[ENTRY_ID_SIZE];
};

/* How to print all of them. */
struct output {
	bool json;
	const uid_t *user;	/* NULL: everybody's */
	bool begun;
	uint64_t bytes;		/* this and the next with everybody's */
	uint64_t requests;
	int status;		/* of sysexits(3) */
};

static void
print_json_string(const char *s)
{
	size_t left = strlen(s), len;
	char out[JSON_CHARACTER];

	putchar('"');
	for (; left > 0; s += len, left -= len) {
		len = json_character(out, s, left);
		fputs(out, stdout);
	}
	putchar('"');
}

static void
print_json(const struct row *row)
{
	static const char *const queues[SPOOL_STATES] = {
		[SPOOL_NEW] = "incoming",
		[SPOOL_CUR] = "deferred",
		[SPOOL_HOLD] = "hold",
	};
	const struct envelope *e = row->envelope;
	const char *comma = "";

	printf("{\"queue_name\": \"%s\", \"queue_id\": \"%s\", "
	    "\"arrival_time\": %" PRIu64 ", \"message_size\": %lld, "
	    "\"forced_expire\": false, \"sender\": ",
	    queues[row->listed->state], row->id,
	    row->listed->arrival / 1000000, (long long)e->size);
	print_json_string(*e->sender != '\0' ? e->sender : "MAILER-DAEMON");
	printf(", \"recipients\": [");
	for (size_t i = 0; i < e->nrecipients; i++) {
		const struct recipient *r = &e->recipients[i];

		if (r->state != RECIPIENT_DUE)
			continue;
		printf("%s{\"address\": ", comma);
		print_json_string(r->address);
		if (*r->reason != '\0') {
			printf(", \"delay_reason\": ");
			print_json_string(envelope_reason_text(r));
		}
		putchar('}');
		comma = ", ";
	}
	printf("]}\n");
}

static void
print_text(const struct row *row)
{
	const struct envelope *e = row->envelope;
	const char *reason = "";
	char date[DATE_SIZE];

	date_short(date, (time_t)(row->listed->arrival / 1000000));
	printf("%s%c %8lld %s  %s\n", row->id,
	    row->listed->state == SPOOL_HOLD ? '!' : ' ',
	    (long long)e->size, date,
	    *e->sender != '\0' ? e->sender : "MAILER-DAEMON");
	for (size_t i = 0; i < e->nrecipients; i++) {
		const struct recipient *r = &e->recipients[i];

		if (r->state != RECIPIENT_DUE)
			continue;
		if (strcmp(r->reason, reason) != 0) {
			reason = r->reason;
			printf("%10s(%s)\n", "", envelope_reason_text(r));
		}
		printf("%45s%s\n", "", r->address);
	}
	putchar('\n');
}

static void
print(struct output *out, const struct row *row)
{
	if (out->json) {
		print_json(row);
		return;
	}
	if (!out->begun)
		printf("-Queue ID-     --Size-- ----Arrival Time---- "
		    "-Sender/Recipient-------\n");
	out->begun = true;
	print_text(row);
}

/* A user is told nothing of others' messages. */
static int
open_message(const struct output *out, int spool, const struct listed *listed,
    struct message *m)
{
	struct entry entry = listed_entry(listed);
	const char *why;

	return out->user == NULL ? listed_open(listed, spool, m) :
	    (int)message_open(m, spool, listed->state, &entry, &why);
}

/* What has gone since the listing was made is passed over. */
static void
count_and_print(struct output *out, int spool, const struct listed *listed)
{
	struct entry entry = listed_entry(listed);
	struct row row = { .listed = listed };
	struct message m;
	int error = open_message(out, spool, listed, &m);

	if (error == MESSAGE_UNREADABLE)
		out->status = EX_OSERR;
	if (error != MESSAGE_OK)
		return;
	row.envelope = m.envelope;
	entry_id(&entry, row.id);
	if (out->user == NULL || m.uid == *out->user)
		print(out, &row);
	out->bytes += (uint64_t)m.envelope->size;
	out->requests++;
	message_close(&m);
}

/* In the words of whoever found out, so nobody has to search the log. */
static void
print_status(int spool)
{
	struct status status;
	char date[DATE_SIZE];

	if (status_read(spool, &status) != 1)
		return;
	date_short(date, (time_t)status.since);
	printf("%s since %s: %s\n\n", status.trouble == TROUBLE_RATE ?
	    "Mail waits" : "Cannot send", date, status.reason);
}

int
mailq(int spool, bool json, const uid_t *user)
{
	struct output out = { .json = json, .user = user };
	struct listing listing = { 0 };

	listing_read(&listing, spool, LISTING_QUEUE);
	if (!json && user == NULL && listing.len > 0)
		print_status(spool);
	for (size_t i = 0; i < listing.len; i++)
		count_and_print(&out, spool, &listing.items[i]);
	listing_free(&listing);
	if (json)
		return out.status;
	if (out.requests == 0 && out.status == EX_OK)
		printf("Mail queue is empty\n");
	else
		/* One for readers of sendmail's, the last for Postfix's. */
		printf("\t\tTotal requests: %" PRIu64 "\n"
		    "-- %" PRIu64 " Kbytes in %" PRIu64 " Request%s.\n",
		    out.requests, (out.bytes + 1023) / 1024,
		    out.requests, out.requests == 1 ? "" : "s");
	return out.status;
}
