package im.chancery.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.BucketId;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.core.RecordId;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HoldRegisterTest {
    /** As a start leaves it that has destroyed a key which came back with an older key folder, if it ends before the root key is changed. */
    @Test
    void aKeyDestroyedAfterTheLastChangeOfTheRootKeyOwesOne() throws Exception {
        try (House house = new House("default", "1 day", "audit", "7 years").open()) {
            house.archive.append(NewRecord.of(RecordType.AUDIT, "audit", Set.of(), Optional.empty(),
                    Map.of(Fields.ACTION, "key.destroy", Fields.ACTOR, "archive", "bucket", "default/2026-11-01"), "")).toCompletableFuture().join();
            house.retention.dispose(false, "olga");
            house.restart();
            house.retention.dispose(false, "olga");
            List<String> rotations = new ArrayList<>();
            house.archive.scan(new BucketId("audit", House.DAY), record -> {
                if ("key.rotate".equals(record.record().fields().get(Fields.ACTION))) {
                    rotations.add(record.record().fields().get(Fields.ACTOR));
                }
            });
            assertThat(rotations).as("once").containsExactly("olga");
        }
    }

    @Test
    void aHoldStaysReleasedWhereTheClockHadGoneBackBeforeItsRelease() throws Exception {
        try (House house = new House("default", "1 day", "audit", "7 years").open()) {
            String released = house.retention.hold(House.custodian("ada@x"), "ruth").hold().id();
            String inForce = house.retention.hold(House.custodian("bob@x"), "ruth").hold().id();
            house.clock.advance(Duration.ofDays(-1));
            house.retention.release(released, "ruth");
            house.clock.advance(Duration.ofDays(2));
            house.restart();
            assertThat(house.retention.holds()).extracting(RetentionService.LegalHold::id).containsExactly(released, inForce);
            assertThat(house.retention.holds()).filteredOn(hold -> hold.released().isEmpty()).extracting(RetentionService.LegalHold::id).containsExactly(inForce);
        }
    }

    /** Somebody who can write to the database has the record of a hold away while holds are read, and puts it back. */
    @Test
    void aHoldThatWasAwayWhileHoldsWereReadShouldBeMissed() throws Exception {
        try (House house = new House("default", "1 day", "audit", "7 years").open()) {
            RecordId said = house.say("default", "evidence", "ada@x", "bob@x");
            String hold = house.retention.hold(House.custodian("ada@x"), "ruth").hold().id();
            house.restart();
            house.clock.advance(Duration.ofDays(3));
            Away away = Away.take(house.archive, RecordId.parse(hold).index(), hold);
            Archive watched = (Archive) Proxy.newProxyInstance(Archive.class.getClassLoader(), new Class<?>[] {Archive.class}, (proxy, method, arguments) -> {
                if (method.getName().equals("requireRecords")) {
                    away.putBack(house.archive);
                }
                try {
                    return method.invoke(house.archive, arguments);
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            });
            ArchivedRetention retention = ArchivedRetention.open(watched, House.config("default", "1 day", "audit", "7 years"), house.clock);
            assertThatThrownBy(() -> retention.dispose(false, "olga")).isInstanceOf(ArchiveException.class)
                    .hasMessageStartingWith("1 of the audit records").hasMessageContaining("leaf index " + RecordId.parse(hold).index());
            assertThat(house.opens(said)).isTrue();
            assertThat(retention.dispose(false, "olga")).as("once it is back").noneMatch(disposal -> disposal.destroyed() > 0 && disposal.held() == 0);
            assertThat(house.opens(said)).isTrue();
        }
    }

    /** A record's row that was taken out, with the row that says it is a hold. */
    private record Away(long index, int bucket, long conversation, long at, byte[] sealed) {
        static Away take(Archive archive, long index, String hold) throws SQLException {
            try (Connection connection = archive.dataSource().getConnection(); Statement statement = connection.createStatement()) {
                Away away;
                try (ResultSet row = statement.executeQuery("SELECT bucket_id, conversation, captured_at, sealed FROM archive_record WHERE leaf_index = " + index)) {
                    row.next();
                    away = new Away(index, row.getInt(1), row.getLong(2), row.getLong(3), row.getBytes(4));
                }
                statement.executeUpdate("DELETE FROM archive_record WHERE leaf_index = " + index);
                statement.executeUpdate("DELETE FROM retention_hold WHERE hold_id = '" + hold + "'");
                return away;
            }
        }

        /** Does nothing if it is back already. */
        void putBack(Archive archive) throws SQLException {
            try (Connection connection = archive.dataSource().getConnection(); PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO archive_record (leaf_index, bucket_id, conversation, captured_at, sealed) SELECT ?, ?, ?, ?, ? FROM archive_node"
                            + " WHERE NOT EXISTS (SELECT 1 FROM archive_record WHERE leaf_index = ?)")) {
                insert.setLong(1, index);
                insert.setInt(2, bucket);
                insert.setLong(3, conversation);
                insert.setLong(4, at);
                insert.setBytes(5, sealed);
                insert.setLong(6, index);
                insert.executeUpdate();
            }
        }
    }
}
