package io.blockring.meta.tree;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.blockring.meta.FileError;
import io.blockring.meta.StoreKeys;
import io.blockring.meta.VolumeFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a volume as the JSON that all its clients share. Fields that we do not know are kept as they are.
 * One field stands on each line, as JuiceFS writes them.
 */
public final class VolumeSetting {
    /** Keeps numbers as they are written. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9\\-]{1,61}[a-z0-9]");
    private static final int MIN_BLOCK_BYTES = 64 << 10;
    private static final int MAX_BLOCK_BYTES = 16 << 20;
    private static final int KIB = 1 << 10;
    private static final int META_VERSION = 1;

    /** What clients up to this version write is known, and can be read. */
    private static final String READABLE_VERSION = "1.4.1";

    /** Versions of JuiceFS that keep these sums first. */
    private static final String DIRECTORY_STATS_SINCE = "1.1.0-A";

    private static final String ACL_SINCE = "1.2.0-A";

    private static final String USER_GROUP_QUOTA_SINCE = "1.3.0-A";

    private static final String ENABLE_ACL = "EnableACL";

    private final ObjectNode json;
    private final VolumeFormat format;

    private VolumeSetting(ObjectNode json, VolumeFormat format) {
        this.json = json;
        this.format = format;
    }

    /** The settings of a new volume whose clients keep what those of JuiceFS 1.0 do. */
    public static VolumeSetting of(VolumeFormat format) {
        return of(format, Upkeep.V1_0);
    }

    /** The settings of a new volume; what no volume can have is an IllegalArgumentException with one clear sentence. */
    public static VolumeSetting of(VolumeFormat format, Upkeep upkeep) {
        require(NAME.matcher(format.name()).matches(), "a volume is named by 3 to 63 of a-z, 0-9 and inner hyphens");
        require(
                Integer.bitCount(format.blockBytes()) == 1
                        && format.blockBytes() >= MIN_BLOCK_BYTES
                        && format.blockBytes() <= MAX_BLOCK_BYTES,
                "a block is a power of two from 64 KiB to 16 MiB");
        require(format.trashDays() >= 0, "the trash keeps files for 0 days or more");
        require(format.capacityBytes() >= 0 && format.inodeLimit() >= 0, "a limit is 0 for none, or above");
        AtRestSettings.requireKnown(format.atRest());
        ObjectNode json = JSON.createObjectNode()
                .put("Name", format.name())
                .put("UUID", format.uuid().toString())
                .put("Storage", format.storage())
                .put("Bucket", format.bucket())
                .put("BlockSize", format.blockBytes() / KIB);
        AtRestSettings.putCompression(json, format.atRest());
        if (format.hashPrefix()) {
            json.put("HashPrefix", true);
        }
        if (format.capacityBytes() > 0) {
            json.put("Capacity", format.capacityBytes());
        }
        if (format.inodeLimit() > 0) {
            json.put("Inodes", format.inodeLimit());
        }
        AtRestSettings.putEncryption(json, format.atRest());
        json.put("TrashDays", format.trashDays()).put("MetaVersion", META_VERSION);
        if (upkeep.directoryStats()) {
            json.put("MinClientVersion", DIRECTORY_STATS_SINCE).put("DirStats", true);
        }
        if (upkeep.userGroupQuota()) {
            json.put("MinClientVersion", USER_GROUP_QUOTA_SINCE).put("UserGroupQuota", true);
        }
        return new VolumeSetting(json, format);
    }

    private static void require(boolean holds, String sentence) {
        if (!holds) {
            throw new IllegalArgumentException(sentence);
        }
    }

    /** The settings in {@code text}; fails when it is none. */
    public static VolumeSetting parse(byte[] text) throws IOException {
        JsonNode parsed = JSON.readTree(text);
        if (!(parsed instanceof ObjectNode json)) {
            throw new IOException("the settings of the volume are no JSON object");
        }
        try {
            return new VolumeSetting(json, format(json));
        } catch (IllegalArgumentException e) {
            throw new IOException("the settings of the volume cannot be read: " + e.getMessage(), e);
        }
    }

    /** The settings that the record {@code json} holds; fails with IO when it holds none. */
    static VolumeSetting recorded(byte[] json) throws FileError {
        try {
            return parse(json);
        } catch (IOException e) {
            throw new FileError(FileError.Kind.IO, "key setting holds bytes that are no settings of a volume", e);
        }
    }

    private static VolumeFormat format(ObjectNode json) {
        return new VolumeFormat(
                json.path("Name").asText(),
                UUID.fromString(json.path("UUID").asText()),
                json.path("Storage").asText(),
                json.path("Bucket").asText(),
                Math.multiplyExact(json.path("BlockSize").asInt(), KIB),
                json.path("HashPrefix").asBoolean(),
                json.path("Capacity").asLong(),
                json.path("Inodes").asLong(),
                json.path("TrashDays").asInt(),
                AtRestSettings.read(json));
    }

    public VolumeFormat format() {
        return format;
    }

    /** Whether inodes may have access control lists. */
    public boolean aclEnabled() {
        return json.path(ENABLE_ACL).asBoolean();
    }

    /** The same for clients that keep access control lists: once there is one, there is no way back. */
    public VolumeSetting withAcl() {
        ObjectNode changed = json.deepCopy().put(ENABLE_ACL, true);
        String least = changed.path("MinClientVersion").asText();
        if (least.isEmpty() || ClientVersion.parse(least).compareTo(ClientVersion.parse(ACL_SINCE)) < 0) {
            changed.put("MinClientVersion", ACL_SINCE);
        }
        return new VolumeSetting(changed, format);
    }

    /** What this volume's clients keep right. */
    public Upkeep upkeep() {
        return new Upkeep(
                json.path("DirStats").asBoolean(), json.path("UserGroupQuota").asBoolean());
    }

    /**
     * The keys to the object store that the settings have, if any.
     *
     * @throws IOException they were removed, or cannot be read
     */
    public Optional<StoreKeys> storeKeys() throws IOException {
        String accessKey = json.path("AccessKey").asText();
        String secretKey = SettingSecrets.read(json, "SecretKey");
        String sessionToken = SettingSecrets.read(json, "SessionToken");
        return accessKey.isEmpty() || secretKey.isEmpty()
                ? Optional.empty()
                : Optional.of(new StoreKeys(accessKey, secretKey, sessionToken));
    }

    /** The same for clients that keep {@code more} sums too, which older ones are kept from. */
    VolumeSetting with(Upkeep more) {
        ObjectNode changed = json.deepCopy();
        if (more.directoryStats()) {
            changed.put("DirStats", true);
            requireVersion(changed, DIRECTORY_STATS_SINCE);
        }
        if (more.userGroupQuota()) {
            changed.put("UserGroupQuota", true);
            requireVersion(changed, USER_GROUP_QUOTA_SINCE);
        }
        return new VolumeSetting(changed, format);
    }

    private static void requireVersion(ObjectNode json, String least) {
        String now = json.path("MinClientVersion").asText();
        if (now.isEmpty() || ClientVersion.parse(now).compareTo(ClientVersion.parse(least)) < 0) {
            json.put("MinClientVersion", least);
        }
    }

    /** Why this build must not mount the volume, in one sentence each; empty when it may. */
    public List<String> objections(boolean readOnly) {
        var objections = new ArrayList<String>();
        if (json.path("MetaVersion").asInt(META_VERSION) > META_VERSION) {
            objections.add("its metadata have version %d, and this build knows version %d"
                    .formatted(json.path("MetaVersion").asInt(), META_VERSION));
        }
        objectToVersions(objections, readOnly);
        AtRestSettings.objectTo(json, objections);
        if (json.path("Shards").asInt() > 1) {
            objections.add("its objects are spread over several buckets, which this build does not know");
        }
        if (!readOnly) {
            objectToWriting(objections);
        }
        return objections;
    }

    /** Who only reads can read what newer clients write, as long as we know of it, and whatever older ones do. */
    private void objectToVersions(List<String> objections, boolean readOnly) {
        String ours = readOnly ? READABLE_VERSION : SessionInfo.VERSION;
        ClientVersion own = ClientVersion.parse(ours);
        String least = json.path("MinClientVersion").asText();
        if (!least.isEmpty() && own.compareTo(ClientVersion.parse(least)) < 0) {
            objections.add("it asks for clients of version %s or newer, and this one keeps the rules of %s"
                    .formatted(least, ours));
        }
        String most = json.path("MaxClientVersion").asText();
        if (!readOnly && !most.isEmpty() && own.compareTo(ClientVersion.parse(most)) > 0) {
            objections.add("it asks for clients of version %s or older, and this one keeps the rules of %s"
                    .formatted(most, SessionInfo.VERSION));
        }
    }

    private void objectToWriting(List<String> objections) {
        objectIf(objections, json.path("ChangeLog").asBoolean(), "a change log");
        objectIf(objections, hasTiers(), "storage tiers");
    }

    /** Each new volume of JuiceFS names tier 0, which is where all data are without any tiers. */
    private boolean hasTiers() {
        return json.path("Tiers").properties().stream()
                .anyMatch(tier -> !tier.getKey().equals("0"));
    }

    private static void objectIf(List<String> objections, boolean has, String what) {
        if (has) {
            objections.add("it keeps %s, which this build does not".formatted(what));
        }
    }

    /**
     * These settings with other values, each where it stands; what a feature asks of clients is raised with it.
     *
     * @throws IllegalArgumentException no volume can have such settings
     */
    VolumeSetting with(SettingChange change) {
        ObjectNode changed = json.deepCopy();
        if (change.trashDays() != null) {
            require(change.trashDays() >= 0, "the trash keeps files for 0 days or more");
            changed.put("TrashDays", change.trashDays());
        }
        putLimit(changed, "Capacity", change.capacityBytes());
        putLimit(changed, "Inodes", change.inodeLimit());
        if (change.directoryStats() != null) {
            putFeature(changed, "DirStats", change.directoryStats(), DIRECTORY_STATS_SINCE);
        }
        if (change.enableAcl() != null) {
            require(
                    change.enableAcl() || !json.path("EnableACL").asBoolean(),
                    "access control lists stay enabled once they are");
            putFeature(changed, "EnableACL", change.enableAcl(), ACL_SINCE);
        }
        putText(changed, "Storage", change.storage());
        putText(changed, "Bucket", change.bucket());
        putText(changed, "AccessKey", change.accessKey());
        putText(changed, "MinClientVersion", change.minClientVersion());
        putText(changed, "MaxClientVersion", change.maxClientVersion());
        if (change.secretKey() != null) {
            SettingSecrets.hideAll(changed);
            SettingSecrets.put(changed, "SecretKey", change.secretKey());
        }
        return new VolumeSetting(changed, format(changed));
    }

    private static void putLimit(ObjectNode json, String field, @Nullable Long limit) {
        if (limit != null) {
            require(limit >= 0, "a limit is 0 for none, or above");
            json.put(field, limit);
        }
    }

    private static void putText(ObjectNode json, String field, @Nullable String text) {
        if (text != null) {
            json.put(field, text);
        }
    }

    private static void putFeature(ObjectNode json, String field, boolean on, String since) {
        json.put(field, on);
        String least = json.path("MinClientVersion").asText();
        boolean older = least.isEmpty() || ClientVersion.parse(least).compareTo(ClientVersion.parse(since)) < 0;
        if (on && older) {
            json.put("MinClientVersion", since);
        }
    }

    /** The names of fields that have another value in {@code other}, or none. */
    List<String> differsFrom(VolumeSetting other) {
        return json.properties().stream()
                .map(Map.Entry::getKey)
                .filter(field -> !json.path(field).equals(other.json.path(field)))
                .toList();
    }

    /** These settings fit to be shown: the keys to the object store are replaced by a word that says so. */
    public VolumeSetting withoutStoreKeys() {
        ObjectNode shown = json.deepCopy();
        SettingSecrets.remove(shown, "SecretKey");
        SettingSecrets.remove(shown, "SessionToken");
        return new VolumeSetting(shown, format);
    }

    /** The JSON text, with fields that we do not know where they were. */
    public byte[] toJson() {
        var text = new StringBuilder();
        write(json, text);
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void write(JsonNode node, StringBuilder text) {
        switch (node) {
            case ObjectNode object
            when !object.isEmpty() -> {
                String lead = "{\n";
                for (Map.Entry<String, JsonNode> field : object.properties()) {
                    text.append(lead).append(quoted(field.getKey())).append(": ");
                    write(field.getValue(), text);
                    lead = ",\n";
                }
                text.append("\n}");
            }
            case ArrayNode array
            when !array.isEmpty() -> {
                String lead = "[\n";
                for (JsonNode element : array) {
                    text.append(lead);
                    write(element, text);
                    lead = ",\n";
                }
                text.append("\n]");
            }
            default -> text.append(node);
        }
    }

    private static String quoted(String name) {
        try {
            return JSON.writeValueAsString(name);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a field's name is no text: " + name, e);
        }
    }
}
