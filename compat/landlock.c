#include <config.h>

#include "compat/landlock.h"

#include <errno.h>

#ifdef ONEHOP_LANDLOCK
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <linux/landlock.h>
#include <unistd.h>

/*
 * The kernel may know more than its header here did, so what came later has
 * names of our own.  A kernel takes a larger structure than its own if what
 * it does not know is 0.
 */
#define FS_REFER	(1ULL << 13)	/* version 2 */
#define FS_TRUNCATE	(1ULL << 14)	/* version 3 */
#define FS_IOCTL_DEV	(1ULL << 15)	/* version 5 */
#define NET_TCP		((1ULL << 2) - 1) /* version 4: bind and connect */
#define SCOPES		((1ULL << 2) - 1) /* version 6: abstract unix
					     sockets and signals */
struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

/* The rights to a file that is no directory. */
#define FILE_RIGHTS	(LANDLOCK_ACCESS_FS_EXECUTE | \
	LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | \
	FS_TRUNCATE | FS_IOCTL_DEV)

int
landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

/* All rights to files that it knows. */
static uint64_t
known(int abi)
{
	uint64_t rights = FS_REFER - 1;

	if (abi >= 2)
		rights |= FS_REFER;
	if (abi >= 3)
		rights |= FS_TRUNCATE;
	if (abi >= 5)
		rights |= FS_IOCTL_DEV;
	return rights;
}

int
landlock_ruleset(int everything)
{
	int abi = landlock_abi();
	const struct ruleset r = {
		.fs = known(abi),
		.net = everything && abi >= 4 ? NET_TCP : 0,
		.scoped = everything && abi >= 6 ? SCOPES : 0,
	};

	return (int)syscall(SYS_landlock_create_ruleset, &r, sizeof(r), 0);
}

static uint64_t
rights_of(const char *letters)
{
	uint64_t rights = 0;

	for (; *letters != '\0'; letters++) {
		if (*letters == 'r')
			rights |= LANDLOCK_ACCESS_FS_READ_FILE |
			    LANDLOCK_ACCESS_FS_READ_DIR;
		else if (*letters == 'w')
			rights |= LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE;
		else if (*letters == 'x')
			rights |= LANDLOCK_ACCESS_FS_EXECUTE;
		else if (*letters == 'c')
			rights |= LANDLOCK_ACCESS_FS_REMOVE_DIR |
			    LANDLOCK_ACCESS_FS_REMOVE_FILE |
			    LANDLOCK_ACCESS_FS_MAKE_DIR |
			    LANDLOCK_ACCESS_FS_MAKE_REG |
			    LANDLOCK_ACCESS_FS_MAKE_SOCK |
			    LANDLOCK_ACCESS_FS_MAKE_FIFO | FS_REFER;
	}
	return rights;
}

int
landlock_leave(int ruleset, const char *path, const char *rights)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = rights_of(rights) & known(landlock_abi()),
		.parent_fd = open(path, O_PATH | O_CLOEXEC),
	};
	struct stat st;
	int result, error;

	if (rule.parent_fd == -1)
		return -1;
	result = fstat(rule.parent_fd, &st);
	if (result == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= FILE_RIGHTS;
	if (result == 0)
		result = (int)syscall(SYS_landlock_add_rule, ruleset,
		    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	error = errno;
	close(rule.parent_fd);
	errno = error;
	return result;
}

int
landlock_enforce(int ruleset)
{
	int result = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), error;

	if (result == 0)
		result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	error = errno;
	close(ruleset);
	errno = error;
	return result;
}
#else
int
landlock_abi(void)
{
	return 0;
}

int
landlock_ruleset(int everything)
{
	(void)everything;
	errno = ENOSYS;
	return -1;
}

int
landlock_leave(int ruleset, const char *path, const char *rights)
{
	(void)ruleset;
	(void)path;
	(void)rights;
	errno = ENOSYS;
	return -1;
}

int
landlock_enforce(int ruleset)
{
	(void)ruleset;
	errno = ENOSYS;
	return -1;
}
#endif
