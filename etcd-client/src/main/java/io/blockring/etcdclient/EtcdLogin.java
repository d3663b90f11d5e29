package io.blockring.etcdclient;

/** A user of the cluster; an empty one is nobody, for clusters that ask for none. */
public record EtcdLogin(String user, String password) {
    public static final EtcdLogin NOBODY = new EtcdLogin("", "");

    @Override
    public String toString() {
        return user;
    }
}
