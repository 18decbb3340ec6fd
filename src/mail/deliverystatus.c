#include <config.h>

#include "mail/deliverystatus.h"

#include <string.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/utf8.h"
#include "mail/diagnosis.h"
#include "mail/dsn.h"
#include "mail/envelope.h"
#include "mail/fill.h"

void
deliverystatus_add_host(const char *field, const char *host, bool global,
    struct buf *out)
{
	if (*host != '[' && strchr(host, ':') != NULL)
		fill_field(out, !global, "%s: dns; [IPv6:%s]", field, host);
	else if (strspn(host, "0123456789.") == strlen(host))
		fill_field(out, !global, "%s: dns; [%s]", field, host);
	else
		fill_field(out, !global, "%s: dns; %s", field, host);
}

void
deliverystatus_add_address(const char *field, const char *address,
    bool global, struct buf *out)
{
	fill_field(out, !global, "%s: %s; %s", field,
	    utf8_is_ascii(address) ? "rfc822" : "utf-8", address);
}

static void
add_original(const struct recipient *r, bool global, struct buf *out)
{
	struct buf address = { 0 };
	const char *semicolon;
	size_t type;

	if (r->orcpt == NULL ||
	    dsn_check_orcpt(r->orcpt, strlen(r->orcpt)) != NULL)
		return;
	semicolon = strchr(r->orcpt, ';');
	type = (size_t)(semicolon - r->orcpt);
	buf_adds(&address, "");
	dsn_add_decoded(&address, semicolon + 1, strlen(semicolon + 1));
	fill_field(out, !global, "Original-Recipient: %.*s; %s", (int)type,
	    r->orcpt, address.data);
	buf_free(&address);
}

static void
add_date(const char *field, time_t when, struct buf *out)
{
	char date[DATE_SIZE];

	if (when == 0)
		return;
	date_rfc5322(date, when);
	fill_field(out, true, "%s: %s", field, date);
}

void
deliverystatus_add(const struct deliverystatus *s, const struct recipient *r,
    struct buf *out)
{
	struct diagnosis d;

	diagnosis_read(r->reason, &d);
	buf_adds(out, "\r\n");
	add_original(r, s->global, out);
	deliverystatus_add_address("Final-Recipient", r->address, s->global,
	    out);
	fill_field(out, true, "Action: %s", s->action);
	fill_field(out, true, "Status: %s",
	    *d.status != '\0' ? d.status : s->status);
	if (d.replied && s->relay != NULL)
		deliverystatus_add_host("Remote-MTA", s->relay, s->global,
		    out);
	if (d.len > 0)
		fill_field(out, true, "Diagnostic-Code: %s; %.*s",
		    d.replied ? "smtp" : "x-onehop", (int)d.len, d.text);
	add_date("Last-Attempt-Date", s->attempt, out);
	add_date("Will-Retry-Until", s->until, out);
}
