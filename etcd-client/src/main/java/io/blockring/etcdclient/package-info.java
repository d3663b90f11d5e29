/**
 * Reads and transactions of an etcd cluster, by its published protocol.
 *
 * <p>Start at {@link io.blockring.etcdclient.EtcdCluster}. {@link io.blockring.etcdclient.Calls} asks one member after
 * another, {@link io.blockring.etcdclient.Answers} says what a failure means. Nothing here knows of files.
 */
@NullMarked
package io.blockring.etcdclient;

import org.jspecify.annotations.NullMarked;
