#include <config.h>

#include "sendmail/letter.h"

#include <stddef.h>

static const struct letter letters[] = {
	{ 'A', ARITY_SHORT, LETTER_IGNORED, "there is one configuration" },
	{ 'B', ARITY_VALUE, LETTER_IGNORED, "the message itself tells" },
	{ 'C', ARITY_VALUE, LETTER_CONFIG, NULL },
	{ 'D', ARITY_VALUE, LETTER_REFUSED, "it would write a file" },
	{ 'E', ARITY_ATTACHED, LETTER_IGNORED, "Japanese is not recoded" },
	{ 'F', ARITY_VALUE, LETTER_FULL_NAME, NULL },
	{ 'G', ARITY_ALONE, LETTER_IGNORED, "relayed mail is mail" },
	{ 'I', ARITY_ALONE, LETTER_NEWALIASES, NULL },
	{ 'J', ARITY_ATTACHED, LETTER_IGNORED, "Japanese is not recoded" },
	{ 'L', ARITY_VALUE, LETTER_IGNORED, "the tag in the log is fixed" },
	{ 'M', ARITY_VALUE, LETTER_REFUSED, "see onehopctl for one message" },
	{ 'N', ARITY_VALUE, LETTER_NOTIFY, NULL },
	{ 'O', ARITY_VALUE, LETTER_LONG_OPTION, NULL },
	{ 'Q', ARITY_VALUE, LETTER_REFUSED, "see onehopctl for one message" },
	{ 'R', ARITY_VALUE, LETTER_RET, NULL },
	{ 'S', ARITY_ATTACHED, LETTER_REFUSED, "-q tries everything now" },
	{ 'U', ARITY_ALONE, LETTER_IGNORED, "all mail is submitted" },
	{ 'V', ARITY_VALUE, LETTER_ENVID, NULL },
	{ 'X', ARITY_VALUE, LETTER_IGNORED, "it would write a file" },
	{ 'b', ARITY_VALUE, LETTER_MODE, NULL },
	{ 'c', ARITY_ALONE, LETTER_IGNORED, "all mail goes by the queue" },
	{ 'd', ARITY_ATTACHED, LETTER_REFUSED, "the log has what happens" },
	{ 'e', ARITY_SHORT, LETTER_IGNORED, "the exit status tells" },
	{ 'f', ARITY_VALUE, LETTER_SENDER, NULL },
	{ 'h', ARITY_VALUE, LETTER_IGNORED, "hops are not counted" },
	{ 'i', ARITY_ALONE, LETTER_DOTS, NULL },
	{ 'm', ARITY_ALONE, LETTER_IGNORED, "no sender is left out" },
	{ 'n', ARITY_ALONE, LETTER_IGNORED, "aliases are not his to skip" },
	{ 'o', ARITY_VALUE, LETTER_OLD_OPTION, NULL },
	{ 'p', ARITY_VALUE, LETTER_IGNORED, "it is not in Received" },
	{ 'q', ARITY_ATTACHED, LETTER_FLUSH, NULL },
	{ 'r', ARITY_VALUE, LETTER_SENDER, NULL },
	{ 's', ARITY_ALONE, LETTER_IGNORED, "no From line is kept" },
	{ 't', ARITY_ALONE, LETTER_HEADER_RECIPIENTS, NULL },
	{ 'v', ARITY_ALONE, LETTER_VERBOSE, NULL },
	{ 'x', ARITY_ALONE, LETTER_IGNORED, "it has no meaning" },
};

const struct letter *
letter_find(char name)
{
	size_t n = sizeof(letters) / sizeof(letters[0]);

	for (const struct letter *l = letters; l < letters + n; l++)
		if (l->name == name)
			return l;
	return NULL;
}
