package io.blockring.cachectl.jobs;

import io.blockring.cachectl.ByteSize;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.Output;
import io.blockring.proto.jobs.OwnedQuota;
import io.blockring.proto.jobs.QuotaOwner;
import io.blockring.proto.jobs.WrongSum;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Quotas for people, and for programs. */
final class QuotaTable {
    private QuotaTable() {}

    /** One quota is a JSON object, and a list of them an array. */
    static void print(CommonOptions common, List<OwnedQuota> quotas, boolean list) {
        if (common.isJson()) {
            List<Map<String, Object>> all =
                    quotas.stream().map(QuotaTable::fields).toList();
            Output.json(list ? all : all.getFirst());
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("OWNER", "CAPACITY", "USED", "USE%", "INODES", "IUSED", "IUSE%"));
        for (OwnedQuota quota : quotas) {
            rows.add(List.of(
                    shown(quota.getOwner()),
                    quota.getMaxSpace() > 0 ? ByteSize.show(quota.getMaxSpace()) : "-",
                    ByteSize.show(Math.max(0, quota.getUsedSpace())),
                    percent(quota.getUsedSpace(), quota.getMaxSpace()),
                    quota.getMaxInodes() > 0 ? Long.toString(quota.getMaxInodes()) : "-",
                    Long.toString(Math.max(0, quota.getUsedInodes())),
                    percent(quota.getUsedInodes(), quota.getMaxInodes())));
        }
        Output.table(rows);
    }

    private static String percent(long used, long most) {
        return most > 0 ? Math.round(100.0 * used / most) + "%" : "-";
    }

    static String shown(QuotaOwner owner) {
        return switch (owner.getOwnerCase()) {
            case UID -> "user " + Integer.toUnsignedString(owner.getUid());
            case GID -> "group " + Integer.toUnsignedString(owner.getGid());
            case PATH, OWNER_NOT_SET -> {
                String path = owner.getPath().toStringUtf8();
                yield path.startsWith("/") || path.startsWith("inode:") ? path : "/" + path;
            }
        };
    }

    private static Map<String, Object> fields(OwnedQuota quota) {
        Map<String, Object> fields = owner(quota.getOwner());
        fields.put("capacity", Math.max(0, quota.getMaxSpace()));
        fields.put("inodes", Math.max(0, quota.getMaxInodes()));
        fields.put("usedSpace", quota.getUsedSpace());
        fields.put("usedInodes", quota.getUsedInodes());
        return fields;
    }

    private static Map<String, Object> owner(QuotaOwner owner) {
        Map<String, Object> fields = new LinkedHashMap<>();
        switch (owner.getOwnerCase()) {
            case UID -> fields.put("uid", Integer.toUnsignedLong(owner.getUid()));
            case GID -> fields.put("gid", Integer.toUnsignedLong(owner.getGid()));
            case PATH, OWNER_NOT_SET -> fields.put("path", owner.getPath().toStringUtf8());
        }
        return fields;
    }

    /** Says what a limit below the present use means. */
    static void warnOf(OwnedQuota quota) {
        long space = quota.getMaxSpace() > 0 ? quota.getUsedSpace() - quota.getMaxSpace() : 0;
        long inodes = quota.getMaxInodes() > 0 ? quota.getUsedInodes() - quota.getMaxInodes() : 0;
        if (space > 0 || inodes > 0) {
            System.err.println("over by "
                    + (space > 0 ? ByteSize.show(space) : "")
                    + (space > 0 && inodes > 0 ? " and " : "")
                    + (inodes > 0 ? inodes + " inodes" : "")
                    + ": writes now fail with EDQUOT; reads and deletes work");
        }
    }

    static Map<String, Object> fields(WrongSum wrong) {
        Map<String, Object> fields = owner(wrong.getOwner());
        fields.put("counted", wrong.getCounted());
        fields.put("countedSpace", wrong.getCountedSpace());
        fields.put("countedInodes", wrong.getCountedInodes());
        fields.put("foundSpace", wrong.getFoundSpace());
        fields.put("foundInodes", wrong.getFoundInodes());
        return fields;
    }

    static void printWrong(List<WrongSum> wrong, boolean repaired) {
        if (wrong.isEmpty()) {
            System.out.println("all that is counted is what a walk finds");
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("OWNER", "COUNTED", "FOUND", "INODES COUNTED", "INODES FOUND"));
        for (WrongSum sum : wrong) {
            rows.add(List.of(
                    shown(sum.getOwner()),
                    sum.getCounted() ? ByteSize.show(sum.getCountedSpace()) : "-",
                    ByteSize.show(sum.getFoundSpace()),
                    sum.getCounted() ? Long.toString(sum.getCountedInodes()) : "-",
                    Long.toString(sum.getFoundInodes())));
        }
        Output.table(rows);
        if (repaired) {
            System.out.println(wrong.size() + " sums were set right");
        } else {
            System.err.println("error: " + wrong.size() + " sums are not what a walk finds");
            System.err.println("why: a client died before it wrote them, or somebody wrote meanwhile");
            System.err.println("try: the same command with --repair, when nobody writes");
        }
    }
}
