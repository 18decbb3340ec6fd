#include <config.h>

#include "sendmail/submitter.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "mail/address.h"
#include "sendmail/caller.h"
#include "sendmail/nameservice.h"
#include "sendmail/privilege.h"
#include "spool/config.h"
#include "spool/hostname.h"
#include "spool/rewrite.h"
#include "spool/spool.h"

void
submitter_open(struct submitter *s, const struct config *cfg,
    struct caller *caller)
{
	struct buf domain = { 0 }, host = { 0 };
	int trouble = hostname_both(cfg->domain, &host, &domain) == -1 ?
	    errno : 0;

	*s = (struct submitter){
		.cfg = cfg,
		.trouble = trouble,
		.caller = caller,
		.spool = -1,
		.domain = xstrdup(domain.data),
		.host = xstrdup(host.data),
	};
	s->rewrite = rewrite_open(cfg, s->domain, s->host);
	buf_free(&domain);
	buf_free(&host);
}

void
submitter_close(struct submitter *s)
{
	rewrite_close(s->rewrite);
	if (s->spool != -1)
		close(s->spool);
	free(s->domain);
	free(s->host);
}

/* Where a service sees the spool read-only, its socket still works. */
static bool
is_barred(int spool)
{
	return !spool_may_add(spool) &&
	    (errno == EACCES || errno == EPERM || errno == EROFS);
}

int
submitter_spool(struct submitter *s)
{
	if (s->spool != -1)
		return s->spool;
	privilege_raise();
	s->spool = spool_open(s->cfg->spool);
	s->barred = s->spool != -1 && is_barred(s->spool);
	privilege_drop();
	return s->spool;
}

/* Whether the caller is one of names, which may be numbers. */
static bool
is_named(struct caller *c, const char *names)
{
	static const char blanks[] = " \t";
	char number[3 * sizeof(uid_t) + 1];
	size_t len;

	nameservice_look_up(c);
	snprintf(number, sizeof(number), "%lu", (unsigned long)c->uid);
	for (; *names != '\0'; names += len) {
		names += strspn(names, blanks);
		len = strcspn(names, blanks);
		if ((strlen(c->login) == len &&
		    memcmp(c->login, names, len) == 0) ||
		    (strlen(number) == len &&
		    memcmp(number, names, len) == 0))
			return true;
	}
	return false;
}

int
submitter_check(struct submitter *s, struct buf *error)
{
	const struct config *cfg = s->cfg;
	struct caller *c = s->caller;
	const char *keyword = NULL;

	if (s->trouble != 0) {
		buf_printf(error, "cannot find out the name of this host: %s",
		    strerror(s->trouble));
		return EX_TEMPFAIL;
	}
	if (cfg->submit_users != NULL && !is_named(c, cfg->submit_users))
		keyword = "is not in submit-users";
	else if (cfg->deny_users != NULL && is_named(c, cfg->deny_users))
		keyword = "is in deny-users";
	if (keyword == NULL)
		return EX_OK;
	buf_printf(error, "user %s may not send mail: the name %s in %s",
	    c->login, keyword, cfg->file);
	return EX_NOPERM;
}

void
submitter_address(struct submitter *s, struct buf *out)
{
	size_t start = out->len;

	nameservice_look_up(s->caller);
	buf_printf(out, "%s@%s", s->caller->login, s->domain);
	if (address_check(out->data + start, out->len - start) == NULL)
		return;
	out->len = start;
	buf_printf(out, "%lu@%s", (unsigned long)s->caller->uid, s->domain);
}
