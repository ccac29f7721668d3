package im.chancery.archive;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A table that is copied from one database into another, whatever columns it has. Both may have other types for the same
 * values: bytes, texts, whole numbers, days.
 *
 * @param name    its name, in lower case
 * @param columns its columns, in lower case
 */
record CopiedTable(String name, List<String> columns) {
    private static final int BATCH = 500;

    /** All tables of the connection's schema, by name. */
    static Map<String, CopiedTable> all(Connection connection) throws SQLException {
        Map<String, CopiedTable> all = new TreeMap<>();
        String schema = connection.getSchema();
        try (ResultSet tables = connection.getMetaData().getTables(null, schema, "%", new String[] {"TABLE"})) {
            while (tables.next()) {
                String name = tables.getString("TABLE_NAME");
                List<String> columns = new ArrayList<>();
                try (ResultSet each = connection.getMetaData().getColumns(null, schema, name, "%")) {
                    while (each.next()) {
                        columns.add(each.getString("COLUMN_NAME").toLowerCase(Locale.ROOT));
                    }
                }
                String lower = name.toLowerCase(Locale.ROOT);
                all.put(lower, new CopiedTable(lower, columns.stream().sorted().toList()));
            }
        }
        return all;
    }

    boolean isEmpty(Connection connection) throws SQLException {
        try (Statement select = connection.createStatement(); ResultSet rows = select.executeQuery("SELECT 1 FROM " + name + " FETCH FIRST 1 ROWS ONLY")) {
            return !rows.next();
        }
    }

    /** Copies all rows. Part of the target's transaction. @return their sum, as they were read */
    RowSum copy(Connection source, Connection target) throws SQLException {
        RowSum sum = new RowSum();
        String places = String.join(", ", columns.stream().map(c -> "?").toList());
        try (PreparedStatement insert = target.prepareStatement("INSERT INTO " + name + " (" + String.join(", ", columns) + ") VALUES (" + places + ")")) {
            int waiting = 0;
            try (Statement select = source.createStatement(); ResultSet rows = rows(select)) {
                int[] types = types(rows);
                while (rows.next()) {
                    Object[] values = values(rows, types);
                    sum.add(values);
                    for (int i = 0; i < values.length; i++) {
                        set(insert, i + 1, values[i]);
                    }
                    insert.addBatch();
                    if (++waiting == BATCH) {
                        insert.executeBatch();
                        waiting = 0;
                    }
                }
            }
            if (waiting > 0) {
                insert.executeBatch();
            }
        }
        return sum;
    }

    /** The sum of all rows. */
    RowSum sum(Connection connection) throws SQLException {
        RowSum sum = new RowSum();
        try (Statement select = connection.createStatement(); ResultSet rows = rows(select)) {
            int[] types = types(rows);
            while (rows.next()) {
                sum.add(values(rows, types));
            }
        }
        return sum;
    }

    private ResultSet rows(Statement select) throws SQLException {
        select.setFetchSize(BATCH); // without it, PostgreSQL's driver keeps the whole table
        return select.executeQuery("SELECT " + String.join(", ", columns) + " FROM " + name);
    }

    private static int[] types(ResultSet rows) throws SQLException {
        int[] types = new int[rows.getMetaData().getColumnCount()];
        for (int i = 0; i < types.length; i++) {
            types[i] = rows.getMetaData().getColumnType(i + 1);
        }
        return types;
    }

    /** The row as what both databases give for it: bytes, a text, a whole number, a day, or null. */
    private Object[] values(ResultSet row, int[] types) throws SQLException {
        Object[] values = new Object[types.length];
        for (int i = 0; i < types.length; i++) {
            values[i] = switch (types[i]) {
                case Types.BLOB, Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY -> row.getBytes(i + 1);
                case Types.CHAR, Types.VARCHAR -> row.getString(i + 1);
                case Types.DATE -> row.getDate(i + 1);
                case Types.SMALLINT, Types.INTEGER, Types.BIGINT -> row.getLong(i + 1);
                default -> throw new ArchiveException("column " + columns.get(i) + " of table " + name + " is of a type that isn't copied");
            };
            values[i] = row.wasNull() ? null : values[i];
        }
        return values;
    }

    private static void set(PreparedStatement insert, int at, Object value) throws SQLException {
        if (value == null) {
            insert.setNull(at, insert.getParameterMetaData().getParameterType(at));
        } else if (value instanceof byte[] bytes) {
            insert.setBytes(at, bytes);
        } else if (value instanceof Long number) {
            insert.setLong(at, number);
        } else {
            insert.setObject(at, value);
        }
    }
}
