/**
 * How blocks travel between processes: the frames of the block protocol, drawn, and the one codec that reads and
 * writes them.
 *
 * <p>Start at {@link io.blockring.proto.blockprotocol.Frames}. A connection carries one request at a time:
 *
 * <pre>
 * asker                                        cache node
 * HELLO                            -&gt;
 *                                  &lt;-          WELCOME or REFUSED
 * READ, CHECK or OFFER             -&gt;
 *                                  &lt;-          EXTENT and body, any number of them
 *                                  &lt;-          END
 * the next request                 -&gt;          (says that all of the last answer has arrived)
 *
 * OFFER                            -&gt;
 *                                  &lt;-          END: MISS says "send it", anything else ends the offer
 * EXTENT and body of all the block -&gt;
 *                                  &lt;-          END
 * </pre>
 *
 * <p>Every frame starts with the length of its header, so a reader skips what it does not know: flags without a
 * meaning, and tag-length-values behind the fields. What must be understood gets a feature bit in HELLO. A request of
 * an unknown kind has no body before its first answer, so that refusing it keeps the connection in step.
 */
@NullMarked
package io.blockring.proto.blockprotocol;

import org.jspecify.annotations.NullMarked;
