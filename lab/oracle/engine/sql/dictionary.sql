-- The data dictionary. ALL_ views are written out; dictionary_published.sql makes DBA_, ALL_ and USER_ of each.
CREATE SCHEMA "SYS";
-- another session may just have dropped it: for the snapshot of this query it is still there
CREATE FUNCTION ora.last_number(sequence oid) RETURNS numeric LANGUAGE plpgsql VOLATILE AS $$
BEGIN RETURN pg_sequence_last_value(sequence)::numeric;
EXCEPTION WHEN internal_error OR undefined_table OR undefined_object THEN RETURN NULL;
END $$;

CREATE VIEW "SYS"."DUAL" AS SELECT 'X'::text COLLATE "C" AS "DUMMY";

CREATE VIEW ora.relations AS
    SELECT c.oid, n.nspname::text AS owner, c.relname::text AS name, c.relkind AS kind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN ora.users u ON u.name = n.nspname;

CREATE VIEW "SYS"."ALL_TABLES" AS
    SELECT owner AS "OWNER", name AS "TABLE_NAME", CASE WHEN t.relation IS NULL THEN 'USERS' END AS "TABLESPACE_NAME", NULL::text AS "CLUSTER_NAME", NULL::text AS "IOT_NAME",
        'VALID'::text AS "STATUS", 10::numeric AS "PCT_FREE", NULL::numeric AS "PCT_USED", 1::numeric AS "INI_TRANS", 255::numeric AS "MAX_TRANS",
        CASE WHEN t.relation IS NULL THEN 'YES' ELSE 'NO' END AS "LOGGING", 'N'::text AS "BACKED_UP", NULL::numeric AS "NUM_ROWS", NULL::numeric AS "BLOCKS", NULL::numeric AS "AVG_ROW_LEN",
        NULL::numeric AS "SAMPLE_SIZE", NULL::ora.date AS "LAST_ANALYZED", 'NO'::text AS "PARTITIONED", NULL::text AS "IOT_TYPE", CASE WHEN t.relation IS NULL THEN 'N' ELSE 'Y' END AS "TEMPORARY",
        'N'::text AS "SECONDARY", 'NO'::text AS "NESTED", 'DEFAULT'::text AS "BUFFER_POOL", 'DISABLED'::text AS "ROW_MOVEMENT", 'SYS$' || t.lifetime AS "DURATION",
        'YES'::text AS "MONITORING", CASE WHEN EXISTS (SELECT 1 FROM ora.row_dependencies d WHERE d.relation = oid) THEN 'ENABLED' ELSE 'DISABLED' END AS "DEPENDENCIES", 'DISABLED'::text AS "COMPRESSION", NULL::text AS "COMPRESS_FOR", 'NO'::text AS "DROPPED", 'NO'::text AS "READ_ONLY",
        'YES'::text AS "SEGMENT_CREATED", CASE WHEN EXISTS (SELECT 1 FROM ora.identities i WHERE i.relation = oid) THEN 'YES' ELSE 'NO' END AS "HAS_IDENTITY",
        'NO'::text AS "EXTERNAL"
    FROM ora.relations LEFT JOIN ora.temporaries t ON t.relation = oid WHERE kind = 'r';

CREATE VIEW "SYS"."ALL_TAB_COLS" AS
    SELECT r.owner AS "OWNER", r.name AS "TABLE_NAME", a.attname::text AS "COLUMN_NAME", k.data_type AS "DATA_TYPE", NULL::text AS "DATA_TYPE_MOD",
        NULL::text AS "DATA_TYPE_OWNER", k.data_length::numeric AS "DATA_LENGTH", k.data_precision::numeric AS "DATA_PRECISION",
        k.data_scale::numeric AS "DATA_SCALE", CASE WHEN coalesce(NOT k.nullable, a.attnotnull) THEN 'N' ELSE 'Y' END AS "NULLABLE",
        row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum)::numeric AS "COLUMN_ID", length(k.default_text)::numeric AS "DEFAULT_LENGTH",
        k.default_text AS "DATA_DEFAULT", NULL::numeric AS "NUM_DISTINCT", NULL::numeric AS "NUM_NULLS", NULL::ora.date AS "LAST_ANALYZED",
        CASE WHEN left(k.data_type, 1) = 'N' AND k.data_type <> 'NUMBER' THEN 'NCHAR_CS' WHEN k.char_used IS NOT NULL OR k.data_type IN ('CLOB', 'LONG') THEN 'CHAR_CS' END AS "CHARACTER_SET_NAME",
        CASE WHEN k.char_used IS NOT NULL THEN k.data_length::numeric END AS "CHAR_COL_DECL_LENGTH", k.char_length::numeric AS "CHAR_LENGTH", k.char_used AS "CHAR_USED",
        'NO'::text AS "HIDDEN_COLUMN", CASE WHEN a.attgenerated = '' THEN 'NO' ELSE 'YES' END AS "VIRTUAL_COLUMN", CASE WHEN a.attgenerated = '' THEN (a.attnum - h.before)::numeric END AS "SEGMENT_COLUMN_ID", (a.attnum - h.before)::numeric AS "INTERNAL_COLUMN_ID",
        'NONE'::text AS "HISTOGRAM", a.attname::text AS "QUALIFIED_COL_NAME", 'YES'::text AS "USER_GENERATED", CASE WHEN i.generation LIKE '%ON NULL' THEN 'YES' ELSE 'NO' END AS "DEFAULT_ON_NULL",
        CASE WHEN i.relation IS NOT NULL THEN 'YES' ELSE 'NO' END AS "IDENTITY_COLUMN", CASE WHEN k.char_used IS NOT NULL THEN 'USING_NLS_COMP' END AS "COLLATION"
    FROM ora.relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN ora.columns k ON k.relation = r.oid AND k.attnum = a.attnum LEFT JOIN ora.identities i ON i.relation = r.oid AND i.attnum = a.attnum
        -- the column of the ROWIDs does not count
        CROSS JOIN LATERAL (SELECT count(*) AS before FROM pg_attribute o WHERE o.attrelid = r.oid AND o.attname = 'ora"rowid' AND o.attnum < a.attnum) h
    WHERE r.kind IN ('r', 'v');
CREATE VIEW "SYS"."ALL_TAB_COLUMNS" AS SELECT * FROM "SYS"."ALL_TAB_COLS";

CREATE VIEW "SYS"."ALL_CONSTRAINTS" AS
    SELECT r.owner AS "OWNER", k.conname::text AS "CONSTRAINT_NAME",
        CASE k.contype WHEN 'p' THEN 'P' WHEN 'u' THEN 'U' WHEN 'f' THEN 'R' ELSE 'C' END AS "CONSTRAINT_TYPE", r.name AS "TABLE_NAME",
        c.condition AS "SEARCH_CONDITION", c.condition AS "SEARCH_CONDITION_VC", t.owner AS "R_OWNER", f.conname::text AS "R_CONSTRAINT_NAME",
        CASE WHEN k.contype = 'f' THEN CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'NO ACTION' END END AS "DELETE_RULE",
        'ENABLED'::text AS "STATUS", 'NOT DEFERRABLE'::text AS "DEFERRABLE", 'IMMEDIATE'::text AS "DEFERRED", 'VALIDATED'::text AS "VALIDATED",
        CASE WHEN o.generated THEN 'GENERATED NAME' ELSE 'USER NAME' END AS "GENERATED", NULL::text AS "BAD", NULL::text AS "RELY", o.last_ddl::ora.date AS "LAST_CHANGE",
        CASE WHEN k.contype IN ('p', 'u') THEN r.owner END AS "INDEX_OWNER", i.relname::text AS "INDEX_NAME", NULL::text AS "INVALID", NULL::text AS "VIEW_RELATED"
    FROM pg_constraint k JOIN ora.relations r ON r.oid = k.conrelid
        LEFT JOIN ora.objects o ON o.class = 'pg_constraint'::regclass AND o.object = k.oid
        LEFT JOIN ora.checks c ON c.relation = k.conrelid AND c.name = k.conname
        LEFT JOIN pg_class i ON i.oid = k.conindid AND k.contype IN ('p', 'u')
        LEFT JOIN ora.relations t ON t.oid = k.confrelid
        LEFT JOIN pg_constraint f ON k.contype = 'f' AND f.conindid = k.conindid AND f.contype IN ('p', 'u') AND f.conrelid = k.confrelid
    WHERE k.contype IN ('p', 'u', 'f', 'c') AND left(k.conname, 4) <> 'ora$'
    UNION ALL
    SELECT r.owner, 'SYS_C' || r.oid || lpad(a.attnum::text, 3, '0'), 'C', r.name, '"' || a.attname || '" IS NOT NULL', '"' || a.attname || '" IS NOT NULL',
        NULL, NULL, NULL, 'ENABLED', 'NOT DEFERRABLE', 'IMMEDIATE', 'VALIDATED', 'GENERATED NAME', NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM ora.relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull
    WHERE r.kind = 'r' AND NOT EXISTS (SELECT 1 FROM pg_constraint p WHERE p.conrelid = r.oid AND p.contype = 'p' AND a.attnum = ANY (p.conkey));

CREATE VIEW "SYS"."ALL_CONS_COLUMNS" AS
    SELECT r.owner AS "OWNER", k.conname::text AS "CONSTRAINT_NAME", r.name AS "TABLE_NAME", a.attname::text AS "COLUMN_NAME",
        CASE WHEN k.contype <> 'c' THEN p.place::numeric END AS "POSITION"
    FROM pg_constraint k JOIN ora.relations r ON r.oid = k.conrelid
        CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS p (attnum, place) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.attnum
    WHERE k.contype IN ('p', 'u', 'f', 'c') AND left(k.conname, 4) <> 'ora$'
    UNION ALL
    SELECT r.owner, 'SYS_C' || r.oid || lpad(a.attnum::text, 3, '0'), r.name, a.attname::text, NULL
    FROM ora.relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull
    WHERE r.kind = 'r' AND NOT EXISTS (SELECT 1 FROM pg_constraint p WHERE p.conrelid = r.oid AND p.contype = 'p' AND a.attnum = ANY (p.conkey));

CREATE VIEW "SYS"."ALL_INDEXES" AS
    SELECT i.owner AS "OWNER", i.name AS "INDEX_NAME", CASE WHEN x.indexprs IS NULL AND NOT 1 = ANY (SELECT o & 1 FROM unnest(x.indoption::int2[]) o) THEN 'NORMAL' ELSE 'FUNCTION-BASED NORMAL' END AS "INDEX_TYPE",
        t.owner AS "TABLE_OWNER", t.name AS "TABLE_NAME", 'TABLE'::text AS "TABLE_TYPE", CASE WHEN x.indisunique THEN 'UNIQUE' ELSE 'NONUNIQUE' END AS "UNIQUENESS",
        'DISABLED'::text AS "COMPRESSION", NULL::numeric AS "PREFIX_LENGTH", 'USERS'::text AS "TABLESPACE_NAME", 'YES'::text AS "LOGGING", NULL::numeric AS "BLEVEL",
        NULL::numeric AS "LEAF_BLOCKS", NULL::numeric AS "DISTINCT_KEYS", 'VALID'::text AS "STATUS", NULL::numeric AS "NUM_ROWS", NULL::ora.date AS "LAST_ANALYZED",
        '1'::text AS "DEGREE", 'NO'::text AS "PARTITIONED", CASE WHEN EXISTS (SELECT 1 FROM ora.temporaries y WHERE y.relation = t.oid) THEN 'Y' ELSE 'N' END AS "TEMPORARY", CASE WHEN o.generated THEN 'Y' ELSE 'N' END AS "GENERATED",
        'N'::text AS "SECONDARY", 'DEFAULT'::text AS "BUFFER_POOL", 'NO'::text AS "DROPPED", 'VISIBLE'::text AS "VISIBILITY", 'YES'::text AS "SEGMENT_CREATED"
    FROM pg_index x JOIN ora.relations i ON i.oid = x.indexrelid JOIN ora.relations t ON t.oid = x.indrelid
        LEFT JOIN ora.objects o ON o.class = 'pg_class'::regclass AND o.object = i.oid;

CREATE VIEW ora.index_columns AS
    -- a descending column is an expression to Oracle
    SELECT i.owner, i.name, t.owner AS table_owner, t.name AS table_name, p.place, CASE WHEN (x.indoption[p.place - 1] & 1) = 0 THEN a.attname::text END AS column_name, k.data_length, k.char_length,
        (x.indoption[p.place - 1] & 1) = 1 AS descending, CASE WHEN p.attnum = 0 THEN coalesce(e.expression, pg_get_indexdef(x.indexrelid, p.place::int, false)) WHEN (x.indoption[p.place - 1] & 1) = 1 THEN '"' || a.attname || '"' END AS expression
    FROM pg_index x JOIN ora.relations i ON i.oid = x.indexrelid JOIN ora.relations t ON t.oid = x.indrelid
        CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS p (attnum, place)
        LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = p.attnum AND p.attnum > 0
        LEFT JOIN ora.index_expressions e ON e.relation = x.indexrelid AND e.place = p.place
        LEFT JOIN ora.columns k ON k.relation = x.indrelid AND k.attnum = p.attnum;
CREATE VIEW "SYS"."ALL_IND_COLUMNS" AS
    SELECT owner AS "INDEX_OWNER", name AS "INDEX_NAME", table_owner AS "TABLE_OWNER", table_name AS "TABLE_NAME",
        coalesce(column_name, 'SYS_NC' || lpad(place::text, 5, '0') || '$') AS "COLUMN_NAME", place::numeric AS "COLUMN_POSITION", coalesce(data_length, 0)::numeric AS "COLUMN_LENGTH",
        coalesce(char_length, 0)::numeric AS "CHAR_LENGTH", CASE WHEN descending THEN 'DESC' ELSE 'ASC' END AS "DESCEND"
    FROM ora.index_columns;
CREATE VIEW "SYS"."ALL_IND_EXPRESSIONS" AS
    SELECT owner AS "INDEX_OWNER", name AS "INDEX_NAME", table_owner AS "TABLE_OWNER", table_name AS "TABLE_NAME", expression AS "COLUMN_EXPRESSION", place::numeric AS "COLUMN_POSITION"
    FROM ora.index_columns WHERE expression IS NOT NULL;

CREATE VIEW "SYS"."ALL_TRIGGERS" AS
    SELECT t.owner AS "OWNER", t.name AS "TRIGGER_NAME", 'BEFORE EACH ROW'::text AS "TRIGGER_TYPE", t.event AS "TRIGGERING_EVENT", r.owner AS "TABLE_OWNER",
        'TABLE'::text AS "BASE_OBJECT_TYPE", r.name AS "TABLE_NAME", NULL::text AS "COLUMN_NAME", 'REFERENCING NEW AS NEW OLD AS OLD'::text AS "REFERENCING_NAMES",
        NULL::text AS "WHEN_CLAUSE", CASE WHEN g.tgenabled = 'D' THEN 'DISABLED' ELSE 'ENABLED' END AS "STATUS", t.description AS "DESCRIPTION",
        'PL/SQL     '::text AS "ACTION_TYPE", t.body AS "TRIGGER_BODY", 'NO'::text AS "CROSSEDITION", 'YES'::text AS "BEFORE_ROW", 'NO'::text AS "BEFORE_STATEMENT",
        'NO'::text AS "AFTER_ROW", 'NO'::text AS "AFTER_STATEMENT", 'NO'::text AS "INSTEAD_OF_ROW", 'YES'::text AS "FIRE_ONCE"
    FROM ora.triggers t JOIN ora.relations r ON r.oid = t.relation JOIN pg_trigger g ON g.tgrelid = t.relation AND g.tgname = t.name;

CREATE VIEW "SYS"."ALL_SEQUENCES" AS
    SELECT r.owner AS "SEQUENCE_OWNER", r.name AS "SEQUENCE_NAME", k.min_value AS "MIN_VALUE", k.max_value AS "MAX_VALUE", s.seqincrement::numeric AS "INCREMENT_BY",
        CASE WHEN s.seqcycle THEN 'Y' ELSE 'N' END AS "CYCLE_FLAG", k.order_flag AS "ORDER_FLAG", k.cache_size::numeric AS "CACHE_SIZE",
        -- what the disk knows: the number after the last one handed to a cache
        CASE WHEN k.last IS NULL THEN s.seqstart::numeric
             WHEN k.cache_size < 2 THEN k.last + s.seqincrement::numeric
             ELSE s.seqstart::numeric + (pg_catalog.div(k.last - s.seqstart::numeric, k.cache_size * s.seqincrement::numeric) + 1::numeric) * k.cache_size * s.seqincrement::numeric END AS "LAST_NUMBER",
        'N'::text AS "SCALE_FLAG", 'N'::text AS "EXTEND_FLAG", 'N'::text AS "SHARDED_FLAG", 'N'::text AS "SESSION_FLAG", 'N'::text AS "KEEP_VALUE"
    FROM pg_sequence s JOIN ora.relations r ON r.oid = s.seqrelid JOIN
        (SELECT relation, min_value, max_value, order_flag, cache_size::numeric, ora.last_number(relation) AS last FROM ora.sequences) k ON k.relation = r.oid;

CREATE VIEW "SYS"."ALL_OBJECTS" AS
    SELECT r.owner AS "OWNER", r.name AS "OBJECT_NAME", NULL::text AS "SUBOBJECT_NAME", r.oid::int8::numeric AS "OBJECT_ID", r.oid::int8::numeric AS "DATA_OBJECT_ID",
        CASE r.kind WHEN 'r' THEN 'TABLE' WHEN 'i' THEN 'INDEX' WHEN 'S' THEN 'SEQUENCE' ELSE 'VIEW' END AS "OBJECT_TYPE",
        coalesce(o.created, e.created)::ora.date AS "CREATED", coalesce(o.last_ddl, e.created)::ora.date AS "LAST_DDL_TIME", pg_catalog.to_char(coalesce(o.last_ddl, e.created), 'YYYY-MM-DD:HH24:MI:SS') AS "TIMESTAMP",
        'VALID'::text AS "STATUS", CASE WHEN EXISTS (SELECT 1 FROM ora.temporaries y WHERE y.relation = r.oid) THEN 'Y' ELSE 'N' END AS "TEMPORARY", CASE WHEN o.generated THEN 'Y' ELSE 'N' END AS "GENERATED", 'N'::text AS "SECONDARY", 1::numeric AS "NAMESPACE",
        'N'::text AS "ORACLE_MAINTAINED"
    FROM ora.relations r CROSS JOIN ora.store e LEFT JOIN ora.objects o ON o.class = 'pg_class'::regclass AND o.object = r.oid
    UNION ALL
    SELECT t.owner, t.name, NULL, g.oid::int8::numeric, NULL, 'TRIGGER', e.created::ora.date, e.created::ora.date, pg_catalog.to_char(e.created, 'YYYY-MM-DD:HH24:MI:SS'), 'VALID', 'N', 'N', 'N', 3, 'N'
    FROM ora.triggers t CROSS JOIN ora.store e JOIN pg_trigger g ON g.tgrelid = t.relation AND g.tgname = t.name
    -- synonyms are no objects of PostgreSQL: their numbers lie behind all of its own
    UNION ALL SELECT owner, name, NULL, (4294967296 + id)::numeric, NULL, 'SYNONYM', created::ora.date, created::ora.date, pg_catalog.to_char(created, 'YYYY-MM-DD:HH24:MI:SS'), 'VALID', 'N', 'N', 'N', 1, 'N' FROM ora.synonyms;

CREATE VIEW "SYS"."ALL_TAB_COMMENTS" AS
    SELECT owner AS "OWNER", name AS "TABLE_NAME", CASE kind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS "TABLE_TYPE", obj_description(oid, 'pg_class') AS "COMMENTS", 0::numeric AS "ORIGIN_CON_ID" FROM ora.relations WHERE kind IN ('r', 'v');
CREATE VIEW "SYS"."ALL_COL_COMMENTS" AS
    SELECT r.owner AS "OWNER", r.name AS "TABLE_NAME", a.attname::text AS "COLUMN_NAME", col_description(r.oid, a.attnum) AS "COMMENTS", 0::numeric AS "ORIGIN_CON_ID"
    FROM ora.relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'ora"rowid' WHERE r.kind IN ('r', 'v');

-- changes since the store's counters were reset
CREATE VIEW "SYS"."ALL_TAB_MODIFICATIONS" AS
    SELECT r.owner AS "TABLE_OWNER", r.name AS "TABLE_NAME", NULL::text AS "PARTITION_NAME", NULL::text AS "SUBPARTITION_NAME", pg_stat_get_tuples_inserted(r.oid)::numeric AS "INSERTS",
        pg_stat_get_tuples_updated(r.oid)::numeric AS "UPDATES", pg_stat_get_tuples_deleted(r.oid)::numeric AS "DELETES", NULL::ora.date AS "TIMESTAMP", 'NO'::text AS "TRUNCATED", 0::numeric AS "DROP_SEGMENTS"
    FROM ora.relations r WHERE r.kind = 'r';

CREATE VIEW "SYS"."ALL_VIEWS" AS
    SELECT r.owner AS "OWNER", r.name AS "VIEW_NAME", length(v.source)::numeric AS "TEXT_LENGTH", v.source AS "TEXT", v.source AS "TEXT_VC", 'N'::text AS "READ_ONLY"
    FROM ora.views v JOIN ora.relations r ON r.oid = v.relation;
CREATE VIEW "SYS"."USER_RECYCLEBIN" AS SELECT NULL::text AS "OBJECT_NAME", NULL::text AS "ORIGINAL_NAME", NULL::text AS "OPERATION", NULL::text AS "TYPE", NULL::text AS "DROPTIME", NULL::text AS "CAN_PURGE" WHERE false;
CREATE VIEW "SYS"."DBA_RECYCLEBIN" AS SELECT NULL::text AS "OWNER", * FROM "SYS"."USER_RECYCLEBIN";
CREATE VIEW "SYS"."ALL_MVIEWS" AS SELECT NULL::text AS "OWNER", NULL::text AS "MVIEW_NAME", NULL::text AS "CONTAINER_NAME", NULL::text AS "QUERY", NULL::numeric AS "QUERY_LEN" WHERE false;
CREATE VIEW "SYS"."ALL_MVIEW_COMMENTS" AS SELECT NULL::text AS "OWNER", NULL::text AS "MVIEW_NAME", NULL::text AS "COMMENTS" WHERE false;
CREATE VIEW "SYS"."ALL_DB_LINKS" AS SELECT NULL::text AS "OWNER", NULL::text AS "DB_LINK", NULL::text AS "USERNAME", NULL::text AS "HOST", NULL::ora.date AS "CREATED" WHERE false;
CREATE VIEW "SYS"."ALL_TAB_IDENTITY_COLS" AS
    SELECT r.owner AS "OWNER", r.name AS "TABLE_NAME", a.attname::text AS "COLUMN_NAME", CASE i.generation WHEN 'ALWAYS' THEN 'ALWAYS' ELSE 'BY DEFAULT' END AS "GENERATION_TYPE",
        c.relname::text AS "SEQUENCE_NAME", 'START WITH: ' || s.seqstart || ', INCREMENT BY: ' || s.seqincrement || ', MAX_VALUE: ' || k.max_value || ', MIN_VALUE: ' || k.min_value
        || ', CYCLE_FLAG: ' || CASE WHEN s.seqcycle THEN 'Y' ELSE 'N' END || ', CACHE_SIZE: ' || k.cache_size || ', ORDER_FLAG: ' || k.order_flag AS "IDENTITY_OPTIONS"
    FROM ora.identities i JOIN ora.relations r ON r.oid = i.relation JOIN pg_attribute a ON a.attrelid = i.relation AND a.attnum = i.attnum
        JOIN pg_class c ON c.oid = i.sequence JOIN pg_sequence s ON s.seqrelid = i.sequence JOIN ora.sequences k ON k.relation = i.sequence;
CREATE VIEW "SYS"."ALL_PROCEDURES" AS SELECT NULL::text AS "OWNER", NULL::text AS "OBJECT_NAME", NULL::text AS "PROCEDURE_NAME", NULL::text AS "OBJECT_TYPE" WHERE false;
CREATE VIEW "SYS"."ALL_TAB_PARTITIONS" AS SELECT NULL::text AS "TABLE_OWNER", NULL::text AS "TABLE_NAME", NULL::text AS "PARTITION_NAME" WHERE false;
CREATE VIEW "SYS"."ALL_ERRORS" AS SELECT NULL::text AS "OWNER", NULL::text AS "NAME", NULL::text AS "TYPE", NULL::numeric AS "LINE", NULL::numeric AS "POSITION", NULL::text AS "TEXT" WHERE false;
-- the instance and its settings
CREATE VIEW "SYS"."V$INSTANCE" AS
    SELECT 1::numeric AS "INSTANCE_NUMBER", 'XE'::text AS "INSTANCE_NAME", 'localhost'::text AS "HOST_NAME", version AS "VERSION", version AS "VERSION_FULL",
        (pg_postmaster_start_time() AT TIME ZONE 'UTC')::ora.date AS "STARTUP_TIME", 'OPEN'::text AS "STATUS", 'NO'::text AS "PARALLEL", 1::numeric AS "THREAD#", 'STARTED'::text AS "ARCHIVER",
        'ALLOWED'::text AS "LOGINS", 'NO'::text AS "SHUTDOWN_PENDING", 'ACTIVE'::text AS "DATABASE_STATUS", 'PRIMARY_INSTANCE'::text AS "INSTANCE_ROLE", 'NORMAL'::text AS "ACTIVE_STATE", 'NO'::text AS "BLOCKED" FROM ora.store;
CREATE VIEW "SYS"."V$DATABASE" AS
    SELECT 2900000001::numeric AS "DBID", 'XE'::text AS "NAME", created::ora.date AS "CREATED", 'ARCHIVELOG'::text AS "LOG_MODE", 'READ WRITE'::text AS "OPEN_MODE", 'PRIMARY'::text AS "DATABASE_ROLE",
        'XE'::text AS "DB_UNIQUE_NAME", 'Linux x86 64-bit'::text AS "PLATFORM_NAME", 'NO'::text AS "CDB", 'NO'::text AS "SUPPLEMENTAL_LOG_DATA_MIN", 'NO'::text AS "FORCE_LOGGING",
        ora.current_scn() AS "CURRENT_SCN" FROM ora.store;
CREATE VIEW "SYS"."NLS_DATABASE_PARAMETERS" AS
    SELECT p.name AS "PARAMETER", p.value AS "VALUE" FROM (VALUES ('NLS_LANGUAGE', 'AMERICAN'), ('NLS_TERRITORY', 'AMERICA'), ('NLS_CURRENCY', '$'), ('NLS_NUMERIC_CHARACTERS', '.,'),
        ('NLS_CHARACTERSET', ora.charset()), ('NLS_CALENDAR', 'GREGORIAN'), ('NLS_DATE_FORMAT', 'DD-MON-RR'), ('NLS_DATE_LANGUAGE', 'AMERICAN'), ('NLS_SORT', 'BINARY'), ('NLS_COMP', 'BINARY'),
        ('NLS_TIMESTAMP_FORMAT', 'DD-MON-RR HH.MI.SSXFF AM'), ('NLS_TIMESTAMP_TZ_FORMAT', 'DD-MON-RR HH.MI.SSXFF AM TZR'), ('NLS_LENGTH_SEMANTICS', 'BYTE'),
        ('NLS_NCHAR_CONV_EXCP', 'FALSE'), ('NLS_NCHAR_CHARACTERSET', 'AL16UTF16')) AS p (name, value)
    UNION ALL SELECT 'NLS_RDBMS_VERSION', version FROM ora.store;
CREATE VIEW "SYS"."NLS_SESSION_PARAMETERS" AS
    SELECT "PARAMETER", CASE "PARAMETER" WHEN 'NLS_DATE_FORMAT' THEN ora.setting('nls_date_format') WHEN 'NLS_TIMESTAMP_FORMAT' THEN ora.setting('nls_timestamp_format')
        WHEN 'NLS_TIMESTAMP_TZ_FORMAT' THEN ora.setting('nls_timestamp_tz_format') WHEN 'NLS_NCHAR_CONV_EXCP' THEN ora.setting('nls_nchar_conv_excp') ELSE "VALUE" END AS "VALUE"
    FROM "SYS"."NLS_DATABASE_PARAMETERS" WHERE "PARAMETER" NOT IN ('NLS_CHARACTERSET', 'NLS_NCHAR_CHARACTERSET', 'NLS_RDBMS_VERSION');
CREATE VIEW "SYS"."NLS_INSTANCE_PARAMETERS" AS SELECT * FROM "SYS"."NLS_DATABASE_PARAMETERS" WHERE "PARAMETER" IN ('NLS_LANGUAGE', 'NLS_TERRITORY', 'NLS_COMP', 'NLS_LENGTH_SEMANTICS');
CREATE VIEW "SYS"."V$NLS_PARAMETERS" AS SELECT "PARAMETER", "VALUE", 0::numeric AS "CON_ID" FROM "SYS"."NLS_SESSION_PARAMETERS"
    UNION ALL SELECT "PARAMETER", "VALUE", 0 FROM "SYS"."NLS_DATABASE_PARAMETERS" WHERE "PARAMETER" IN ('NLS_CHARACTERSET', 'NLS_NCHAR_CHARACTERSET');
