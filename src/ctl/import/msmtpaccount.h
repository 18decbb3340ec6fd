#ifndef CTL_IMPORT_MSMTPACCOUNT_H
#define CTL_IMPORT_MSMTPACCOUNT_H

struct imported;
struct statement;

/* The statements of one account of msmtprc. */
enum msmtp_statement {
	MSMTP_ACCOUNT,		/* its name */
	MSMTP_HOST,
	MSMTP_PORT,
	MSMTP_SOURCE_IP,
	MSMTP_TIMEOUT,
	MSMTP_DOMAIN,
	MSMTP_AUTH,
	MSMTP_USER,
	MSMTP_PASSWORD,
	MSMTP_PASSWORDEVAL,
	MSMTP_TLS,
	MSMTP_STARTTLS,
	MSMTP_TRUST,
	MSMTP_FINGERPRINT,
	MSMTP_KEY,
	MSMTP_CERT,
	MSMTP_CERTCHECK,
	MSMTP_FROM,
	MSMTP_OVERRIDE,
	MSMTP_AUTO_FROM,
	MSMTP_MAILDOMAIN,
	MSMTP_SET_FROM,
	MSMTP_ALIASES,
	MSMTP_PROTOCOL,
	MSMTP_PROXY,
	MSMTP_SOCKET,
	MSMTP_STATEMENTS,
};

/* Sets what this account says, an array of MSMTP_STATEMENTS. */
void msmtpaccount_carry(struct imported *, const struct statement *account);

#endif
