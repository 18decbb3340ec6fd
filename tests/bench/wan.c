/*
 * wan -r MS: two network namespaces as far from each other as the round trip
 * given.  The near one has the address 192.0.2.1, the far one 192.0.2.2; each
 * has a TUN device, and every packet is held for half the round trip on its
 * way from one to the other.  So TCP is what it is over a long line: opening a
 * connection takes a round trip, and so does each step of slow start.  The
 * bandwidth has no limit and nothing is lost; only when more is under way than
 * fits into HELD_MAX are packets dropped, as by a router with a full queue.
 *
 * "near FD far FD" is printed when it is ready: descriptors of this process,
 * found in /proc, that stand for the namespaces.  It runs until it is killed or
 * its parent ends, and the namespaces are gone with the last process in them.
 */

#include <config.h>

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "held.h"

enum {
	PACKET_MAX = 65536 + 64,	/* a segment not cut, and its header */
	HELD_MAX = 256 * 1024 * 1024,
	TX_QUEUE = 10000,		/* packets, while we do not read */
};

/* One side, and what is under way to the other. */
struct side {
	struct held held;
	int tun;
	int namespace;
};

static void
set_address(int s, struct ifreq *ifr, unsigned long request,
    const char *address)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, address, &sin.sin_addr) != 1)
		errx(1, "%s", address);
	memcpy(&ifr->ifr_addr, &sin, sizeof(sin));
	if (ioctl(s, request, ifr) == -1)
		err(1, "%s: %s", ifr->ifr_name, address);
}

static void
bring_up(int s, struct ifreq *ifr)
{
	ifr->ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(s, SIOCSIFFLAGS, ifr) == -1)
		err(1, "%s", ifr->ifr_name);
}

static void
configure(const char *name, const char *address)
{
	struct ifreq ifr = { 0 };
	int s;

	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s == -1)
		err(1, "socket");
	strcpy(ifr.ifr_name, "lo");
	bring_up(s, &ifr);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	set_address(s, &ifr, SIOCSIFADDR, address);
	set_address(s, &ifr, SIOCSIFNETMASK, "255.255.255.0");
	ifr.ifr_qlen = TX_QUEUE;
	if (ioctl(s, SIOCSIFTXQLEN, &ifr) == -1)
		err(1, "%s", name);
	bring_up(s, &ifr);
	close(s);
}

/*
 * The other side is this kernel, too: large segments go through whole and
 * without a checksum, as between virtual machines.
 */
static int
open_tun(const char *name)
{
	struct ifreq ifr = { 0 };
	int fd;

	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		err(1, "/dev/net/tun");
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &ifr) == -1 ||
	    ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) == -1)
		err(1, "%s", name);
	return fd;
}

static void
open_side(struct side *side, const char *name, const char *address)
{
	if (unshare(CLONE_NEWNET) == -1)
		err(1, "unshare");
	side->namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (side->namespace == -1)
		err(1, "/proc/self/ns/net");
	side->tun = open_tun(name);
	configure(name, address);
}

static void
take(struct side *side, int64_t half)
{
	static char data[PACKET_MAX];
	ssize_t n;

	while (side->held.bytes < HELD_MAX &&
	    (n = read(side->tun, data, sizeof(data))) > 0)
		held_push(&side->held, data, (size_t)n, held_clock() + half);
}

/* What cannot be written is lost, as on any network. */
static void
pass_on(struct held *held, int tun)
{
	int64_t now = held_clock();
	ssize_t n;

	while (held->head != NULL && held->head->due <= now) {
		n = write(tun, held->head->data, held->head->len);
		if (n == -1)
			warn("packet of %zu bytes", held->head->len);
		held_drop(held);
	}
}

static void
run(struct side *sides, int64_t half)
{
	struct pollfd fds[2];
	struct timespec wait;
	int64_t next, now;
	int i;

	for (;;) {
		next = held_next(&sides[0].held, -1);
		next = held_next(&sides[1].held, next);
		now = held_clock();
		now = next < now ? 0 : next - now;
		wait.tv_sec = (time_t)(now / 1000000000);
		wait.tv_nsec = (long)(now % 1000000000);
		for (i = 0; i < 2; i++)
			fds[i] = (struct pollfd){ .fd = sides[i].tun, .events =
			    sides[i].held.bytes < HELD_MAX ? POLLIN : 0 };
		if (ppoll(fds, 2, next == -1 ? NULL : &wait, NULL) == -1 &&
		    errno != EINTR)
			err(1, "ppoll");
		for (i = 0; i < 2; i++)
			take(&sides[i], half);
		for (i = 0; i < 2; i++)
			pass_on(&sides[i].held, sides[1 - i].tun);
	}
}

int
main(int argc, char **argv)
{
	static struct side sides[2];
	int64_t half;

	if (argc != 3 || strcmp(argv[1], "-r") != 0)
		errx(64, "usage: wan -r MS");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	half = (int64_t)(atof(argv[2]) * 500000);
	open_side(&sides[0], "near", "192.0.2.1");
	open_side(&sides[1], "far", "192.0.2.2");
	prctl(PR_SET_TIMERSLACK, 1UL);
	printf("near %d far %d\n", sides[0].namespace, sides[1].namespace);
	fflush(stdout);
	run(sides, half);
}
