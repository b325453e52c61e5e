/* The socket of a campaign's service on a host, over which tare-attach gets a machine's stream.
 * Both ends. */
#ifndef TARE_HOSTS_SERVICE_SOCKET_H
#define TARE_HOSTS_SERVICE_SOCKET_H

/* Its name in the run directory of the campaign. */
#define SERVICE_SOCKET "host.socket"

/* Connects to a service of this user's. Returns the descriptor; -1 with errno: EPERM where another
 * user's process listens there. */
int service_socket_connect(const char *path);
/* Passes the two descriptors of a stream on, or takes them, which the caller closes. 0 or -1. */
int service_socket_send(int socket_fd, int read_fd, int write_fd);
int service_socket_receive(int socket_fd, int *read_fd, int *write_fd);

#endif
