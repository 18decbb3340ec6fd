#ifndef MAIL_TOKEN_H
#define MAIL_TOKEN_H

#include <stdbool.h>

/*
 * The lexical tokens of addresses: RFC 5322, section 3.2, with the obsolete
 * syntax of section 4.1 and UTF-8 as in RFC 6532.
 */
enum token_kind {
	TOKEN_END,
	TOKEN_ATOM,		/* atext and bytes above 127 */
	TOKEN_QUOTED,		/* "...", with its quotes */
	TOKEN_LITERAL,		/* [...], with its brackets */
	TOKEN_DOT,
	TOKEN_AT,
	TOKEN_LESS,
	TOKEN_GREATER,
	TOKEN_COMMA,
	TOKEN_SEMICOLON,
	TOKEN_COLON,
	TOKEN_ODD,		/* a backslash, ")", "[" or "]" by itself */
	TOKEN_BAD,		/* error says what is wrong */
};

struct token {
	enum token_kind kind;
	const char *lead;	/* where the comments before it begin */
	const char *start;
	const char *end;
	const char *error;	/* in words; NULL unless bad */
};

/*
 * Reads the first token in [p, end), after blanks, folding and comments.  A
 * control character is bad by itself, and makes bad what encloses it; a
 * quoted string or a comment that is not closed is bad up to the end.
 */
void token_read(const char *p, const char *end, struct token *);

/* Whether an atom may hold the byte. */
bool token_is_atext(char);

/* Whether the byte is a control character; a tab is one too. */
bool token_is_control(char);

#endif
