/*
 * An origin for the measured HTTP clients: answers every request with the same small response, for as little CPU time
 * as can be, so that the client is what is measured. Prints the port it chose on 127.0.0.1, and ends with its input.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char ANSWER[] =
    "HTTP/1.1 200 OK\r\n"
    "Server: origin\r\n"
    "Date: Mon, 23 Nov 2026 12:00:00 GMT\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 13\r\n"
    "\r\n"
    "Hello, world\n";

/* How much of the blank line that ends a request each descriptor has sent. */
static unsigned char matched[65536];

int main(void) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int poll = epoll_create1(0);
    int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1024) ||
        getsockname(listener, (struct sockaddr *)&address, &size)) {
        perror("listen");
        return 1;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[256];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    event.data.fd = 0;
    epoll_ctl(poll, EPOLL_CTL_ADD, 0, &event);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int count = epoll_wait(poll, ready, 256, -1);
        for (int i = 0; i < count; i++) {
            int fd = ready[i].data.fd;
            char data[65536];
            if (fd == 0) {
                return 0;
            }
            if (fd == listener) {
                int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                if (accepted >= 0 && accepted < 65536) {
                    setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                    matched[accepted] = 0;
                    event.data.fd = accepted;
                    epoll_ctl(poll, EPOLL_CTL_ADD, accepted, &event);
                } else if (accepted >= 0) {
                    close(accepted);
                }
                continue;
            }
            ssize_t got = recv(fd, data, sizeof data, 0);
            if (got < 0 && errno == EAGAIN) {
                continue;
            }
            if (got <= 0) {
                close(fd);
                continue;
            }
            for (ssize_t at = 0; at < got; at++) {
                if (data[at] == "\r\n\r\n"[matched[fd]]) {
                    matched[fd]++;
                } else {
                    matched[fd] = data[at] == '\r';
                }
                if (matched[fd] == 4) {
                    matched[fd] = 0;
                    if (send(fd, ANSWER, sizeof ANSWER - 1, MSG_NOSIGNAL) < 0) {
                        break;
                    }
                }
            }
        }
    }
}
