/* Reads one file with pread(2), each thread its own region, after dropping its pages where asked:
 *
 *   read_loop FILE REQUEST_BYTES THREADS [cold]
 *
 * prints one line of JSON: bytes, seconds, and CPU seconds of this process. "cold" drops the file's pages first, so
 * that on a FUSE mount every byte comes from the daemon. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct region {
    const char *path;
    off_t start, end;
    size_t request;
    uint64_t bytes;
};

static void check(int ok, const char *what) {
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static void *read_region(void *argument) {
    struct region *region = argument;
    int file = open(region->path, O_RDONLY);
    check(file >= 0, region->path);
    char *buffer = NULL;
    check(posix_memalign((void **)&buffer, 4096, region->request) == 0, "posix_memalign");
    memset(buffer, 1, region->request);
    for (off_t at = region->start; at < region->end;) {
        size_t want = region->request;
        if ((off_t)want > region->end - at) want = (size_t)(region->end - at);
        ssize_t got = pread(file, buffer, want, at);
        check(got > 0, "pread");
        at += got;
        region->bytes += (uint64_t)got;
    }
    close(file);
    free(buffer);
    return NULL;
}

int main(int count, char **words) {
    if (count < 4) {
        fprintf(stderr, "usage: read_loop FILE REQUEST_BYTES THREADS [cold]\n");
        return 2;
    }
    size_t request = strtoull(words[2], NULL, 10);
    int threads = atoi(words[3]);
    check(threads > 0 && threads <= 256, "THREADS");
    int file = open(words[1], O_RDONLY);
    check(file >= 0, words[1]);
    struct stat facts;
    check(fstat(file, &facts) == 0, "fstat");
    if (count > 4 && strcmp(words[4], "cold") == 0) {
        check(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) == 0, "posix_fadvise");
    }
    close(file);

    pthread_t ids[256];
    struct region regions[256];
    off_t share = (facts.st_size / threads + (off_t)request - 1) / (off_t)request * (off_t)request;
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    for (int i = 0; i < threads; i++) {
        off_t start = share * i < facts.st_size ? share * i : facts.st_size;
        off_t end = share * (i + 1) < facts.st_size ? share * (i + 1) : facts.st_size;
        if (i == threads - 1) end = facts.st_size;
        regions[i] = (struct region){words[1], start, end, request, 0};
        check(pthread_create(&ids[i], NULL, read_region, &regions[i]) == 0, "pthread_create");
    }
    uint64_t bytes = 0;
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        bytes += regions[i].bytes;
    }
    clock_gettime(CLOCK_MONOTONIC, &after);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 +
                 (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
    double seconds = (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
    printf("{\"bytes\":%llu,\"seconds\":%.6f,\"cpu\":%.6f}\n", (unsigned long long)bytes, seconds, cpu);
    return 0;
}
