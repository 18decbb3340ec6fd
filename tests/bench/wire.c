/*
 * wire -p PORT -u USER -s SECRET -n COUNT -d DIRECTORY [-a ADDRESS] [-1] [-t]:
 * the limit that the wire sets to a relay.  The messages, files named 0 to
 * COUNT - 1 as they go over the wire, are in memory before it connects; then
 * all transactions go out by BDAT over one connection, as fast as the socket
 * takes them.  With -1 each waits for the replies to the one before.  With -t
 * TLS begins with STARTTLS.  The certificate is not looked at.
 *
 * "began SECONDS" of the monotonic clock is printed, which is the time just
 * before connecting.  Any reply but the good one ends it with 1.
 */

#include <config.h>

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <openssl/ssl.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "token.h"

enum {
	RECORD = 16384,			/* RFC 8446, section 5.1 */
	REPLIES = 3,			/* to MAIL, RCPT and BDAT */
};

/* A message, after the commands that introduce it. */
struct transaction {
	char commands[128];
	const char *text;
	size_t head;			/* length of the commands */
	size_t len;
};

struct options {
	const char *address;
	const char *directory;
	const char *user;
	const char *secret;
	size_t count;
	uint16_t port;
	int one;
	int starttls;
};

struct wire {
	const struct options *o;
	struct transaction *transactions;
	size_t next;			/* to send, and where in it */
	size_t offset;
	size_t replies;			/* to transactions */
	char record[RECORD];
	const char *pending;		/* a record that was not taken yet */
	size_t pending_len;
	SSL *ssl;
	int fd;
};

static void
load(struct transaction *t, const char *directory, size_t number)
{
	struct stat st;
	char *path;
	int fd;

	if (asprintf(&path, "%s/%zu", directory, number) == -1)
		fatal(EX_TEMPFAIL, "memory");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		fatal(EX_NOINPUT, "%s", path);
	t->len = (size_t)st.st_size;
	t->text = mmap(NULL, t->len, PROT_READ, MAP_PRIVATE | MAP_POPULATE,
	    fd, 0);
	if (t->text == MAP_FAILED)
		fatal(EX_NOINPUT, "%s", path);
	close(fd);
	free(path);
	t->head = (size_t)snprintf(t->commands, sizeof(t->commands),
	    "MAIL FROM:<bench@client.example> SIZE=%zu\r\n"
	    "RCPT TO:<someone@example.net>\r\nBDAT %zu LAST\r\n",
	    t->len, t->len);
}

static void
load_all(struct wire *w)
{
	size_t i;

	w->transactions = xcalloc(w->o->count + 1, sizeof(*w->transactions));
	for (i = 0; i < w->o->count; i++)
		load(&w->transactions[i], w->o->directory, i);
}

/* What is next in the current transaction. */
static size_t
look(const struct wire *w, const char **data)
{
	const struct transaction *t = &w->transactions[w->next];

	if (w->offset < t->head) {
		*data = t->commands + w->offset;
		return t->head - w->offset;
	}
	*data = t->text + (w->offset - t->head);
	return t->len - (w->offset - t->head);
}

static void
advance(struct wire *w, size_t n)
{
	const struct transaction *t = &w->transactions[w->next];

	w->offset += n;
	if (w->offset == t->head + t->len) {
		w->next++;
		w->offset = 0;
	}
}

/* Whether there is something to send now. */
static int
may_send(const struct wire *w)
{
	if (w->next == w->o->count)
		return 0;
	return !w->o->one || w->offset > 0 || w->replies == w->next * REPLIES;
}

/* Small pieces are coalesced into a record, large ones are sent in place. */
static void
next_record(struct wire *w)
{
	const char *data;
	size_t n;

	w->pending = w->record;
	while (w->pending_len < RECORD && may_send(w)) {
		n = look(w, &data);
		if (w->pending_len == 0 && n >= RECORD) {
			w->pending = data;
			w->pending_len = RECORD;
			advance(w, RECORD);
			return;
		}
		if (n > RECORD - w->pending_len)
			n = RECORD - w->pending_len;
		memcpy(w->record + w->pending_len, data, n);
		w->pending_len += n;
		advance(w, n);
	}
}

/* 0 for "again", else what to wait for; nothing else may go wrong. */
static short
wait_for(struct wire *w, int result)
{
	switch (SSL_get_error(w->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return POLLIN;
	case SSL_ERROR_WANT_WRITE:
		return POLLOUT;
	default:
		fatalx(EX_PROTOCOL, "connection lost");
	}
}

static short
send_records(struct wire *w)
{
	int n;

	for (;;) {
		if (w->pending_len == 0)
			next_record(w);
		if (w->pending_len == 0)
			return 0;
		n = SSL_write(w->ssl, w->pending, (int)w->pending_len);
		if (n <= 0)
			return wait_for(w, n);
		w->pending += n;
		w->pending_len -= (size_t)n;
	}
}

/* Replies of transactions have one line each. */
static void
count_replies(struct wire *w, const char *data, size_t len)
{
	static int start = 1;
	size_t i;

	for (i = 0; i < len; i++) {
		if (start && data[i] != '2')
			fatalx(EX_PROTOCOL, "refused: %.*s", (int)(len - i),
			    data + i);
		start = data[i] == '\n';
		w->replies += (size_t)start;
	}
}

static short
read_replies(struct wire *w)
{
	char data[RECORD];
	int n;

	while ((n = SSL_read(w->ssl, data, sizeof(data))) > 0)
		count_replies(w, data, (size_t)n);
	return wait_for(w, n);
}

static void
send_all(struct wire *w)
{
	struct pollfd pfd = { .fd = w->fd };

	if (fcntl(w->fd, F_SETFL, O_NONBLOCK) == -1)
		fatal(EX_OSERR, "fcntl");
	for (;;) {
		pfd.events = (short)(send_records(w) | read_replies(w));
		if (w->replies == w->o->count * REPLIES)
			return;
		if (!may_send(w) || w->pending_len > 0)
			poll(&pfd, 1, -1);
	}
}

/* One command, or none, and its reply; the lines of it are not kept. */
static void
converse(struct wire *w, const char *command)
{
	char reply[4096];
	size_t len = strlen(command);
	int n;

	if (len > 0 && (w->ssl != NULL ?
	    SSL_write(w->ssl, command, (int)len) :
	    (int)write(w->fd, command, len)) != (int)len)
		fatalx(EX_PROTOCOL, "connection lost");
	n = w->ssl != NULL ? SSL_read(w->ssl, reply, sizeof(reply)) :
	    (int)read(w->fd, reply, sizeof(reply));
	if (n <= 0 || reply[0] != '2' || reply[n - 1] != '\n')
		fatalx(EX_PROTOCOL, "%.*s", n > 0 ? n : 0, reply);
}

static void
connect_to(struct wire *w)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int on = 1;

	sin.sin_port = htons(w->o->port);
	if (inet_pton(AF_INET, w->o->address, &sin.sin_addr) != 1)
		fatalx(EX_USAGE, "%s is not an address", w->o->address);
	w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (w->fd == -1 ||
	    connect(w->fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		fatal(EX_UNAVAILABLE, "%s", w->o->address);
	setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void
encrypt(struct wire *w, SSL_CTX *tls)
{
	SSL *ssl = SSL_new(tls);

	if (ssl == NULL || SSL_set_fd(ssl, w->fd) != 1 || SSL_connect(ssl) != 1)
		fatalx(EX_PROTOCOL, "no TLS");
	w->ssl = ssl;
}

/* AUTH PLAIN with the response at once; RFC 4954. */
static void
authenticate(struct wire *w)
{
	struct buf command = { 0 };

	buf_printf(&command, "AUTH PLAIN %s\r\n",
	    token_plain(w->o->user, w->o->secret));
	converse(w, command.data);
	buf_free(&command);
}

static void
run(struct wire *w, SSL_CTX *tls)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("began %lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
	connect_to(w);
	if (w->o->starttls) {
		converse(w, "");
		converse(w, "EHLO client.example\r\n");
		converse(w, "STARTTLS\r\n");
		encrypt(w, tls);
	} else {
		encrypt(w, tls);
		converse(w, "");
	}
	converse(w, "EHLO client.example\r\n");
	authenticate(w);
	send_all(w);
	SSL_shutdown(w->ssl);
	SSL_free(w->ssl);
}

static int
parse(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "1a:d:n:p:s:tu:")) != -1) {
		switch (c) {
		case '1': o->one = 1; break;
		case 'a': o->address = optarg; break;
		case 'd': o->directory = optarg; break;
		case 'n': o->count = strtoul(optarg, NULL, 10); break;
		case 'p': o->port = (uint16_t)atoi(optarg); break;
		case 's': o->secret = optarg; break;
		case 't': o->starttls = 1; break;
		case 'u': o->user = optarg; break;
		default: return -1;
		}
	}
	return o->directory && o->secret && o->user && o->port ? 0 : -1;
}

int
main(int argc, char **argv)
{
	struct options options = { .address = "127.0.0.1" };
	static struct wire wire;
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

	log_open("wire", "bench");
	log_to(LOG_TO_STDERR);
	if (tls == NULL || parse(&options, argc, argv) == -1) {
		fprintf(stderr, "usage: wire -p PORT -u USER -s SECRET "
		    "-n COUNT -d DIRECTORY [-a ADDRESS] [-1] [-t]\n");
		return EX_USAGE;
	}
	SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	signal(SIGPIPE, SIG_IGN);
	wire.o = &options;
	load_all(&wire);
	run(&wire, tls);
	SSL_CTX_free(tls);
	return 0;
}
