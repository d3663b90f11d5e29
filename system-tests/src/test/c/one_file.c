/* Random work on one file, compared with a copy of it in memory after each read:
 *
 *   one_file FILE SEED SECONDS MAX_BYTES
 *
 * pread, pwrite, appends, truncates both ways, loads and stores through shared maps, punched holes, zeroed ranges,
 * preallocation, copy_file_range within the file, fsync, dropping the kernel's pages, closing and opening again, and
 * renaming. Every so often, and at the end, the whole file is read and compared. Exits 0 when all agreed; else it says
 * at which byte, and the operations before that. Operations that the file system does not know (EOPNOTSUPP) are an
 * error too: they are all promised. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOG_LINES = 40, LINE_BYTES = 120, COMPARE_EVERY = 200, LONGEST_PATH = PATH_MAX - 8 };

static char path[PATH_MAX];
static char other_path[PATH_MAX];
static int file = -1;
static uint64_t state;
static unsigned char *model;
static unsigned char *scratch;
static size_t length;
static size_t max_bytes;
static long operations;
static char lines[LOG_LINES][LINE_BYTES];

static uint64_t next(void) { /* xorshift64* */
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 2685821657736338717ULL;
}

static size_t below(size_t bound) { return bound == 0 ? 0 : (size_t)(next() >> 11) % bound; }

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(lines[operations % LOG_LINES], LINE_BYTES, format, arguments);
    va_end(arguments);
}

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "one_file: after %ld operations: ", operations);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nthe last operations:\n");
    long first = operations >= LOG_LINES ? operations - LOG_LINES + 1 : 0;
    for (long i = first; i <= operations; i++) {
        fprintf(stderr, "  %ld %s\n", i, lines[i % LOG_LINES]);
    }
    exit(1);
}

static void must(int worked, const char *what) {
    if (!worked) {
        fail("%s: %s", what, strerror(errno));
    }
}

static void compare(const unsigned char *got, size_t from, size_t count, const char *how) {
    for (size_t i = 0; i < count; i++) {
        if (got[i] != model[from + i]) {
            fail("%s: byte %zu is %02x and should be %02x (length %zu)", how, from + i, got[i], model[from + i],
                 length);
        }
    }
}

/* Sizes are often small, sometimes up to a megabyte; places are often near the end or at round numbers. */
static size_t some_size(void) {
    size_t bound = below(4) == 0 ? 1 << 20 : below(2) == 0 ? 1 << 16 : 1 << 12;
    return 1 + below(bound);
}

static size_t some_place(size_t bound) {
    size_t place = below(bound + 1);
    switch (below(4)) {
        case 0: return place & ~(size_t)4095;
        case 1: return place & ~(size_t)((4 << 20) - 1);
        default: return place;
    }
}

static void grow(size_t end) { /* what lies between is zeros in the model already */
    if (end > length) {
        length = end;
    }
}

static void shrink(size_t to) {
    if (to < length) {
        memset(model + to, 0, length - to);
    }
    length = to;
}

static void read_some(void) {
    size_t from = some_place(length), wanted = some_size();
    note("read %zu+%zu", from, wanted);
    ssize_t got = pread(file, scratch, wanted, (off_t)from);
    must(got >= 0, "pread");
    size_t expected = from >= length ? 0 : wanted < length - from ? wanted : length - from;
    if ((size_t)got != expected) {
        fail("pread gave %zd bytes and should give %zu (length %zu)", got, expected, length);
    }
    compare(scratch, from, expected, "pread");
}

static void fill(unsigned char *into, size_t count) {
    uint64_t seed = next();
    for (size_t i = 0; i < count; i++) {
        into[i] = (unsigned char)((seed >> (i % 8 * 8)) + i / 251);
    }
}

static void write_at(size_t from, size_t count, const char *how) {
    if (from >= max_bytes) {
        return;
    }
    count = count < max_bytes - from ? count : max_bytes - from;
    note("%s %zu+%zu", how, from, count);
    fill(scratch, count);
    for (size_t done = 0; done < count;) {
        ssize_t wrote = pwrite(file, scratch + done, count - done, (off_t)(from + done));
        must(wrote > 0, "pwrite");
        done += (size_t)wrote;
    }
    memcpy(model + from, scratch, count);
    grow(from + count);
}

static void truncate_to(void) {
    size_t to = below(3) == 0 ? below(length + 1) : some_place(max_bytes);
    note("truncate %zu", to);
    must(ftruncate(file, (off_t)to) == 0, "ftruncate");
    if (to < length) {
        shrink(to);
    }
    grow(to);
}

static unsigned char *map(size_t *from, size_t *count, int protection) {
    *from = some_place(length - 1) & ~(size_t)4095;
    *count = some_size();
    *count = *count < length - *from ? *count : length - *from;
    unsigned char *mapped = mmap(NULL, *count, protection, MAP_SHARED, file, (off_t)*from);
    must(mapped != MAP_FAILED, "mmap");
    return mapped;
}

static void map_and_load(void) {
    if (length == 0) {
        return;
    }
    size_t from, count;
    unsigned char *mapped = map(&from, &count, PROT_READ);
    note("load %zu+%zu", from, count);
    compare(mapped, from, count, "a load from a map");
    must(munmap(mapped, count) == 0, "munmap");
}

static void map_and_store(void) {
    if (length == 0) {
        return;
    }
    size_t from, count;
    unsigned char *mapped = map(&from, &count, PROT_READ | PROT_WRITE);
    size_t at = below(count), some = 1 + below(count - at);
    note("store %zu+%zu of %zu+%zu", from + at, some, from, count);
    fill(mapped + at, some);
    memcpy(model + from + at, mapped + at, some);
    if (below(2) == 0) {
        must(msync(mapped, count, MS_SYNC) == 0, "msync");
    }
    must(munmap(mapped, count) == 0, "munmap");
}

static void allocate(int mode, const char *how) {
    size_t from = some_place(length), count = some_size();
    if (from >= max_bytes) {
        return;
    }
    count = count < max_bytes - from ? count : max_bytes - from;
    note("%s %zu+%zu", how, from, count);
    must(fallocate(file, mode, (off_t)from, (off_t)count) == 0, how);
    if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) {
        size_t end = from + count < length ? from + count : length;
        if (end > from) {
            memset(model + from, 0, end - from);
        }
    }
    if (!(mode & FALLOC_FL_KEEP_SIZE)) {
        grow(from + count);
    }
}

static void copy_within(void) {
    if (length < 2) {
        return;
    }
    size_t from = some_place(length - 1), count = some_size();
    count = count < length - from ? count : length - from;
    size_t to = some_place(max_bytes - 1);
    if (to + count > max_bytes || (to < from + count && from < to + count)) {
        return; /* too long, or the ranges overlap */
    }
    note("copy %zu+%zu to %zu", from, count, to);
    off_t source = (off_t)from, target = (off_t)to;
    for (size_t left = count; left > 0;) {
        ssize_t copied = copy_file_range(file, &source, file, &target, left, 0);
        must(copied > 0, "copy_file_range");
        left -= (size_t)copied;
    }
    memcpy(model + to, model + from, count);
    grow(to + count);
}

static void compare_all(const char *how) {
    struct stat facts;
    must(fstat(file, &facts) == 0, "fstat");
    if ((size_t)facts.st_size != length) {
        fail("%s: the file has %lld bytes and should have %zu", how, (long long)facts.st_size, length);
    }
    for (size_t from = 0; from < length;) {
        ssize_t got = pread(file, scratch, 1 << 20, (off_t)from);
        must(got > 0, "pread of all");
        compare(scratch, from, (size_t)got, how);
        from += (size_t)got;
    }
}

static void drop_pages(void) {
    note("drop pages");
    must(fdatasync(file) == 0, "fdatasync");
    must(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) == 0, "posix_fadvise");
}

static void reopen(void) {
    note("close and open");
    must(close(file) == 0, "close");
    file = open(path, O_RDWR);
    must(file >= 0, "open");
}

static void move(void) {
    note("rename");
    must(rename(path, other_path) == 0, "rename");
    must(access(path, F_OK) != 0 && errno == ENOENT, "the old name after a rename");
    must(rename(other_path, path) == 0, "rename back");
}

static void step(void) {
    switch (below(20)) {
        case 0: case 1: case 2: case 3: read_some(); break;
        case 4: case 5: case 6: write_at(some_place(max_bytes - 1), some_size(), "write"); break;
        case 7: write_at(length, some_size(), "append"); break;
        case 8: truncate_to(); break;
        case 9: case 10: map_and_load(); break;
        case 11: case 12: map_and_store(); break;
        case 13: allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, "punch hole"); break;
        case 14: allocate(below(2) ? FALLOC_FL_ZERO_RANGE : FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, "zero range"); break;
        case 15: allocate(0, "allocate"); break;
        case 16: copy_within(); break;
        case 17: note("fsync"); must(fsync(file) == 0, "fsync"); break;
        case 18: drop_pages(); break;
        default: if (below(3) == 0) { move(); } else { reopen(); } break;
    }
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    if (count != 5 || strlen(arguments[1]) > LONGEST_PATH) {
        fprintf(stderr, "usage: one_file FILE SEED SECONDS MAX_BYTES\n");
        return 2;
    }
    snprintf(path, sizeof path, "%.*s", LONGEST_PATH, arguments[1]);
    snprintf(other_path, sizeof other_path, "%.*s.other", LONGEST_PATH, arguments[1]);
    state = strtoull(arguments[2], NULL, 10) * 0x9E3779B97F4A7C15ULL + 1;
    double end = now() + strtod(arguments[3], NULL);
    max_bytes = strtoull(arguments[4], NULL, 10);
    model = calloc(max_bytes, 1);
    scratch = malloc(1 << 20);
    if (model == NULL || scratch == NULL || max_bytes < 8192) {
        fprintf(stderr, "one_file: no memory, or MAX_BYTES below 8192\n");
        return 2;
    }
    file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    must(file >= 0, "create");
    for (; now() < end; operations++) {
        step();
        if (operations % COMPARE_EVERY == COMPARE_EVERY - 1) {
            compare_all("a read of all");
        }
    }
    compare_all("a read of all at the end");
    drop_pages();
    reopen();
    compare_all("a read of all after opening again");
    must(close(file) == 0, "close");
    printf("%ld operations\n", operations);
    return 0;
}
