#include <config.h>

#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/utf8.h"

static const char *log_program = "onehop";
static const char *log_service;
static bool log_stderr;
static void (*log_hook)(int status);

void
log_open(const char *program, const char *service)
{
	log_program = program;
	log_service = service;
}

void
log_to_stderr(bool on)
{
	log_stderr = on;
}

void
log_at_fatal(void (*hook)(int status))
{
	log_hook = hook;
}

void
log_connect(void)
{
	if (!log_stderr)
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
format(char *line, int error, const char *fmt, va_list ap)
{
	char text[LOG_LINE_MAX];
	size_t len;

	vsnprintf(text, sizeof(text), fmt, ap);
	len = strlen(text);
	if (error != 0)
		snprintf(text + len, sizeof(text) - len, ": %s",
		    strerror(error));
	make_printable(line, LOG_LINE_MAX, text);
}

/* One write for a line, so that those of several processes do not mix. */
static void __attribute__((__format__(printf, 1, 2)))
write_line(const char *fmt, ...)
{
	char text[LOG_LINE_MAX + 128];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* There is nobody to tell when this fails. */
	if (len > 0 && write(STDERR_FILENO, text, (size_t)len) == -1)
		return;
}

static void
emit(int priority, const char *service, const char *line)
{
	static char tag[64];	/* syslog(3) keeps a pointer to it */

	if (service == NULL) {
		write_line("%s: %s\n", log_program, line);
		return;
	}
	snprintf(tag, sizeof(tag), "onehop/%s", service);
	if (log_stderr) {
		write_line("%s[%ld]: %s\n", tag, (long)getpid(), line);
		return;
	}
	openlog(tag, LOG_PID, LOG_MAIL);
	syslog(priority, "%s", line);
}

void
log_event(const char *service, const char *fmt, ...)
{
	char line[LOG_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	format(line, 0, fmt, ap);
	va_end(ap);
	emit(LOG_INFO, service, line);
}

void
log_info(const char *fmt, ...)
{
	char line[LOG_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	format(line, 0, fmt, ap);
	va_end(ap);
	emit(LOG_INFO, log_service, line);
}

static void __attribute__((__format__(printf, 2, 0)))
warning(int error, const char *fmt, va_list ap)
{
	static const char prefix[] = "warning: ";
	char line[sizeof(prefix) + LOG_LINE_MAX] = "";

	if (log_service != NULL)
		strlcpy(line, prefix, sizeof(line));
	format(line + strlen(line), error, fmt, ap);
	emit(LOG_WARNING, log_service, line);
}

void
log_warn(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	warning(error, fmt, ap);
	va_end(ap);
	errno = error;
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warning(0, fmt, ap);
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

static _Noreturn void __attribute__((__format__(printf, 3, 0)))
leave(int status, int error, const char *fmt, va_list ap)
{
	char line[LOG_LINE_MAX];

	format(line, error, fmt, ap);
	if (!log_stderr && log_service != NULL)
		emit(LOG_ERR, log_service, line);
	write_line("%s: %s\n", log_program, line);
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
