#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "ctl/listing.h"
#include "ctl/selection.h"
#include "mail/envelope.h"
#include "spool/spool.h"

static const struct {
	const char *pattern;
	const char *address;
	bool matches;
} patterns[] = {
	{ "a@example.net", "a@example.net", true },
	{ "A@Example.NET", "a@example.net", true },
	{ "a@example.net", "A@EXAMPLE.net", true },
	{ "a@example.net", "aa@example.net", false },
	{ "a@example.net", "a@example.nett", false },
	{ "*@example.net", "a@example.net", true },
	{ "@example.net", "a@example.net", true },
	{ "@example.net", "a@sub.example.net", false },
	{ "@*example.net", "a@sub.example.net", true },
	{ "?@example.net", "a@example.net", true },
	{ "?@example.net", "ab@example.net", false },
	{ "a", "a@example.net", true },
	{ "a*", "abc@example.org", true },
	{ "example.net", "a@example.net", false },
	{ "a@[192.0.2.1]", "a@[192.0.2.1]", true },
	{ "\"x y\"@example.net", "\"x y\"@example.net", true },
	{ "*", "a@example.net", true },
	{ "*", "", true },
	{ "<>", "", true },
	{ "<>", "a@example.net", false },
	{ "a", "", false },
	{ "", "", false },
	{ "", "a@example.net", false },
	{ "\xc3\xa4@example.net", "\xc3\xa4@example.net", true },
};

static void
test_patterns(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (selection_matches(patterns[i].pattern,
		    patterns[i].address) != patterns[i].matches)
			fail_msg("%s: %s", patterns[i].pattern,
			    patterns[i].address);
}

enum { NOW = 1000000, HOUR = 3600 };

/* A message that arrived then, in that state, and the options. */
static const struct {
	int64_t age;
	int state;
	bool chosen;
	const char *options[8];
} chosen[] = {
	{ 0, SPOOL_NEW, true, { NULL } },
	{ HOUR, SPOOL_NEW, true, { "--older", "1h", NULL } },
	{ HOUR - 1, SPOOL_NEW, false, { "--older", "1h", NULL } },
	{ HOUR, SPOOL_NEW, true, { "-n1h", NULL } },
	{ HOUR + 1, SPOOL_NEW, false, { "--newer=1h", NULL } },
	{ -5, SPOOL_NEW, true, { "--newer", "0s", NULL } },
	{ -5, SPOOL_NEW, false, { "--older", "0s", NULL } },
	{ HOUR, SPOOL_NEW, true, { "-o", "59m", "-n", "61m", NULL } },
	{ 0, SPOOL_NEW, true, { "--state", "new", NULL } },
	{ 0, SPOOL_CUR, false, { "--state", "new", NULL } },
	{ 0, SPOOL_CUR, true, { "--state", "deferred", NULL } },
	{ 0, SPOOL_HOLD, true, { "-s", "hold", "-s", "new", NULL } },
	{ 0, SPOOL_NEW, true, { "-s", "hold", "-s", "new", NULL } },
	{ 0, SPOOL_FAILED, false, { "-s", "hold", "-s", "new", NULL } },
	{ 0, SPOOL_FAILED, true, { "-s", "Failed", NULL } },
};

static int
parse(struct selection *s, bool states, const char *const *options)
{
	char *argv[10] = { (char *)"list" };
	int argc = 1;

	while (options[argc - 1] != NULL) {
		argv[argc] = (char *)options[argc - 1];
		argc++;
	}
	optind = 0;
	return selection_parse(s, states, argc, argv);
}

static void
test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(chosen) / sizeof(chosen[0]); i++) {
		struct listed listed = {
			.arrival = (uint64_t)(NOW - chosen[i].age) * 1000000,
			.next = -1,
			.state = chosen[i].state,
		};
		struct selection s;

		assert_int_equal(parse(&s, true, chosen[i].options), 0);
		assert_int_equal(selection_is_given(&s),
		    chosen[i].options[0] != NULL);
		assert_false(selection_wants_envelope(&s));
		if (selection_has(&s, &listed, NOW) != chosen[i].chosen)
			fail_msg("row %zu", i);
	}
}

static void
test_wrong(void **state)
{
	static const char *const wrong[][3] = {
		{ "--older", "x", NULL }, { "--newer", "-1s", NULL },
		{ "-s", "old", NULL }, { "-s", "", NULL },
		{ "-s", "new hold", NULL }, { "--sender", NULL },
		{ "-x", NULL },
	};
	struct selection s;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(parse(&s, true, wrong[i]), -1);
	assert_int_equal(parse(&s, false,
	    (const char *const[]){ "-s", "new", NULL }), -1);
}

static void
test_envelope(void **state)
{
	struct envelope e = { .sender = (char *)"Me@example.com" };
	struct selection s;

	(void)state;
	envelope_add_recipient(&e, "due@example.net");
	envelope_add_recipient(&e, "done@example.net");
	envelope_add_recipient(&e, "failed@example.net");
	e.recipients[1].state = RECIPIENT_DELIVERED;
	e.recipients[2].state = RECIPIENT_FAILED;
	parse(&s, true, (const char *const[]){ "-f", "me@example.com", "-r",
	    "due@*", NULL });
	assert_true(selection_wants_envelope(&s));
	assert_true(selection_has_envelope(&s, SPOOL_CUR, &e));
	s.sender = "you";
	assert_false(selection_has_envelope(&s, SPOOL_CUR, &e));
	s.sender = NULL;
	s.recipient = "done@*";
	assert_false(selection_has_envelope(&s, SPOOL_CUR, &e));
	assert_false(selection_has_envelope(&s, SPOOL_FAILED, &e));
	s.recipient = "failed@*";
	assert_false(selection_has_envelope(&s, SPOOL_CUR, &e));
	assert_true(selection_has_envelope(&s, SPOOL_FAILED, &e));
	e.sender = NULL;
	envelope_free(&e);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_envelope),
	};

	log_open("test_selection", NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
