package io.blockring.meta.keyvalue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.engine.AfterCommit;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.CommitOutcome;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaEngineContract;
import io.blockring.meta.engine.MetaSnapshot;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.keyvalue.RocksByteStore.Durability;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksEngineTest extends MetaEngineContract {
    @TempDir
    Path folder;

    @Override
    protected MetaEngine open() throws Exception {
        return RocksByteStore.engine(folder.resolve("db"), true, Durability.MACHINE);
    }

    @Test
    void anAppendIgnoresItsOwnRepetition() throws Exception {
        try (MetaEngine engine = RocksByteStore.engine(folder.resolve("other"), true, Durability.PROCESS)) {
            var slice = new SliceRecord(10, 7, 100, 5, 90);
            for (int i = 0; i < 2; i++) {
                try (MetaTransaction transaction = engine.begin()) {
                    AfterCommit length = transaction.appendSlices(1, 0, List.of(slice));
                    assertThat(transaction.commit()).isEqualTo(CommitOutcome.COMMITTED);
                    assertThat(length.orElse(-1)).isEqualTo(1);
                }
            }
            assertThat(engine.reads().slices(1, 0)).containsExactly(slice);
        }
    }

    @Test
    void aSnapshotShowsOneMoment() throws Exception {
        try (MetaEngine engine = RocksByteStore.engine(folder.resolve("other"), true, Durability.PROCESS)) {
            Name name = Name.of("a");
            put(engine, name, 2);
            try (MetaSnapshot moment = engine.snapshot()) {
                put(engine, name, 3);
                assertThat(moment.child(1, name)).isEqualTo(new Child(FileType.FILE, 2));
            }
            assertThat(engine.reads().child(1, name)).isEqualTo(new Child(FileType.FILE, 3));
        }
    }

    @Test
    void aClosedEngineSaysSoAndTouchesNothing() throws Exception {
        MetaEngine engine = RocksByteStore.engine(folder.resolve("other"), true, Durability.MACHINE);
        engine.close();
        engine.close();
        assertThatThrownBy(() -> engine.reads().attr(1)).isInstanceOf(FileError.class);
        assertThatThrownBy(engine::begin).isInstanceOf(FileError.class);
        assertThatThrownBy(engine::snapshot).isInstanceOf(FileError.class);
        assertThatThrownBy(engine::sync).isInstanceOf(FileError.class);
    }

    @Test
    void damagedBytesAreAnErrorAndNoRecord() throws Exception {
        try (RocksByteStore store = RocksByteStore.open(folder.resolve("other"), true, Durability.PROCESS)) {
            try (ByteTransaction transaction = store.begin()) {
                transaction.put(KeyLayout.attr(1), new byte[5]);
                transaction.put(KeyLayout.chunk(1, 0), new byte[25]);
                transaction.commit();
            }
            var reads = new KeyValueReads(store.latest());
            assertThatThrownBy(() -> reads.attr(1)).isInstanceOf(FileError.class);
            assertThatThrownBy(() -> reads.slices(1, 0)).isInstanceOf(FileError.class);
        }
    }

    private static void put(MetaEngine engine, Name name, long inode) throws FileError {
        try (MetaTransaction transaction = engine.begin()) {
            transaction.putChild(1, name, new Child(FileType.FILE, inode));
            assertThat(transaction.commit()).isEqualTo(CommitOutcome.COMMITTED);
        }
    }
}
