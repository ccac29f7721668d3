package im.chancery.archive;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;

/** What the archive's tests append. */
final class Samples {
    static final KeystorePassword PASSWORD = () -> "not a secret".toCharArray();

    private Samples() {
    }

    static ArchiveConfig derby(Path folder) {
        return ArchiveConfig.derby("node-1", folder.resolve("data"), folder.resolve("keys"), PASSWORD);
    }

    static BareJid jid(String text) {
        return JidCreate.bareFromOrThrowUnchecked(text);
    }

    static NewRecord attempt(String content, String... people) {
        return attemptOf("default", content, people);
    }

    static NewRecord attemptOf(String recordClass, String content, String... people) {
        Set<BareJid> jids = Stream.of(people).map(Samples::jid).collect(Collectors.toSet());
        return NewRecord.of(RecordType.ATTEMPT, recordClass, jids, Optional.empty(), Map.of(Fields.KIND, "message"), content);
    }

    static NewRecord roomAttempt(String room, String content, String... people) {
        NewRecord direct = attempt(content, people);
        return new NewRecord(direct.type(), direct.recordClass(), direct.people(), Optional.of(jid(room)), direct.fields(), content);
    }

    static List<String> contents(List<ArchivedRecord> records) {
        return records.stream().map(r -> r.record().content()).toList();
    }
}
