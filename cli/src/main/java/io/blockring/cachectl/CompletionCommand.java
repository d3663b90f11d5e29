package io.blockring.cachectl;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cachectl completion}: a script that completes commands and options with the tab key. */
@Command(
        name = "completion",
        description = "Print a completion script for a shell.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  source <(cachectl completion bash)",
            "  cachectl completion bash > /etc/bash_completion.d/cachectl",
            "  cachectl completion zsh > ~/.zsh/cachectl && source ~/.zsh/cachectl"
        })
final class CompletionCommand implements Runnable {
    private enum Shell {
        bash,
        zsh
    }

    @Mixin
    @SuppressWarnings("unused") // picocli fills it
    private CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "SHELL", description = "bash or zsh (one script serves both).")
    @SuppressWarnings("unused") // both shells run the same script; the name makes sure that the user's is one of them
    private Shell shell = Shell.bash;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        System.out.println(AutoComplete.bash("cachectl", spec.root().commandLine()));
    }
}
