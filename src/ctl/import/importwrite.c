#include <config.h>

#include "ctl/import/importwrite.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "ctl/import/imported.h"
#include "ctl/import/replacing.h"
#include "spool/conffile.h"
#include "spool/config.h"

#define INSTALLED SYSCONFDIR "/onehop/onehop.conf"

enum { FILES = 3 };		/* password, senders, configuration */

/* The directory of the configuration, which is the caller's. */
static char *
directory_of(const char *config)
{
	char *copy = xstrdup(config != NULL ? config : INSTALLED);
	char *directory = realpath(dirname(copy), NULL);

	/* That of the installation may still be to be made. */
	if (directory == NULL && config == NULL && errno == ENOENT)
		directory = xstrdup(SYSCONFDIR "/onehop");
	if (directory == NULL)
		fatal(EX_CANTCREAT, "%s", config != NULL ? config : INSTALLED);
	free(copy);
	return directory;
}

/* The spool that is in use.  Mistakes in the file do not matter here. */
static char *
find_spool(const char *config)
{
	struct buf errors = { 0 };
	const char *file = config != NULL ? config : INSTALLED;
	struct config *cfg = conffile_load(file, &errors);
	char *spool = xstrdup(cfg->spool);

	if (cfg->unread)
		fatalx(EX_OSERR, "cannot read %s, which may name the spool",
		    file);
	config_free(cfg);
	buf_free(&errors);
	return spool;
}

void
importwrite_name_files(struct imported *im, const char *config)
{
	const struct statement *secret = imported_secret(im);
	struct statement at = { .file = config != NULL ? config : INSTALLED };
	char *directory = directory_of(config), *spool = find_spool(config);

	if (secret != NULL)
		imported_set(im, secret, "password-file", "%s/password",
		    directory);
	if (imported_senders(im) != NULL)
		imported_set(im, &at, "senders", "%s/senders", directory);
	if (strcmp(spool, SPOOLDIR) != 0)
		imported_set(im, &at, "spool", "%s", spool);
	free(directory);
	free(spool);
}

/* Who reads the password: the owner of the spool, or who is to own it. */
static void
find_owner(const char *spool, struct replacement *r)
{
	const struct passwd *pw;
	struct stat st;

	if (geteuid() != 0)
		return;
	if (stat(spool, &st) == 0) {
		r->owner = st.st_uid;
		r->group = st.st_gid;
		return;
	}
	/* Without such a user the spool will be root's, who makes it. */
	pw = getpwnam(ONEHOP_USER);
	r->owner = pw != NULL ? pw->pw_uid : 0;
	r->group = pw != NULL ? pw->pw_gid : 0;
}

static void
check(int dir, const char *directory, const struct replacement *r, bool force)
{
	int loses = replacing_loses(dir, r);

	if (loses == -1)
		fatal(EX_CANTCREAT, "%s/%s", directory, r->name);
	if (loses == 1 && !force)
		fatalx(EX_CANTCREAT, "%s/%s says something already; --force "
		    "replaces it and keeps it as %s.old", directory, r->name,
		    r->name);
}

static void
write_one(int dir, const char *directory, const struct replacement *r)
{
	struct buf kept = { 0 };

	if (replacing_write(dir, r, &kept) == -1)
		fatal(EX_CANTCREAT, "cannot write %s/%s", directory, r->name);
	printf("%s/%s: written", directory, r->name);
	if (kept.len > 0)
		printf("; what was there is %s", kept.data);
	putchar('\n');
	buf_free(&kept);
}

static int
open_directory(const char *directory)
{
	int dir;

	if (mkdir(directory, S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH |
	    S_IXOTH) == -1 && errno != EEXIST)
		fatal(EX_CANTCREAT, "cannot make %s", directory);
	dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		fatal(EX_CANTCREAT, "cannot open %s", directory);
	return dir;
}

static void
write_files(const char *directory, const struct replacement files[FILES],
    bool force)
{
	int dir = open_directory(directory);

	for (int i = 0; i < FILES; i++)
		if (files[i].text != NULL)
			check(dir, directory, &files[i], force);
	for (int i = 0; i < FILES; i++)
		if (files[i].text != NULL)
			write_one(dir, directory, &files[i]);
	close(dir);
}

void
importwrite(struct imported *im, const char *config, bool force)
{
	const struct statement *secret = imported_secret(im);
	char *directory = directory_of(config), *spool = find_spool(config);
	char *copy = xstrdup(config != NULL ? config : INSTALLED);
	struct buf password = { 0 }, text = { 0 };
	const mode_t public = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
	const uid_t me = geteuid() == 0 ? 0 : (uid_t)-1;
	struct replacement files[FILES] = {
		{ "password", NULL, S_IRUSR, (uid_t)-1, (gid_t)-1, true },
		{ "senders", imported_senders(im), public, me, me, false },
		{ basename(copy), NULL, public, me, me, false },
	};

	if (secret != NULL) {
		buf_reserve(&password, strlen(secret->text) + 2);
		buf_adds(&password, secret->text);
		buf_addc(&password, '\n');
		files[0].text = password.data;
		find_owner(spool, &files[0]);
	}
	imported_print(im, &text);
	files[2].text = text.data;
	write_files(directory, files, force);
	buf_free(&password);
	buf_free(&text);
	free(copy);
	free(directory);
	free(spool);
}
