#ifndef CTL_IMPORT_POSTFIXTABLE_H
#define CTL_IMPORT_POSTFIXTABLE_H

#include <stdbool.h>

struct imported;
struct statement;

/*
 * Cuts the next "TYPE:NAME" from a list of tables.  The text that the table
 * was made from is in NAME if is_text says so.  NULL if there is none.
 */
char *postfixtable_next(char **list, char **name, bool *is_text);

/*
 * Cuts the next row from the text of a table, KEY and the rest.  The text of
 * row is the value; false if there is none.
 */
bool postfixtable_row(char **rest, unsigned *count, char **key,
    struct statement *row);

/*
 * The rows of tables that replace senders become senders.  The parameter is
 * said by list; domain is what names get that have none.
 */
void postfixtable_senders(struct imported *, const char *parameter,
    const struct statement *list, const char *domain);

#endif
