#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include <sys/types.h>

#include <stdbool.h>

struct buf;
struct entry;
struct stat;

/*
 * The directories of the spool; onehop-spool(5) has the table of states and
 * guarantees.  A spool is known by the descriptor of its directory, and every
 * file is reached from there.
 */
enum spool_state {
	SPOOL_TMP,		/* being written */
	SPOOL_NEW,		/* complete, not yet tried */
	SPOOL_CUR,		/* tried and deferred */
	SPOOL_HOLD,		/* set aside by the administrator */
	SPOOL_FAILED,		/* has recipients that failed for good */
	SPOOL_CORRUPT,		/* could not be read: kept, never sent */
	SPOOL_STATES,
};

/* "new" and so on; a constant. */
const char *spool_name(enum spool_state);

/* The mode that its directory has to have, and that of the spool itself. */
mode_t spool_mode(enum spool_state);
enum { SPOOL_MODE = 0711 };

/*
 * Opens the spool and makes what is missing of it, if the caller may.  The
 * descriptor, or -1 and errno.
 */
int spool_open(const char *path);

/* Whether this process may add messages to it now.  If not, errno says why. */
bool spool_may_add(int spool);

/* Opens one of its directories for reading or syncing.  Descriptor or -1. */
int spool_open_state(int spool, enum spool_state);

/*
 * Opens the file of an entry, or of this name, with these flags of open(2),
 * never following a link nor waiting.  Descriptor, or -1 and errno: EINVAL
 * when it is not a regular file with one name.
 */
int spool_open_entry(int spool, enum spool_state, const struct entry *,
    int flags);
int spool_open_file(int spool, enum spool_state, const char *name, int flags);

/*
 * Renames, never replacing: from one state and name to another.  0, or -1
 * and errno: EEXIST when there is another such file already.
 */
int spool_move(int spool, enum spool_state, const char *name,
    enum spool_state to, const char *newname);

int spool_remove(int spool, enum spool_state, const char *name);

/* stat(2), not following a link. */
int spool_stat(int spool, enum spool_state, const char *name, struct stat *);

/*
 * Gives a file beside the directories, such as "relay", this content, for the
 * owner to read (io.h).  0, or -1 and errno.
 */
int spool_replace(int spool, const char *name, const struct buf *);

/* Makes what happened to the names in this directory durable.  0 or -1. */
int spool_sync(int spool, enum spool_state);

/*
 * Calls fn for each name in the directory, in no order.  fn may rename and
 * remove; it returns 0 to go on, anything else to stop.  0 at the end, what
 * fn returned, or -1 and errno.
 */
int spool_scan(int spool, enum spool_state,
    int (*fn)(void *arg, const char *name), void *arg);

#endif
