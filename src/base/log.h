#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * One line per event.  As text, whatever it holds, it is a line of printable
 * characters: controls become \ooo as in vis(3), and it ends at LOG_LINE_MAX
 * bytes.
 *
 * A line is tagged onehop/SERVICE, where SERVICE is what Postfix calls the
 * part that logs such a line (pickup, qmgr, smtp, bounce), so that tools
 * which read Postfix's log read ours.  What Postfix has no words for is an
 * event of LOG_OWN, which they pass over.
 */
enum { LOG_LINE_MAX = 2048 };

#define LOG_OWN "postlog"

enum log_target {
	LOG_TO_AUTO,		/* stderr when it is a terminal, else syslog */
	LOG_TO_SYSLOG,		/* facility mail */
	LOG_TO_STDERR,
	LOG_TO_JSON,		/* the same, an object of JSON for a line */
};

/*
 * program is the name that stands before a fatal error on stderr, service the
 * tag of warnings and of fatal errors; both are borrowed for good.  A command
 * without a service, which somebody watches, says all on stderr as "PROGRAM:
 * text".
 */
void log_open(const char *program, const char *service);

/* Until then all goes to syslog. */
void log_to(enum log_target);

/*
 * Goes to syslog now, for who will not be let later.  If it goes away after
 * that, the lines are lost.
 */
void log_connect(void);

/* An event that is not trouble, of LOG_OWN. */
void log_info(const char *, ...) __attribute__((__format__(printf, 1, 2)));

/* The same under the tag of a service, about the message id unless NULL. */
void log_event(const char *service, const char *id, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));

/*
 * The same of fields, the last followed by one without a value.  Text has
 * name=value, name=<value> for an address and (value) for a remark, which may
 * be without a name; JSON has what has a name.
 */
enum log_kind {
	LOG_TEXT,
	LOG_NUMBER,		/* value is one of JSON's */
	LOG_ADDRESS,
	LOG_REMARK,
};

struct log_field {
	enum log_kind kind;
	const char *name;
	const char *value;
};

void log_fields(const char *service, const char *id,
    const struct log_field *);

/*
 * Trouble that does not end the program; log_warn adds errno's text, and
 * what ends in _about is about the message id.
 */
void log_warn(const char *, ...) __attribute__((__format__(printf, 1, 2)));
void log_warnx(const char *, ...) __attribute__((__format__(printf, 1, 2)));
void log_warn_about(const char *id, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));
void log_warnx_about(const char *id, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

/* Each line of text as a warning; the text is cut up on the way. */
void log_warn_lines(char *text);

/*
 * Trouble that ends the program with a status of sysexits(3): the line goes
 * to stderr as "PROGRAM: text" and to the log.  fatal adds errno's text.
 */
void fatal(int status, const char *, ...)
    __attribute__((__noreturn__, __format__(printf, 2, 3)));
void fatalx(int status, const char *, ...)
    __attribute__((__noreturn__, __format__(printf, 2, 3)));

/*
 * What fatal does before it exits with this status, such as taking back an
 * unfinished file.
 */
void log_at_fatal(void (*)(int status));

#endif
