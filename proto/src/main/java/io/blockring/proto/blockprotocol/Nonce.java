package io.blockring.proto.blockprotocol;

/** 128 random bits that one end makes for one connection. */
public record Nonce(long high, long low) {}
