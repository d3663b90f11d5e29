/**
 * The records of a volume as keys and values, exactly as the volume format lays them out for such engines.
 *
 * <p>{@link KeyValueEngine} is the port of {@code engine} over a {@link ByteStore}: {@link RocksByteStore}, {@link
 * TikvByteStore} or {@link EtcdByteStore}. {@link KeyLayout} draws the keys, {@link AttrCodec} and {@link ValueCodec} the values.
 */
@NullMarked
package io.blockring.meta.keyvalue;

import io.blockring.meta.encoding.AttrCodec;
import io.blockring.meta.encoding.ValueCodec;
import org.jspecify.annotations.NullMarked;
