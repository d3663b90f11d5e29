package io.blockring.filesystem;

import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicReference;

/** A tree with whatever trouble a test makes before and after each of its methods. */
final class TroubledTree {
    /** What happens at a call of the method of that name: it may wait, or fail. */
    @FunctionalInterface
    interface Trouble {
        void with(String method) throws FileError;
    }

    static final Trouble NONE = _ -> {};

    private final FileTree tree;
    private final AtomicReference<Trouble> before = new AtomicReference<>(NONE);
    private final AtomicReference<Trouble> after = new AtomicReference<>(NONE);

    TroubledTree(FileTree inner) {
        tree = (FileTree) Proxy.newProxyInstance(
                FileTree.class.getClassLoader(), new Class<?>[] {FileTree.class}, (_, method, arguments) -> {
                    before.get().with(method.getName());
                    try {
                        Object result = method.invoke(inner, arguments);
                        after.get().with(method.getName());
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    FileTree tree() {
        return tree;
    }

    void before(Trouble trouble) {
        before.set(trouble);
    }

    void after(Trouble trouble) {
        after.set(trouble);
    }

    /** Fails at the given method, and only there. */
    static Trouble failingAt(String method, FileError.Kind kind) {
        return called -> {
            if (called.equals(method)) {
                throw new FileError(kind, "as the test wants it: " + method);
            }
        };
    }

    /** Fails at the first call of the method only. */
    static Trouble failingOnceAt(String method, FileError.Kind kind) {
        var left = new AtomicReference<>(true);
        return called -> {
            if (called.equals(method) && left.getAndSet(false)) {
                throw new FileError(kind, "as the test wants it: " + method);
            }
        };
    }
}
