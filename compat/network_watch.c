#include <config.h>

#include <errno.h>
#ifdef __linux__
#include <sys/socket.h>

#include <linux/rtnetlink.h>

#include <unistd.h>
#endif

/*
 * As compat.h says.  A system without netlink has no such descriptor here,
 * and its callers wait as long as they would without news.
 */
#ifdef __linux__
int
network_watch(void)
{
	struct sockaddr_nl addr = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE |
		    RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_ROUTE);

	if (fd == -1 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Whether one of these messages says that something was added. */
static int
is_added(const void *packet, ssize_t len)
{
	const struct nlmsghdr *h = packet;

	for (; NLMSG_OK(h, (size_t)len); h = NLMSG_NEXT(h, len))
		if (h->nlmsg_type == RTM_NEWADDR ||
		    h->nlmsg_type == RTM_NEWROUTE)
			return 1;
	return 0;
}

int
network_news(int fd)
{
	struct nlmsghdr packet[8192 / sizeof(struct nlmsghdr)];
	int added = 0;
	ssize_t n;

	while ((n = recv(fd, packet, sizeof(packet), 0)) > 0)
		added |= is_added(packet, n);
	/* ENOBUFS: there was more than it could keep. */
	return added || (n == -1 && errno == ENOBUFS);
}
#else
int
network_watch(void)
{
	errno = ENOSYS;
	return -1;
}

int
network_news(int fd)
{
	(void)fd;
	return 0;
}
#endif
