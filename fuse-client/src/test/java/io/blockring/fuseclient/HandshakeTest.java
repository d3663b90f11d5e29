package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.fuseclient.FakeKernel.Reply;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HandshakeTest {
    private static final int EVERYTHING = -1;

    private FakeKernel kernel;
    private FuseDevice device;

    @BeforeEach
    void connect() throws IOException {
        LinuxMounts.Pair pair = LinuxMounts.socketPair(LinuxMounts.SOCK_SEQPACKET);
        kernel = FakeKernel.ungreeted(pair.first());
        device = FuseDevice.of(pair.second());
    }

    @AfterEach
    void disconnect() {
        device.close();
        kernel.close();
    }

    @Test
    void aKernelThatKnowsMoreIsHeldToWhatWeKnow() throws Exception {
        kernel.send(Opcode.INIT.code(), 2, 0, FakeKernel.greeting(7, 45, EVERYTHING));

        Handshake.Agreed agreed = Handshake.perform(device, FuseSettings.defaults());

        ByteBuffer reply = kernel.receive().buffer();
        assertThat(reply.remaining()).isEqualTo(64);
        assertThat(reply.getInt()).isEqualTo(7);
        assertThat(reply.getInt()).isEqualTo(Handshake.NEWEST_MINOR);
        assertThat(reply.getInt()).as("read-ahead").isEqualTo(1 << 20);
        assertThat(reply.getInt()).as("flags").isEqualTo((int) InitFlag.wanted(FuseSettings.defaults()));
        assertThat(reply.getShort()).as("background").isEqualTo((short) agreed.backgroundRequests());
        assertThat(reply.getShort()).as("congestion").isEqualTo((short) agreed.congestedRequests());
        assertThat(reply.getInt()).as("largest write").isEqualTo(1 << 20);
        assertThat(reply.getInt()).as("granularity of times").isEqualTo(1);
        assertThat(reply.getShort()).as("pages").isEqualTo((short) 256);
    }

    @Test
    void nothingIsClaimedThatTheKernelDidNotOffer() throws Exception {
        kernel.send(Opcode.INIT.code(), 2, 0, FakeKernel.greeting(7, 31, (int) InitFlag.BIG_WRITES.bit()));

        Handshake.Agreed agreed = Handshake.perform(device, FuseSettings.defaults());

        assertThat(agreed.minor()).isEqualTo(31);
        assertThat(agreed.flags()).isEqualTo(InitFlag.BIG_WRITES.bit());
    }

    @Test
    void readAheadNeverGetsAllThreads() throws Exception {
        kernel.send(Opcode.INIT.code(), 2, 0, FakeKernel.greeting(7, 38, EVERYTHING));

        FuseSettings settings = FuseSettings.defaults();
        Handshake.Agreed agreed = Handshake.perform(device, settings);

        assertThat(agreed.backgroundRequests()).isLessThan(settings.maxThreads());
        assertThat(agreed.congestedRequests()).isLessThanOrEqualTo(agreed.backgroundRequests());
    }

    @Test
    void aKernelOfANewerMajorVersionIsToldOursAndGreetsAgain() throws Exception {
        kernel.send(Opcode.INIT.code(), 2, 0, FakeKernel.greeting(8, 0, EVERYTHING));
        kernel.send(Opcode.INIT.code(), 4, 0, FakeKernel.greeting(7, 40, EVERYTHING));

        Handshake.Agreed agreed = Handshake.perform(device, FuseSettings.defaults());

        assertThat(agreed.minor()).isEqualTo(40);
        assertThat(kernel.receive().buffer().getInt()).isEqualTo(7);
        assertThat(kernel.receive().unique()).isEqualTo(4);
    }

    @Test
    void anOldKernelIsRefusedByName() {
        kernel.send(Opcode.INIT.code(), 2, 0, FakeKernel.greeting(7, 30, EVERYTHING));

        assertThatThrownBy(() -> Handshake.perform(device, FuseSettings.defaults()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("7.30");
        assertThat(kernel.receive().error()).isEqualTo(-Errno.EPROTO.code());
    }

    @Test
    void anythingButAGreetingIsRefused() {
        kernel.send(Opcode.GETATTR.code(), 2, 1, new byte[16]);

        assertThatThrownBy(() -> Handshake.perform(device, FuseSettings.defaults()))
                .isInstanceOf(IOException.class);
        Reply reply = kernel.receive();
        assertThat(reply.error()).isEqualTo(-Errno.EPROTO.code());
    }

    @Test
    void aBrokenGreetingIsRefused() {
        kernel.sendRaw(new byte[7]);

        assertThatThrownBy(() -> Handshake.perform(device, FuseSettings.defaults()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("7 bytes");
    }
}
