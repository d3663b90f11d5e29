/* A peer for reads through a mount: libfuse 3 (low-level) serving one page-cached file as "file" in the root.
 *
 *   libfuse_file FILE MOUNT_POINT splice|copy
 *
 * "splice" moves pages of the file into the kernel's reply; "copy" reads them into memory first. Runs in the
 * foreground until it is unmounted or told to end. */
#define FUSE_USE_VERSION 34
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_INODE = 2 };

static const char file_name[] = "file";
static const double keep_seconds = 86400;
static int file;
static int by_splice;
static struct stat facts;

static void init(void *data, struct fuse_conn_info *connection) {
    (void)data;
    connection->max_readahead = 1 << 20;
    if (by_splice) {
        connection->want |= connection->capable & (FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
    } else {
        connection->want &= ~(unsigned)(FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE | FUSE_CAP_SPLICE_READ);
    }
}

static struct stat attributes(fuse_ino_t inode) {
    struct stat found = {.st_ino = inode, .st_mode = S_IFDIR | 0755, .st_nlink = 2};
    if (inode == FILE_INODE) {
        found.st_mode = S_IFREG | 0444;
        found.st_nlink = 1;
        found.st_size = facts.st_size;
    }
    return found;
}

static void lookup(fuse_req_t request, fuse_ino_t parent, const char *name) {
    if (parent != FUSE_ROOT_ID || strcmp(name, file_name) != 0) {
        fuse_reply_err(request, ENOENT);
        return;
    }
    struct fuse_entry_param entry = {.ino = FILE_INODE, .attr_timeout = keep_seconds, .entry_timeout = keep_seconds};
    entry.attr = attributes(FILE_INODE);
    fuse_reply_entry(request, &entry);
}

static void getattr(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *info) {
    (void)info;
    struct stat found = attributes(inode);
    fuse_reply_attr(request, &found, keep_seconds);
}

static void open_file(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *info) {
    if (inode != FILE_INODE) {
        fuse_reply_err(request, EISDIR);
        return;
    }
    info->keep_cache = 1;
    fuse_reply_open(request, info);
}

static void read_file(fuse_req_t request, fuse_ino_t inode, size_t size, off_t at, struct fuse_file_info *info) {
    (void)inode;
    (void)info;
    struct fuse_bufvec body = FUSE_BUFVEC_INIT(size);
    body.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
    body.buf[0].fd = file;
    body.buf[0].pos = at;
    fuse_reply_data(request, &body, by_splice ? FUSE_BUF_SPLICE_MOVE : FUSE_BUF_NO_SPLICE);
}

static const struct fuse_lowlevel_ops operations = {
    .init = init, .lookup = lookup, .getattr = getattr, .open = open_file, .read = read_file};

int main(int count, char **words) {
    if (count != 4) {
        fprintf(stderr, "usage: libfuse_file FILE MOUNT_POINT splice|copy\n");
        return 2;
    }
    file = open(words[1], O_RDONLY);
    if (file < 0 || fstat(file, &facts) != 0) {
        perror(words[1]);
        return 1;
    }
    by_splice = strcmp(words[3], "splice") == 0;
    char *options[] = {words[0], "-oro,fsname=libfuse_file", NULL};
    struct fuse_args arguments = FUSE_ARGS_INIT(2, options);
    struct fuse_session *session = fuse_session_new(&arguments, &operations, sizeof operations, NULL);
    if (session == NULL || fuse_set_signal_handlers(session) != 0 || fuse_session_mount(session, words[2]) != 0) {
        return 1;
    }
    struct fuse_loop_config loop = {.clone_fd = 1, .max_idle_threads = 10};
    int status = fuse_session_loop_mt(session, &loop);
    fuse_session_unmount(session);
    fuse_session_destroy(session);
    fuse_opt_free_args(&arguments);
    return status == 0 ? 0 : 1;
}
