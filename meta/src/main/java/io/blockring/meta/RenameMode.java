package io.blockring.meta;

/** What a rename does with an entry that has the new name already. */
public enum RenameMode {
    REPLACE,
    NO_REPLACE,
    EXCHANGE
}
