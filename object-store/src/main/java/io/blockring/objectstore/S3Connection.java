package io.blockring.objectstore;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Configuration;

/**
 * How the SDK is set up: no retries of its own, few threads, no checksums that old servers refuse.
 *
 * <p>It is several clients of one network thread each, used in turn. In a client with more threads a request to an
 * endpoint that has never answered and refuses connections often waits for its time-out instead of failing at once.
 */
final class S3Connection implements AutoCloseable {
    private static final int MAX_CLIENTS = 4;
    private static final int MAX_WAITING_REQUESTS = 10_000;
    private static final Duration IDLE_CONNECTION = Duration.ofSeconds(30);
    private static final long CLOSE_TIMEOUT_SECONDS = 1;

    private record Client(S3AsyncClient s3, SdkEventLoopGroup thread) {
        void close() {
            s3.close();
            // The SDK's own way to end the thread waits two seconds for nothing.
            var _ = thread.eventLoopGroup().shutdownGracefully(0, CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }
    }

    private final List<Client> clients;
    private final AtomicInteger next = new AtomicInteger();

    private S3Connection(List<Client> clients) {
        this.clients = clients;
    }

    static S3Connection open(StoreAddress.S3 address, Credentials credentials, S3Settings settings) {
        int count = Math.min(MAX_CLIENTS, Runtime.getRuntime().availableProcessors());
        int connections = Math.max(1, settings.maxConnections() / count);
        return new S3Connection(Stream.generate(
                        () -> SdkEventLoopGroup.builder().numberOfThreads(1).build())
                .limit(count)
                .map(thread -> new Client(client(address, credentials, netty(settings, connections, thread)), thread))
                .toList());
    }

    /** The client for the next request. */
    S3AsyncClient client() {
        return clients.get(Math.floorMod(next.getAndIncrement(), clients.size())).s3;
    }

    @Override
    public void close() {
        clients.forEach(Client::close);
    }

    private static S3AsyncClient client(
            StoreAddress.S3 address, Credentials credentials, SdkAsyncHttpClient.Builder<?> http) {
        var builder = S3AsyncClient.builder()
                .httpClientBuilder(http)
                .region(Region.of(address.region()))
                .credentialsProvider(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(credentials.accessKey(), credentials.secretKey())))
                // Checksums in trailers make old servers refuse a request; ours are headers.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .serviceConfiguration(
                        S3Configuration.builder().expectContinueEnabled(false).build())
                .asyncConfiguration(async ->
                        async.advancedOption(SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, Runnable::run))
                .overrideConfiguration(override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()));
        if (address.endpoint() != null) {
            builder.endpointOverride(address.endpoint()).forcePathStyle(true);
        }
        return builder.build();
    }

    private static NettyNioAsyncHttpClient.Builder netty(
            S3Settings settings, int connections, SdkEventLoopGroup thread) {
        return NettyNioAsyncHttpClient.builder()
                .maxConcurrency(connections)
                .maxPendingConnectionAcquires(MAX_WAITING_REQUESTS)
                .connectionAcquisitionTimeout(settings.requestTimeout())
                .connectionTimeout(settings.connectTimeout())
                .tlsNegotiationTimeout(settings.connectTimeout().multipliedBy(2))
                .readTimeout(settings.stallTimeout())
                .writeTimeout(settings.stallTimeout())
                .connectionMaxIdleTime(IDLE_CONNECTION)
                .tcpKeepAlive(true)
                .eventLoopGroup(thread);
    }
}
