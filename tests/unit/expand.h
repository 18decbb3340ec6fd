/*
 * The notation of test tables for texts in canonical form: a line feed stands
 * for CRLF, and "{ab*3}" for ababab.
 */
static inline void
expand_add(struct buf *out, const char *text, const char *end)
{
	for (; text < end; text++)
		if (*text == '\n')
			buf_adds(out, "\r\n");
		else
			buf_addc(out, *text);
}

static inline void
expand(struct buf *out, const char *text)
{
	const char *brace, *star;
	char *close;

	buf_adds(out, "");
	for (; (brace = strchr(text, '{')) != NULL; text = close + 1) {
		expand_add(out, text, brace);
		star = brace + 2;
		while (*star != '*')
			star++;
		for (unsigned long n = strtoul(star + 1, &close, 10); n > 0;
		    n--)
			expand_add(out, brace + 1, star);
	}
	expand_add(out, text, text + strlen(text));
}
