#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

/*
 * One line per event, to syslog (facility mail) or to stderr.  Whatever the
 * text holds, what is written is one line of printable characters: controls
 * become \ooo as in vis(3), and a line ends at LOG_LINE_MAX bytes.
 *
 * A line is tagged onehop/SERVICE, where SERVICE is what Postfix calls the
 * part that logs such a line (pickup, qmgr, smtp, bounce, postqueue), so
 * that tools which read Postfix's log read ours.
 */
enum { LOG_LINE_MAX = 2048 };

/*
 * program is the name that stands before a fatal error on stderr, service
 * the tag of the lines below; both are borrowed for good.  A command without
 * a service, which somebody watches, says all on stderr as "PROGRAM: text".
 */
void log_open(const char *program, const char *service);
void log_to_stderr(bool);

/*
 * Goes to syslog now, for who will not be let later.  If it goes away after
 * that, the lines are lost.
 */
void log_connect(void);

/* An event that is not trouble, under the tag of another service. */
void log_event(const char *service, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));
void log_info(const char *, ...) __attribute__((__format__(printf, 1, 2)));

/* Trouble that does not end the program; log_warn adds errno's text. */
void log_warn(const char *, ...) __attribute__((__format__(printf, 1, 2)));
void log_warnx(const char *, ...) __attribute__((__format__(printf, 1, 2)));

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
