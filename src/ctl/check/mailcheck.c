#include <config.h>

#include "ctl/check/mailcheck.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "ctl/check/checklist.h"
#include "ctl/check/place.h"
#include "mail/alias.h"
#include "mail/finding.h"
#include "spool/config.h"
#include "spool/hostname.h"
#include "spool/rewrite.h"

enum { ALIASES_MAX = 64 * 1024 * 1024 };	/* as sendmail reads */

/* A name that has no alias, nor is a user's. */
#define NO_NAME "onehop-check"

struct mailcheck {
	const struct place *place;
	struct rewrite *rewrite;
	const char *name;	/* of the alias that is followed; NULL: none */
	bool quiet;		/* it was said that the file cannot be read */
	bool wrong;
	struct buf results;
};

static const char *
somebody(const struct mailcheck *m)
{
	const char *admin = m->place->cfg->admin;

	return admin != NULL ? admin : "you@example.com";
}

/* What is wrong with a file, in a line "FILE:LINE: ...". */
static void
on_warning(void *arg, const char *line)
{
	struct mailcheck *m = arg;
	const struct config *cfg = m->place->cfg;
	struct buf remedy = { 0 };
	bool senders = cfg->senders != NULL &&
	    strncmp(line, cfg->senders, strlen(cfg->senders)) == 0;

	if (m->quiet && !senders)
		return;
	m->wrong = true;
	if (senders)
		buf_printf(&remedy, "in %s write in that line: PATTERN "
		    "ADDRESS", cfg->senders);
	else
		buf_printf(&remedy, "in %s write in that line: %s: %s",
		    cfg->aliases, m->name != NULL ? m->name : "NAME",
		    somebody(m));
	checklist_say(m->place->list, FINDING_WARNING, senders ?
	    "That line is passed over; mail may be from an address that the "
	    "smarthost refuses." : "That is passed over; the mail goes to "
	    "the others of the alias, or as if there were none.", remedy.data,
	    "%s", line);
	buf_free(&remedy);
}

static void
on_result(void *arg, const char *address)
{
	struct mailcheck *m = arg;

	buf_printf(&m->results, "%s%s", m->results.len > 0 ? ", " : "",
	    address);
}

static void
follow(struct mailcheck *m, const char *name)
{
	buf_clear(&m->results);
	rewrite_recipient(m->rewrite, name, on_result, m, NULL);
}

static void
follow_all(struct mailcheck *m, const struct buf *text)
{
	struct alias_cursor c = {
		.p = text->data, .end = text->data + text->len, .line = 1,
	};
	struct buf name = { 0 };
	struct alias a;

	while (alias_next(&c, &a, &name)) {
		if (a.error != NULL || strlen(name.data) != name.len)
			continue;
		m->name = name.data;
		follow(m, name.data);
	}
	m->name = NULL;
	buf_free(&name);
}

static void
say_unreadable(struct mailcheck *m, const char *command,
    const char *what)
{
	const char *path = m->place->cfg->aliases;
	struct buf remedy = { 0 };

	m->quiet = true;
	buf_printf(&remedy, "run: %s %s", command, path);
	checklist_say(m->place->list, FINDING_WARNING, "sendmail runs as its "
	    "caller, and then mail goes as if there were no aliases.",
	    remedy.data, "aliases %s %s", path, what);
	buf_free(&remedy);
}

/* All that is wrong with the file and with what it includes. */
static void
check_text(struct mailcheck *m)
{
	const char *path = m->place->cfg->aliases;
	struct buf text = { 0 };

	follow(m, NO_NAME);	/* reads the file */
	buf_adds(&text, "");
	if (io_read_named(path, &text, ALIASES_MAX) == 0)
		follow_all(m, &text);
	buf_free(&text);
	if (!m->wrong)
		checklist_say(m->place->list, FINDING_OK, NULL, NULL,
		    "no mistakes in %s", path);
}

static void
check_aliases(struct mailcheck *m)
{
	const char *path = m->place->cfg->aliases;
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & S_IROTH) != 0)
		check_text(m);
	else if (errno == ENOENT && strcmp(path, "/etc/aliases") == 0)
		checklist_say(m->place->list, FINDING_OK, NULL, NULL,
		    "there are no aliases: no %s", path);
	else if (errno == ENOENT)
		say_unreadable(m, "install -m 0644 /dev/null",
		    "is not there");
	else
		say_unreadable(m, "chmod a+r", "cannot be read by all");
}

/* Cron writes to root, for one. */
static void
check_root(struct mailcheck *m, const char *domain)
{
	const struct place *p = m->place;
	struct buf unread = { 0 }, remedy = { 0 };

	follow(m, "root");
	buf_printf(&unread, "root@%s", domain);
	buf_printf(&remedy, "in %s write: admin you@example.com", p->cfg->file);
	if (strcmp(m->results.data, unread.data) == 0)
		checklist_say(p->list, FINDING_WARNING, "That is who hears "
		    "when something is wrong, and is seldom a mailbox.",
		    remedy.data, "mail to root goes to %s, as it has no alias "
		    "and admin is not set", unread.data);
	else
		checklist_say(p->list, FINDING_OK, NULL, NULL,
		    "mail to root goes to %s", m->results.data);
	buf_free(&unread);
	buf_free(&remedy);
}

static void
check_admin(const struct mailcheck *m, const char *domain)
{
	const struct place *p = m->place;

	if (p->cfg->admin != NULL)
		checklist_say(p->list, FINDING_OK, NULL, NULL, "mail to local "
		    "names without an alias goes to admin, %s", p->cfg->admin);
	else
		checklist_say(p->list, FINDING_NOTE, NULL, NULL, "mail to "
		    "local names without an alias goes to that name at %s, "
		    "as admin is not set", domain);
}

static void
check_sender(struct mailcheck *m, struct buf *sender)
{
	bool replaced;
	const char *wrong = rewrite_sender(m->rewrite, "root", sender,
	    &replaced, NULL);

	if (wrong == NULL)
		checklist_say(m->place->list, FINDING_OK, NULL, NULL,
		    "mail from root is from %s", sender->data);
	else
		checklist_say(m->place->list, FINDING_WRONG, NULL, NULL,
		    "mail from root is refused: %s", wrong);
}

void
mailcheck_run(const struct place *p, struct buf *sender,
    struct buf *recipient)
{
	struct mailcheck m = { .place = p };
	struct buf domain = { 0 }, host = { 0 };

	checklist_section("Addresses");
	hostname_both(p->cfg->domain, &host, &domain);
	m.rewrite = rewrite_open(p->cfg, domain.data, host.data);
	rewrite_give_warnings(m.rewrite, on_warning, &m);
	check_aliases(&m);
	check_root(&m, domain.data);
	buf_add(recipient, m.results.data, strcspn(m.results.data, ","));
	check_admin(&m, domain.data);
	check_sender(&m, sender);
	rewrite_close(m.rewrite);
	buf_free(&m.results);
	buf_free(&domain);
	buf_free(&host);
}
