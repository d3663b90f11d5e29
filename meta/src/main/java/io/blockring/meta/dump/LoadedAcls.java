package io.blockring.meta.dump;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.blockring.meta.AclRule;
import io.blockring.meta.FileError;
import io.blockring.meta.engine.StoredAcl;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Access control lists of a dump, numbered anew: equal ones share a number. They are few, and kept in memory. */
final class LoadedAcls {
    private final LoadBatch batch;
    private final LoadSums sums;
    private final Map<AclRule, Integer> ids = new HashMap<>();

    LoadedAcls(LoadBatch batch, LoadSums sums) {
        this.batch = batch;
        this.sums = sums;
    }

    /** The number of the list that the parser stands at the start of. */
    int read(JsonParser parser) throws IOException, FileError {
        AclRule rule = rule(parser);
        Integer known = ids.get(rule);
        if (known != null) {
            return known;
        }
        int id = ids.size() + 1;
        ids.put(rule, id);
        batch.putAcl(new StoredAcl(id, rule));
        sums.sawAcl(id);
        return id;
    }

    private static AclRule rule(JsonParser parser) throws IOException {
        int owner = AclRule.UNSET;
        int group = AclRule.UNSET;
        int mask = AclRule.UNSET;
        int other = AclRule.UNSET;
        List<AclRule.Named> users = List.of();
        List<AclRule.Named> groups = List.of();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
                case "owner" -> owner = parser.getIntValue();
                case "group" -> group = parser.getIntValue();
                case "mask" -> mask = parser.getIntValue();
                case "other" -> other = parser.getIntValue();
                case "users" -> users = named(parser);
                case "groups" -> groups = named(parser);
                default -> parser.skipChildren();
            }
        }
        return new AclRule(owner, group, mask, other, users, groups);
    }

    private static List<AclRule.Named> named(JsonParser parser) throws IOException {
        var named = new ArrayList<AclRule.Named>();
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            return named;
        }
        while (parser.nextToken() == JsonToken.START_OBJECT) {
            long id = 0;
            int permissions = 0;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                parser.nextToken();
                switch (field) {
                    case "id" -> id = parser.getLongValue();
                    case "perm" -> permissions = parser.getIntValue();
                    default -> parser.skipChildren();
                }
            }
            named.add(new AclRule.Named((int) id, permissions));
        }
        return named;
    }
}
