#include <config.h>

#include "ctl/import/shellwords.h"

#include <string.h>

#define BLANKS " \t\r\n"

char *
shellwords_next(char **rest)
{
	char *p = *rest + strspn(*rest, BLANKS), *word = p, *to = p;
	char quote = '\0';

	if (*p == '\0')
		return NULL;
	for (; *p != '\0' && (quote != '\0' || strchr(BLANKS, *p) == NULL);
	    p++) {
		if (*p == quote)
			quote = '\0';
		else if (quote == '\0' && (*p == '\'' || *p == '"'))
			quote = *p;
		else if (*p == '\\' && quote != '\'' && p[1] != '\0')
			*to++ = *++p;
		else
			*to++ = *p;
	}
	*rest = *p != '\0' ? p + 1 : p;
	*to = '\0';
	return word;
}
