package io.blockring.meta.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChangeListenerTest {
    private static final List<Point> CHANGED = List.of(new Point.Attributes(7));

    /** An old answer may have been kept since it was told for the first time: the commit came later than its loss. */
    @Test
    void aChangeWhoseAnswerWasLostIsToldAgainOnceItIsKnownToBeMade() throws Exception {
        Witness made = _ -> true;
        MetaTransaction transaction = answering(
                MetaTransaction.class, Map.of("commit", CommitOutcome.UNKNOWN, "changed", CHANGED, "witness", made));
        MetaReads reads = answering(MetaReads.class, Map.of());
        MetaEngine engine = answering(MetaEngine.class, Map.of("begin", transaction, "reads", reads));
        var told = new ArrayList<List<Point>>();
        assertThat(new Transactions(engine, new InodeLocks(), points -> told.add(points)).<String>run(_ -> "done", 7L))
                .isEqualTo("done");
        assertThat(told).containsExactly(CHANGED, CHANGED);
    }

    private static <T> T answering(Class<T> type, Map<String, Object> answers) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (_, method, _) -> answer(answers, method.getName())));
    }

    private static @Nullable Object answer(Map<String, Object> answers, String method) {
        return answers.get(method);
    }
}
