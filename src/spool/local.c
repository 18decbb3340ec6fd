#include <config.h>

#include "spool/local.h"

#include <sys/utsname.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "mail/mailbox.h"

struct local {
	const char *domain;
	const char *full;
	struct buf host;	/* without its domain */
};

struct local *
local_new(const char *domain, const char *host)
{
	struct local *l = xcalloc(1, sizeof(*l));

	l->domain = domain;
	l->full = host;
	return l;
}

void
local_free(struct local *l)
{
	buf_free(&l->host);
	free(l);
}

static void
find_host(struct local *l)
{
	struct utsname name;

	if (l->host.data != NULL)
		return;
	if (uname(&name) == -1)
		name.nodename[0] = '\0';
	buf_add(&l->host, name.nodename, strcspn(name.nodename, "."));
}

static bool
is(const char *domain, size_t len, const char *name)
{
	return strlen(name) == len && strncasecmp(domain, name, len) == 0;
}

/* Most mail has no need of the name. */
static bool
is_host(struct local *l, const char *domain, size_t len)
{
	if (memchr(domain, '.', len) != NULL)
		return false;
	find_host(l);
	return is(domain, len, l->host.data);
}

enum local_kind
local_kind(struct local *l, const char *spec, size_t len)
{
	size_t local = mailbox_local_length(spec, len);
	const char *domain = spec + local + 1;

	if (local == len)
		return LOCAL_BARE;
	len -= local + 1;
	if (is(domain, len, "localhost") ||
	    is(domain, len, "localhost.localdomain"))
		return LOCAL_BARE;
	if (is_host(l, domain, len))
		return LOCAL_BARE;
	if (is(domain, len, l->full))
		return LOCAL_FULL;
	return is(domain, len, l->domain) ? LOCAL_DOMAIN : LOCAL_NOT;
}

void
local_qualify(struct local *l, struct buf *spec)
{
	if (local_kind(l, spec->data, spec->len) != LOCAL_BARE)
		return;
	spec->len = mailbox_local_length(spec->data, spec->len);
	buf_printf(spec, "@%s", l->domain);
}
