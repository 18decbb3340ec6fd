#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/canon.h"
#include "mail/envelope.h"
#include "mail/notification.h"
#include "mail/wrap.h"
#include "tests/unit/expand.h"

enum { ARRIVAL = 1763800000, DAY = 24 * 3600 };

#define HEADER "Message-ID: <m@example.org>\nReferences: <r@example.org>\n" \
	"Subject: Disk full\nFrom: root@example.org\n"
#define SAID "5.1.1 550 5.1.1 <bob@example.net>: who? (in reply to RCPT TO)"
#define WORDS "5.3.4 message of 9 bytes, but smtp.example.net takes 5"

/* One notification; where a member is 0 or NULL, what is ordinary. */
static const struct row {
	const char *name;	/* of the file it is written to */
	enum notification_kind kind;
	const char *reason;
	const char *address;
	const char *orcpt;
	const char *envid;
	const char *to;
	const char *header;	/* as in expand.h */
	const char *body;	/* returned too */
	const char *from;
	const char *relay;	/* "": not known */
	const char *domain;
	time_t age;
	bool kept;
	bool eightbit;
	size_t others;		/* recipients before it */
	const char *want[12];	/* are in it */
	const char *no[6];	/* are not */
} rows[] = {
	{ "failed", NOTIFICATION_FAILED, SAID,
	  .orcpt = "rfc822;b+2Bb@example.org", .envid = "QQ+2B1+20x",
	  .want = {
		"Date: Sat, 22 Nov 2025 08:26:40 +0000\n"
		"From: Mail Delivery System <postmaster@example.org>\n"
		"To: alice@example.org\n"
		"Subject: Mail not delivered: Disk full\n"
		"Message-ID: <5F1.F@host.example.org>\n"
		"In-Reply-To: <m@example.org>\n"
		"References: <r@example.org> <m@example.org>\n"
		"Auto-Submitted: auto-replied\n"
		"MIME-Version: 1.0\n"
		"Content-Type: multipart/report; report-type=delivery-status;"
		"\n boundary=\"onehop=_00DEADBEEF00CAFE\"\n"
		"Content-Transfer-Encoding: 7bit\n\n"
		"--onehop=_00DEADBEEF00CAFE\n"
		"Content-Type: text/plain; charset=us-ascii\n"
		"Content-Transfer-Encoding: 7bit\n\n"
		"This is about a message that was given to the mail system of\n"
		"host.example.org on Sat, 22 Nov 2025 08:26:40 +0000.\n\n"
		"    sender: <alice@example.org>\n"
		"    queue ID: 5F0000000000A\n\n"
		"The message could not be delivered to the recipient below, "
		"and nobody will\ntry again.\n\n"
		"    <bob@example.net>\n"
		"      smtp.example.net said, in reply to RCPT TO:\n"
		"        550 5.1.1 <bob@example.net>: who?\n\n"
		"You can check the address, mend what the reason names, and "
		"send the message\nagain. If that does not help, send all of "
		"this notification to whoever looks\nafter the mail of "
		"example.org.\n\n"
		"What follows is a report for programs, and the header of the "
		"message.\n\n"
		"--onehop=_00DEADBEEF00CAFE\n"
		"Content-Type: message/delivery-status\n"
		"Content-Transfer-Encoding: 7bit\n\n"
		"Original-Envelope-Id: QQ+1 x\n"
		"Reporting-MTA: dns; host.example.org\n"
		"Arrival-Date: Sat, 22 Nov 2025 08:26:40 +0000\n"
		"X-Onehop-Queue-ID: 5F0000000000A\n"
		"X-Onehop-Sender: rfc822; alice@example.org\n\n"
		"Original-Recipient: rfc822; b+b@example.org\n"
		"Final-Recipient: rfc822; bob@example.net\n"
		"Action: failed\n"
		"Status: 5.1.1\n"
		"Remote-MTA: dns; smtp.example.net\n"
		"Diagnostic-Code: smtp; 550 5.1.1 <bob@example.net>: who?\n"
		"Last-Attempt-Date: Sat, 22 Nov 2025 08:26:40 +0000\n\n"
		"--onehop=_00DEADBEEF00CAFE\n"
		"Content-Type: text/rfc822-headers\n"
		"Content-Transfer-Encoding: 7bit\n\n"
		HEADER "\n--onehop=_00DEADBEEF00CAFE--\n" },
	  .no = { "Will-Retry", "tried for", "kept" } },
	{ "expired", NOTIFICATION_FAILED,
	  "4.4.7 451 4.7.1 greylisted (in reply to end of DATA)",
	  .age = 5 * DAY + 9, .kept = true, .body = "Hello\n", .want = {
		"It was tried for 5 days, in vain. This is about the last "
		"attempt.\n      smtp.example.net said, in reply to end of "
		"DATA:\n        451 4.7.1 greylisted\n\n",
		"The whole message is kept until Sat, 27 Dec 2025 08:26:49 "
		"+0000 in the spool\nof host.example.org, where the "
		"administrator finds it as\nfailed/5F0000000000A.\n\n",
		"and the whole message.\n",
		"Status: 4.4.7\nRemote-MTA: dns; smtp.example.net\n"
		"Diagnostic-Code: smtp; 451 4.7.1 greylisted\n",
		"Arrival-Date: Sat, 22 Nov 2025 08:26:40 +0000\n",
		"Last-Attempt-Date: Thu, 27 Nov 2025 08:26:49 +0000\n",
		"Content-Type: message/rfc822\n"
		"Content-Transfer-Encoding: 7bit\n\n" HEADER "\nHello\n\n--" },
	  .no = { "Original-", "Will-Retry" } },
	{ "delayed", NOTIFICATION_DELAYED,
	  "4.2.1 450 4.2.1 busy (in reply to RCPT TO)", .age = 4 * 3600,
	  .want = {
		"Subject: Mail delayed, but still being tried: Disk full\n",
		"\n\nThe message could not be delivered to the recipient "
		"below yet. It is still\nbeing tried, until Thu, 27 Nov 2025 "
		"08:26:40 +0000, and then given up. You\nneed not send it "
		"again.\n\n",
		"You can wait. If it is urgent, tell the recipient by other "
		"means.\n",
		"Action: delayed\nStatus: 4.2.1\n",
		"Last-Attempt-Date: Sat, 22 Nov 2025 12:26:40 +0000\n"
		"Will-Retry-Until: Thu, 27 Nov 2025 08:26:40 +0000\n\n--" },
	  .no = { "nobody", "in vain", "mend" } },
	{ "untried", NOTIFICATION_DELAYED, "", .relay = "", .age = 3600,
	  .want = {
		"      No attempt has got as far as this recipient.\n\n",
		"Action: delayed\nStatus: 4.0.0\nLast-Attempt-Date: " },
	  .no = { "said", "Diagnostic", "Remote-MTA" } },
	{ "relayed", NOTIFICATION_RELAYED, "2.0.0 250 2.0.0 queued as 7",
	  .want = {
		"Subject: Mail passed on to the smarthost: Disk full\n",
		"\n\nThe message was passed on for the recipient below: "
		"smtp.example.net has\naccepted it. That server does not "
		"report deliveries, so you will hear no\nmore unless the "
		"message fails further on.\n\n",
		"      smtp.example.net said:\n        250 2.0.0 queued as 7\n",
		"Action: relayed\nStatus: 2.0.0\n"
		"Remote-MTA: dns; smtp.example.net\n"
		"Diagnostic-Code: smtp; 250 2.0.0 queued as 7\n" },
	  .no = { "nobody", "Will-Retry", "mend" } },
	{ "words", NOTIFICATION_FAILED, WORDS,
	  .from = "mailer@example.org", .want = {
		"From: Mail Delivery System <mailer@example.org>\n",
		"      The reason:\n        message of 9 bytes, but "
		"smtp.example.net takes 5\n",
		"Status: 5.3.4\nDiagnostic-Code: x-onehop; message of 9 bytes,"
		" but smtp.example.net takes 5\n" },
	  .no = { "said", "Remote-MTA", "postmaster" } },
	{ "unknown", NOTIFICATION_FAILED, "no status", .relay = "",
	  .header = "", .want = {
		"Subject: Mail not delivered\nMessage-ID: ",
		"Status: 5.0.0\nDiagnostic-Code: x-onehop; no status\n" },
	  .no = { "References", "In-Reply-To", "Remote-MTA" } },
	{ "literal", NOTIFICATION_FAILED, SAID, .relay = "192.0.2.1", .want = {
		"192.0.2.1 said", "Remote-MTA: dns; [192.0.2.1]\n" } },
	{ "literal6", NOTIFICATION_FAILED, SAID, .relay = "2001:db8::1",
	  .want = { "Remote-MTA: dns; [IPv6:2001:db8::1]\n" } },
	{ "eightbit", NOTIFICATION_FAILED,
	  "5.7.1 554 nicht erw\303\274nscht \377 (in reply to DATA)",
	  .body = "caf\303\251\n", .eightbit = true, .want = {
		"boundary=\"onehop=_00DEADBEEF00CAFE\"\n"
		"Content-Transfer-Encoding: 8bit\n",
		"Content-Type: text/plain; charset=utf-8\n"
		"Content-Transfer-Encoding: quoted-printable\n",
		"        554 nicht erw=C3=BCnscht ?\n",
		"Content-Type: message/delivery-status\n"
		"Content-Transfer-Encoding: 7bit\n",
		"Diagnostic-Code: smtp; 554 nicht erw?nscht ?\n",
		"Content-Type: message/rfc822\n"
		"Content-Transfer-Encoding: 8bit\n\n" HEADER
		"\ncaf\303\251\n\n--" } },
	/* Where only the header is returned the body does not count. */
	{ "header", NOTIFICATION_FAILED, SAID, .eightbit = true, .want = {
		"CAFE\"\nContent-Transfer-Encoding: 7bit\n",
		"headers\nContent-Transfer-Encoding: 7bit\n" } },
	{ "header8bit", NOTIFICATION_FAILED, SAID,
	  .header = "Subject: caf\351\n", .want = {
		"CAFE\"\nContent-Transfer-Encoding: 8bit\n",
		"Subject: Mail not delivered:\n "
		"=?unknown-8bit?Q?caf=E9?=\nMessage-ID",
		"text/rfc822-headers\nContent-Transfer-Encoding: 8bit\n" } },
	{ "global", NOTIFICATION_FAILED, SAID,
	  .address = "j\303\266rg@example.net",
	  .orcpt = "utf-8;j\\x{F6}rg@example.net", .want = {
		"CAFE\"\nContent-Transfer-Encoding: 8bit\n",
		"    <j=C3=B6rg@example.net>\n",
		"Content-Type: message/global-delivery-status\n"
		"Content-Transfer-Encoding: 8bit\n\n",
		"X-Onehop-Sender: rfc822; alice@example.org\n\n"
		"Original-Recipient: utf-8; j\\x",
		/* A brace means more in this notation. */
		"F6}rg@example.net\n"
		"Final-Recipient: utf-8; j\303\266rg@example.net\n",
		"Content-Type: message/global-headers\n"
		"Content-Transfer-Encoding: 7bit\n\n" } },
	{ "orcpt8bit", NOTIFICATION_FAILED, SAID,
	  .orcpt = "utf-8;j\303\266rg@example.net", .body = "x\n", .want = {
		"Content-Type: message/global-delivery-status\n",
		"Original-Recipient: utf-8; j\303\266rg@example.net\n"
		"Final-Recipient: rfc822; bob@example.net\n",
		"Content-Type: message/global\n" } },
	{ "globalsender", NOTIFICATION_FAILED, SAID,
	  .to = "\303\251ve@example.org", .want = {
		"To: \303\251ve@example.org\n",
		"X-Onehop-Sender: utf-8; \303\251ve@example.org\n" } },
	{ "globaldomain", NOTIFICATION_FAILED, SAID,
	  .domain = "caf\303\251.example", .want = {
		"<postmaster@caf\303\251.example>\n",
		"message/global-delivery-status" } },
	/* Nothing gets out of where it stands. */
	{ "hostile", NOTIFICATION_FAILED,
	  "5.0.0 550 x\nBcc: y\n\n--onehop=_00DEADBEEF00CAFE--\n"
	  "\033[2J (in reply to DATA)",
	  .address = "\"a\nBcc: y\n\n--x\"@example.net",
	  .orcpt = "rfc822;a\r\nX: y", .envid = "a\r\nX: y",
	  .to = "a@b\nBcc: y@example.com",
	  .header = "Subject: s\r\rBcc: y\001\n"
	  "Message-ID: <a\rb> <a@b>\rBcc: y\n", .want = {
		"To: a@b??Bcc: y@example.com\n",
		"Subject: Mail not delivered: s Bcc: y?\n",
		"In-Reply-To: <a@b>\nReferences: <a@b>\nAuto-Submitted",
		"    <\"a??Bcc: y??" "??" "--x\"@example.net>\n",
		"        550 x??Bcc: y??" "??" "--onehop=_00DEADBEEF00CAFE--??"
		"?[2J\n",
		"Final-Recipient: rfc822; \"a??Bcc: y??" "??"
		"--x\"@example.net\n",
		"Diagnostic-Code: smtp; 550 x??Bcc: y??" "??"
		"--onehop=_00DEADBEEF00CAFE--??" "?[2J\n" },
	  .no = { "\nBcc", "\n--x", "Original-Recipient", "Envelope",
		"\033" } },
	{ "long", NOTIFICATION_FAILED, "5.0.0 550 {x*246}",
	  .address = "{a*980}@example.net", .to = "{a*980}@example.org",
	  .want = {
		"To:\n {a*980}@example.org\n",
		"Final-Recipient: rfc822;\n {a*980}@example.net\n",
		"Diagnostic-Code: smtp; 550\n {x*246}\n",
		"      smtp.example.net said:\n        550\n"
		"        {x*246}\n" } },
	{ "many", NOTIFICATION_FAILED, SAID, .others = 149, .want = {
		"delivered to the recipients below,",
		"    <user99@example.net>\n      smtp.example.net said, in "
		"reply to RCPT TO:\n        550 5.1.1 <bob@example.net>: who?"
		"\n\nThe report below names 50 more.\n\nYou can",
		"\n\nFinal-Recipient: rfc822; user100@example.net\n",
		"\n\nFinal-Recipient: rfc822; bob@example.net\n" },
	  .no = { "<user100@example.net>" } },
};
enum { NROWS = sizeof(rows) / sizeof(rows[0]) };

static const char *
or(const char *text, const char *ordinary)
{
	return text != NULL ? text : ordinary;
}

static void
notify(const struct row *row, const struct envelope *e,
    const struct recipient *const *recipients, const struct buf *header,
    struct buf *out)
{
	const struct notification n = {
		.kind = row->kind,
		.about = e,
		.recipients = recipients,
		.nrecipients = e->nrecipients,
		.id = "5F0000000000A",
		.own_id = "5F1.F",
		.random = 0xdeadbeef00cafe,
		.host = "host.example.org",
		.domain = or(row->domain, "example.org"),
		.from = row->from,
		.relay = row->relay == NULL ? "smtp.example.net" :
		    *row->relay != '\0' ? row->relay : NULL,
		.to = e->sender,
		.arrival = ARRIVAL,
		.now = ARRIVAL + row->age,
		.attempt = ARRIVAL + row->age,
		.until = ARRIVAL + 5 * DAY,
		.whole = row->body != NULL,
		.kept = row->kept ? ARRIVAL + row->age + 30 * DAY : 0,
	};
	struct canon canon;

	notification_begin(&n, header->data, header->len, out);
	canon_init(&canon, false);
	canon_add(&canon, header->data, header->len, out);
	if (row->body != NULL) {
		buf_adds(out, "\r\n");
		expand(out, row->body);
	}
	notification_end(&n, out);
}

static struct recipient
recipient(const struct row *row, size_t i, struct buf *address,
    struct buf *reason)
{
	bool last = i == row->others;

	if (last)
		expand(address, or(row->address, "bob@example.net"));
	else
		buf_printf(address, "user%zu@example.net", i);
	expand(reason, row->reason);
	return (struct recipient){
		.address = address->data,
		.reason = reason->data,
		.orcpt = last && row->orcpt != NULL ? strdup(row->orcpt) :
		    NULL,
	};
}

/* The whole notification of a row. */
static void
make(const struct row *row, struct buf *out)
{
	size_t count = row->others + 1;
	struct recipient all[200];
	const struct recipient *pointers[200];
	struct buf sender = { 0 }, header = { 0 }, texts[400] = { 0 };
	char *envid = row->envid != NULL ? strdup(row->envid) : NULL;
	struct envelope e = {
		.eightbit = row->eightbit,
		.envid = envid,
		.nrecipients = count,
	};

	expand(&sender, or(row->to, "alice@example.org"));
	expand(&header, or(row->header, HEADER));
	e.sender = sender.data;
	for (size_t i = 0; i < count; i++) {
		all[i] = recipient(row, i, &texts[2 * i], &texts[2 * i + 1]);
		pointers[i] = &all[i];
	}
	notify(row, &e, pointers, &header, out);
	for (size_t i = 0; i < count; i++) {
		buf_free(&texts[2 * i]);
		buf_free(&texts[2 * i + 1]);
		free(all[i].orcpt);
	}
	free(envid);
	buf_free(&sender);
	buf_free(&header);
}

/* cmocka prints 1,024 bytes. */
static void
report(const struct row *row, const char *what, const struct buf *text,
    const struct buf *out)
{
	fprintf(stderr, "%s: %s:\n%s\nin:\n%s", row->name, what, text->data,
	    out->data);
	fail();
}

static void
check_texts(const struct row *row, const struct buf *out)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < 12 && row->want[i] != NULL; i++) {
		buf_clear(&text);
		expand(&text, row->want[i]);
		if (strstr(out->data, text.data) == NULL)
			report(row, "missing", &text, out);
	}
	for (size_t i = 0; i < 6 && row->no[i] != NULL; i++) {
		buf_clear(&text);
		expand(&text, row->no[i]);
		if (strstr(out->data, text.data) != NULL)
			report(row, "there is", &text, out);
	}
	buf_free(&text);
}

/* Canonical, no line too long, and with three parts. */
static void
check_lines(const struct buf *out)
{
	size_t delimiters = 0;
	const char *p = out->data, *cr;

	assert_int_equal(strlen(p), out->len);
	for (; (cr = strpbrk(p, "\r\n")) != NULL; p = cr + 2) {
		assert_memory_equal(cr, "\r\n", 2);
		assert_in_range(cr - p, 0, LINE_MAX_BYTES);
		if (strncmp(p, "--", 2) == 0)
			delimiters++;
	}
	assert_string_equal(p, "");
	assert_int_equal(delimiters, 4);
}

/* tests/e2e/test_notification.py has another parser read them. */
static void
write_file(const char *directory, const char *name, const struct buf *out)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(out->data, out->len, 1, f), 1);
	assert_int_equal(fclose(f), 0);
}

static void
test_rows(void **state)
{
	const char *directory = getenv("ONEHOP_NOTIFICATIONS");
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < NROWS; i++) {
		buf_clear(&out);
		make(&rows[i], &out);
		check_texts(&rows[i], &out);
		check_lines(&out);
		if (directory != NULL)
			write_file(directory, rows[i].name, &out);
	}
	buf_free(&out);
}

/* Without a time of the last attempt nothing is said of it. */
static void
test_no_attempt(void **state)
{
	struct recipient r = { .address = (char *)(uintptr_t)"a@b",
		.reason = (char *)(uintptr_t)"" };
	const struct recipient *all = &r;
	struct envelope e = { .sender = r.address };
	struct notification n = {
		.kind = NOTIFICATION_DELAYED, .about = &e, .recipients = &all,
		.nrecipients = 1, .id = "1", .own_id = "2", .host = "h",
		.domain = "d", .to = "c@d",
	};
	struct buf out = { 0 };

	(void)state;
	notification_begin(&n, "", 0, &out);
	assert_null(strstr(out.data, "Last-Attempt-Date"));
	assert_null(strstr(out.data, "Will-Retry-Until"));
	assert_null(strstr(out.data, "kept"));
	buf_free(&out);
}

/* The parts are told apart by a number that nobody knows. */
static void
test_boundary(void **state)
{
	struct envelope e = { 0 };
	struct notification n = { .about = &e };
	struct buf out = { 0 };

	(void)state;
	n.random = UINT64_MAX;
	notification_end(&n, &out);
	n.random = 1;
	notification_end(&n, &out);
	assert_string_equal(out.data, "\r\n--onehop=_FFFFFFFFFFFFFFFF--\r\n"
	    "\r\n--onehop=_0000000000000001--\r\n");
	buf_free(&out);
}

static int
use_utc(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_attempt),
		cmocka_unit_test(test_boundary),
	};

	return cmocka_run_group_tests(tests, use_utc, NULL);
}
