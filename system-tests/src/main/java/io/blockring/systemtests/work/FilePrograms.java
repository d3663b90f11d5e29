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
