#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "mail/dsn.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is printed reads as what was parsed. */
static void
try_notify(const char *text, size_t len)
{
	struct buf again = { 0 };
	unsigned notify, same;

	if (dsn_parse_notify(text, len, &notify) == -1)
		return;
	assert(notify != 0);
	dsn_print_notify(notify, &again);
	assert(dsn_parse_notify(again.data, again.len, &same) == 0);
	assert(same == notify);
	buf_free(&again);
}

/* What passes cannot end a command or begin another parameter. */
static void
assert_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		assert((unsigned char)text[i] > ' ' && text[i] != 0x7f &&
		    text[i] != '=');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	struct buf out = { 0 }, ascii = { 0 };
	enum dsn_ret ret;

	try_notify(text, len);
	if (dsn_parse_ret(text, len, &ret) == 0)
		assert(strlen(dsn_ret_name(ret)) == len);
	if (dsn_check_envid(text, len) == NULL)
		assert_plain(text, len);
	dsn_add_xtext(&out, text, len);
	if (out.len > 0)
		assert_plain(out.data, out.len);
	buf_clear(&out);
	if (dsn_check_orcpt(text, len) == NULL) {
		assert_plain(text, len);
		buf_add(&out, text, len);
		dsn_add_orcpt(&ascii, out.data);
		assert_plain(ascii.data, ascii.len);
		assert(ascii.len > DSN_ORCPT_MAX ||
		    dsn_check_orcpt(ascii.data, ascii.len) == NULL);
	}
	buf_free(&out);
	buf_free(&ascii);
	return 0;
}
