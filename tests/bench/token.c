#include <config.h>

#include "token.h"

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/xmalloc.h"

const char *
token_plain(const char *user, const char *secret)
{
	struct buf plain = { 0 };
	char *token;

	buf_addc(&plain, '\0');
	buf_adds(&plain, user);
	buf_addc(&plain, '\0');
	buf_adds(&plain, secret);
	token = xcalloc(plain.len, 2);
	EVP_EncodeBlock((unsigned char *)token, (unsigned char *)plain.data,
	    (int)plain.len);
	buf_free(&plain);
	return token;
}
