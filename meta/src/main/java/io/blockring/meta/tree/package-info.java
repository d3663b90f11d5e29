/**
 * The rules of a file system over typed records, written once for every engine.
 *
 * <p>Start at {@link VolumeTree}, which puts the rules together and has none of its own. Names: {@link Lookups}, {@link
 * Creation}, {@link Removal}, {@link Renaming}. Attributes: {@link AttributeChanges}, {@link ExtendedAttributes}. Data:
 * {@link FileData}, {@link RangeCopy}, {@link Compaction}. What outlives an operation: {@link OpenFiles}, {@link Trash},
 * {@link DeadData}, {@link Sessions}, {@link Housekeeping}.
 */
@NullMarked
package io.blockring.meta.tree;

import org.jspecify.annotations.NullMarked;
