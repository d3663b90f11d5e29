package io.blockring.cachectl.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MountCommandTest {
    @Test
    void othersAreLetInAsTheOptionSaysWhoeverMounts() {
        assertThat(parsed("--allow-other").letsOthersIn()).isTrue();
        assertThat(parsed("--no-allow-other").letsOthersIn()).isFalse();
    }

    @Test
    void withoutTheOptionOnlyRootLetsOthersIn() {
        assertThat(parsed().letsOthersIn())
                .isEqualTo(System.getProperty("user.name").equals("root"));
    }

    private static MountCommand parsed(String... options) {
        var command = new MountCommand();
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("rocksdb:///meta", "/mnt"));
        new CommandLine(command).parseArgs(arguments.toArray(String[]::new));
        return command;
    }
}
