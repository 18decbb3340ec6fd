#include <config.h>

#include "ctl/selection.h"

#include <getopt.h>
#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "ctl/listing.h"
#include "mail/envelope.h"
#include "mail/sender.h"
#include "spool/spool.h"
#include "spool/value.h"

/* In the words of listed_state. */
static const struct choice states[] = {
	{ "new", LISTING_NEW },
	{ "deferred", LISTING_CUR },
	{ "hold", LISTING_HOLD },
	{ "failed", LISTING_FAILED },
	{ NULL, 0 },
};

static const struct option options[] = {
	{ "newer", required_argument, NULL, 'n' },
	{ "older", required_argument, NULL, 'o' },
	{ "sender", required_argument, NULL, 'f' },
	{ "recipient", required_argument, NULL, 'r' },
	{ "state", required_argument, NULL, 's' },
	{ NULL, 0, NULL, 0 },
};

const char selection_usage[] =
"filter: -f|--sender PATTERN    -r|--recipient PATTERN\n"
"        -o|--older AGE         -n|--newer AGE\n"
"        -s|--state new|deferred|hold|failed\n"
"ID may be ALL; AGE is such as 90s, 5m, 4h or 5d; PATTERN is an address, with\n"
"* and ? where it may differ, or @DOMAIN\n";

static int
report(const char *option, const char *value, const char *wrong)
{
	if (wrong == NULL)
		return 0;
	log_warnx("--%s: '%s' %s", option, value, wrong);
	return -1;
}

static int
take_age(const char *option, const char *value, int64_t *age)
{
	uint64_t seconds = 0;
	const char *wrong = value_duration(value, 0, INT64_MAX, &seconds);

	*age = (int64_t)seconds;
	return report(option, value, wrong);
}

/* Given again, it is that state or the other. */
static int
take_state(const char *value, unsigned *all)
{
	uint64_t state = 0;

	if (value_choice(value, states, false, &state) != NULL || state == 0)
		return report("state", value,
		    "is neither new, deferred, hold nor failed");
	*all |= (unsigned)state;
	return 0;
}

static int
take_option(struct selection *s, int c, bool with_states)
{
	switch (c) {
	case 'n':
		return take_age("newer", optarg, &s->newer);
	case 'o':
		return take_age("older", optarg, &s->older);
	case 'f':
		s->sender = optarg;
		return 0;
	case 'r':
		s->recipient = optarg;
		return 0;
	case 's':
		if (with_states)
			return take_state(optarg, &s->states);
		log_warnx("--state is not for this");
		return -1;
	default:
		return -1;
	}
}

int
selection_parse(struct selection *s, bool with_states, int argc, char **argv)
{
	int c;

	*s = (struct selection){ .older = -1, .newer = -1 };
	while ((c = getopt_long(argc, argv, "n:o:f:r:s:", options,
	    NULL)) != -1)
		if (take_option(s, c, with_states) == -1)
			return -1;
	return 0;
}

bool
selection_is_given(const struct selection *s)
{
	return s->older != -1 || s->newer != -1 || s->states != 0 ||
	    selection_wants_envelope(s);
}

bool
selection_has(const struct selection *s, const struct listed *listed,
    int64_t now)
{
	int64_t age = now - (int64_t)(listed->arrival / 1000000);

	if (s->states != 0 && (s->states & 1u << listed->state) == 0)
		return false;
	return (s->older == -1 || age >= s->older) &&
	    (s->newer == -1 || age <= s->newer);
}

bool
selection_wants_envelope(const struct selection *s)
{
	return s->sender != NULL || s->recipient != NULL;
}

bool
selection_concerns(int state, const struct recipient *r)
{
	return state == SPOOL_FAILED ? r->state != RECIPIENT_DELIVERED :
	    r->state == RECIPIENT_DUE;
}

bool
selection_matches(const char *pattern, const char *address)
{
	struct sender_rule rule = {
		.pattern = pattern,
		.patternlen = strlen(pattern),
	};

	if (*address == '\0' || strcmp(pattern, "<>") == 0)
		return *address == '\0' && (strcmp(pattern, "<>") == 0 ||
		    strcmp(pattern, "*") == 0);
	return sender_rule_matches(&rule, address, true);
}

bool
selection_has_envelope(const struct selection *s, int state,
    const struct envelope *e)
{
	if (s->sender != NULL && !selection_matches(s->sender, e->sender))
		return false;
	if (s->recipient == NULL)
		return true;
	for (size_t i = 0; i < e->nrecipients; i++)
		if (selection_concerns(state, &e->recipients[i]) &&
		    selection_matches(s->recipient, e->recipients[i].address))
			return true;
	return false;
}
