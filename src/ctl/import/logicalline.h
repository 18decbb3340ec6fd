#ifndef CTL_IMPORT_LOGICALLINE_H
#define CTL_IMPORT_LOGICALLINE_H

/*
 * The lines of Postfix's configuration files and tables (postconf(5)): a line
 * that begins with a blank goes on with the one before; lines that are empty
 * or whose first character is "#" are passed over, also in between.  Takes
 * the next one from *rest, joined in place, without blanks at its end; *count
 * is the number of the lines before *rest, *line that of its first.  NULL if
 * there is none left.
 */
char *logicalline_next(char **rest, unsigned *count, unsigned *line);

#endif
