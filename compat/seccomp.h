#ifndef COMPAT_SECCOMP_H
#define COMPAT_SECCOMP_H

/*
 * Linux's filter of system calls, see seccomp(2), by the promises of
 * pledge(2).  It stays for this process and all that it starts.
 */

/* Whether there is one here, and it is known which calls it is to let in. */
int seccomp_is_there(void);

/*
 * From here on a system call that is not promised fails with EPERM, and one
 * of another architecture ends the process; nor does another process of the
 * same user look into this one, which leaves no core.  0, or -1 and errno.
 */
int seccomp_enforce(const char *promises);

#endif
