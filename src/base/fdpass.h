#ifndef BASE_FDPASS_H
#define BASE_FDPASS_H

#include <sys/types.h>

/*
 * Packets over a SOCK_SEQPACKET pair, with descriptors beside them
 * (SCM_RIGHTS, unix(7)).
 */
enum { FDPASS_MAX = 32 };	/* descriptors with a packet */

/*
 * Sends len bytes, and fd unless it is -1, as one packet.  0, or -1 and
 * errno: EAGAIN when the socket does not block and is full, EPIPE when the
 * other end is gone.  fd stays the caller's.
 */
int fdpass_send(int sock, const void *, size_t len, int fd);

/* The same with nfds descriptors. */
int fdpass_send_all(int sock, const void *, size_t len, const int *fds,
    size_t nfds);

/*
 * Receives one packet of at most size bytes and sets *fd to the descriptor
 * that came with it, which is then the caller's, or to -1.  The length, 0 at
 * the end, or -1 and errno: EMSGSIZE when the packet was larger than size.
 */
ssize_t fdpass_recv(int sock, void *, size_t size, int *fd);

/*
 * The same for up to *nfds descriptors, which becomes how many there are; if
 * more were sent, the kernel drops the rest.
 */
ssize_t fdpass_recv_all(int sock, void *, size_t size, int *fds,
    size_t *nfds);

#endif
