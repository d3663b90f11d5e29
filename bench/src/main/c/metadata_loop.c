/* Operations on names, as mdtest does them:
 *
 *   metadata_loop DIRECTORY PROCESSES FILES
 *
 * Each process works in a directory of its own: it creates FILES empty files, stats each, lists the directory with the
 * attributes of all, renames each, and unlinks each. A phase begins when all processes are there; the kernel's names and
 * attributes are dropped before the phases that look (as root), so that they ask the file system. Prints one line of
 * JSON: operations per second of each phase, over all processes. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PHASES = 5, MAX_PROCESSES = 256, PATH_BYTES = 4096 };

static const char *const phases[PHASES] = {"create", "stat", "readdir", "rename", "unlink"};

struct shared {
    pthread_barrier_t barrier;
    double seconds[PHASES][MAX_PROCESSES];
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

__attribute__((noreturn)) static void fail(const char *what, const char *path) {
    fprintf(stderr, "metadata_loop: %s %s: %s\n", what, path, strerror(errno));
    _exit(1);
}

static void drop_names(void) {
    int file = open("/proc/sys/vm/drop_caches", O_WRONLY);
    if (file >= 0) {
        if (write(file, "2", 1) < 0) {
            fail("write", "/proc/sys/vm/drop_caches");
        }
        close(file);
    }
}

static void list(int files) {
    DIR *directory = opendir(".");
    if (directory == NULL) {
        fail("opendir", ".");
    }
    int found = 0;
    struct dirent *entry;
    struct stat facts;
    while ((entry = readdir(directory)) != NULL) {
        if (fstatat(dirfd(directory), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) != 0) {
            fail("stat", entry->d_name);
        }
        found += S_ISREG(facts.st_mode);
    }
    closedir(directory);
    if (found != files) {
        fprintf(stderr, "metadata_loop: %d of %d files are listed\n", found, files);
        _exit(1);
    }
}

static void one(int phase, int file) {
    char name[32], other[32];
    struct stat facts;
    snprintf(name, sizeof name, "file.%d", file);
    snprintf(other, sizeof other, "renamed.%d", file);
    int made;
    switch (phase) {
        case 0:
            made = open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);
            if (made < 0) {
                fail("create", name);
            }
            close(made);
            break;
        case 1: if (stat(name, &facts) != 0) { fail("stat", name); } break;
        case 3: if (rename(name, other) != 0) { fail("rename", name); } break;
        default: if (unlink(other) != 0) { fail("unlink", other); } break;
    }
}

static void work(struct shared *shared, const char *top, int process, int files) {
    char directory[PATH_BYTES];
    snprintf(directory, sizeof directory, "%s/p%d", top, process);
    if (mkdir(directory, 0755) != 0 || chdir(directory) != 0) {
        fail("mkdir", directory);
    }
    for (int phase = 0; phase < PHASES; phase++) {
        if (process == 0 && (phase == 1 || phase == 2)) {
            drop_names();
        }
        pthread_barrier_wait(&shared->barrier);
        double start = now();
        if (phase == 2) {
            list(files);
        } else {
            for (int file = 0; file < files; file++) {
                one(phase, file);
            }
        }
        shared->seconds[phase][process] = now() - start;
        pthread_barrier_wait(&shared->barrier);
    }
    if (chdir("/") != 0 || rmdir(directory) != 0) {
        fail("rmdir", directory);
    }
}

int main(int count, char **arguments) {
    int processes = count == 4 ? atoi(arguments[2]) : 0;
    int files = count == 4 ? atoi(arguments[3]) : 0;
    if (processes < 1 || processes > MAX_PROCESSES || files < 1) {
        fprintf(stderr, "usage: metadata_loop DIRECTORY PROCESSES FILES\n");
        return 2;
    }
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_barrierattr_t attributes;
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (shared == MAP_FAILED || pthread_barrier_init(&shared->barrier, &attributes, (unsigned)processes) != 0) {
        return 1;
    }
    for (int process = 0; process < processes; process++) {
        if (fork() == 0) {
            work(shared, arguments[1], process, files);
            _exit(0);
        }
    }
    int status, failed = 0;
    while (wait(&status) > 0) {
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            failed = 1;
            kill(0, SIGTERM); /* the others wait for it */
        }
    }
    if (failed) {
        return 1;
    }
    printf("{");
    for (int phase = 0; phase < PHASES; phase++) {
        double longest = 0;
        for (int process = 0; process < processes; process++) {
            longest = shared->seconds[phase][process] > longest ? shared->seconds[phase][process] : longest;
        }
        printf("%s\"%s\": %.1f", phase ? ", " : "", phases[phase], (double)processes * files / longest);
    }
    printf("}\n");
    return 0;
}
