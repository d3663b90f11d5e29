package io.blockring.s3server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.BucketCannedACL;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectCannedACL;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * What S3 does where S3Proxy over a file system does otherwise.
 *
 * <ul>
 *   <li>Nothing is public. S3Proxy serves what the umask made readable to anyone who does not sign.
 *   <li>To delete what is not there succeeds, also below an object. S3Proxy fails on what the file system says then.
 *   <li>Keys are listed in the order of their UTF-8 bytes, and a prefix is only text. S3Proxy orders by UTF-16 units,
 *       which differs beyond U+FFFF, and takes {@code ..} in a prefix for a step up. It reads a whole listing for each
 *       page in any case, so sorting it again costs little.
 * </ul>
 */
final class StrictBlobStore extends ForwardingBlobStore {
    private static final int DEFAULT_PAGE = 1000;
    private static final Comparator<String> BY_BYTES = (one, other) ->
            Arrays.compareUnsigned(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));

    StrictBlobStore(BlobStore store) {
        super(store);
    }

    @Override
    public BucketCannedACL getContainerAccess(String container) {
        return BucketCannedACL.PRIVATE;
    }

    @Override
    public ObjectCannedACL getBlobAccess(String container, String name) {
        return ObjectCannedACL.PRIVATE;
    }

    @Override
    public ObjectCannedACL getBlobAccess(String container, String name, @Nullable String versionId) {
        return ObjectCannedACL.PRIVATE;
    }

    @Override
    public DeleteObjectResponse removeBlob(DeleteObjectRequest request) {
        boolean there = blobExists(request.bucket(), request.key());
        return there
                ? super.removeBlob(request)
                : DeleteObjectResponse.builder().build();
    }

    @Override
    public ListObjectsV2Response list(ListObjectsV2Request request) {
        String token = request.continuationToken();
        String after = token != null ? token : request.startAfter();
        String prefix = request.prefix();
        int limit = request.maxKeys() == null ? DEFAULT_PAGE : request.maxKeys();
        ListObjectsV2Response all = super.list(request.toBuilder()
                .continuationToken(null)
                .startAfter(null)
                .maxKeys(null)
                .build());
        List<String> names = new ArrayList<>();
        all.contents().forEach(object -> names.add(object.key()));
        all.commonPrefixes().forEach(common -> names.add(common.prefix()));
        List<String> later = names.stream()
                .filter(name -> prefix == null || name.startsWith(prefix))
                .filter(name -> after == null || BY_BYTES.compare(name, after) > 0)
                .sorted(BY_BYTES)
                .toList();
        List<String> page = later.subList(0, Math.min(limit, later.size()));
        boolean truncated = page.size() < later.size() && !page.isEmpty();
        String last = truncated ? page.getLast() : null;
        return pageOf(all, page, last);
    }

    private static ListObjectsV2Response pageOf(ListObjectsV2Response all, List<String> page, @Nullable String last) {
        List<S3Object> objects = all.contents().stream()
                .filter(object -> isOn(page, object.key()))
                .sorted(Comparator.comparing(S3Object::key, BY_BYTES))
                .toList();
        List<CommonPrefix> prefixes = all.commonPrefixes().stream()
                .filter(prefix -> isOn(page, prefix.prefix()))
                .sorted(Comparator.comparing(CommonPrefix::prefix, BY_BYTES))
                .toList();
        return all.toBuilder()
                .contents(objects)
                .commonPrefixes(prefixes)
                .isTruncated(last != null)
                .nextContinuationToken(last)
                .build();
    }

    /** The page is a run of sorted names: what lies between its ends is on it. */
    private static boolean isOn(List<String> page, String name) {
        return !page.isEmpty()
                && BY_BYTES.compare(page.getFirst(), name) <= 0
                && BY_BYTES.compare(name, page.getLast()) <= 0;
    }
}
