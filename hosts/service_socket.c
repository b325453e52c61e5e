/* See service_socket.h. */
#include "hosts/service_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { STREAM_FDS = 2 };

int service_socket_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (fd < 0)
		return -1;
	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -1;
	if (peer.uid != geteuid()) {
		errno = EPERM;
		return -1;
	}
	return take_fd(&fd);
}

union fds_message {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(STREAM_FDS * sizeof(int))];
};

int service_socket_send(int socket_fd, int read_fd, int write_fd)
{
	const int fds[STREAM_FDS] = {read_fd, write_fd};
	union fds_message control = {0};
	char byte = '+';
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(&control.header), fds, sizeof(fds));
	return sendmsg(socket_fd, &message, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

int service_socket_receive(int socket_fd, int *read_fd, int *write_fd)
{
	union fds_message control = {0};
	int fds[STREAM_FDS];
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};

	if (recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC) != 1 ||
		control.header.cmsg_type != SCM_RIGHTS ||
		control.header.cmsg_len != CMSG_LEN(sizeof(fds)))
		return -1;
	memcpy(fds, CMSG_DATA(&control.header), sizeof(fds));
	*read_fd = fds[0];
	*write_fd = fds[1];
	return 0;
}
