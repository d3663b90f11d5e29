package io.blockring.meta.engine;

import static io.blockring.meta.engine.Scans.all;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.AclRule;
import io.blockring.meta.AclRule.Named;
import io.blockring.meta.FileError;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every engine keeps of access control lists. */
interface AclRecordsContract {
    AclRule RULE = new AclRule(7, 5, 4, AclRule.UNSET, List.of(new Named(-2, 6)), List.of(new Named(100, 0)));

    /** An engine without any record at the start of a test. */
    MetaEngine engine();

    @Test
    default void listsAreReadAsTheyWereWritten() throws FileError {
        assertThat(engine().reads().acl(1)).isNull();
        assertThat(all(engine().scans().acls())).isEmpty();
        var minimal = new AclRule(6, 4, AclRule.UNSET, 0, List.of(), List.of());
        try (MetaTransaction transaction = engine().begin()) {
            transaction.putAcl(new StoredAcl(1, RULE));
            transaction.putAcl(new StoredAcl(-1, minimal));
            assertThat(transaction.commit()).isEqualTo(CommitOutcome.COMMITTED);
        }
        assertThat(engine().reads().acl(1)).isEqualTo(RULE);
        assertThat(engine().reads().acl(-1)).isEqualTo(minimal);
        assertThat(all(engine().scans().acls()))
                .containsExactlyInAnyOrder(new StoredAcl(1, RULE), new StoredAcl(-1, minimal));
    }

    @Test
    default void numbersOfListsBeginWithOne() throws FileError {
        assertThat(engine().increment(Counter.ACL_MAX_ID, 1)).isEqualTo(1);
        assertThat(engine().increment(Counter.ACL_MAX_ID, 1)).isEqualTo(2);
    }
}
