#ifndef CTL_CHECK_PERMISSION_H
#define CTL_CHECK_PERMISSION_H

#include <sys/types.h>

struct checklist;

/*
 * What a file should be: its kind (S_IFDIR and so on) and mode, whose it is
 * and, if not NULL, a command that makes it anew when it is missing.  The
 * names are those of uid and gid, or numbers.
 */
struct permission {
	const char *path;	/* as it is printed */
	mode_t kind;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	const char *user;
	const char *group;
	const char *why;	/* it matters */
	const char *make;
};

/*
 * Looks at it by that name below the directory dirfd, not following a link,
 * and says what is wrong.  0 when nothing is, and then nothing is said; -1.
 */
int permission_check(const struct permission *, int dirfd, const char *name,
    struct checklist *);

#endif
