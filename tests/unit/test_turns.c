#include <config.h>

#include <sys/types.h>

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flush/item.h"
#include "flush/turns.h"

/*
 * A letter is a message of the user of that name, a dash takes one.  What
 * comes out is letters and the number of the message among its user's.
 */
static const struct {
	const char *in;
	const char *out;
} rows[] = {
	{ "", "" },
	{ "-", "" },
	{ "a-", "a1" },
	{ "a--", "a1" },
	{ "aaa---", "a1a2a3" },
	{ "aab---", "a1b1a2" },
	{ "baa---", "a1b1a2" },
	{ "cccbbaa-------", "a1b1c1a2b2c2c3" },
	/* Who comes while others have their turns does not wait for them. */
	{ "bbbbbb--a--c---", "b1b2a1b3c1b4b5" },
	{ "bbbbbb--c--a---", "b1b2c1b3a1b4b5" },
	/* Who has had his turn is not first when he comes again. */
	{ "ab-a--a-", "a1b1a2a3" },
	{ "abc-a-a-a---", "a1b1c1a2a3a4" },
	/* A capital is the next of its user. */
	{ "aaA---", "a3a1a2" },
	{ "aaa-A---", "a1a4a2a3" },
	{ "aabb-A----", "a1b1a3b2a2" },
	{ "a-A-", "a1a2" },
	{ "A-", "a1" },
	{ "aaaa----aaaaA-----", "a1a2a3a4a9a5a6a7a8" },
	/* He who was last is gone. */
	{ "b-ac--", "b1c1a1" },
	{ "b-a-c-", "b1a1c1" },
	{ "z-a-z-", "z1a1z2" },
};

static void
run(const char *in, char *out)
{
	struct turns t = { .last = (uid_t)-1 };
	uint64_t numbers[128] = { 0 };
	struct item item;
	size_t len = 0;

	for (; *in != '\0'; in++) {
		if (*in != '-') {
			char user = (char)tolower((unsigned char)*in);

			item = (struct item){
				.arrival = ++numbers[(unsigned char)user],
				.next = user,
			};
			if (user == *in)
				turns_add(&t, (uid_t)user, &item);
			else
				turns_put_first(&t, (uid_t)user, &item);
			len++;
		} else if (turns_take(&t, &item)) {
			*out++ = (char)item.next;
			*out++ = (char)('0' + item.arrival);
			len--;
		} else
			assert_int_equal(len, 0);
		assert_int_equal(t.len, len);
	}
	*out = '\0';
	turns_clear(&t);
	assert_int_equal(t.len, 0);
	assert_false(turns_take(&t, &item));
}

static void
test_order(void **state)
{
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run(rows[i].in, out);
		assert_string_equal(out, rows[i].out);
	}
}

/* Nobody, as far as it can be told, is one too. */
static void
test_greatest_user(void **state)
{
	struct turns t = { .last = (uid_t)-1 };
	struct item item = { .arrival = 1 };

	(void)state;
	turns_add(&t, (uid_t)-1, &item);
	turns_add(&t, (uid_t)-1, &item);
	item.arrival = 2;
	turns_add(&t, 0, &item);
	for (uint64_t i = 0; i < 3; i++) {
		assert_true(turns_take(&t, &item));
		assert_int_equal(item.arrival, i == 0 ? 2 : 1);
	}
	assert_false(turns_take(&t, &item));
	turns_clear(&t);
}

/* Each line in order and nothing lost, however they grow and shrink. */
static void
test_random(void **state)
{
	enum { USERS = 40 };
	uint64_t added[USERS] = { 0 }, taken[USERS] = { 0 };
	struct turns t = { .last = (uid_t)-1 };
	struct item item;

	(void)state;
	srandom(1);
	for (int n = 0; n < 60000; n++) {
		int uid = (int)(random() % USERS * random() % USERS);
		bool grow = random() % 5 < (n / 10000 % 2 == 0 ? 4 : 1);

		if (grow) {
			item = (struct item){
				.arrival = ++added[uid],
				.next = uid,
			};
			turns_add(&t, (uid_t)uid, &item);
		} else if (turns_take(&t, &item))
			assert_int_equal(item.arrival, ++taken[item.next]);
	}
	while (turns_take(&t, &item))
		assert_int_equal(item.arrival, ++taken[item.next]);
	assert_memory_equal(added, taken, sizeof(added));
	assert_int_equal(t.nlines, 0);
	turns_clear(&t);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_greatest_user),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
