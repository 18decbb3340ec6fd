#include <config.h>

#include "spool/handover.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdpass.h"
#include "base/number.h"
#include "spool/request.h"

enum {
	BACKLOG = 128,
	/* Well below what a socket takes at once by default. */
	PIECE = 32 * 1024,
	HEADER = 64,
};

#define MAGIC "onehop 1 "

enum {
	/* Seconds for a request to be sent: a flusher may have stopped. */
	SEND_TIMEOUT = 30,
};

enum {
	/* With a tenth of a second each, when there is no memory. */
	STATUS_TRIES = 100,
};

/*
 * bind(2) and connect(2) take short paths only, so this goes to the spool and
 * back.  From a directory that cannot be searched there is no way back, but
 * there no relative name was of use either.
 */
static int
call_in(int spool, int sock, bool listening)
{
	struct sockaddr_un addr = {
		.sun_family = AF_UNIX,
		.sun_path = HANDOVER_NAME,
	};
	const struct sockaddr *name = (const struct sockaddr *)&addr;
	int back = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int result = fchdir(spool), error;

	if (result == 0 && listening)
		result = bind(sock, name, sizeof(addr));
	else if (result == 0)
		result = connect(sock, name, sizeof(addr));
	error = errno;
	if (back != -1) {
		if (fchdir(back) == -1)
			result = -1;
		close(back);
	}
	errno = error;
	return result;
}

static int
make_socket(int flags)
{
	return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);
}

static int
close_failed(int sock)
{
	int error = errno;

	close(sock);
	errno = error;
	return -1;
}

int
handover_listen(int spool)
{
	int sock = make_socket(SOCK_NONBLOCK);

	if (sock == -1)
		return -1;
	if (unlinkat(spool, HANDOVER_NAME, 0) == -1 && errno != ENOENT)
		return close_failed(sock);
	/* The mode is not for the umask to say. */
	if (call_in(spool, sock, true) == -1 ||
	    fchmodat(spool, HANDOVER_NAME, HANDOVER_MODE, 0) == -1 ||
	    listen(sock, BACKLOG) == -1)
		return close_failed(sock);
	return sock;
}

int
handover_answer(int sock, int answer)
{
	unsigned char byte = (unsigned char)answer;
	ssize_t n = send(sock, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);

	return n == 1 ? 0 : -1;
}

int
handover_connect(int spool)
{
	struct timeval timeout = { .tv_sec = SEND_TIMEOUT };
	int sock = make_socket(0);

	if (sock == -1)
		return -1;
	setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	return call_in(spool, sock, false) == 0 ? sock : close_failed(sock);
}

int
handover_send(int sock, const struct buf *text)
{
	static const int streams[HANDOVER_STREAMS] = { 0, 1, 2 };
	char header[HEADER];
	size_t len;

	snprintf(header, sizeof(header), MAGIC "%zu", text->len);
	if (fdpass_send_all(sock, header, strlen(header), streams,
	    HANDOVER_STREAMS) == -1)
		return -1;
	for (size_t at = 0; at < text->len; at += len) {
		len = text->len - at < PIECE ? text->len - at : PIECE;
		if (fdpass_send(sock, text->data + at, len, -1) == -1)
			return -1;
	}
	return 0;
}

static int
parse_header(const char *header, size_t len, uint64_t *size)
{
	size_t magic = strlen(MAGIC);

	if (len <= magic || memcmp(header, MAGIC, magic) != 0)
		return -1;
	return number_parse(header + magic, len - magic, 10, REQUEST_MAX,
	    size);
}

static int
take_text(int sock, struct buf *text, size_t size)
{
	int fd;

	while (text->len < size) {
		ssize_t n = fdpass_recv(sock, buf_reserve(text, PIECE), PIECE,
		    &fd);

		if (fd != -1)
			close(fd);
		if (n <= 0)
			return -1;
		buf_grew(text, (size_t)n);
	}
	return text->len == size ? 0 : -1;
}

int
handover_take(int sock, struct buf *text, int streams[HANDOVER_STREAMS])
{
	size_t nstreams = HANDOVER_STREAMS;
	char header[HEADER];
	uint64_t size;
	ssize_t n;

	n = fdpass_recv_all(sock, header, sizeof(header), streams, &nstreams);
	if (n > 0 && nstreams == HANDOVER_STREAMS &&
	    parse_header(header, (size_t)n, &size) == 0 &&
	    take_text(sock, text, (size_t)size) == 0)
		return 0;
	while (nstreams > 0)
		close(streams[--nstreams]);
	return -1;
}

void
handover_status(int status)
{
	static const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };

	fflush(stdout);
	/* Nobody else can say it. */
	for (int i = 0; i < STATUS_TRIES; i++) {
		if (handover_answer(HANDOVER_SOCKET, status) == 0 ||
		    (errno != EINTR && errno != ENOMEM && errno != ENOBUFS))
			return;
		nanosleep(&pause, NULL);
	}
}
