#include <config.h>

#include "smtp/connect.h"

#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "mail/verdict.h"
#include "smtp/fault.h"
#include "smtp/stream.h"
#include "spool/config.h"

enum {
	/* A host that is up answers sooner; there may be more addresses. */
	CONNECT_SECONDS = 30,
};

/* Finds the addresses of a host; NULL and the reason in error. */
static struct addrinfo *
resolve(const char *host, const char *port, int flags, const char **error)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = flags,
	};
	struct addrinfo *list;
	int result = getaddrinfo(host, port, &hints, &list);

	if (result == 0)
		return list;
	*error = result == EAI_SYSTEM ? strerror(errno) :
	    gai_strerror(result);
	return NULL;
}

static bool
is_loopback(const struct sockaddr *sa)
{
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;

	if (sa->sa_family == AF_INET)
		return ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

/* Binds the socket to the address of source-address.  0 or -1. */
static int
bind_source(int fd, const char *source, int family)
{
	const char *error;
	struct addrinfo *ai;
	int result;

	ai = resolve(source, NULL, AI_NUMERICHOST | AI_PASSIVE, &error);
	if (ai == NULL || ai->ai_family != family) {
		errno = EAFNOSUPPORT;
		result = -1;
	} else
		result = bind(fd, ai->ai_addr, ai->ai_addrlen);
	if (ai != NULL)
		freeaddrinfo(ai);
	return result;
}

/* Waits until the socket is connected.  0, or -1 and errno. */
static int
wait_connected(int fd, double seconds)
{
	double deadline = stream_clock() + seconds;
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	int error = 0, n;
	socklen_t len = sizeof(error);

	do
		n = poll(&pfd, 1, stream_milliseconds(deadline));
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return -1;
	if (n == 0)
		error = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		return -1;
	errno = error;
	return error == 0 ? 0 : -1;
}

/* Connects to one address.  The socket, or -1 and errno. */
static int
connect_address(const struct addrinfo *ai, const struct config *config)
{
	double seconds = config->timeout > 0 ? (double)config->timeout :
	    CONNECT_SECONDS;
	int fd = socket(ai->ai_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, error;

	if (fd == -1)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if ((config->source_address == NULL ||
	    bind_source(fd, config->source_address, ai->ai_family) == 0) &&
	    (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0 ||
	    (errno == EINPROGRESS && wait_connected(fd, seconds) == 0)))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* Appends the address as text. */
static void
add_address(const struct addrinfo *ai, struct buf *out)
{
	char text[NI_MAXHOST];

	if (getnameinfo(ai->ai_addr, ai->ai_addrlen, text, sizeof(text), NULL,
	    0, NI_NUMERICHOST) == 0)
		buf_adds(out, text);
}

static void
set_name(struct connection *c, const struct relay *relay,
    const struct addrinfo *ai)
{
	struct buf name = { 0 };

	buf_printf(&name, "%s[", relay->host);
	add_address(ai, &name);
	buf_printf(&name, "]:%s", relay->port);
	c->name = xstrdup(name.data);
	buf_free(&name);
}

/* Tries the addresses in turn; -1 when none answered, and in tried why. */
static int
connect_any(struct connection *c, const struct addrinfo *ai,
    const struct config *config, struct buf *tried)
{
	for (; ai != NULL; ai = ai->ai_next) {
		c->fd = connect_address(ai, config);
		if (c->fd != -1) {
			c->loopback = is_loopback(ai->ai_addr);
			set_name(c, &config->relay, ai);
			return 0;
		}
		if (tried->len > 0)
			buf_adds(tried, ", ");
		add_address(ai, tried);
		buf_printf(tried, ": %s", strerror(errno));
	}
	return -1;
}

int
connect_relay(struct connection *c, const struct config *config,
    struct verdict *v)
{
	const struct relay *relay = &config->relay;
	struct buf where = { 0 }, tried = { 0 };
	enum fault fault = FAULT_CONNECT;
	const char *error;
	struct addrinfo *list;
	int result = -1;

	*c = (struct connection){ .fd = -1 };
	list = resolve(relay->host, relay->port, 0, &error);
	if (list != NULL) {
		result = connect_any(c, list, config, &tried);
		freeaddrinfo(list);
	} else {
		fault = FAULT_RESOLVE;
		buf_adds(&tried, error);
	}
	if (result == -1) {
		buf_printf(&where, "%s:%s", relay->host, relay->port);
		*v = fault_verdict(fault, where.data, config->file,
		    tried.data);
	}
	buf_free(&where);
	buf_free(&tried);
	return result;
}

void
connect_literal(int fd, struct buf *out)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char text[NI_MAXHOST] = "127.0.0.1";

	ss.ss_family = AF_INET;
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == 0)
		getnameinfo((struct sockaddr *)&ss, len, text, sizeof(text),
		    NULL, 0, NI_NUMERICHOST);
	/* A scope ("%eth0") means nothing to another machine. */
	text[strcspn(text, "%")] = '\0';
	buf_printf(out, ss.ss_family == AF_INET6 ? "[IPv6:%s]" : "[%s]",
	    text);
}
