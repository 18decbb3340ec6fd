#include <config.h>

#include "smtp/channel.h"

#include <sys/socket.h>

#include <errno.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/fdpass.h"
#include "base/log.h"
#include "mail/job.h"
#include "mail/report.h"

_Static_assert((int)CHANNEL_PACKET > (int)JOB_MAX, "a job and its NUL");

int
channel_report(int channel, const struct report *report)
{
	struct buf packet = { 0 };
	int result;

	report_encode(report, &packet);
	result = fdpass_send(channel, packet.data, packet.len, -1);
	if (result == -1 && errno != EPIPE && errno != ECONNRESET)
		fatal(EX_OSERR, "report to the flusher");
	buf_free(&packet);
	return result;
}

int
channel_receive(int channel, char *packet, struct job *job, int *fd)
{
	ssize_t n = fdpass_recv(channel, packet, CHANNEL_PACKET - 1, fd);

	if (n == -1 && errno != ECONNRESET)
		fatal(EX_OSERR, "job from the flusher");
	if (n <= 0)
		return 0;
	packet[n] = '\0';
	if (job_decode(job, packet, (size_t)n) == -1 || *fd == -1)
		fatalx(EX_PROTOCOL, "malformed job from the flusher");
	return 1;
}

void
channel_end(int channel)
{
	char byte;

	shutdown(channel, SHUT_RDWR);
	while (recv(channel, &byte, sizeof(byte), MSG_DONTWAIT) > 0)
		;
}
