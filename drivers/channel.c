/* Opens control channels: sockets and pseudo-terminals. */
#include "drivers/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"

int channel_connect(const char *socket_path, struct error *e)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(socket_path) >= sizeof(address.sun_path))
		return error_set(e, "%s: too long for the path of a socket; use a shorter name",
			socket_path);
	strcpy(address.sun_path, socket_path);
	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return error_errno(e, errno, "control channel %s", socket_path);
	return take_fd(&fd);
}

int channel_open_pty(const char *live_xml, const char *element, struct error *e)
{
	char path[64], start[32];
	struct termios mode;

	snprintf(start, sizeof(start), "<%s type='pty'", element);
	const char *at = strstr(live_xml, start);
	const char *source = at ? strstr(at, "<source path='/dev/pts/") : NULL;
	if (!source || sscanf(source, "<source path='%63[^']'", path) != 1)
		return error_set(
			e, "the running domain has no pseudo-terminal for its %s", element);
	cleanup_fd int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || tcgetattr(fd, &mode) < 0)
		return error_errno(e, errno, "%s", path);
	cfmakeraw(&mode);
	if (tcsetattr(fd, TCSANOW, &mode) < 0)
		return error_errno(e, errno, "%s", path);
	return take_fd(&fd);
}
