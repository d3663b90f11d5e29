package io.blockring.systemtests;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The walls between the modules: what docs/architecture.md does not draw as an arrow is forbidden. */
class ModuleRulesTest {
    private static final String ROOT = "io.blockring.";

    private static final Map<String, Set<String>> USES = Map.ofEntries(
            entry("block", Set.of()),
            entry("proto", Set.of("block")),
            entry("hashring", Set.of()),
            entry("objectstore", Set.of("block")),
            entry("blockstore", Set.of("block")),
            entry("tikvclient", Set.of()),
            entry("etcdclient", Set.of()),
            entry("meta", Set.of("tikvclient", "etcdclient")),
            entry("group", Set.of("hashring", "objectstore", "proto", "block")),
            entry("cachenode", Set.of("group", "hashring", "blockstore", "objectstore", "proto", "block")),
            entry("cacheclient", Set.of("hashring", "blockstore", "objectstore", "proto", "block")),
            entry("filesystem", Set.of("meta", "cacheclient", "objectstore", "block")),
            entry("fuseclient", Set.of("filesystem", "meta")),
            entry("mount", Set.of("fuseclient", "filesystem", "cacheclient", "meta", "objectstore", "proto", "block")),
            entry(
                    "cachectl",
                    Set.of(
                            "mount",
                            "fuseclient",
                            "filesystem",
                            "cacheclient",
                            "cachenode",
                            "group",
                            "meta",
                            "hashring",
                            "objectstore",
                            "blockstore",
                            "proto",
                            "block")));

    private static final Set<String> DRAWERS =
            Set.of("util", "utils", "common", "helper", "helpers", "impl", "manager", "misc", "service", "model");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT.substring(0, ROOT.length() - 1));

    @Test
    void aModuleUsesOnlyWhatTheArchitectureDraws() {
        Set<String> forbidden = new TreeSet<>();
        for (JavaClass type : CLASSES) {
            String from = moduleOf(type);
            if (!USES.containsKey(from)) {
                continue;
            }
            for (Dependency use : type.getDirectDependenciesFromSelf()) {
                String to = moduleOf(use.getTargetClass());
                if (!to.isEmpty() && !to.equals(from) && !USES.get(from).contains(to)) {
                    forbidden.add(from + " -> " + to + ": " + use.getDescription());
                }
            }
        }
        assertThat(forbidden).isEmpty();
    }

    @Test
    void everyModuleIsInTheTable() {
        Set<String> modules = new TreeSet<>();
        CLASSES.forEach(type -> modules.add(moduleOf(type)));
        modules.remove("systemtests");
        assertThat(modules).isEqualTo(new TreeSet<>(USES.keySet()));
    }

    @Test
    void noPackageIsADrawer() {
        Set<String> drawers = new TreeSet<>();
        for (JavaClass type : CLASSES) {
            for (String part : type.getPackageName().split("\\.", -1)) {
                if (DRAWERS.contains(part)) {
                    drawers.add(type.getPackageName());
                }
            }
        }
        assertThat(drawers).isEmpty();
    }

    private static String moduleOf(JavaClass type) {
        String name = type.getBaseComponentType().getPackageName();
        if (!name.startsWith(ROOT)) {
            return "";
        }
        String inside = name.substring(ROOT.length());
        return inside.contains(".") ? inside.substring(0, inside.indexOf('.')) : inside;
    }
}
