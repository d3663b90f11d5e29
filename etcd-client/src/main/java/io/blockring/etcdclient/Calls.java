package io.blockring.etcdclient;

import io.blockring.etcdclient.wire.AuthGrpc;
import io.blockring.etcdclient.wire.EtcdWire.AuthenticateRequest;
import io.blockring.etcdclient.wire.EtcdWire.TxnRequest;
import io.blockring.etcdclient.wire.KVGrpc;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Calls to one member of a cluster, and to the next one when it does not answer. Safe for use by many threads. */
final class Calls implements AutoCloseable {
    private static final Metadata.Key<String> TOKEN = Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
    private static final Duration CLOSE = Duration.ofSeconds(5);

    /** What a write was answered. */
    sealed interface Answer {
        /** It was written if, and only if, all was as the request compared it to be. */
        record Given(boolean succeeded) implements Answer {}

        /** Nobody knows whether it was, or will yet be, written. */
        record Lost() implements Answer {}

        /** Nobody knows whether it was written; nothing will be any more. */
        record Full(EtcdException why) implements Answer {}
    }

    private final List<ManagedChannel> members;
    private final EtcdLogin login;
    private final Duration patience;
    private final AtomicInteger current = new AtomicInteger();
    private volatile @Nullable String token;
    private volatile boolean closed;

    Calls(List<ManagedChannel> members, EtcdLogin login, Duration patience) {
        this.members = List.copyOf(members);
        this.login = login;
        this.patience = patience;
    }

    /** Asks until somebody answers, or the time is over. What is asked changes nothing. */
    <A> A read(Function<KVGrpc.KVBlockingStub, A> question) throws EtcdException {
        return ask((member, left) -> question.apply(kv(member, left)));
    }

    private interface Question<A extends @Nullable Object> {
        A to(ManagedChannel member, Patience patience);
    }

    private <A extends @Nullable Object> A ask(Question<A> question) throws EtcdException {
        var left = new Patience(patience);
        while (true) {
            int asked = current.get();
            try {
                return question.to(member(asked), left);
            } catch (StatusRuntimeException e) {
                Patience.checkInterrupt(e);
                switch (Answers.meaning(e)) {
                    case AGAIN -> leave(asked);
                    case BUSY -> {}
                    case LOGIN -> logInAgain(e);
                    case FULL, REFUSED, ANSWER_TOO_LARGE -> throw Answers.failure(e);
                }
                left.pause(e);
            }
        }
    }

    /** Asks once for a change; fails only where it is known that nothing was written. */
    Answer write(TxnRequest request) throws EtcdException {
        var left = new Patience(patience);
        while (true) {
            int asked = current.get();
            try {
                return new Answer.Given(kv(member(asked), left).txn(request).getSucceeded());
            } catch (StatusRuntimeException e) {
                switch (Answers.meaning(e)) {
                    case AGAIN, ANSWER_TOO_LARGE -> {
                        leave(asked);
                        return new Answer.Lost();
                    }
                    case FULL -> {
                        return new Answer.Full(Answers.failure(e));
                    }
                    case BUSY -> {}
                    case LOGIN -> logInAgain(e);
                    case REFUSED -> throw Answers.failure(e);
                }
                left.pause(e);
            }
        }
    }

    private ManagedChannel member(int number) throws EtcdException {
        if (closed) {
            throw new EtcdException(EtcdException.Reason.REFUSED, "the cluster was closed");
        }
        return members.get(Math.floorMod(number, members.size()));
    }

    /** The next one is asked from now on, and a connection that comes back is not kept waiting. */
    private void leave(int asked) throws EtcdException {
        current.compareAndSet(asked, asked + 1);
        member(asked).resetConnectBackoff();
    }

    private KVGrpc.KVBlockingStub kv(Channel member, Patience left) {
        KVGrpc.KVBlockingStub stub = KVGrpc.newBlockingStub(member).withDeadline(left.ofCall());
        String known = token;
        if (known == null) {
            return stub;
        }
        var headers = new Metadata();
        headers.put(TOKEN, known);
        return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    /** Gets a token, if there is a user, and the cluster asks who its users are. */
    void logIn() throws EtcdException {
        if (login.user().isEmpty()) {
            return;
        }
        var request = AuthenticateRequest.newBuilder()
                .setName(login.user())
                .setPassword(login.password())
                .build();
        token = this.<@Nullable String>ask((member, left) -> {
            try {
                return AuthGrpc.newBlockingStub(member)
                        .withDeadline(left.ofCall())
                        .authenticate(request)
                        .getToken();
            } catch (StatusRuntimeException e) {
                if (Answers.isWithoutLogins(e)) {
                    return null;
                }
                throw e;
            }
        });
    }

    private void logInAgain(StatusRuntimeException failure) throws EtcdException {
        if (login.user().isEmpty()) {
            throw Answers.failure(failure);
        }
        logIn();
    }

    /** Ends what is asked, and the connections; what is asked later fails. */
    @Override
    public void close() {
        closed = true;
        members.forEach(ManagedChannel::shutdownNow);
        long endNanos = System.nanoTime() + CLOSE.toNanos();
        try {
            for (ManagedChannel member : members) {
                if (!member.awaitTermination(endNanos - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    throw new IllegalStateException("a connection to etcd did not end in " + CLOSE);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // They end without us.
        }
    }
}
