#ifndef SPOOL_PROGRAM_H
#define SPOOL_PROGRAM_H

struct buf;

/*
 * Where the other programs of this installation are.  From a build tree, the
 * environment says so: ONEHOP_SBINDIR and ONEHOP_LIBEXECDIR.
 */
enum program_directory {
	PROGRAM_SBIN,
	PROGRAM_LIBEXEC,
};

/*
 * Appends the path of a program.  Because of the environment this is only for
 * a process that has no privilege which its caller lacks.
 */
void program_path(enum program_directory, const char *name, struct buf *out);

/* The same whatever the environment says, for one that has. */
void program_installed_path(enum program_directory, const char *name,
    struct buf *out);

#endif
