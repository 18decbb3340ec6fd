#include <config.h>

#include "flush/marks.h"

#include <stddef.h>

#include "base/log.h"
#include "mail/envelope.h"
#include "spool/message.h"

static int
write_all(struct message *m)
{
	const struct envelope *e = m->envelope;
	int result = 0;

	for (size_t i = 0; i < e->nrecipients && result == 0; i++) {
		if (!e->recipients[i].touched)
			continue;
		result = message_mark(m, &e->recipients[i]);
		e->recipients[i].touched = result == -1;
	}
	return result;
}

int
marks_write(struct message *m, const char *id, bool sync)
{
	int result = write_all(m);

	if (result == 0 && sync)
		result = message_sync(m);
	if (result == 0)
		return 0;
	log_warn_about(id,
	    "cannot write down what became of it: possible duplicate");
	return -1;
}
