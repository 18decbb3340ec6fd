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

#include "base/buf.h"
#include "base/log.h"
#include "base/xmalloc.h"

enum {
	DIGEST_HEX = 64,		/* SHA-256 */
	KEPT_MAX = 1536 * 1024 * 1024,	/* of text without a digest yet */
	SMALL = 65536,			/* is copied; what is larger is moved */
};

/* A message whose digest has not been computed. */
struct kept {
	struct kept *next;
	struct buf text;
};

struct ledger {
	unsigned char *seen;		/* one flag per number */
	int each;			/* is reported */
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
	struct kept *kept;
	size_t kept_bytes;
	double cpu;			/* used before the first connection */
	double first;			/* connection */
	double accepted;		/* the first of the messages */
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

static double
cpu(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	    (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

struct ledger *
ledger_new(size_t count, int each)
{
	struct ledger *l = xcalloc(1, sizeof(*l));

	l->expected = count;
	l->each = each;
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
	if (l->connections++ == 0) {
		l->cpu = cpu();
		l->first = seconds();
	}
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

/* Finds number and digest in the header, and the body; -1 without them. */
static int
find_parts(const struct buf *text, const char **field, const char **body)
{
	const char *end;

	end = text->len > 0 ? memmem(text->data, text->len, "\r\n\r\n", 4) :
	    NULL;
	*field = end != NULL ? find_field(text->data, end + 2) : NULL;
	if (*field == NULL)
		return -1;
	*body = end + 4;
	return 0;
}

/* Whether the digest in the header is that of the body. */
static int
is_whole(const struct ledger *l, const struct buf *text)
{
	const char *body, *field;
	char hex[EVP_MAX_MD_SIZE * 2];

	if (find_parts(text, &field, &body) == -1)
		return 0;
	field += strcspn(field, " \r");
	digest(l, body, text->len - (size_t)(body - text->data), hex);
	return field + 1 + DIGEST_HEX + 4 <= body &&
	    memcmp(field + 1, hex, DIGEST_HEX) == 0;
}

static void
check_kept(struct ledger *l)
{
	struct kept *kept;

	while ((kept = l->kept) != NULL) {
		if (!is_whole(l, &kept->text))
			l->damaged++;
		l->kept = kept->next;
		free(kept->text.data);
		free(kept);
	}
	l->kept_bytes = 0;
}

static void
keep(struct ledger *l, struct buf *text)
{
	struct kept *kept = xcalloc(1, sizeof(*kept));

	l->kept_bytes += text->len;
	if (text->len > SMALL) {
		kept->text = *text;
		*text = (struct buf){ 0 };
	} else {
		buf_add(&kept->text, text->data, text->len);
		buf_clear(text);
	}
	kept->next = l->kept;
	l->kept = kept;
	if (l->kept_bytes > KEPT_MAX)
		check_kept(l);
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
	if (l->distinct == 1)
		l->accepted = l->last;
	if (l->each)
		printf("arrived %lu %.6f\n", number, l->last);
	if (l->distinct == l->expected)
		puts("complete");
	if (l->each || l->distinct == l->expected)
		fflush(stdout);
}

void
ledger_enter(struct ledger *l, struct buf *text)
{
	const char *body, *field;
	unsigned long number;

	l->messages++;
	l->bytes += text->len;
	if (find_parts(text, &field, &body) == -1 ||
	    (number = strtoul(field, NULL, 10)) >= l->expected) {
		l->strangers++;
		buf_clear(text);
		return;
	}
	enter_number(l, number);
	keep(l, text);
}

void
ledger_print(struct ledger *l)
{
	double used = cpu() - l->cpu;

	check_kept(l);
	printf("messages %zu\nlost %zu\ndoubled %zu\ndamaged %zu\n",
	    l->messages, l->expected - l->distinct, l->doubled, l->damaged);
	printf("strangers %zu\nrefused %zu\nbytes %zu\n",
	    l->strangers, l->refused, l->bytes);
	printf("connections %zu\nmost %zu\n", l->connections, l->most);
	printf("first %.6f\naccepted %.6f\nlast %.6f\ncpu %.6f\n", l->first,
	    l->accepted, l->last, used);
	fflush(stdout);
}
