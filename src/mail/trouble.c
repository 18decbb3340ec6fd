#include <config.h>

#include "mail/trouble.h"

#include <string.h>

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
