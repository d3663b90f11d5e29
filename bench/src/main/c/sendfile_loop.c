/* The limit of the block protocol without FUSE: one process sends a page-cached file by sendfile(2) in requests of
 * fixed size over loopback TCP (or a Unix socket), the other receives. Each connection is one stream with one request
 * in flight, a thread at either end, and its own buffer and region of the file.
 *
 *   sendfile_loop FILE REQUEST_BYTES TOTAL_BYTES STREAMS tcp|unix [huge]
 *
 * "huge" asks for huge pages for the buffers of the receiver; else they are what malloc gives. It
 * prints one line of JSON: bytes, seconds, and the CPU seconds of both sides. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_STREAMS = 256, HUGE_PAGE_BYTES = 2 << 20 };

static size_t request;
static int file;
static int use_huge_pages;
static uint64_t requests_of_file;
static pthread_barrier_t ready, started;

struct stream {
    int server, client; /* the two ends of the connection */
    uint64_t first, count;
};

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

/* Answers requests of eight bytes (a number) with that piece of the file, until the peer is gone. */
static void *serve(void *argument) {
    int connection = ((struct stream *)argument)->server;
    uint64_t number;
    while (recv(connection, &number, sizeof number, MSG_WAITALL) == sizeof number) {
        off_t at = (off_t)(number % requests_of_file * request);
        size_t left = request;
        while (left > 0) {
            ssize_t sent = sendfile(connection, file, &at, left);
            check(sent > 0, "sendfile");
            left -= (size_t)sent;
        }
    }
    return NULL;
}

static void *receive(void *argument) {
    struct stream *stream = argument;
    char *buffer = use_huge_pages ? aligned_alloc(HUGE_PAGE_BYTES, request) : malloc(request);
    check(buffer != NULL, "malloc");
    if (use_huge_pages) check(madvise(buffer, request, MADV_HUGEPAGE) == 0, "madvise");
    memset(buffer, 1, request);
    pthread_barrier_wait(&ready);
    pthread_barrier_wait(&started);
    for (uint64_t i = 0; i < stream->count; i++) {
        uint64_t number = stream->first + i;
        check(send(stream->client, &number, sizeof number, 0) == sizeof number, "send");
        check(recv(stream->client, buffer, request, MSG_WAITALL) == (ssize_t)request, "recv");
    }
    free(buffer);
    return NULL;
}

static void connect_by_tcp(int listener, struct stream *stream) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    check(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
    stream->client = socket(AF_INET, SOCK_STREAM, 0);
    check(connect(stream->client, (struct sockaddr *)&address, length) == 0, "connect");
    stream->server = accept(listener, NULL, NULL);
    check(stream->server >= 0, "accept");
    int on = 1;
    setsockopt(stream->client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(stream->server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void run_threads(struct stream *streams, int count, pthread_t *ids, void *(*work)(void *)) {
    for (int i = 0; i < count; i++) check(pthread_create(&ids[i], NULL, work, &streams[i]) == 0, "pthread_create");
}

static void join(pthread_t *ids, int count) {
    for (int i = 0; i < count; i++) pthread_join(ids[i], NULL);
}

int main(int count, char **words) {
    if (count < 5) {
        fprintf(stderr, "usage: sendfile_loop FILE REQUEST_BYTES TOTAL_BYTES STREAMS tcp|unix [huge]\n");
        return 2;
    }
    file = open(words[1], O_RDONLY);
    check(file >= 0, words[1]);
    struct stat facts;
    check(fstat(file, &facts) == 0, "fstat");
    request = strtoull(words[2], NULL, 10);
    int connections = atoi(words[4]);
    if (request == 0 || (off_t)request > facts.st_size || connections < 1 || connections > MAX_STREAMS) {
        fprintf(stderr, "sendfile_loop: the file is too short, or there are too many streams\n");
        return 2;
    }
    requests_of_file = (uint64_t)facts.st_size / request;
    uint64_t requests_of_stream = strtoull(words[3], NULL, 10) / request / (uint64_t)connections;
    int is_unix = count > 5 && strcmp(words[5], "unix") == 0;
    use_huge_pages = count > 6 && strcmp(words[6], "huge") == 0;

    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    check(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 1) == 0, "listen");
    static struct stream streams[MAX_STREAMS];
    for (int i = 0; i < connections; i++) {
        if (is_unix) {
            int pair[2];
            check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
            streams[i].client = pair[0];
            streams[i].server = pair[1];
        } else {
            connect_by_tcp(listener, &streams[i]);
        }
        streams[i].first = requests_of_file / (uint64_t)connections * (uint64_t)i;
        streams[i].count = requests_of_stream;
    }

    int report[2];
    check(pipe(report) == 0, "pipe");
    pid_t server = fork();
    check(server >= 0, "fork");
    static pthread_t ids[MAX_STREAMS];
    if (server == 0) {
        for (int i = 0; i < connections; i++) close(streams[i].client);
        run_threads(streams, connections, ids, serve);
        join(ids, connections);
        double spent = cpu_seconds();
        check(write(report[1], &spent, sizeof spent) == sizeof spent, "write");
        _exit(0);
    }
    for (int i = 0; i < connections; i++) close(streams[i].server);
    close(report[1]); /* so that a server that broke is seen below */
    unsigned waiting = (unsigned)connections + 1;
    check(pthread_barrier_init(&ready, NULL, waiting) == 0, "pthread_barrier_init");
    check(pthread_barrier_init(&started, NULL, waiting) == 0, "pthread_barrier_init");
    run_threads(streams, connections, ids, receive);
    pthread_barrier_wait(&ready);
    double cpu_before = cpu_seconds(), start = now(); /* nobody has begun before this thread goes on */
    pthread_barrier_wait(&started);
    join(ids, connections);
    double seconds = now() - start, client_cpu = cpu_seconds() - cpu_before, server_cpu = 0;
    for (int i = 0; i < connections; i++) close(streams[i].client);
    check(read(report[0], &server_cpu, sizeof server_cpu) == sizeof server_cpu, "report");
    waitpid(server, NULL, 0);
    printf("{\"bytes\":%llu,\"seconds\":%.6f,\"clientCpu\":%.6f,\"serverCpu\":%.6f}\n",
           (unsigned long long)(requests_of_stream * (uint64_t)connections * request), seconds, client_cpu,
           server_cpu);
    return 0;
}
