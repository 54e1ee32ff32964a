/* Loads a WebSocket server: each connection sends a masked message and waits for its echo, again and again.

   websocket_load PORT CONNECTIONS SIZE SECONDS [PATH]     prints "N messages" */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct peer {
    int fd;
    int open;          /* the handshake is over */
    int matched;       /* how much of the empty line that ends it was seen */
    size_t received;   /* of the echo's frame */
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void die(const char *what) {
    perror(what);
    exit(2);
}

/* A frame of binary data; without a mask for what is expected back. Returns its length. */
static size_t frame(unsigned char *to, size_t size, int masked) {
    static const unsigned char mask[4] = {0x12, 0x34, 0x56, 0x78};
    unsigned char *at = to;
    *at++ = 0x82;
    if (size < 126) *at++ = (masked ? 0x80 : 0) | size;
    else if (size < 65536) { *at++ = (masked ? 0x80 : 0) | 126; *at++ = size >> 8; *at++ = size; }
    else { *at++ = (masked ? 0x80 : 0) | 127; for (int bits = 56; bits >= 0; bits -= 8) *at++ = (uint64_t)size >> bits; }
    if (masked) { memcpy(at, mask, 4); at += 4; }
    for (size_t place = 0; place < size; place++) *at++ = 'x' ^ (masked ? mask[place & 3] : 0);
    return at - to;
}

static void put(struct peer *peer, const void *data, size_t length) {
    for (const char *at = data; length;) {
        ssize_t done = send(peer->fd, at, length, MSG_NOSIGNAL);
        if (done < 0) {
            if (errno != EAGAIN) die("send");
            usleep(100);
            continue;
        }
        at += done;
        length -= done;
    }
}

int main(int count, char **words) {
    if (count < 5) { fprintf(stderr, "websocket_load PORT CONNECTIONS SIZE SECONDS [PATH]\n"); return 2; }
    int connections = atoi(words[2]);
    size_t size = atol(words[3]);
    double seconds = atof(words[4]);
    unsigned char *message = malloc(size + 14), *echo = malloc(size + 14);
    static char buffer[1 << 18];
    char request[512];
    size_t message_length = frame(message, size, 1), echo_length = frame(echo, size, 0);
    int request_length = snprintf(request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", count > 5 ? words[5] : "/");
    struct peer *peers = calloc(connections, sizeof *peers);
    int poller = epoll_create1(EPOLL_CLOEXEC);
    for (int index = 0; index < connections; index++) {
        struct peer *peer = &peers[index];
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(words[1]))};
        int one = 1;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (peer->fd < 0 || connect(peer->fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
        setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, peer->fd, &event) < 0) die("epoll_ctl");
        put(peer, request, request_length);
    }
    unsigned long messages = 0;
    for (double end = now() + seconds; now() < end;) {
        struct epoll_event events[256];
        int ready = epoll_wait(poller, events, 256, 100);
        for (int index = 0; index < ready; index++) {
            struct peer *peer = events[index].data.ptr;
            ssize_t got = recv(peer->fd, buffer, sizeof buffer, MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN) continue;
            if (got <= 0) { fprintf(stderr, "the server has closed a connection\n"); return 1; }
            char *at = buffer;
            if (!peer->open) {
                for (; got && peer->matched < 4; at++, got--)
                    peer->matched = *at == "\r\n\r\n"[peer->matched] ? peer->matched + 1 : *at == '\r';
                if (peer->matched < 4) continue;
                peer->open = 1;
                put(peer, message, message_length);
            }
            if (peer->received + got > echo_length || memcmp(echo + peer->received, at, got)) {
                fprintf(stderr, "that is no echo\n");
                return 1;
            }
            peer->received += got;
            if (peer->received == echo_length) {
                peer->received = 0;
                messages++;
                put(peer, message, message_length);
            }
        }
    }
    printf("%lu messages\n", messages);
    return 0;
}
