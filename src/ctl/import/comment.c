#include <config.h>

#include "ctl/import/comment.h"

#include <string.h>

#include "base/buf.h"

enum { COLUMNS = 78 };

void
comment_add(struct buf *out, const char *text)
{
	size_t column = 0, len;

	for (text += strspn(text, " "); *text != '\0';
	    text += strspn(text, " ")) {
		len = strcspn(text, " ");
		if (column > 0 && column + 1 + len <= COLUMNS)
			buf_addc(out, ' ');
		else {
			buf_adds(out, column == 0 ? "# " : "\n#   ");
			column = column == 0 ? 2 : 4;
		}
		buf_add(out, text, len);
		column += 1 + len;
		text += len;
	}
	if (column > 0)
		buf_addc(out, '\n');
}
