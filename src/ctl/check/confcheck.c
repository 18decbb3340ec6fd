#include <config.h>

#include "ctl/check/confcheck.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "ctl/check/checklist.h"
#include "ctl/check/place.h"
#include "mail/finding.h"
#include "spool/account.h"
#include "spool/config.h"
#include "spool/hostname.h"

/* Where systemd has what LoadCredential= passes to the flusher. */
#define CREDENTIALS "/run/credentials/onehop.service"

enum { DAY = 24 * 60 * 60 };	/* a file may come from another time zone */

/* Each is a line "FILE:LINE: what is wrong and what would be right". */
static void
say_mistakes(const struct place *p, const struct buf *errors)
{
	const char *line = errors->data;
	size_t len;

	for (; line != NULL && *line != '\0'; line += len + 1) {
		len = strcspn(line, "\n");
		checklist_say(p->list, FINDING_WRONG, "onehop-flush does not "
		    "start, and sendmail goes on without that line.", NULL,
		    "%.*s", (int)len, line);
	}
	if (errors->len == 0)
		checklist_say(p->list, FINDING_OK, NULL, NULL,
		    "no mistakes");
}

static void
say_mode(const struct place *p, int kind, const char *mode, const char *what,
    const char *why)
{
	struct buf remedy = { 0 };

	buf_printf(&remedy, "run: chmod %s %s", mode, p->cfg->file);
	checklist_say(p->list, kind, why, remedy.data, "%s %s", p->cfg->file,
	    what);
	buf_free(&remedy);
}

static void
check_file(const struct place *p)
{
	struct stat st;

	if (stat(p->cfg->file, &st) == -1)
		return;
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		say_mode(p, FINDING_WARNING, "go-w", "can be written by "
		    "others", "Who can write it can run programs as the owner "
		    "of the spool, and get the password.");
	if (p->owner && access(p->cfg->file, R_OK) == -1)
		say_mode(p, FINDING_WRONG, "a+r", "cannot be read by the "
		    "owner of the spool", "onehop-flush does not start.");
	else if ((st.st_mode & S_IROTH) == 0)
		say_mode(p, FINDING_WARNING, "a+r", "cannot be read by all",
		    "sendmail runs as its caller, and then goes by the "
		    "defaults.");
}

static void
check_relay(const struct place *p)
{
	struct buf remedy = { 0 };

	if (p->cfg->relay.host != NULL)
		return;
	buf_printf(&remedy, "in %s write: relay smtps://smtp.example.com",
	    p->cfg->file);
	checklist_say(p->list, FINDING_WRONG, "No mail goes out: all of it "
	    "waits in the queue.", remedy.data, "relay is not set: there is "
	    "no smarthost");
	buf_free(&remedy);
}

/* A clock that is before what was there already is wrong. */
static void
check_clock(const struct place *p)
{
	const char *const files[] = { p->cfg->file, "/proc/self/exe" };
	time_t now = time(NULL);
	char date[DATE_SIZE];
	struct stat st;

	date_rfc5322(date, now);
	for (int i = 0; i < 2; i++) {
		if (stat(files[i], &st) == -1 || st.st_mtime <= now + DAY)
			continue;
		checklist_say(p->list, FINDING_WRONG, "Certificates are not "
		    "valid by such a clock, and mail has a wrong date.",
		    "run: timedatectl set-ntp true", "the clock says %s, "
		    "which is before %s was written", date, files[i]);
		return;
	}
	checklist_say(p->list, FINDING_OK, NULL, NULL, "the clock says %s",
	    date);
}

static void
check_helo(const struct place *p, const char *fqdn)
{
	struct buf remedy = { 0 };

	if (p->cfg->helo != NULL || strchr(fqdn, '.') != NULL)
		return;
	buf_printf(&remedy, "in %s write: helo host.example.com",
	    p->cfg->file);
	checklist_say(p->list, FINDING_WARNING, "Some smarthosts want one in "
	    "EHLO; they get the address instead.", remedy.data,
	    "the name of this machine, %s, has no domain", fqdn);
	buf_free(&remedy);
}

static void
check_domain(const struct place *p, const char *domain)
{
	struct buf remedy = { 0 };

	buf_printf(&remedy, "in %s write: domain example.com", p->cfg->file);
	if (strchr(domain, '.') == NULL)
		checklist_say(p->list, FINDING_WARNING, "Smarthosts refuse "
		    "mail from such a domain, and nobody can answer it.",
		    remedy.data, "names get the domain %s, which is not a "
		    "full one", domain);
	else
		checklist_say(p->list, FINDING_OK, NULL, NULL,
		    "names without a domain get %s", domain);
	buf_free(&remedy);
}

static void
check_names(const struct place *p)
{
	struct buf fqdn = { 0 }, domain = { 0 };

	if (hostname_both(p->cfg->domain, &fqdn, &domain) == -1)
		checklist_say(p->list, FINDING_WARNING, "Mail may be from "
		    "another domain than it should.", NULL,
		    "cannot find out the name of this machine: %s",
		    strerror(errno));
	check_helo(p, fqdn.data);
	check_domain(p, domain.data);
	buf_free(&fqdn);
	buf_free(&domain);
}

void
confcheck_run(const struct place *p, const struct buf *errors)
{
	checklist_section("Configuration %s", p->cfg->file);
	say_mistakes(p, errors);
	check_file(p);
	check_relay(p);
	check_clock(p);
	check_names(p);
}

/* What is wrong with a file that has a secret, and the command for that. */
static void
say_secret(const struct place *p, const char *keyword, const char *file,
    const char *command, const char *what)
{
	struct buf remedy = { 0 };

	buf_printf(&remedy, "run: %s %s", command, file);
	checklist_say(p->list, FINDING_WRONG, "It is not used, and no mail "
	    "goes out.", remedy.data, "%s %s %s", keyword, file, what);
	buf_free(&remedy);
}

/* How it gets there: it is typed, and the end of input. */
static void
say_no_secret(const struct place *p, const char *keyword, const char *file,
    const char *what)
{
	struct buf command = { 0 };

	buf_printf(&command, "install -m 0400 -o %s -g %s /dev/stdin",
	    p->account->user, p->account->group);
	say_secret(p, keyword, file, command.data, what);
	buf_free(&command);
}

/* We are who has to read it. */
static bool
check_readable(const struct place *p, const char *keyword, const char *file)
{
	struct buf command = { 0 };
	bool readable = access(file, R_OK) == 0;

	buf_printf(&command, "chown %s", p->account->user);
	if (!readable)
		say_secret(p, keyword, file, command.data, "cannot be read "
		    "by the owner of the spool");
	buf_free(&command);
	return readable;
}

/* As onehop-smtp looks at it. */
static bool
check_secret(const struct place *p, const char *keyword, const char *file)
{
	struct stat st;

	if (stat(file, &st) == -1)
		say_no_secret(p, keyword, file, errno == ENOENT ?
		    "is not there" : strerror(errno));
	else if ((st.st_mode & (S_IRGRP | S_IROTH)) != 0)
		say_secret(p, keyword, file, "chmod 0400",
		    "can be read by others");
	else if (st.st_size == 0 && S_ISREG(st.st_mode))
		say_no_secret(p, keyword, file, "is empty");
	else if (check_readable(p, keyword, file)) {
		checklist_say(p->list, FINDING_OK, NULL, NULL, "%s %s can be "
		    "read by %s only", keyword, file, p->account->user);
		return true;
	}
	return false;
}

/* systemd may have one for the flusher, in place of a file. */
static bool
find_credential(void)
{
	if (getenv("CREDENTIALS_DIRECTORY") != NULL)
		return true;
	return access(CREDENTIALS "/password", F_OK) == 0 &&
	    setenv("CREDENTIALS_DIRECTORY", CREDENTIALS, 1) == 0;
}

bool
confcheck_secrets(const struct place *p)
{
	const struct config *cfg = p->cfg;
	bool installed = strcmp(cfg->password_file, CONFIG_PASSWORD_FILE) == 0;

	if (cfg->user == NULL && cfg->tls_key_file == NULL)
		return true;
	if (!p->owner) {
		checklist_say(p->list, FINDING_NOTE, NULL, NULL, "only root "
		    "can try the password");
		return false;
	}
	if (cfg->tls_key_file != NULL)
		check_secret(p, "tls-key-file", cfg->tls_key_file);
	if (cfg->user == NULL || cfg->password_command != NULL ||
	    cfg->auth == AUTH_EXTERNAL ||
	    (installed && (find_credential() || cfg->tls_cert_file != NULL)))
		return true;
	return check_secret(p, "password-file", cfg->password_file);
}
