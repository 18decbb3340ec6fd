/*
 * sink -c CERT -k KEY -u USER -s SECRET -n COUNT [-a ADDRESS] [-e]
 * [-m MEGABYTES] [-p PORT] [-t] [-w EXTENSION,...]: a smarthost, on loopback
 * by default, that takes mail as fast as it can, over TLS and after AUTH PLAIN,
 * and keeps a ledger of it.  With -t TLS begins with STARTTLS.
 *
 * "port N" is printed when it listens, "complete" when all the messages that
 * it expects have arrived, and the ledger at SIGTERM; with -e also every
 * message.
 */

#include <config.h>

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "dialogue.h"
#include "ledger.h"
#include "token.h"

enum {
	EVENTS_AT_ONCE = 64,
	READ_SIZE = 65536,
	REPLIES_AT_ONCE = 4096,		/* sent before more is read */
};

struct peer {
	struct dialogue *dialogue;
	SSL *ssl;
	int encrypted;			/* or about to be */
	int fd;
	int stuck;			/* waiting to write */
};

struct sink {
	struct smarthost host;
	SSL_CTX *tls;
	int epoll;
	int listener;
	int signals;
};

struct options {
	const char *address;
	const char *cert;
	const char *key;
	const char *user;
	const char *secret;
	const char *without;
	size_t count;
	size_t memory;
	int each;
	int starttls;
	uint16_t port;
};

static void
watch(int epoll, int op, int fd, uint32_t events, void *data)
{
	struct epoll_event event;

	event.events = events;
	event.data.ptr = data;
	if (epoll_ctl(epoll, op, fd, &event) == -1)
		fatal(EX_OSERR, "epoll_ctl");
}

static void
peer_close(struct sink *sink, struct peer *peer)
{
	ledger_leave(sink->host.ledger);
	SSL_free(peer->ssl);
	close(peer->fd);
	dialogue_free(peer->dialogue);
	free(peer);
}

static int
peer_read(struct peer *peer, char *data, size_t len)
{
	if (peer->encrypted)
		return SSL_read(peer->ssl, data, (int)len);
	return (int)read(peer->fd, data, len);
}

static int
peer_write(struct peer *peer, const char *data, size_t len)
{
	if (peer->encrypted)
		return SSL_write(peer->ssl, data, (int)len);
	return (int)write(peer->fd, data, len);
}

/* Turns a result into 0 for "later" and -1 for "never". */
static int
later(struct peer *peer, int result)
{
	int why;

	/* The few replies before TLS never fill the socket. */
	if (!peer->encrypted)
		return result == -1 && errno == EAGAIN ? 0 : -1;
	why = SSL_get_error(peer->ssl, result);
	peer->stuck = why == SSL_ERROR_WANT_WRITE;
	return peer->stuck || why == SSL_ERROR_WANT_READ ? 0 : -1;
}

static int
peer_send(struct peer *peer)
{
	struct buf *out = dialogue_output(peer->dialogue);
	int n;

	while (out->len > 0) {
		n = peer_write(peer, out->data, out->len);
		if (n <= 0)
			return later(peer, n);
		buf_drop(out, (size_t)n);
	}
	return 0;
}

/* Replies are gathered until the client pauses or there are many of them. */
static int
peer_receive(struct peer *peer)
{
	static char data[READ_SIZE];
	struct buf *out = dialogue_output(peer->dialogue);
	int n;

	while (!peer->stuck && !dialogue_over(peer->dialogue) &&
	    !dialogue_starting(peer->dialogue)) {
		n = peer_read(peer, data, sizeof(data));
		if (n <= 0)
			return later(peer, n);
		dialogue_input(peer->dialogue, data, (size_t)n);
		if (out->len >= REPLIES_AT_ONCE && peer_send(peer) == -1)
			return -1;
	}
	return 0;
}

/* Sends what is left to say in the clear; then there is TLS. */
static int
peer_encrypt(struct peer *peer)
{
	if (peer_send(peer) == -1)
		return -1;
	peer->encrypted = 1;
	dialogue_encrypted(peer->dialogue);
	return 0;
}

/* Returns -1 when the connection is over. */
static int
peer_move(struct peer *peer)
{
	int n;

	ERR_clear_error();
	peer->stuck = 0;
	if (peer->encrypted && !SSL_is_init_finished(peer->ssl)) {
		n = SSL_do_handshake(peer->ssl);
		if (n <= 0)
			return later(peer, n);
	}
	if (peer_send(peer) == -1 || peer_receive(peer) == -1)
		return -1;
	if (dialogue_starting(peer->dialogue))
		return peer_encrypt(peer);
	if (!peer->stuck && peer_send(peer) == -1)
		return -1;
	if (peer->stuck || !dialogue_over(peer->dialogue))
		return 0;
	SSL_shutdown(peer->ssl);
	return -1;
}

static void
peer_event(struct sink *sink, struct peer *peer)
{
	int was_stuck = peer->stuck;

	if (peer_move(peer) == -1)
		peer_close(sink, peer);
	else if (peer->stuck != was_stuck)
		watch(sink->epoll, EPOLL_CTL_MOD, peer->fd,
		    peer->stuck ? EPOLLOUT : EPOLLIN, peer);
}

static void
peer_open(struct sink *sink)
{
	struct peer *peer;
	int fd, on = 1;

	fd = accept4(sink->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	peer = xcalloc(1, sizeof(*peer));
	peer->fd = fd;
	peer->dialogue = dialogue_new(&sink->host);
	peer->ssl = SSL_new(sink->tls);
	if (peer->ssl == NULL || SSL_set_fd(peer->ssl, fd) != 1)
		fatalx(EX_SOFTWARE, "no TLS");
	SSL_set_accept_state(peer->ssl);
	peer->encrypted = !sink->host.starttls;
	ledger_arrive(sink->host.ledger);
	watch(sink->epoll, EPOLL_CTL_ADD, fd, EPOLLIN, peer);
	/* With TLS from the start the client speaks first. */
	if (!peer->encrypted)
		peer_event(sink, peer);
}

/* Runs until SIGTERM. */
static void
sink_run(struct sink *sink)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int i, n;

	for (;;) {
		n = epoll_wait(sink->epoll, events, EVENTS_AT_ONCE, -1);
		for (i = 0; i < n; i++) {
			if (events[i].data.ptr == &sink->signals)
				return;
			if (events[i].data.ptr == &sink->listener)
				peer_open(sink);
			else
				peer_event(sink, events[i].data.ptr);
		}
	}
}

static int
listen_on(const char *address, uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd, on = 1;

	sin.sin_port = htons(port);
	if (inet_pton(AF_INET, address, &sin.sin_addr) != 1)
		fatalx(EX_USAGE, "%s is not an address", address);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		fatal(EX_OSERR, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, SOMAXCONN) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		fatal(EX_OSERR, "%s port %u", address, port);
	printf("port %u\n", ntohs(sin.sin_port));
	fflush(stdout);
	return fd;
}

static SSL_CTX *
tls_context(const char *cert, const char *key)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (tls == NULL ||
	    SSL_CTX_use_certificate_chain_file(tls, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
		fatalx(EX_CONFIG, "cannot use %s and %s", cert, key);
	SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(tls, 1);
	SSL_CTX_set_default_read_buffer_len(tls, READ_SIZE);
	return tls;
}

static int
watch_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/*
 * Makes the heap as large as it will have to be, so that the kernel need not
 * find pages, and clear them, in the time of who is being measured.
 */
static void
take_memory(size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	char *all;

	if (size == 0)
		return;
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, -1);
	all = xreallocarray(NULL, size, 1);
	/* Large pages, if there are any, make this fast. */
	madvise((void *)(((uintptr_t)all + page) & ~(page - 1)), size - page,
	    MADV_HUGEPAGE);
	explicit_bzero(all, size);
	free(all);
}

static void
sink_open(struct sink *sink, const struct options *o)
{
	take_memory(o->memory);
	sink->host.token = token_plain(o->user, o->secret);
	sink->host.without = o->without;
	sink->host.starttls = o->starttls;
	sink->host.ledger = ledger_new(o->count, o->each);
	sink->tls = tls_context(o->cert, o->key);
	sink->signals = watch_signals();
	sink->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (sink->epoll == -1 || sink->signals == -1)
		fatal(EX_OSERR, "epoll");
	sink->listener = listen_on(o->address, o->port);
	watch(sink->epoll, EPOLL_CTL_ADD, sink->signals, EPOLLIN,
	    &sink->signals);
	watch(sink->epoll, EPOLL_CTL_ADD, sink->listener, EPOLLIN,
	    &sink->listener);
}

static int
parse(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "a:c:ek:m:n:p:s:tu:w:")) != -1) {
		switch (c) {
		case 'a': o->address = optarg; break;
		case 'c': o->cert = optarg; break;
		case 'e': o->each = 1; break;
		case 'k': o->key = optarg; break;
		case 'm': o->memory = strtoul(optarg, NULL, 10) << 20; break;
		case 'n': o->count = strtoul(optarg, NULL, 10); break;
		case 'p': o->port = (uint16_t)atoi(optarg); break;
		case 's': o->secret = optarg; break;
		case 't': o->starttls = 1; break;
		case 'u': o->user = optarg; break;
		case 'w': o->without = optarg; break;
		default: return -1;
		}
	}
	return o->cert && o->key && o->secret && o->user ? 0 : -1;
}

int
main(int argc, char **argv)
{
	struct options options = { .address = "127.0.0.1" };
	static struct sink sink;

	log_open("sink", "bench");
	log_to(LOG_TO_STDERR);
	if (parse(&options, argc, argv) == -1) {
		fprintf(stderr, "usage: sink -c CERT -k KEY -u USER -s SECRET "
		    "-n COUNT [-a ADDRESS] [-e] [-m MEGABYTES] [-p PORT] "
		    "[-t] [-w EXTENSION,...]\n");
		return EX_USAGE;
	}
	sink_open(&sink, &options);
	sink_run(&sink);
	ledger_print(sink.host.ledger);
	return 0;
}
