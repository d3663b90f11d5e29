package io.blockring.bench;

import java.io.IOException;
import java.util.List;

/** How fast bytes are read, in GB/s and CPU seconds per GB. */
interface ReadFigure extends Figure {
    /** Measures all cases. Every byte is right and came from where it was to come from, or this fails. */
    List<Case.Summary> measure(Settings settings, Closing closing) throws IOException;

    /** What the cases are to reach. */
    List<Goal> goals(List<Case.Summary> cases);

    /** Runs all cases for a profile. */
    void profile(Settings settings, Closing closing, Profile profile) throws IOException;

    @Override
    default Evidence measure(String name, Machine machine, Settings settings, Closing closing) throws IOException {
        List<Case.Summary> cases = measure(settings, closing);
        return new Report(name, machine, settings.bytes(), Pattern.BLOCK_BYTES, cases, goals(cases));
    }
}
