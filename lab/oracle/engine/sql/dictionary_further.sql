-- More of the dictionary: what object is made of what, sources, the instance as tools ask about it.
-- a line of a trigger's source keeps its line feed; the word CREATE [OR REPLACE] is not part of it
CREATE VIEW "SYS"."ALL_SOURCE" AS
    SELECT t.owner AS "OWNER", t.name AS "NAME", 'TRIGGER'::text AS "TYPE", l.line::numeric AS "LINE",
        l.text || CASE WHEN l.line < count(*) OVER (PARTITION BY t.owner, t.name) THEN E'\n' ELSE '' END AS "TEXT", 0::numeric AS "ORIGIN_CON_ID"
    FROM ora.triggers t CROSS JOIN LATERAL unnest(string_to_array(regexp_replace(t.source, '^\s*create\s+(or\s+replace\s+)?((non)?editionable\s+)?', '', 'i'), E'\n')) WITH ORDINALITY AS l (text, line);

CREATE VIEW "SYS"."ALL_SYNONYMS" AS
    SELECT owner AS "OWNER", name AS "SYNONYM_NAME", table_owner AS "TABLE_OWNER", table_name AS "TABLE_NAME", NULL::text AS "DB_LINK", 0::numeric AS "ORIGIN_CON_ID" FROM ora.synonyms;

CREATE VIEW "SYS"."ALL_DEPENDENCIES" AS
    SELECT DISTINCT v.owner AS "OWNER", v.name AS "NAME", 'VIEW'::text AS "TYPE", n.nspname::text AS "REFERENCED_OWNER", c.relname::text AS "REFERENCED_NAME",
        CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS "REFERENCED_TYPE", NULL::text AS "REFERENCED_LINK_NAME", 'HARD'::text AS "DEPENDENCY_TYPE"
    FROM ora.relations v JOIN pg_rewrite w ON w.ev_class = v.oid JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
        JOIN pg_class c ON c.oid = d.refobjid AND c.relkind IN ('r', 'v', 'S') JOIN pg_namespace n ON n.oid = c.relnamespace
    UNION ALL SELECT t.owner, t.name, 'TRIGGER', r.owner, r.name, 'TABLE', NULL, 'HARD' FROM ora.triggers t JOIN ora.relations r ON r.oid = t.relation;

CREATE VIEW "SYS"."ALL_CATALOG" AS
    SELECT owner AS "OWNER", name AS "TABLE_NAME", CASE kind WHEN 'r' THEN 'TABLE' WHEN 'v' THEN 'VIEW' ELSE 'SEQUENCE' END AS "TABLE_TYPE" FROM ora.relations WHERE kind IN ('r', 'v', 'S')
    UNION ALL SELECT owner, name, 'SYNONYM' FROM ora.synonyms;

CREATE VIEW "SYS"."ALL_LOBS" AS
    SELECT r.owner AS "OWNER", r.name AS "TABLE_NAME", a.attname::text AS "COLUMN_NAME", 'SYS_LOB' || lpad(r.oid::text, 10, '0') || 'C' || lpad(a.attnum::text, 5, '0') || '$$' AS "SEGMENT_NAME",
        'USERS'::text AS "TABLESPACE_NAME", 8192::numeric AS "CHUNK", 'NO'::text AS "CACHE", 'YES'::text AS "LOGGING", 'YES'::text AS "IN_ROW", 'YES'::text AS "SECUREFILE"
    FROM ora.relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN ora.columns k ON k.relation = r.oid AND k.attnum = a.attnum
    WHERE r.kind = 'r' AND k.data_type IN ('CLOB', 'NCLOB', 'BLOB');

-- there are none of these
CREATE VIEW "SYS"."ALL_POLICIES" AS SELECT NULL::text AS "OBJECT_OWNER", NULL::text AS "OBJECT_NAME", NULL::text AS "POLICY_GROUP", NULL::text AS "POLICY_NAME", NULL::text AS "PF_OWNER", NULL::text AS "PACKAGE",
    NULL::text AS "FUNCTION", NULL::text AS "SEL", NULL::text AS "INS", NULL::text AS "UPD", NULL::text AS "DEL", NULL::text AS "IDX", NULL::text AS "ENABLE" WHERE false;
CREATE VIEW "SYS"."ALL_ENCRYPTED_COLUMNS" AS SELECT NULL::text AS "OWNER", NULL::text AS "TABLE_NAME", NULL::text AS "COLUMN_NAME", NULL::text AS "ENCRYPTION_ALG", NULL::text AS "SALT", NULL::text AS "INTEGRITY_ALG" WHERE false;
CREATE VIEW "SYS"."ALL_LOG_GROUPS" AS SELECT NULL::text AS "OWNER", NULL::text AS "LOG_GROUP_NAME", NULL::text AS "TABLE_NAME", NULL::text AS "LOG_GROUP_TYPE", NULL::text AS "ALWAYS", NULL::text AS "GENERATED" WHERE false;
CREATE VIEW "SYS"."ALL_EXTERNAL_TABLES" AS SELECT NULL::text AS "OWNER", NULL::text AS "TABLE_NAME", NULL::text AS "TYPE_OWNER", NULL::text AS "TYPE_NAME" WHERE false;
CREATE VIEW "SYS"."ALL_PART_TABLES" AS SELECT NULL::text AS "OWNER", NULL::text AS "TABLE_NAME", NULL::text AS "PARTITIONING_TYPE", NULL::numeric AS "PARTITION_COUNT" WHERE false;
CREATE VIEW "SYS"."ALL_TYPES" AS SELECT NULL::text AS "OWNER", NULL::text AS "TYPE_NAME", NULL::text AS "TYPECODE", NULL::numeric AS "ATTRIBUTES" WHERE false;
CREATE VIEW "SYS"."ALL_ARGUMENTS" AS SELECT NULL::text AS "OWNER", NULL::text AS "OBJECT_NAME", NULL::text AS "PACKAGE_NAME", NULL::text AS "ARGUMENT_NAME", NULL::numeric AS "POSITION", NULL::text AS "DATA_TYPE", NULL::text AS "IN_OUT" WHERE false;

-- the version that is presented
CREATE FUNCTION ora.banner(version text, note text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT 'Oracle Database ' || CASE split_part(version, '.', 1) WHEN '11' THEN '11g Express Edition' ELSE split_part(version, '.', 1) || 'c' END || ' Stand-in Release ' || version || ' - kept in PostgreSQL' || note $$;
CREATE FUNCTION ora.compatible(version text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN version LIKE '11.%' THEN '11.2.0.0.0' WHEN version LIKE '12.1.%' THEN '12.1.0.2.0' ELSE split_part(version, '.', 1) || '.' || split_part(version, '.', 2) || '.0' END $$;
CREATE VIEW "SYS"."V$VERSION" AS
    SELECT ora.banner(version, note) AS "BANNER", ora.banner(version, note) AS "BANNER_FULL", ora.banner(version, note) AS "BANNER_LEGACY", 0::numeric AS "CON_ID" FROM ora.store;
CREATE VIEW "SYS"."PRODUCT_COMPONENT_VERSION" AS
    SELECT split_part(ora.banner(version, note), ' Release ', 1) AS "PRODUCT", version AS "VERSION", version AS "VERSION_FULL", 'Development'::text AS "STATUS" FROM ora.store;
CREATE VIEW "SYS"."DBA_REGISTRY" AS
    SELECT c.id AS "COMP_ID", c.name AS "COMP_NAME", s.version AS "VERSION", s.version AS "VERSION_FULL", 'VALID'::text AS "STATUS", 'SERVER'::text AS "NAMESPACE", 'SYS'::text AS "CONTROL", 'SYS'::text AS "SCHEMA"
    FROM ora.store s CROSS JOIN (VALUES ('CATALOG', 'Oracle Database Catalog Views'), ('CATPROC', 'Oracle Database Packages and Types')) AS c (id, name);
CREATE VIEW "SYS"."V$PARAMETER" AS
    SELECT row_number() OVER (ORDER BY p.name)::numeric AS "NUM", p.name AS "NAME", p.kind::numeric AS "TYPE", p.value AS "VALUE", p.value AS "DISPLAY_VALUE", 'TRUE'::text AS "ISDEFAULT", 'FALSE'::text AS "ISSES_MODIFIABLE",
        'FALSE'::text AS "ISSYS_MODIFIABLE", 'FALSE'::text AS "ISMODIFIED", NULL::text AS "DESCRIPTION"
    FROM (SELECT * FROM (VALUES ('db_name', 2, 'XE'), ('db_block_size', 3, '8192'), ('open_cursors', 3, '65535'), ('db_domain', 2, NULL), ('processes', 3, '100'), ('nls_length_semantics', 2, 'BYTE'), ('nls_language', 2, 'AMERICAN'),
        ('nls_territory', 2, 'AMERICA'), ('max_string_size', 2, 'STANDARD'), ('recyclebin', 2, 'OFF'), ('undo_retention', 3, ora.undo_retention()::text), ('deferred_segment_creation', 1, 'FALSE')) AS v (name, kind, value)
        UNION ALL SELECT 'compatible', 2, ora.compatible(version) FROM ora.store
        UNION ALL SELECT 'sql92_security', 1, CASE WHEN version LIKE '11.%' OR version LIKE '12.1.%' THEN 'FALSE' ELSE 'TRUE' END FROM ora.store) p
    WHERE p.name <> 'max_string_size' OR EXISTS (SELECT 1 FROM ora.store WHERE version NOT LIKE '11.%');
CREATE VIEW "SYS"."V$SYSTEM_PARAMETER" AS SELECT * FROM "SYS"."V$PARAMETER";

-- a session holds a lock that names its user
-- transactions that have changed something; FLAG tells only what the store knows, 2^28 for SERIALIZABLE, and of its own session
CREATE VIEW "SYS"."V$TRANSACTION" AS
    SELECT decode(lpad(to_hex(pid), 16, '0'), 'hex') AS "SES_ADDR", backend_xid::text::numeric AS "XIDSQN", 'ACTIVE'::text AS "STATUS", (xact_start AT TIME ZONE 'UTC')::ora.date AS "START_DATE", pg_catalog.to_char(xact_start AT TIME ZONE 'UTC', 'MM/DD/YY HH24:MI:SS') AS "START_TIME",
        ora.scn_of(xact_start) AS "START_SCN",
        1::numeric AS "XIDUSN", pid::numeric AS "XIDSLOT", CASE WHEN pid <> pg_backend_pid() OR current_setting('transaction_read_only') = 'on' THEN NULL WHEN current_setting('transaction_isolation') = 'read committed' THEN 0::numeric ELSE 268435456::numeric END AS "FLAG"
    FROM pg_stat_activity WHERE application_name = 'oracle-stand-in' AND datname = current_database() AND backend_xid IS NOT NULL;
CREATE VIEW "SYS"."V$TIMEZONE_NAMES" AS SELECT name AS "TZNAME", abbrev AS "TZABBREV", 0::numeric AS "CON_ID" FROM pg_timezone_names WHERE name NOT LIKE 'posix%';
CREATE VIEW "SYS"."GLOBAL_NAME" AS SELECT 'XE'::text AS "GLOBAL_NAME";
CREATE VIEW "SYS"."DBA_TABLESPACES" AS
    SELECT t.name AS "TABLESPACE_NAME", 8192::numeric AS "BLOCK_SIZE", 'ONLINE'::text AS "STATUS", t.contents AS "CONTENTS", 'LOGGING'::text AS "LOGGING" FROM (VALUES ('USERS', 'PERMANENT'), ('TEMP', 'TEMPORARY')) AS t (name, contents);
CREATE VIEW "SYS"."USER_TABLESPACES" AS SELECT * FROM "SYS"."DBA_TABLESPACES";
