/*
 * A load generator that is never the bottleneck: one thread, one epoll, raw sockets, TLS on request.
 *
 *   load MODE PORT CONNECTIONS SIZE SECONDS [tls]
 *
 * echo    each connection sends SIZE bytes (ending in CR LF) and sends again when SIZE bytes have come back
 * lines   each connection sends 1,000 lines of SIZE bytes, the last of them "!...", and waits for one line of SIZE bytes
 * accept  connects (and shakes hands), reads to the end of file which the server causes, connects again
 * udp     each socket sends a datagram of SIZE bytes, and again when the answer came (or after 100 ms)
 * hold    opens CONNECTIONS connections, prints a line, and keeps them open for SECONDS
 *
 * It prints one JSON object: operations, bytes, seconds and errors.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef WITH_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>
static SSL_CTX *tls_context;
#endif

enum mode { ECHO, LINES, ACCEPT, UDP, HOLD };

struct peer {
    int fd;
    int connected;
    size_t sent, received;
    double since;
#ifdef WITH_TLS
    SSL *tls;
    int shaken;
#endif
};

static enum mode mode;
static int port, use_tls, poller;
static size_t size, message_size, answer_size;
static char *message, *answer;
static long operations, failures;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void die(const char *what) {
    perror(what);
    exit(2);
}

static void watch(struct peer *peer, int operation, unsigned events) {
    struct epoll_event event = {.events = events, .data.ptr = peer};
    if (epoll_ctl(poller, operation, peer->fd, &event) < 0) die("epoll_ctl");
}

static void start(struct peer *peer) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer->fd = socket(AF_INET, (mode == UDP ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (peer->fd < 0) die("socket");
    if (mode != UDP) setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    peer->connected = peer->sent = peer->received = 0;
    peer->since = now();
    if (connect(peer->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) die("connect");
#ifdef WITH_TLS
    peer->shaken = 0;
    if (use_tls) {
        peer->tls = SSL_new(tls_context);
        SSL_set_fd(peer->tls, peer->fd);
        SSL_set_connect_state(peer->tls);
    }
#endif
    watch(peer, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

static void stop(struct peer *peer) {
#ifdef WITH_TLS
    if (use_tls) SSL_free(peer->tls);
#endif
    close(peer->fd);
}

/* Both return the number of bytes, 0 at the end of file, -1 to wait and -2 on an error. */
static ssize_t put(struct peer *peer, const char *data, size_t length) {
#ifdef WITH_TLS
    if (use_tls) {
        int done = SSL_write(peer->tls, data, length);
        if (done > 0) return done;
        int why = SSL_get_error(peer->tls, done);
        return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? -1 : -2;
    }
#endif
    ssize_t done = send(peer->fd, data, length, MSG_NOSIGNAL);
    return done >= 0 ? done : errno == EAGAIN ? -1 : -2;
}

static ssize_t get(struct peer *peer, char *data, size_t length) {
#ifdef WITH_TLS
    if (use_tls) {
        int done = SSL_read(peer->tls, data, length);
        if (done > 0) return done;
        int why = SSL_get_error(peer->tls, done);
        if (why == SSL_ERROR_ZERO_RETURN) return 0;
        ERR_clear_error();
        return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? -1 : mode == ACCEPT ? 0 : -2;
    }
#endif
    ssize_t done = recv(peer->fd, data, length, 0);
    return done >= 0 ? done : errno == EAGAIN ? -1 : -2;
}

/* Send what is left of the message; returns 0 when the connection is broken. */
static int push(struct peer *peer) {
    while (peer->sent < message_size) {
        ssize_t done = put(peer, message + peer->sent, message_size - peer->sent);
        if (done == -1) {
            watch(peer, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
            return 1;
        }
        if (done < 0) return 0;
        peer->sent += done;
    }
    return 1;
}

static void again(struct peer *peer, int failed) {
    if (failed) failures++; else operations++;
    stop(peer);
    start(peer);
}

static void ready(struct peer *peer, unsigned events) {
    if (!peer->connected) {
        int error = 0;
        socklen_t length = sizeof error;
        getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, &error, &length);
        if (error) { again(peer, 1); return; }
        peer->connected = 1;
        if (mode != ACCEPT || !use_tls) watch(peer, EPOLL_CTL_MOD, EPOLLIN);
    }
#ifdef WITH_TLS
    if (use_tls && !peer->shaken) {
        int done = SSL_do_handshake(peer->tls);
        if (done != 1) {
            int why = SSL_get_error(peer->tls, done);
            if (why == SSL_ERROR_WANT_READ) watch(peer, EPOLL_CTL_MOD, EPOLLIN);
            else if (why == SSL_ERROR_WANT_WRITE) watch(peer, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
            else again(peer, 1);
            return;
        }
        peer->shaken = 1;
        watch(peer, EPOLL_CTL_MOD, EPOLLIN);
    }
#endif
    if (mode == HOLD) return;
    if (events & EPOLLOUT && peer->sent && peer->sent < message_size) watch(peer, EPOLL_CTL_MOD, EPOLLIN);
    if (mode != ACCEPT && peer->sent < message_size && !push(peer)) { again(peer, 1); return; }
    for (;;) {
        ssize_t got = get(peer, answer, 1 << 18);
        if (got == -1) return;
        if (got <= 0) { again(peer, mode != ACCEPT || got < 0); return; }
        if (mode == ACCEPT) continue;
        peer->received += got;
        if (peer->received >= answer_size) {
            operations += mode == LINES ? 1000 : 1;
            peer->received = peer->sent = 0;
            peer->since = now();
            if (!push(peer)) { again(peer, 1); return; }
        }
        if (!use_tls) return;
    }
}

int main(int count, char **words) {
    if (count < 6) { fprintf(stderr, "load MODE PORT CONNECTIONS SIZE SECONDS [tls]\n"); return 2; }
    const char *names[] = {"echo", "lines", "accept", "udp", "hold"};
    for (mode = ECHO; mode <= HOLD && strcmp(words[1], names[mode]); mode++) {}
    if (mode > HOLD) { fprintf(stderr, "no such mode: %s\n", words[1]); return 2; }
    port = atoi(words[2]);
    int connections = atoi(words[3]);
    size = atol(words[4]);
    double seconds = atof(words[5]);
    use_tls = count > 6;
#ifdef WITH_TLS
    tls_context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(tls_context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
#else
    if (use_tls) { fprintf(stderr, "built without TLS: install OpenSSL's headers\n"); return 2; }
#endif
    size_t lines = mode == LINES ? 1000 : 1;
    message_size = size * lines;
    answer_size = size;
    message = malloc(message_size + 1);
    answer = malloc(1 << 18);
    memset(message, 'x', message_size);
    for (size_t line = 0; line < lines && size >= 2; line++) memcpy(message + (line + 1) * size - 2, "\r\n", 2);
    if (mode == LINES) message[(lines - 1) * size] = '!';
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct peer *peers = calloc(connections, sizeof *peers);
    for (int i = 0; i < connections; i++) start(&peers[i]);
    double began = now(), end = began + seconds, swept = began;
    struct epoll_event events[256];
    if (mode == HOLD) { printf("held\n"); fflush(stdout); }
    while (now() < end) {
        int ready_count = epoll_wait(poller, events, 256, 50);
        for (int i = 0; i < ready_count; i++) ready(events[i].data.ptr, events[i].events);
        if (mode == UDP && now() - swept > 0.1) {
            swept = now();
            for (int i = 0; i < connections; i++)
                if (swept - peers[i].since > 0.1) { peers[i].sent = peers[i].received = 0; failures++; push(&peers[i]); }
        }
    }
    double took = now() - began;
    printf("{\"operations\": %ld, \"bytes\": %ld, \"seconds\": %.6f, \"errors\": %ld}\n", operations,
           operations * (long)size, took, failures);
    return 0;
}
