#ifndef SPOOL_OWNER_H
#define SPOOL_OWNER_H

/*
 * When root runs us: becomes the owner of the spool directory, user and
 * group, for good, so that what is planted in the spool cannot be used
 * against root.  Stays root only where root owns it, or where there is none
 * yet.  0, or -1 and errno.
 */
int owner_become(const char *path);

#endif
