#include <config.h>

#include "flush/service.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/log.h"
#include "base/number.h"
#include "flush/summary.h"

#define NEVER INT64_MAX

enum {
	/* Milliseconds between two lines on a queue that changes. */
	STATUS_INTERVAL = 1000,
	/* And until it is told again what did not arrive. */
	DEAF_INTERVAL = 10 * 1000,
	/* Seconds: a manager that hangs is not to hang us. */
	SEND_TIMEOUT = 1,
	/* The first descriptor that is passed, and more than ever are. */
	FIRST_PASSED = 3,
	PASSED_MAX = 16,
};

/* A path, or an abstract name after an @. */
static int
reach(const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct timeval timeout = { .tv_sec = SEND_TIMEOUT };
	size_t len = strlen(name);
	int sock, error;

	if ((*name != '/' && *name != '@') || len >= sizeof(addr.sun_path)) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	memcpy(addr.sun_path, name, len);
	if (*name == '@')
		addr.sun_path[0] = '\0';
	sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock == -1)
		return -1;
	setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	if (connect(sock, (const struct sockaddr *)&addr, (socklen_t)(
	    offsetof(struct sockaddr_un, sun_path) + len)) == 0)
		return sock;
	error = errno;
	close(sock);
	errno = error;
	return -1;
}

/* A number in the environment; 0 where there is none. */
static uint64_t
variable(const char *name)
{
	const char *value = getenv(name);
	uint64_t number;

	if (value == NULL ||
	    number_parse(value, strlen(value), 10, INT64_MAX, &number) == -1)
		return 0;
	return number;
}

/* Twice as often as it has to be, as systemd advises. */
static int64_t
watchdog_pause(void)
{
	int64_t ms = (int64_t)(variable("WATCHDOG_USEC") / 2000);
	uint64_t pid = variable("WATCHDOG_PID");

	return pid == 0 || pid == (uint64_t)getpid() ? ms : 0;
}

static bool
takes_calls(int fd)
{
	int type = 0, listens = 0;
	socklen_t len = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 &&
	    type == SOCK_SEQPACKET && listens &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

/* Of what was passed, the one that is of use. */
static int
find_socket(void)
{
	uint64_t n = variable("LISTEN_FDS");
	int found = -1;

	if (variable("LISTEN_PID") != (uint64_t)getpid())
		return -1;
	for (int i = 0; i < PASSED_MAX && (uint64_t)i < n; i++) {
		if (found == -1 && takes_calls(FIRST_PASSED + i))
			found = FIRST_PASSED + i;
		else
			close(FIRST_PASSED + i);
	}
	return found;
}

void
service_open(struct service *s)
{
	static const char *const names[] = {
		"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
		"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES",
	};
	const char *name = getenv("NOTIFY_SOCKET");

	*s = (struct service){
		.sock = -1,
		.submit = find_socket(),
		.alive_at = NEVER,
	};
	if (name != NULL) {
		s->sock = reach(name);
		if (s->sock == -1)
			log_warn("cannot reach the service manager at %s",
			    name);
	}
	if (s->sock != -1)
		s->pause = watchdog_pause();
	if (s->pause > 0)
		s->alive_at = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
}

/* Logged once until it is heard again. */
static int
say(struct service *s, const char *text)
{
	size_t len = strlen(text);
	bool failed;

	if (s->sock == -1)
		return 0;
	failed = send(s->sock, text, len, MSG_NOSIGNAL) != (ssize_t)len;
	if (failed && !s->deaf)
		log_warn("cannot tell the service manager");
	s->deaf = failed;
	return failed ? -1 : 0;
}

static int
say_status(struct service *s, const char *before, const char *status)
{
	struct buf text = { 0 };
	int result;

	buf_printf(&text, "%sSTATUS=%s\n", before, status);
	result = say(s, text.data);
	buf_free(&text);
	if (result == 0)
		strlcpy(s->said, status, sizeof(s->said));
	return result;
}

void
service_wait(struct service *s, const char *status)
{
	say_status(s, "", status);
}

void
service_reload(struct service *s)
{
	char text[80];

	/* It compares this with the time of the signal, by the same clock. */
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64
	    "\n", (int64_t)(date_clock() * 1e6));
	say(s, text);
	s->ready = false;
	s->say_at = 0;
}

void
service_stop(struct service *s)
{
	say(s, "STOPPING=1\n");
	s->say_at = 0;
}

/* What is new is said, but not too often. */
static void
say_news(struct service *s, int64_t clock, const char *status)
{
	s->news = !s->ready || strncmp(status, s->said,
	    sizeof(s->said) - 1) != 0;
	if (s->news && clock >= s->say_at) {
		s->news = say_status(s, s->ready ? "" : "READY=1\n",
		    status) == -1;
		s->ready = s->ready || !s->news;
		s->say_at = clock + (s->news ? DEAF_INTERVAL :
		    STATUS_INTERVAL);
	}
}

void
service_work(struct service *s, int64_t clock, const struct summary *summary)
{
	struct buf status = { 0 };

	if (s->sock == -1)
		return;
	summary_write(summary, &status);
	say_news(s, clock, status.data);
	buf_free(&status);
	if (clock >= s->alive_at) {
		say(s, "WATCHDOG=1\n");
		s->alive_at = clock + s->pause;
	}
}

int64_t
service_next(const struct service *s)
{
	return s->news && s->say_at < s->alive_at ? s->say_at : s->alive_at;
}
