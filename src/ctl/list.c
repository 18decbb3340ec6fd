#include <config.h>

#include "ctl/list.h"

#include <stdio.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "ctl/listing.h"
#include "ctl/selection.h"
#include "ctl/setup.h"
#include "mail/envelope.h"
#include "spool/entry.h"
#include "spool/message.h"
#include "spool/spool.h"

struct list {
	const struct selection *selection;
	int spool;
	int64_t now;
	bool reasons;
	bool begun;
	int status;
};

static void
print_recipients(const struct envelope *e, int state)
{
	const char *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < e->nrecipients; i++)
		if (selection_concerns(state, &e->recipients[i])) {
			n++;
			if (first == NULL)
				first = e->recipients[i].address;
		}
	if (first != NULL)
		printf(" %s", first);
	if (n > 1)
		printf(" +%zu", n - 1);
}

static void
print_reasons(const struct envelope *e, int state)
{
	for (size_t i = 0; i < e->nrecipients; i++) {
		const struct recipient *r = &e->recipients[i];

		if (selection_concerns(state, r))
			printf("    %s: %s\n", r->address, *r->reason != '\0' ?
			    r->reason : "not tried yet");
	}
}

/* What is due says so, whatever time was planned. */
static void
print_next(const struct list *l, const struct listed *listed)
{
	char next[DATE_SIZE] = "-";

	if (listed->state == SPOOL_NEW ||
	    (listed->state == SPOOL_CUR && listed->next <= l->now))
		snprintf(next, sizeof(next), "now");
	else if (listed->state == SPOOL_CUR)
		date_short(next, (time_t)listed->next);
	printf("%-19s", next);
}

static void
print(struct list *l, const struct listed *listed, const struct envelope *e)
{
	struct entry entry = listed_entry(listed);
	char id[ENTRY_ID_SIZE];

	entry_id(&entry, id);
	if (!l->begun)
		printf("%-13s %-8s %10s  %-19s  %s\n", "ID", "State", "Size",
		    "Next attempt", "Sender -> recipients");
	l->begun = true;
	printf("%s %-8s %10lld  ", id, listed_state(listed),
	    (long long)e->size);
	print_next(l, listed);
	printf("  %s ->", *e->sender != '\0' ? e->sender : "<>");
	print_recipients(e, listed->state);
	putchar('\n');
	if (l->reasons)
		print_reasons(e, listed->state);
}

/* What has gone since the listing was made is passed over. */
static void
open_and_print(struct list *l, const struct listed *listed)
{
	struct message m;
	int error = listed_open(listed, l->spool, &m);

	if (error == MESSAGE_UNREADABLE)
		l->status = EX_OSERR;
	if (error != MESSAGE_OK)
		return;
	if (selection_has_envelope(l->selection, listed->state, m.envelope))
		print(l, listed, m.envelope);
	message_close(&m);
}

int
list_messages(int spool, const struct selection *selection,
    const char *empty, bool reasons)
{
	struct list l = {
		.selection = selection,
		.spool = spool,
		.now = date_seconds(),
		.reasons = reasons,
		.status = EX_OK,
	};
	struct listing listing = { 0 };

	listing_read(&listing, spool, selection->states != 0 ?
	    selection->states : LISTING_ALL);
	for (size_t i = 0; i < listing.len; i++)
		if (selection_has(selection, &listing.items[i], l.now))
			open_and_print(&l, &listing.items[i]);
	if (!l.begun)
		printf("%s\n", empty);
	listing_free(&listing);
	return l.status;
}

int
verb_list(const char *config, int argc, char **argv)
{
	struct selection selection;

	if (selection_parse(&selection, true, argc, argv) == -1 ||
	    optind < argc)
		return EX_USAGE;
	return list_messages(setup_spool(config), &selection,
	    selection_is_given(&selection) ? "No such message" :
	    "Mail queue is empty", false);
}
