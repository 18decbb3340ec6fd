#ifndef CTL_IMPORT_COMMENT_H
#define CTL_IMPORT_COMMENT_H

struct buf;

/*
 * Appends text as lines of a comment that begin with "# " and are, where its
 * words allow it, not longer than 80 columns.
 */
void comment_add(struct buf *, const char *text);

#endif
