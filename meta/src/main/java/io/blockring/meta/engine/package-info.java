/**
 * The port to the engines that keep metadata: typed records in a transaction.
 *
 * <p>Start at {@link MetaEngine} and {@link MetaTransaction}. The rules of a file system are written once, above, and
 * run through {@link Transactions}, the only place that retries. An engine family supplies the layout of the records
 * and no rule.
 */
@NullMarked
package io.blockring.meta.engine;

import org.jspecify.annotations.NullMarked;
