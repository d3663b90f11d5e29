package io.blockring.cachenode;

import java.util.UUID;

/** The group as it reaches a node: from a running member, or fixed in a test. */
interface GroupWatch {
    /** Nothing agreed, nobody there. */
    GroupWatch NONE = new GroupWatch() {
        @Override
        public GroupView view() {
            return GroupView.NONE;
        }

        @Override
        public boolean isAlive(UUID node) {
            return false;
        }

        @Override
        public void heardOfEpoch(long epoch) {}
    };

    /** The newest view; the same object until something changes. Never blocks for long. */
    GroupView view();

    /** Whether that node is seen alive now. */
    boolean isAlive(UUID node);

    /** A reader knows an epoch that is newer than ours: look for it soon. */
    void heardOfEpoch(long epoch);
}
