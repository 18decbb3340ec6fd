#include <config.h>

#include "ctl/list.h"

#include <fcntl.h>
#include <stdio.h>
#include <sysexits.h>
#include <time.h>

#include "base/date.h"
#include "base/log.h"
#include "ctl/listing.h"
#include "ctl/setup.h"
#include "mail/envelope.h"
#include "spool/entry.h"
#include "spool/message.h"
#include "spool/spool.h"

/* The recipients that the state is about: those that failed, or are due. */
static void
print_recipients(const struct envelope *e, int state)
{
	enum recipient_state wanted = state == SPOOL_FAILED ?
	    RECIPIENT_FAILED : RECIPIENT_DUE;
	size_t n = envelope_count(e, wanted);

	for (size_t i = 0; i < e->nrecipients; i++)
		if (e->recipients[i].state == wanted) {
			printf(" %s", e->recipients[i].address);
			break;
		}
	if (n > 1)
		printf(" +%zu", n - 1);
}

static void
print(int spool, const struct listed *listed)
{
	struct entry entry = listed_entry(listed);
	char id[ENTRY_ID_SIZE], next[DATE_SIZE] = "-";
	struct message m;
	enum message_error error;
	const char *why;

	entry_id(&entry, id);
	error = message_open(&m, spool, listed->state, &entry, &why);
	if (error == MESSAGE_UNREADABLE)
		log_warn("%s: cannot be read", id);
	if (error != MESSAGE_OK)
		return;
	if (listed->next != -1)
		date_short(next, (time_t)listed->next);
	printf("%s %-8s %10lld  %-19s  %s ->", id, listed_state(listed),
	    (long long)m.envelope->size, next,
	    *m.envelope->sender != '\0' ? m.envelope->sender : "<>");
	print_recipients(m.envelope, listed->state);
	putchar('\n');
	message_close(&m);
}

int
verb_list(const char *config, int argc, char **argv)
{
	struct listing listing = { 0 };
	int spool;

	(void)argv;
	if (argc > 1)
		return EX_USAGE;
	spool = setup_spool(config);
	listing_read_all(&listing, spool);
	if (listing.len > 0)
		printf("%-13s %-8s %10s  %-19s  %s\n", "ID", "State", "Size",
		    "Next attempt", "Sender -> recipients");
	else
		printf("Mail queue is empty\n");
	for (size_t i = 0; i < listing.len; i++)
		print(spool, &listing.items[i]);
	listing_free(&listing);
	return EX_OK;
}
