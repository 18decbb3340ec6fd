#include <config.h>

#include "ctl/rewrite.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/log.h"
#include "ctl/setup.h"
#include "ctl/text.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "mail/unique.h"
#include "spool/config.h"
#include "spool/hostname.h"
#include "spool/rewrite.h"

/* Prints lines, indented. */
static void
print_lines(const struct buf *text)
{
	const char *p = text->data;
	size_t len;

	for (; p != NULL && *p != '\0'; p += len + 1) {
		len = strcspn(p, "\n");
		fputs("    ", stdout);
		text_print(p, len);
		putchar('\n');
	}
}

static void
print_heading(const char *address, const char *role)
{
	putchar('\'');
	text_print(address, strlen(address));
	printf("' as %s:\n", role);
}

static void
add_result(void *envelope, const char *address)
{
	envelope_add_recipient(envelope, address);
}

/* As sendmail does: each once. */
static void
print_results(struct envelope *e)
{
	unique_recipients(e);
	for (size_t i = 0; i < e->nrecipients; i++)
		printf("    -> %s\n", e->recipients[i].address);
}

static int
refuse(const char *text, size_t len, const char *wrong)
{
	fputs("    '", stdout);
	text_print(text, len);
	printf("' is refused: %s\n", wrong);
	return EX_DATAERR;
}

static int
show_recipients(struct rewrite *rw, const char *word)
{
	const char *p = word, *end = word + strlen(word), *wrong;
	struct buf spec = { 0 };
	struct address a;
	int status = EX_OK;

	while ((p = address_next(p, end, &a, &spec)) != NULL) {
		struct envelope results = { 0 };
		struct buf why = { 0 };

		wrong = a.error != NULL ? a.error : rewrite_recipient(rw,
		    spec.data, add_result, &results, &why);
		print_lines(&why);
		print_results(&results);
		if (wrong != NULL)
			status = refuse(a.start, (size_t)(a.end - a.start),
			    wrong);
		envelope_free(&results);
		buf_free(&why);
	}
	buf_free(&spec);
	return status;
}

static int
show_sender(struct rewrite *rw, const char *word)
{
	struct buf out = { 0 }, why = { 0 };
	bool replaced;
	const char *wrong = rewrite_sender(rw, word, &out, &replaced, &why);

	if (wrong == NULL)
		buf_printf(&why, "-> %s\n", out.len > 0 ? out.data : "<>");
	print_lines(&why);
	buf_free(&out);
	buf_free(&why);
	return wrong == NULL ? EX_OK : refuse(word, strlen(word), wrong);
}

static int
show_all(const struct config *cfg, char **words)
{
	struct buf domain = { 0 }, host = { 0 };
	struct rewrite *rw;
	int status = EX_OK;

	if (hostname_both(cfg->domain, &host, &domain) == -1)
		fatal(EX_TEMPFAIL, "cannot find out the name of this host");
	rw = rewrite_open(cfg, domain.data, host.data);
	for (; *words != NULL; words++) {
		print_heading(*words, "recipient");
		if (show_recipients(rw, *words) != EX_OK)
			status = EX_DATAERR;
		print_heading(*words, "sender");
		if (show_sender(rw, *words) != EX_OK)
			status = EX_DATAERR;
	}
	/* What it is was said; without it, mail may go elsewhere. */
	if (rewrite_trouble(rw) != NULL)
		status = EX_TEMPFAIL;
	rewrite_close(rw);
	buf_free(&domain);
	buf_free(&host);
	return status;
}

int
verb_rewrite(const char *config, int argc, char **argv)
{
	struct config *cfg;
	int status;

	if (argc < 2)
		return EX_USAGE;
	cfg = setup_config(config);
	status = show_all(cfg, argv + 1);
	config_free(cfg);
	return status;
}
