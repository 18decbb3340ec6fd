#include <config.h>

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/xmalloc.h"
#include "smtp/addresses.h"
#include "smtp/race.h"

enum { FILLERS = 8, ATTEMPTS_MAX = 8 };

/* A place to connect to. */
struct place {
	struct sockaddr_storage ss;
	struct addrinfo ai;
	int fd;
	int fillers[FILLERS];
};

/* A backlog of -1: nobody listens. */
static void
make_place(struct place *p, const char *address, int backlog)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST,
	}, *ai;
	socklen_t len = sizeof(p->ss);

	assert_int_equal(getaddrinfo(address, "0", &hints, &ai), 0);
	p->fd = socket(ai->ai_family, SOCK_STREAM, 0);
	assert_int_not_equal(p->fd, -1);
	assert_int_equal(bind(p->fd, ai->ai_addr, ai->ai_addrlen), 0);
	if (backlog != -1)
		assert_int_equal(listen(p->fd, backlog), 0);
	assert_int_equal(getsockname(p->fd, (struct sockaddr *)&p->ss, &len),
	    0);
	p->ai = (struct addrinfo){
		.ai_family = ai->ai_family,
		.ai_addr = (struct sockaddr *)&p->ss,
		.ai_addrlen = len,
	};
	memset(p->fillers, -1, sizeof(p->fillers));
	freeaddrinfo(ai);
}

/* One that answers. */
static void
make_good(struct place *p)
{
	make_place(p, "127.0.0.1", 16);
}

/* One where nobody listens, nor can as long as the port is ours. */
static void
make_closed(struct place *p)
{
	make_place(p, "127.0.0.1", -1);
}

/* One that does not answer: connections wait there for being accepted. */
static void
make_silent(struct place *p)
{
	make_place(p, "127.0.0.1", 0);
	for (size_t i = 0; i < FILLERS; i++) {
		p->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK,
		    0);
		connect(p->fillers[i], p->ai.ai_addr, p->ai.ai_addrlen);
	}
	usleep(20000);
}

static void
unmake(struct place *p)
{
	for (size_t i = 0; i < FILLERS; i++)
		if (p->fillers[i] != -1)
			close(p->fillers[i]);
	if (p->fd != -1)
		close(p->fd);
}

/*
 * Places, + that answers, - closed, . silent; how long they may take in all,
 * and how long it takes until one has won; "" for winner: none.
 */
static const struct {
	const char *places;
	double seconds;
	const char *winner;
	double least, most;
} races[] = {
	{ "+", 5, "0", 0, 1 },
	{ "++", 5, "0", 0, 1 },
	{ "-+", 5, "1", 0, 1 },
	{ ".+", 5, "1", 0.24, 1.2 },
	{ "..+", 5, "2", 0.49, 1.5 },
	{ ".+.", 5, "1", 0.24, 1.2 },
	/* After one that is closed there is no wait. */
	{ "------+", 5, "6", 0, 1 },
	{ ".-----+", 5, "6", 0.24, 1.2 },
	{ "-----.+", 5, "6", 0.24, 1.2 },
	/* Little time is shared. */
	{ "....+", 0.8, "4", 0.31, 0.8 },
	{ "-", 5, "", 0, 1 },
	{ "--..-", 0.3, "", 0.29, 1.3 },
	{ "------", 5, "", 0, 1 },
	{ ".", 0.3, "", 0.29, 1.3 },
	{ ".-.", 0.3, "", 0.29, 1.3 },
};

static size_t
make_places(struct place *places, const char *kinds)
{
	size_t n = strlen(kinds);

	for (size_t i = 0; i < n; i++)
		(kinds[i] == '+' ? make_good : kinds[i] == '-' ? make_closed :
		    make_silent)(&places[i]);
	return n;
}

/* What must be said when none has answered. */
static void
expect(const char *kinds, const char *tried)
{
	struct buf text = { 0 };

	for (const char *k = kinds; *k != '\0'; k++)
		if (k[1] == *k)
			buf_adds(&text, "127.0.0.1, ");
		else
			buf_printf(&text, "127.0.0.1: %s%s", strerror(*k ==
			    '-' ? ECONNREFUSED : ETIMEDOUT),
			    k[1] == '\0' ? "" : "; ");
	assert_string_equal(tried, text.data);
	buf_free(&text);
}

static void
test_races(void **state)
{
	struct place places[ATTEMPTS_MAX];
	const struct addrinfo *winner = NULL, **order;
	double took;
	size_t n;
	int fd;

	(void)state;
	for (size_t i = 0; i < sizeof(races) / sizeof(races[0]); i++) {
		struct buf tried = { 0 };
		struct race *r;

		n = make_places(places, races[i].places);
		order = xcalloc(n, sizeof(*order));
		for (size_t k = 0; k < n; k++)
			order[k] = &places[k].ai;
		took = date_clock();
		r = race_begin(order, n, NULL, races[i].seconds);
		fd = race_finish(r, &winner, &tried);
		took = date_clock() - took;
		if (races[i].winner[0] == '\0') {
			assert_int_equal(fd, -1);
			expect(races[i].places, tried.data);
		} else {
			assert_int_not_equal(fd, -1);
			assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
			assert_ptr_equal(winner,
			    &places[races[i].winner[0] - '0'].ai);
			assert_int_equal(tried.len, 0);
			close(fd);
		}
		if (took < races[i].least || took > races[i].most)
			fail_msg("%s took %g s", races[i].places, took);
		race_free(r);
		buf_free(&tried);
		for (size_t k = 0; k < n; k++)
			unmake(&places[k]);
	}
}

/* All attempts are ended with the race: no descriptor stays. */
static void
test_closes(void **state)
{
	struct place places[ATTEMPTS_MAX];
	const struct addrinfo *winner, **order = xcalloc(3, sizeof(*order));
	struct buf tried = { 0 };
	size_t n = make_places(places, "..+");
	int before = dup(0), after, fd;
	struct race *r;

	(void)state;
	close(before);
	for (size_t k = 0; k < n; k++)
		order[k] = &places[k].ai;
	r = race_begin(order, n, NULL, 5);
	fd = race_finish(r, &winner, &tried);
	assert_int_not_equal(fd, -1);
	race_free(r);
	close(fd);
	after = dup(0);
	assert_int_equal(after, before);
	close(after);
	for (size_t k = 0; k < n; k++)
		unmake(&places[k]);
}

/* All of them, each with how it went, in as much time as the last takes. */
static void
test_all(void **state)
{
	static const char *const rows[] = { "+", "-", ".", "+-.+", "..-+-" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct place places[ATTEMPTS_MAX];
		size_t n = make_places(places, rows[i]);
		const struct addrinfo **order = xcalloc(n, sizeof(*order));
		double took = date_clock();
		struct race *r;
		struct lap *laps;

		for (size_t k = 0; k < n; k++)
			order[k] = &places[k].ai;
		r = race_begin(order, n, NULL, 0.3);
		laps = race_run_all(r);
		took = date_clock() - took;
		race_free(r);
		assert_true(took < 1.3);
		assert_true((took >= 0.29) == (strchr(rows[i], '.') != NULL));
		for (size_t k = 0; k < n; k++) {
			char kind = rows[i][k];

			assert_ptr_equal(laps[k].to, &places[k].ai);
			assert_int_equal(laps[k].fd != -1, kind == '+');
			assert_int_equal(laps[k].error, kind == '+' ? 0 :
			    kind == '-' ? ECONNREFUSED : ETIMEDOUT);
			assert_true(laps[k].seconds <= took);
			assert_true((laps[k].seconds >= 0.28) ==
			    (kind == '.'));
			if (kind == '+')
				close(laps[k].fd);
			unmake(&places[k]);
		}
		free(laps);
	}
}

/* From an address of ours, or from one that is not ours. */
static void
test_source(void **state)
{
	static const struct { const char *source; bool ours; } rows[] = {
		{ "127.0.0.9", true },
		{ "192.0.2.1", false },
	};
	struct place place;

	(void)state;
	make_good(&place);
	for (size_t i = 0; i < 2; i++) {
		const struct addrinfo *winner, **order = xcalloc(1,
		    sizeof(*order));
		struct sockaddr_in in = { .sin_family = AF_INET };
		struct addrinfo source = {
			.ai_family = AF_INET,
			.ai_addr = (struct sockaddr *)&in,
			.ai_addrlen = sizeof(in),
		};
		struct buf tried = { 0 };
		socklen_t len = sizeof(in);
		struct race *r;
		int fd;

		inet_pton(AF_INET, rows[i].source, &in.sin_addr);
		order[0] = &place.ai;
		r = race_begin(order, 1, &source, 5);
		fd = race_finish(r, &winner, &tried);
		assert_int_equal(fd != -1, rows[i].ours);
		if (fd != -1) {
			in.sin_addr.s_addr = 0;
			getsockname(fd, (struct sockaddr *)&in, &len);
			assert_int_equal(ntohl(in.sin_addr.s_addr), 0x7f000009);
			close(fd);
		} else
			assert_string_equal(tried.data,
			    "127.0.0.1: Cannot assign requested address");
		race_free(r);
		buf_free(&tried);
	}
	unmake(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_races),
		cmocka_unit_test(test_closes),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
