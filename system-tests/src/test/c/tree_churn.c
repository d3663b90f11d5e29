/* Many processes at random work in one tree of few names, so that they meet:
 *
 *   tree_churn DIRECTORY SEED SECONDS PROCESSES
 *
 * makes, links, renames (also NOREPLACE and EXCHANGE), removes, writes, truncates, lists, chmods, attributes. What may
 * come out of a race (a name is there, is gone, is a directory, is not empty) is fine; every other error, above all
 * EIO, is a failure. At the end one process walks the tree: each name must have an inode, no name may come twice, and
 * every directory must have two links more than directories in it. Prints the operations done. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#endif

enum { NAMES = 12, DEPTH = 4, SHORT_WRITE = 70000, MAX_PROCESSES = 64 };

static uint64_t state;
static int failures;

static uint64_t next(void) { /* xorshift64* */
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 2685821657736338717ULL;
}

static unsigned below(unsigned bound) { return (unsigned)(next() >> 33) % bound; }

/* A path of one to DEPTH names; the shallow ones come more often. */
static void some_path(char *into) {
    int used = 0;
    for (unsigned level = 0; level == 0 || (level < DEPTH && below(2)); level++) {
        used += sprintf(into + used, "%sn%u", level ? "/" : "", below(NAMES));
    }
}

static int is_race(int error) {
    switch (error) {
        case ENOENT: case EEXIST: case ENOTEMPTY: case EISDIR: case ENOTDIR: case EINVAL: case ELOOP:
        case ENODATA: case EBUSY: case EPERM: case ENXIO: case EMLINK: case ETXTBSY: case ESTALE:
            return 1;
        default:
            return 0;
    }
}

static void check(int result, const char *what, const char *path) {
    if (result < 0 && !is_race(errno)) {
        fprintf(stderr, "tree_churn: %s %s: %s\n", what, path, strerror(errno));
        failures++;
    }
}

/* Pipes are the kernel's own: what they answer says nothing of the file system. */
static int is_pipe(int file) {
    struct stat facts;
    return fstat(file, &facts) == 0 && S_ISFIFO(facts.st_mode);
}

static void write_some(const char *path, int flags) {
    static char bytes[SHORT_WRITE];
    int file = open(path, O_WRONLY | O_CREAT | O_NONBLOCK | flags, 0644);
    check(file, "open", path);
    if (file < 0) {
        return;
    }
    if (is_pipe(file)) {
        close(file);
        return;
    }
    memset(bytes, 'a' + (int)below(26), sizeof bytes);
    check((int)pwrite(file, bytes, 1 + below(SHORT_WRITE - 1), below(200000)), "write", path);
    if (below(4) == 0) {
        check(fsync(file), "fsync", path);
    }
    check(close(file), "close", path);
}

static void read_some(const char *path) {
    char bytes[4096];
    int file = open(path, O_RDONLY | O_NONBLOCK);
    check(file, "open to read", path);
    if (file < 0) {
        return;
    }
    if (!is_pipe(file) && read(file, bytes, sizeof bytes) < 0) {
        check(-1, "read", path);
    }
    close(file);
}

static void list_all(const char *path) {
    DIR *directory = opendir(path);
    if (directory == NULL) {
        check(-1, "opendir", path);
        return;
    }
    errno = 0;
    while (readdir(directory) != NULL) {
    }
    if (errno != 0) {
        check(-1, "readdir", path);
    }
    closedir(directory);
}

static void step(void) {
    char path[PATH_MAX], other[PATH_MAX];
    struct stat facts;
    some_path(path);
    some_path(other);
    switch (below(22)) {
        case 0: case 1: case 2: check(mkdir(path, 0755), "mkdir", path); break;
        case 3: case 4: write_some(path, 0); break;
        case 5: write_some(path, O_TRUNC); break;
        case 6: write_some(path, O_EXCL); break;
        case 7: case 8: check(rename(path, other), "rename", path); break;
        case 9: check(renameat2(AT_FDCWD, path, AT_FDCWD, other, RENAME_NOREPLACE), "rename noreplace", path); break;
        case 10: check(renameat2(AT_FDCWD, path, AT_FDCWD, other, RENAME_EXCHANGE), "rename exchange", path); break;
        case 11: check(link(path, other), "link", path); break;
        case 12: check(symlink(path, other), "symlink", other); break;
        case 13: case 14: check(unlink(path), "unlink", path); break;
        case 15: check(rmdir(path), "rmdir", path); break;
        case 16: check(truncate(path, below(300000)), "truncate", path); break;
        case 17: check(chmod(path, 0600 | (below(2) ? 0111 : 0)), "chmod", path); break;
        case 18: check(lsetxattr(path, "user.a", "value", 5, 0), "setxattr", path); break;
        case 19: check(mknod(path, S_IFIFO | 0644, 0), "mkfifo", path); break;
        case 20: check(lstat(path, &facts), "stat", path); list_all(below(2) ? "." : path); break;
        default: read_some(path); break;
    }
}

static void wrong(const char *what, const char *name, int depth) {
    fprintf(stderr, "tree_churn: %s, %d directories deep, %s: %s\n", name, depth, what, strerror(errno));
    exit(1);
}

/* The names in the working directory, each ended by a zero byte, the last by two; in the order they came in. */
static char *names_here(int depth) {
    size_t used = 0, room = 4096;
    char *names = malloc(room);
    DIR *directory = opendir(".");
    if (directory == NULL) {
        wrong("opendir at the end", ".", depth);
    }
    const char *last = NULL;
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
            continue;
        }
        size_t bytes = strlen(name) + 1;
        if (used + bytes + 1 > room) {
            size_t before = last == NULL ? 0 : (size_t)(last - names);
            names = realloc(names, room *= 2);
            last = last == NULL ? NULL : names + before;
        }
        if (last != NULL && strcmp(last, name) >= 0) {
            wrong("it does not come behind the name before it", name, depth);
        }
        last = memcpy(names + used, name, bytes);
        used += bytes;
    }
    closedir(directory);
    names[used] = 0;
    return names;
}

/* Checks the tree of the working directory; returns its entries. Renames make trees deeper than PATH_MAX and than files
 * may be open: so it goes from directory to directory, and keeps none open. */
static long walk(int depth) {
    long directories = 0, entries = 0;
    struct stat facts;
    char *names = names_here(depth);
    for (const char *name = names; *name != 0; name += strlen(name) + 1) {
        if (lstat(name, &facts) != 0) {
            wrong("it has no inode", name, depth);
        }
        entries++;
        if (S_ISDIR(facts.st_mode)) {
            directories++;
            if (chdir(name) != 0) {
                wrong("chdir", name, depth);
            }
            entries += walk(depth + 1);
            if (chdir("..") != 0) {
                wrong("chdir ..", name, depth);
            }
        }
    }
    free(names);
    if (lstat(".", &facts) != 0 || (long)facts.st_nlink != directories + 2) {
        fprintf(stderr, "tree_churn: a directory %d deep has %ld links and %ld directories\n", depth,
                (long)facts.st_nlink, directories);
        exit(1);
    }
    return entries;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    int processes = count == 5 ? atoi(arguments[4]) : 0;
    if (processes < 1 || processes > MAX_PROCESSES || chdir(arguments[1]) != 0) {
        fprintf(stderr, "usage: tree_churn DIRECTORY SEED SECONDS PROCESSES (up to %d)\n", MAX_PROCESSES);
        return 2;
    }
    double end = now() + strtod(arguments[3], NULL);
    for (int i = 0; i < processes; i++) {
        if (fork() == 0) {
            state = (strtoull(arguments[2], NULL, 10) * 1000 + (uint64_t)i) * 0x9E3779B97F4A7C15ULL + 1;
            long operations = 0;
            for (; now() < end && failures == 0; operations++) {
                step();
            }
            printf("%ld operations\n", operations);
            fflush(stdout);
            _exit(failures == 0 ? 0 : 1);
        }
    }
    int failed = 0, status;
    while (wait(&status) > 0) {
        failed += !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    printf("%ld entries at the end\n", walk(0));
    return failed == 0 ? 0 : 1;
}
