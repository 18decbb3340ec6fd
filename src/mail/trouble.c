#include <config.h>

#include "mail/trouble.h"

#include <stddef.h>
#include <string.h>

#include "mail/verdict.h"

static const struct {
	const char *name;
	const char *text;
} kinds[TROUBLE_KINDS] = {
	[TROUBLE_LOCAL] = { "local",
	    "something is wrong on this machine or in its configuration" },
	[TROUBLE_RESOLVE] = { "resolve", "the smarthost is not found" },
	[TROUBLE_CONNECT] = { "connect", "the smarthost cannot be reached" },
	[TROUBLE_LOST] = { "lost", "the smarthost ends the session" },
	[TROUBLE_TLS] = { "tls", "there is no TLS, or no trust, between this "
	    "machine and the smarthost" },
	[TROUBLE_AUTH] = { "auth", "the smarthost does not let us in" },
	[TROUBLE_PROTOCOL] = { "protocol",
	    "the smarthost does not speak the protocol" },
	[TROUBLE_REFUSED] = { "refused", "the smarthost refuses" },
	[TROUBLE_RATE] = { "rate", "as much as it may have was sent" },
};

/* The first that matches counts. */
static const struct {
	const char *status;	/* or what it begins with */
	enum trouble kind;
} statuses[] = {
	{ "4.4.3", TROUBLE_RESOLVE },
	{ "4.4.1", TROUBLE_CONNECT },
	{ "4.4.", TROUBLE_LOST },
	{ "4.5.", TROUBLE_PROTOCOL },
	{ "4.7.10", TROUBLE_TLS },
	{ "4.7.5", TROUBLE_TLS },
	{ "4.7.7", TROUBLE_TLS },
	{ "4.7.", TROUBLE_AUTH },
};

enum trouble
trouble_of(const struct verdict *v)
{
	if (v->class == VERDICT_LOCAL)
		return TROUBLE_LOCAL;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (strncmp(v->status, statuses[i].status,
		    strlen(statuses[i].status)) == 0)
			return statuses[i].kind;
	return TROUBLE_REFUSED;
}

const char *
trouble_name(enum trouble kind)
{
	return kinds[kind].name;
}

const char *
trouble_text(enum trouble kind)
{
	return kinds[kind].text;
}

enum trouble
trouble_named(const char *name)
{
	int i = 0;

	while (i < TROUBLE_KINDS && strcmp(name, kinds[i].name) != 0)
		i++;
	return (enum trouble)i;
}
