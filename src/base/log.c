#include <config.h>

#include "base/log.h"

#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/date.h"
#include "base/json.h"
#include "base/utf8.h"

/* Up to this size a pipe does not cut a line up (PIPE_BUF on Linux). */
enum { JSON_MAX = 4096 };

struct event {
	int priority;
	const char *service;
	const char *id;		/* NULL: about no message */
	const struct log_field *fields;	/* NULL: there are none */
	const char *text;
};

static const char *log_program = "onehop";
static const char *log_service;
static enum log_target log_target = LOG_TO_SYSLOG;
static bool log_on_journal;
static void (*log_hook)(int status);

void
log_open(const char *program, const char *service)
{
	log_program = program;
	log_service = service;
}

/* Whether stderr is the journal's (systemd.exec(5), JOURNAL_STREAM). */
static bool
is_on_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) == -1)
		return false;
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

void
log_to(enum log_target target)
{
	if (target == LOG_TO_AUTO)
		target = isatty(STDERR_FILENO) ? LOG_TO_STDERR : LOG_TO_SYSLOG;
	log_target = target;
	log_on_journal = is_on_journal();
}

void
log_at_fatal(void (*hook)(int status))
{
	log_hook = hook;
}

void
log_connect(void)
{
	if (log_target == LOG_TO_SYSLOG)
		openlog(log_program, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

/*
 * Copies text to line, controls and what is not UTF-8 as \ooo.  There is room
 * for the longest character or one byte so written.
 */
static void
make_printable(char *line, size_t size, const char *text)
{
	size_t left = strlen(text), len = 0, n;

	for (; left > 0 && len + 5 < size; text += n, left -= n) {
		n = utf8_printable(text, left);
		memcpy(line + len, text, n);
		len += n;
		if (n > 0)
			continue;
		len += (size_t)snprintf(line + len, 5, "\\%03o",
		    (unsigned char)*text);
		n = 1;
	}
	line[len] = '\0';
}

static void __attribute__((__format__(printf, 3, 0)))
format(char text[LOG_LINE_MAX], int error, const char *fmt, va_list ap)
{
	size_t len;

	vsnprintf(text, LOG_LINE_MAX, fmt, ap);
	len = strlen(text);
	if (error != 0)
		snprintf(text + len, LOG_LINE_MAX - len, ": %s",
		    strerror(error));
}

/* One write for a line, so that those of several processes do not mix. */
static void __attribute__((__format__(printf, 2, 3)))
write_line(int priority, const char *fmt, ...)
{
	char text[JSON_MAX + 128];
	size_t len = 0;
	va_list ap;

	/* sd-daemon(3): the journal takes this off and knows the priority. */
	if (log_on_journal)
		len = (size_t)snprintf(text, sizeof(text), "<%d>", priority);
	va_start(ap, fmt);
	vsnprintf(text + len, sizeof(text) - len, fmt, ap);
	va_end(ap);
	/* There is nobody to tell when this fails. */
	if (write(STDERR_FILENO, text, strlen(text)) == -1)
		return;
}

/* As in Postfix's log. */
static const char *
prefix_of(int priority)
{
	return priority == LOG_ERR ? "fatal: " :
	    priority == LOG_WARNING ? "warning: " : "";
}

static void
emit_text(const struct event *e, const char *prefix)
{
	static char tag[64];	/* syslog(3) keeps a pointer to it */
	char text[2 * LOG_LINE_MAX], line[LOG_LINE_MAX];

	snprintf(text, sizeof(text), "%s%s%s%s", prefix,
	    e->id != NULL ? e->id : "", e->id != NULL ? ": " : "", e->text);
	make_printable(line, sizeof(line), text);
	if (e->service == NULL) {
		write_line(e->priority, "%s: %s\n", log_program, line);
		return;
	}
	snprintf(tag, sizeof(tag), "onehop/%s", e->service);
	if (log_target == LOG_TO_STDERR) {
		write_line(e->priority, "%s[%ld]: %s\n", tag, (long)getpid(),
		    line);
		return;
	}
	openlog(tag, LOG_PID, LOG_MAIL);
	syslog(e->priority, "%s", line);
}

static void
add_field(struct json *j, const struct log_field *f)
{
	if (f->name == NULL)
		return;
	if (f->kind == LOG_NUMBER)
		json_number(j, f->name, f->value);
	else
		json_string(j, f->name, f->value);
}

/* The text comes last, since it is the first that may be cut off. */
static void
emit_json(const struct event *e)
{
	char line[JSON_MAX], time[DATE_SIZE], pid[24];
	struct json j = json_open(line, sizeof(line));

	date_rfc3339(time, date_now());
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	json_string(&j, "time", time);
	json_string(&j, "level", e->priority == LOG_ERR ? "error" :
	    e->priority == LOG_WARNING ? "warning" : "info");
	json_string(&j, "service", e->service);
	json_number(&j, "pid", pid);
	if (e->id != NULL)
		json_string(&j, "id", e->id);
	for (const struct log_field *f = e->fields;
	    f != NULL && f->value != NULL; f++)
		add_field(&j, f);
	json_string(&j, "message", e->text);
	json_close(&j);
	write_line(e->priority, "%s", line);
}

static void
emit(const struct event *e)
{
	if (e->service != NULL && log_target == LOG_TO_JSON)
		emit_json(e);
	else
		emit_text(e, e->service != NULL ? prefix_of(e->priority) : "");
}

void
log_info(const char *fmt, ...)
{
	const char *service = log_service != NULL ? LOG_OWN : NULL;
	char text[LOG_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	format(text, 0, fmt, ap);
	va_end(ap);
	emit(&(struct event){ LOG_INFO, service, NULL, NULL, text });
}

void
log_event(const char *service, const char *id, const char *fmt, ...)
{
	char text[LOG_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	format(text, 0, fmt, ap);
	va_end(ap);
	emit(&(struct event){ LOG_INFO, service, id, NULL, text });
}

static void
print_field(char *out, size_t size, const struct log_field *f, bool first)
{
	const char *comma = first ? "" : ", ";

	if (f->kind == LOG_REMARK)
		snprintf(out, size, " (%s)", f->value);
	else if (f->kind == LOG_ADDRESS)
		snprintf(out, size, "%s%s=<%s>", comma, f->name, f->value);
	else
		snprintf(out, size, "%s%s=%s", comma, f->name, f->value);
}

void
log_fields(const char *service, const char *id, const struct log_field *fields)
{
	char text[LOG_LINE_MAX] = "";
	size_t len = 0;

	for (const struct log_field *f = fields; f->value != NULL; f++) {
		print_field(text + len, sizeof(text) - len, f, f == fields);
		len += strlen(text + len);
	}
	emit(&(struct event){ LOG_INFO, service, id, fields, text });
}

static void __attribute__((__format__(printf, 3, 0)))
warning(const char *id, int error, const char *fmt, va_list ap)
{
	char text[LOG_LINE_MAX];

	format(text, error, fmt, ap);
	emit(&(struct event){ LOG_WARNING, log_service, id, NULL, text });
}

void
log_warn(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	warning(NULL, error, fmt, ap);
	va_end(ap);
	errno = error;
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warning(NULL, 0, fmt, ap);
	va_end(ap);
}

void
log_warn_about(const char *id, const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	warning(id, error, fmt, ap);
	va_end(ap);
	errno = error;
}

void
log_warnx_about(const char *id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warning(id, 0, fmt, ap);
	va_end(ap);
}

void
log_warn_lines(char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL)
		if (*line != '\0')
			log_warnx("%s", line);
}

/* The caller hears of it as plain text, who reads the log as JSON only. */
static _Noreturn void __attribute__((__format__(printf, 3, 0)))
leave(int status, int error, const char *fmt, va_list ap)
{
	char text[LOG_LINE_MAX];
	struct event e = { LOG_ERR, log_service, NULL, NULL, text };

	format(text, error, fmt, ap);
	if (log_service != NULL && log_target != LOG_TO_STDERR)
		emit(&e);
	e.service = NULL;
	if (log_service == NULL || log_target != LOG_TO_JSON)
		emit(&e);
	if (log_hook != NULL)
		log_hook(status);
	exit(status);
}

void
fatal(int status, const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	leave(status, error, fmt, ap);
}

void
fatalx(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	leave(status, 0, fmt, ap);
}
