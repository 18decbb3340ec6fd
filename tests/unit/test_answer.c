#include <config.h>

#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mail/envelope.h"
#include "spool/answer.h"

#define MINE ANSWER_PREFIX "1234"

static char directory[] = "/tmp/onehop.XXXXXX";

static struct envelope
make(struct recipient *recipients, size_t n, const char *envid)
{
	return (struct envelope){
		.envid = (char *)envid,
		.recipients = recipients,
		.nrecipients = n,
	};
}

static void
test_wanted(void **state)
{
	struct recipient one = { .state = RECIPIENT_DUE };
	struct envelope e = make(&one, 1, MINE);

	(void)state;
	assert_true(answer_is_wanted(&e, geteuid()));
	/* Anybody can give an ENVID; only the owner is answered. */
	assert_false(answer_is_wanted(&e, geteuid() + 1));
	e = make(&one, 1, "20261122-17");
	assert_false(answer_is_wanted(&e, geteuid()));
	e = make(&one, 1, NULL);
	assert_false(answer_is_wanted(&e, geteuid()));
	e = make(&one, 0, MINE);
	assert_false(answer_is_wanted(&e, geteuid()));
}

static const struct {
	enum recipient_state states[2];
	int state;
	const char *text;
} cases[] = {
	{ { 'D', 'D' }, 'D', "<0@example.net>: 250 2.0.0 said to 0" },
	{ { 'D', 'F' }, 'F', "<1@example.net>: 250 2.0.0 said to 1" },
	{ { 'F', '-' }, '-', "<1@example.net>: 250 2.0.0 said to 1" },
	{ { '-', 'D' }, '-', "<0@example.net>: 250 2.0.0 said to 0" },
};

static void
test_written(void **state)
{
	int spool = *(int *)*state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct recipient r[2] = {
			{ .state = cases[i].states[0],
			  .address = (char *)"0@example.net",
			  .reason = (char *)"2.0.0 250 2.0.0 said to 0" },
			{ .state = cases[i].states[1],
			  .address = (char *)"1@example.net",
			  .reason = (char *)"2.0.0 250 2.0.0 said to 1" },
		};
		struct envelope e = make(r, 2, MINE);
		struct answer a;
		struct stat st;

		assert_int_equal(answer_write(spool, &e), 0);
		assert_int_equal(fstatat(spool, "answer", &st, 0), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		assert_int_equal(answer_read(spool, MINE, &a), 1);
		assert_int_equal(a.state, cases[i].state);
		assert_string_equal(a.text, cases[i].text);
		assert_int_equal(answer_read(spool, ANSWER_PREFIX "12", &a),
		    0);
		assert_int_equal(answer_read(spool, MINE "5", &a), 0);
	}
	answer_remove(spool);
	assert_int_equal(answer_read(spool, MINE, &(struct answer){ 0 }), 0);
}

static void
put(int spool, const char *text)
{
	int fd = openat(spool, "answer", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void
test_malformed(void **state)
{
	static const char *const texts[] = {
		"", "\n", MINE, MINE " ", MINE " D", MINE " DD x", MINE " X x",
		" D x",
	};
	int spool = *(int *)*state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct answer a;

		put(spool, texts[i]);
		assert_int_equal(answer_read(spool, MINE, &a), 0);
	}
	answer_remove(spool);
}

static int
set_up(void **state)
{
	static int spool;

	spool = mkdtemp(directory) == NULL ? -1 :
	    open(directory, O_RDONLY | O_DIRECTORY);
	*state = &spool;
	return spool == -1;
}

static int
tear_down(void **state)
{
	close(*(int *)*state);
	return rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
