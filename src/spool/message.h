#ifndef SPOOL_MESSAGE_H
#define SPOOL_MESSAGE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

struct entry;
struct envelope;
struct recipient;

/* A file of the spool, opened and its envelope decoded. */
struct message {
	int fd;
	bool writable;
	uid_t uid;		/* who submitted it; not what the file says */
	struct envelope *envelope;
	uint32_t crc;		/* of the envelope, without its marks */
};

enum message_error {
	MESSAGE_OK,
	MESSAGE_GONE,		/* there is no such file */
	MESSAGE_UNREADABLE,	/* errno says why; try again later */
	MESSAGE_CORRUPT,	/* it is not what we write, or torn */
};

/*
 * Opens the file of an entry, or of this name (state is an enum spool_state),
 * for reading and decodes its envelope; checks the length of the file, which
 * is that of envelope and message.  *why is what is wrong when it is corrupt.
 * On MESSAGE_OK the caller closes it with message_close.
 */
enum message_error message_open(struct message *, int spool, int state,
    const struct entry *, const char **why);
enum message_error message_open_file(struct message *, int spool, int state,
    const char *name, const char **why);
void message_close(struct message *);

/* Gives the descriptor away, which is not to be used by us any more. */
int message_detach(struct message *);

/* Opens it for writing too, if it is not; its name is as it was.  0 or -1. */
int message_reopen(struct message *, int spool, int state,
    const struct entry *);

/*
 * Who submitted the message of an entry, without decoding it: by what names
 * the file only, unless its owner is that of the spool, who is another's
 * helper.  0; -1 when there is no such file.  If it cannot be told, *uid is
 * the owner of the file.
 */
int message_submitter(int spool, int state, const struct entry *, uid_t *uid);

/*
 * Before it is sent: whether its submitter has done with it (draft.h), who
 * may still take it back (MESSAGE_UNREADABLE, EBUSY) or has (MESSAGE_GONE).
 * Then reads it all; compares the checksum, and looks at its form (canon.h).
 */
enum message_error message_verify(const struct message *, const char **why);

/*
 * Writes the state and reason of a recipient over what the file says, which
 * takes message_reopen before.  Not durable before message_sync.  0, or -1
 * and errno.
 */
int message_mark(const struct message *, const struct recipient *);
int message_sync(const struct message *);

#endif
