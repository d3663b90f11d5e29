package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.blockring.meta.FileError;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What of failed requests the log tells. */
class FailureLogTest {
    private final AtomicLong nanos = new AtomicLong();
    private final ListAppender<ILoggingEvent> told = new ListAppender<>();
    private FailureLog failures;

    @BeforeEach
    void listen() {
        var log = (Logger) LoggerFactory.getLogger(FailureLogTest.class);
        log.setLevel(Level.INFO);
        log.setAdditive(false);
        told.start();
        log.addAppender(told);
        failures = new FailureLog(log, nanos::get);
    }

    private List<String> messages() {
        return told.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void anErrorIsToldWithItsReasonAndAMistakeOfAProgramIsNot() {
        failures.failed(
                Opcode.GETATTR, 7, new FileError(FileError.Kind.IO, "key i7 holds bytes that are no attributes"));
        failures.failed(Opcode.LOOKUP, 7, new FileError(FileError.Kind.NOT_FOUND, "no such name"));
        assertThat(messages())
                .containsExactly("GETATTR of inode 7 failed with EIO: key i7 holds bytes that are no attributes");
    }

    @Test
    void ofAStormSomeAreToldAndTheOthersCounted() {
        for (int i = 0; i < FailureLog.MOST + 5; i++) {
            failures.failed(Opcode.READ, i, new FileError(FileError.Kind.IO, "down"));
        }
        assertThat(messages()).hasSize(FailureLog.MOST);
        nanos.addAndGet(FailureLog.PERIOD.toNanos());
        failures.failed(Opcode.READ, 1, new FileError(FileError.Kind.IO, "still down"));
        assertThat(messages())
                .endsWith("5 more requests failed with EIO", "READ of inode 1 failed with EIO: still down");
    }
}
