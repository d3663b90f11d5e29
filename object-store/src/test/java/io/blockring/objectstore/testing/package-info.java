/** What every {@code ObjectStore} must do, as tests that any module can run on its own stores. */
@NullMarked
package io.blockring.objectstore.testing;

import org.jspecify.annotations.NullMarked;
