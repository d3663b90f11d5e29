package io.blockring.systemtests.work;

import java.nio.file.Path;

/**
 * Work of well-known programs, as bash scripts that fail at the first difference. {@code mount} is the directory under
 * test, {@code plain} an empty one on a file system that is trusted.
 */
public final class FilePrograms {
    private FilePrograms() {}

    /** A file of 200 MiB, cut, made longer, overwritten and appended to; stays as {@code large} in both. */
    public static String largeFile(Path mount, Path plain) {
        return """
                set -e
                head -c 209715200 /dev/urandom > %2$s/large
                cp %2$s/large %1$s/large
                truncate -s 150000001 %1$s/large %2$s/large
                truncate -s 180000000 %1$s/large %2$s/large
                dd if=/dev/urandom of=%2$s/patch bs=777777 count=3 2>/dev/null
                for to in %1$s %2$s; do dd if=%2$s/patch of=$to/large bs=1234567 seek=40 conv=notrunc 2>/dev/null; done
                cat %2$s/patch >> %1$s/large; cat %2$s/patch >> %2$s/large
                cmp %1$s/large %2$s/large
                """.formatted(mount, plain);
    }

    /** {@code cp -a} and {@code tar} of a tree, with modes, times and counts of links. */
    public static String tree(Path mount, Path plain) {
        return """
                set -e
                mkdir %1$s/tree
                cp -a /usr/include/linux %1$s/tree/
                diff -r /usr/include/linux %1$s/tree/linux
                tar -C %1$s/tree -cf %1$s/tree.tar linux
                mkdir %1$s/unpacked && tar -C %1$s/unpacked -xf %1$s/tree.tar
                diff -r /usr/include/linux %1$s/unpacked/linux
                (cd /usr/include/linux && stat -c '%%n %%a %%s %%Y %%h %%F' *.h) > %2$s/there
                (cd %1$s/unpacked/linux && stat -c '%%n %%a %%s %%Y %%h %%F' *.h) > %2$s/here
                cmp %2$s/there %2$s/here
                rm -r %1$s/unpacked %1$s/tree
                """.formatted(mount, plain);
    }

    /** A copy by {@code cp}, which {@code bucket} gets nothing of, and zeros by {@code fallocate} in the copy alone. */
    public static String copiesAndHoles(Path mount, Path plain, Path bucket) {
        return """
                set -e
                head -c 50000001 /dev/urandom > %2$s/source
                cp %2$s/source %1$s/source && sync %1$s/source
                find %3$s -path '*/chunks/*' -type f | sort > %2$s/before
                test -s %2$s/before
                cp --reflink=auto %1$s/source %1$s/copy
                find %3$s -path '*/chunks/*' -type f | sort > %2$s/after
                cmp %2$s/before %2$s/after
                cmp %2$s/source %1$s/copy
                cp %2$s/source %2$s/copy
                for at in %1$s %2$s; do
                  fallocate --punch-hole --offset 5000 --length 20000000 $at/copy
                  fallocate --zero-range --offset 49000000 --length 2000000 $at/copy
                  echo patch | dd of=$at/copy bs=1 seek=70000 conv=notrunc 2>/dev/null
                done
                cmp %2$s/copy %1$s/copy
                cmp %2$s/source %1$s/source
                rm %1$s/source
                cmp %2$s/copy %1$s/copy
                """.formatted(mount, plain, bucket);
    }

    /** {@code git clone} of a local repository, {@code gc} and {@code fsck}. */
    public static String git(Path mount, Path plain) {
        return """
                set -e
                export HOME=%2$s GIT_CONFIG_GLOBAL=/dev/null
                git init -q %2$s/origin && cd %2$s/origin
                git config user.email a@example.org && git config user.name a
                for i in $(seq 1 200); do echo "$i $RANDOM" > file$i; done
                cp -r /usr/include/linux . && git add -A && git commit -qm first
                for i in $(seq 1 50); do echo "$i" >> file$i; done && git commit -qam second
                git clone -q --no-local %2$s/origin %1$s/clone
                cd %1$s/clone && git -c safe.directory='*' fsck --full --strict 2>&1 | grep -v '^notice' | (! grep .)
                git -c safe.directory='*' status --porcelain | (! grep .)
                git -c safe.directory='*' gc -q && git -c safe.directory='*' fsck --full
                diff -r --exclude=.git %2$s/origin %1$s/clone
                """.formatted(mount, plain);
    }

    /** What other users may do, which errors there are, and what moves counts and times; run by root. */
    public static String rules(Path mount) {
        return """
                set -eu
                export LC_ALL=C
                nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
                refused() {
                  why=$1; shift
                  if said=$("$@" 2>&1); then echo "should be refused: $*" >&2; exit 1; fi
                  case $said in *"$why"*) ;; *) echo "$*: '$said', not '$why'" >&2; exit 1 ;; esac
                }
                is() { test "$1" = "$2" || { echo "$1, not $2" >&2; exit 1; }; }
                changes() {
                  before=$(stat -c '%%.9Y %%.9Z' "$1"); "${@:2}"
                  test "$before" != "$(stat -c '%%.9Y %%.9Z' "$1")" || { echo "no new times: $*" >&2; exit 1; }
                }
                mkdir -m 777 %1$s/rules && cd %1$s/rules

                mkdir -m 1777 sticky && touch sticky/others
                refused 'Operation not permitted' nobody rm -f sticky/others
                refused 'Operation not permitted' nobody mv sticky/others sticky/other
                nobody touch sticky/own && nobody mv sticky/own sticky/moved && nobody rm sticky/moved

                touch f && chown 65534:0 f
                nobody chmod 2755 f && is "$(stat -c %%a f)" 755
                refused 'Operation not permitted' nobody chgrp 1 f
                refused 'Operation not permitted' nobody chown 0 f
                touch s && chmod 6777 s
                nobody bash -c 'echo x >> s' && is "$(stat -c %%a s)" 777
                chmod 6755 s && chown 1 s && is "$(stat -c %%a s)" 755
                touch w && chmod 666 w && nobody touch w
                refused 'Operation not permitted' nobody touch -d @0 w
                chmod 644 w && refused 'Permission denied' nobody touch w

                long=$(printf 'n%%.0s' $(seq 255))
                touch $long && mv $long other && rm other
                refused 'File name too long' touch ${long}n
                ln -s a b && ln -s b a && refused 'Too many levels of symbolic links' cat a
                refused 'File too large' truncate -s 9223372036854775807 f
                refused 'Is a directory' unlink sticky

                mkdir d && mkdir d/one d/two && is "$(stat -c %%h d)" 4
                refused 'Directory not empty' rmdir d
                changes d touch d/new
                changes d ln d/new d/linked
                changes d mv d/new d/moved
                changes d rm d/moved
                changes d rmdir d/two && is "$(stat -c %%h d)" 3
                is "$(stat -c %%h d/linked)" 1
                mkfifo d/fifo && mknod d/device c 1 3
                ln d/fifo d/same && is "$(stat -c '%%F %%h' d/same)" 'fifo 2'
                is "$(stat -c '%%F %%t %%T' d/device)" 'character special file 1 3'
                rm d/fifo d/same d/device d/linked && rmdir d/one d

                exec 9<> gone && rm gone && echo still there >&9
                is "$(stat -Lc %%h /proc/$$/fd/9)" 0
                is "$(cat /proc/$$/fd/9)" 'still there'
                """.formatted(mount);
    }

    /** Three writers of one SQLite database, and its own check of its integrity. */
    public static String sqlite(Path mount) {
        return """
                set -e
                db=%1$s/load.db
                sqlite3 $db 'create table t(id integer primary key, body blob, sum integer)'
                for worker in 1 2 3; do
                  ( for i in $(seq 1 25); do
                      sqlite3 -cmd '.timeout 60000' $db "begin immediate; insert into t(body, sum) \
                        select randomblob(5000), $i from (select 1 union select 2 union select 3); commit"
                    done ) &
                done
                wait
                test "$(sqlite3 $db 'select count(*) from t')" = 225
                test "$(sqlite3 $db 'pragma integrity_check')" = ok
                sqlite3 $db 'delete from t where id %% 2; vacuum'
                test "$(sqlite3 $db 'pragma integrity_check')" = ok
                """.formatted(mount);
    }
}
