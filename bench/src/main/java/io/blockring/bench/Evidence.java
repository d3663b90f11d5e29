package io.blockring.bench;

import com.fasterxml.jackson.core.JsonProcessingException;

/** A measured figure. */
interface Evidence {
    /** As it is written down. */
    String json() throws JsonProcessingException;

    /** For people. */
    String table();
}
