#include <config.h>

#include "ctl/import/postfixother.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "ctl/import/imported.h"
#include "ctl/import/maincf.h"

/*
 * What is said of a parameter: NULL if it is carried over, "" if it makes no
 * difference for mail that is sent.  A name that ends in "*" is the beginning
 * of names; the first that fits counts.
 */
static const struct {
	const char *name;
	const char *why;
} parameters[] = {
	{ "relayhost", NULL },
	{ "smtp_tls_security_level", NULL },
	{ "smtp_use_tls", NULL },
	{ "smtp_enforce_tls", NULL },
	{ "smtp_tls_wrappermode", NULL },
	{ "smtp_tls_CAfile", NULL },
	{ "smtp_tls_cert_file", NULL },
	{ "smtp_tls_key_file", NULL },
	{ "smtp_tls_fingerprint_cert_match", NULL },
	{ "smtp_tls_fingerprint_digest", NULL },
	{ "smtp_sasl_auth_enable", NULL },
	{ "smtp_sasl_password_maps", NULL },
	{ "smtp_sasl_security_options", NULL },
	{ "smtp_sasl_tls_security_options", NULL },
	{ "smtp_sasl_mechanism_filter", NULL },
	{ "smtp_bind_address*", NULL },
	{ "smtp_destination_concurrency_limit", NULL },
	{ "default_destination_concurrency_limit", NULL },
	{ "message_size_limit", NULL },
	{ "maximal_queue_lifetime", NULL },
	{ "minimal_backoff_time", NULL },
	{ "maximal_backoff_time", NULL },
	{ "delay_warning_time", NULL },
	{ "myorigin", NULL },
	{ "myhostname", NULL },
	{ "mydomain", NULL },
	{ "smtp_helo_name", NULL },
	{ "luser_relay", NULL },
	{ "mydestination", NULL },
	{ "alias_maps", NULL },
	{ "sender_canonical_maps", NULL },
	{ "canonical_maps", NULL },
	{ "smtp_generic_maps", NULL },
	{ "authorized_submit_users", NULL },
	{ "alias_database", "" },
	{ "smtp_tls_CApath", "set tls-ca-file to a file with the authorities, "
	    "if they are not those of the system" },
	{ "smtp_tls_chain_files", "set tls-cert-file and tls-key-file" },
	{ "smtp_tls_mandatory_protocols", "onehop takes TLS 1.2 and newer, "
	    "see tls-min-version" },
	{ "smtp_tls_protocols", "onehop takes TLS 1.2 and newer, see "
	    "tls-min-version" },
	{ "smtp_tls_policy_maps", "onehop has one smarthost; say in tls what "
	    "the table says of it" },
	{ "smtp_tls_session_cache*", "" },
	{ "smtp_tls_note_starttls_offer", "" },
	{ "smtp_tls_loglevel", "" },
	{ "smtp_tls_*", "onehop leaves this to OpenSSL" },
	{ "smtp_sender_dependent_authentication", "onehop has one user; "
	    "senders gives each sender the address that the smarthost takes" },
	{ "sender_dependent_*", "onehop has one smarthost and one user" },
	{ "smtp_sasl_*", "onehop authenticates with what auth names" },
	{ "header_checks", "rewrite-from and senders change addresses, and "
	    "nothing else is changed" },
	{ "smtp_header_checks", "rewrite-from puts the address of the "
	    "envelope into From; nothing else is changed" },
	{ "*_checks", "onehop does not change messages" },
	{ "smtp_destination_rate_delay", "set rate, such as 30/1m" },
	{ "default_destination_rate_delay", "set rate, such as 30/1m" },
	{ "virtual_alias_maps", "write its entries into the file of aliases, "
	    "with a colon behind the name" },
	{ "recipient_canonical_maps", "write its entries into the file of "
	    "aliases, with a colon behind the name" },
	{ "masquerade_*", "set domain, or name the senders in senders" },
	{ "transport_maps", "onehop has one smarthost for all mail" },
	{ "default_transport", "onehop has one smarthost for all mail" },
	{ "relay_transport", "onehop has one smarthost for all mail" },
	{ "bounce_queue_lifetime", "onehop has one lifetime" },
	{ "queue_run_delay", "see retry-min" },
	{ "always_bcc", "onehop sends no copies; an alias can" },
	{ "sender_bcc_maps", "onehop sends no copies; an alias can" },
	{ "recipient_bcc_maps", "onehop sends no copies; an alias can" },
	{ "content_filter", "onehop has no filters" },
	{ "notify_classes", "" },
	{ "inet_protocols", NULL },
	{ "smtp_address_preference", "onehop tries both families" },
	{ "mailbox_*", "" },
	{ "home_mailbox", "" },
	{ "local_*", "" },		/* there is no local delivery */
	{ "smtpd_*", "" },		/* nothing comes from the network */
	{ "lmtp_*", "" },
	{ "milter_*", "onehop has no filters" },
	{ "non_smtpd_milters", "onehop has no filters" },
	{ "biff", "" },
	{ "compatibility_level", "" },
	{ "append_dot_mydomain", "" },
	{ "append_at_myorigin", "" },
	{ "readme_directory", "" },
	{ "html_directory", "" },
	{ "manpage_directory", "" },
	{ "sample_directory", "" },
	{ "command_directory", "" },
	{ "daemon_directory", "" },
	{ "data_directory", "" },
	{ "queue_directory", "" },
	{ "config_directory", "" },
	{ "mail_owner", "" },
	{ "setgid_group", "" },
	{ "default_privs", "" },
	{ "unknown_local_recipient_reject_code", "" },
	{ "inet_interfaces", "" },
	{ "mynetworks*", "" },
	{ "recipient_delimiter", "" },
	{ "relay_domains", "" },
	{ "debug*", "" },
	{ "maillog_file", "onehop logs to syslog, see log" },
	{ "syslog_*", "onehop logs to syslog, facility mail" },
	{ "disable_vrfy_command", "" },
	{ "strict_rfc821_envelopes", "" },
	{ "shlib_directory", "" },
	{ "meta_directory", "" },
	{ "sendmail_path", "" },
	{ "mailq_path", "" },
	{ "newaliases_path", "" },
};

static bool
matches(const char *pattern, const char *name)
{
	const char *star = strchr(pattern, '*');
	size_t before, after, len = strlen(name);

	if (star == NULL)
		return strcmp(pattern, name) == 0;
	before = (size_t)(star - pattern);
	after = strlen(star + 1);
	return len >= before + after &&
	    strncmp(pattern, name, before) == 0 &&
	    strcmp(star + 1, name + len - after) == 0;
}

void
postfixother_name(struct imported *im, const struct maincf *cf)
{
	const size_t n = sizeof(parameters) / sizeof(parameters[0]);
	const char *name;

	for (size_t i = 0; (name = maincf_name(cf, i)) != NULL; i++) {
		size_t k = 0;

		while (k < n && !matches(parameters[k].name, name))
			k++;
		if (k == n)
			imported_lose(im, maincf_find(cf, name), "%s: onehop "
			    "has nothing like it", name);
		else if (parameters[k].why != NULL &&
		    *parameters[k].why != '\0')
			imported_lose(im, maincf_find(cf, name), "%s: %s",
			    name, parameters[k].why);
	}
}
