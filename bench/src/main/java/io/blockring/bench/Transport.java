package io.blockring.bench;

import java.util.Locale;

/** How a client on this host reaches a node. */
enum Transport {
    TCP,
    UNIX;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
