#include <config.h>

#include "ledger.h"

#include <sys/resource.h>

#include <openssl/evp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <time.h>

#include "base/log.h"
#include "base/xmalloc.h"

enum {
	DIGEST_HEX = 64,		/* SHA-256 */
};

struct ledger {
	unsigned char *seen;		/* one flag per number */
	size_t expected;
	size_t distinct;
	size_t messages;
	size_t doubled;
	size_t damaged;
	size_t strangers;		/* without a number that we expect */
	size_t refused;
	size_t bytes;
	size_t connections;
	size_t open;
	size_t most;			/* open at one time */
	double first;			/* connection */
	double last;			/* acceptance */
	const EVP_MD *sha256;
	EVP_MD_CTX *context;
};

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct ledger *
ledger_new(size_t count)
{
	struct ledger *l = xcalloc(1, sizeof(*l));

	l->expected = count;
	l->seen = xcalloc(count + 1, 1);
	l->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	l->context = EVP_MD_CTX_new();
	if (l->sha256 == NULL || l->context == NULL)
		fatalx(EX_SOFTWARE, "no SHA-256");
	return l;
}

void
ledger_arrive(struct ledger *l)
{
	if (l->connections++ == 0)
		l->first = seconds();
	if (++l->open > l->most)
		l->most = l->open;
}

void
ledger_leave(struct ledger *l)
{
	l->open--;
}

void
ledger_refuse(struct ledger *l)
{
	l->refused++;
}

static void
digest(const struct ledger *l, const char *data, size_t len, char *hex)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int n, i;

	if (EVP_DigestInit_ex(l->context, l->sha256, NULL) != 1 ||
	    EVP_DigestUpdate(l->context, data, len) != 1 ||
	    EVP_DigestFinal_ex(l->context, sum, &n) != 1)
		fatalx(EX_SOFTWARE, "SHA-256 failed");
	for (i = 0; i < n; i++) {
		hex[2 * i] = "0123456789abcdef"[sum[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[sum[i] & 15];
	}
}

/* Returns what stands after the name of the field, or NULL. */
static const char *
find_field(const char *header, const char *end)
{
	const char name[] = "X-Bench: ";
	const char *p = header;

	while (p != NULL && (size_t)(end - p) > sizeof(name)) {
		if (strncasecmp(p, name, sizeof(name) - 1) == 0)
			return p + sizeof(name) - 1;
		p = memchr(p, '\n', (size_t)(end - p));
		if (p != NULL)
			p++;
	}
	return NULL;
}

static void
enter_number(struct ledger *l, unsigned long number)
{
	if (l->seen[number]) {
		l->doubled++;
		return;
	}
	l->seen[number] = 1;
	l->distinct++;
	l->last = seconds();
	if (l->distinct == l->expected) {
		puts("complete");
		fflush(stdout);
	}
}

void
ledger_enter(struct ledger *l, const char *data, size_t len)
{
	const char *body, *field;
	char hex[EVP_MAX_MD_SIZE * 2], *rest;
	unsigned long number;

	l->messages++;
	l->bytes += len;
	body = memmem(data, len, "\r\n\r\n", 4);
	field = body != NULL ? find_field(data, body + 2) : NULL;
	if (field == NULL || (number = strtoul(field, &rest, 10)) >=
	    l->expected) {
		l->strangers++;
		return;
	}
	body += 4;
	digest(l, body, len - (size_t)(body - data), hex);
	if (rest + 1 + DIGEST_HEX + 4 > body ||
	    memcmp(rest + 1, hex, DIGEST_HEX) != 0)
		l->damaged++;
	enter_number(l, number);
}

static double
cpu(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	    (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

void
ledger_print(const struct ledger *l)
{
	printf("messages %zu\nlost %zu\ndoubled %zu\ndamaged %zu\n",
	    l->messages, l->expected - l->distinct, l->doubled, l->damaged);
	printf("strangers %zu\nrefused %zu\nbytes %zu\n",
	    l->strangers, l->refused, l->bytes);
	printf("connections %zu\nmost %zu\n", l->connections, l->most);
	printf("first %.6f\nlast %.6f\ncpu %.6f\n", l->first, l->last, cpu());
	fflush(stdout);
}
