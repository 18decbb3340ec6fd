#ifndef SPOOL_OWNER_H
#define SPOOL_OWNER_H

/*
 * Opens the spool (spool.h) as its owner.  When root runs us, becomes the
 * owner of the directory before, user and group, for good, so that what is
 * planted in the spool cannot be used against root; stays root only where
 * root owns it, or where there is none yet.  The descriptor, or -1 and errno.
 */
int owner_open_spool(const char *path);

/* Becomes the owner only, and makes nothing.  0, or -1 and errno. */
int owner_become(const char *path);

#endif
