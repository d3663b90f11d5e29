/* The limit of the block protocol without FUSE: one process sends a page-cached file by sendfile(2) in requests of
 * fixed size over loopback TCP (or a Unix socket), the other receives into one buffer. One request in flight.
 *
 *   sendfile_loop FILE REQUEST_BYTES TOTAL_BYTES [unix]
 *
 * prints one line of JSON: bytes, seconds, and the CPU seconds of both sides. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void check(int ok, const char *what) {
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 + (double)usage.ru_stime.tv_sec +
           (double)usage.ru_stime.tv_usec / 1e6;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Answers requests of eight bytes (an offset) with `request` bytes of the file, until the peer is gone. */
static void serve(int connection, int file, off_t file_bytes, size_t request) {
    uint64_t offset;
    while (recv(connection, &offset, sizeof offset, MSG_WAITALL) == sizeof offset) {
        off_t at = (off_t)offset % (file_bytes - (off_t)request + 1);
        size_t left = request;
        while (left > 0) {
            ssize_t sent = sendfile(connection, file, &at, left);
            check(sent > 0, "sendfile");
            left -= (size_t)sent;
        }
    }
}

int main(int count, char **words) {
    if (count < 4) {
        fprintf(stderr, "usage: sendfile_loop FILE REQUEST_BYTES TOTAL_BYTES [unix]\n");
        return 2;
    }
    int file = open(words[1], O_RDONLY);
    check(file >= 0, words[1]);
    struct stat facts;
    check(fstat(file, &facts) == 0, "fstat");
    size_t request = strtoull(words[2], NULL, 10);
    uint64_t total = strtoull(words[3], NULL, 10);
    check((off_t)request <= facts.st_size, "file too short");
    int is_unix = count > 4 && strcmp(words[4], "unix") == 0;

    int pair[2];
    if (is_unix) {
        check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
    } else {
        int listener = socket(AF_INET, SOCK_STREAM, 0);
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t length = sizeof address;
        check(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 1) == 0, "listen");
        check(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
        pair[0] = socket(AF_INET, SOCK_STREAM, 0);
        check(connect(pair[0], (struct sockaddr *)&address, length) == 0, "connect");
        pair[1] = accept(listener, NULL, NULL);
        check(pair[1] >= 0, "accept");
        int on = 1;
        setsockopt(pair[0], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(pair[1], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }

    int report[2];
    check(pipe(report) == 0, "pipe");
    pid_t server = fork();
    check(server >= 0, "fork");
    if (server == 0) {
        close(pair[0]);
        serve(pair[1], file, facts.st_size, request);
        double spent = cpu_seconds();
        check(write(report[1], &spent, sizeof spent) == sizeof spent, "write");
        _exit(0);
    }
    close(pair[1]);
    char *buffer = malloc(request);
    check(buffer != NULL, "malloc");
    memset(buffer, 1, request);
    double cpu_before = cpu_seconds(), start = now();
    uint64_t done = 0;
    while (done < total) {
        uint64_t offset = done;
        check(send(pair[0], &offset, sizeof offset, 0) == sizeof offset, "send");
        check(recv(pair[0], buffer, request, MSG_WAITALL) == (ssize_t)request, "recv");
        done += request;
    }
    double seconds = now() - start, client_cpu = cpu_seconds() - cpu_before, server_cpu = 0;
    close(pair[0]);
    check(read(report[0], &server_cpu, sizeof server_cpu) == sizeof server_cpu, "report");
    waitpid(server, NULL, 0);
    printf("{\"bytes\":%llu,\"seconds\":%.6f,\"clientCpu\":%.3f,\"serverCpu\":%.3f}\n", (unsigned long long)done,
           seconds, client_cpu, server_cpu);
    return 0;
}
