-- Oracle's types as types of their own, so that a result tells DATE from TIMESTAMP and CLOB from VARCHAR2.
-- They share the representation and the C functions of the PostgreSQL type they are LIKE.
CREATE SCHEMA ora;

-- prefix: of the names of its C functions; digits: whether its input takes a modifier
CREATE PROCEDURE ora.new_type(name text, base text, prefix text, category text, digits bool DEFAULT false) LANGUAGE plpgsql AS $$
DECLARE modifier text := CASE WHEN digits THEN ', oid, int4' ELSE '' END; kind text := 'ora.' || name;
BEGIN
    EXECUTE format('CREATE TYPE %s', kind);
    EXECUTE format('CREATE FUNCTION %1$s_in(cstring%2$s) RETURNS %1$s LANGUAGE internal STABLE STRICT AS %3$L', kind, modifier, prefix || 'in');
    EXECUTE format('CREATE FUNCTION %1$s_out(%1$s) RETURNS cstring LANGUAGE internal STABLE STRICT AS %2$L', kind, prefix || 'out');
    EXECUTE format('CREATE FUNCTION %1$s_recv(internal%2$s) RETURNS %1$s LANGUAGE internal STABLE STRICT AS %3$L', kind, modifier, prefix || 'recv');
    EXECUTE format('CREATE FUNCTION %1$s_send(%1$s) RETURNS bytea LANGUAGE internal STABLE STRICT AS %2$L', kind, prefix || 'send');
    EXECUTE format('CREATE TYPE %1$s (INPUT = %1$s_in, OUTPUT = %1$s_out, RECEIVE = %1$s_recv, SEND = %1$s_send, LIKE = %2$s, CATEGORY = %3$L, COLLATABLE = %4$s)',
        kind, base, category, (base = 'text')::text);
END $$;
CALL ora.new_type('date', 'timestamp', 'timestamp_', 'D', true);
CALL ora.new_type('fixed', 'text', 'text', 'S');
CALL ora.new_type('clob', 'text', 'text', 'L');
CALL ora.new_type('blob', 'bytea', 'bytea', 'L');

-- minutes: the offset at that instant; region: '' where there is none
CREATE TYPE ora.tstz AS (utc timestamp, minutes int4, region text);

CREATE CAST (ora.date AS timestamp) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (ora.fixed AS text) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (text AS ora.fixed) WITHOUT FUNCTION;
CREATE CAST (ora.clob AS text) WITHOUT FUNCTION;
CREATE CAST (text AS ora.clob) WITHOUT FUNCTION;
CREATE CAST (ora.blob AS bytea) WITHOUT FUNCTION;
CREATE CAST (bytea AS ora.blob) WITHOUT FUNCTION;
CREATE CAST (timestamp AS ora.date) WITHOUT FUNCTION;

-- Facts that PostgreSQL's catalogue cannot hold.
CREATE TABLE ora.users (name text PRIMARY KEY, id serial, created timestamp NOT NULL DEFAULT date_trunc('second', localtimestamp));
CREATE TABLE ora.columns (
    relation oid NOT NULL, attnum int2 NOT NULL,
    data_type text NOT NULL,        -- as DATA_TYPE of ALL_TAB_COLUMNS
    data_length int NOT NULL,       -- bytes
    char_length int NOT NULL DEFAULT 0,
    char_used text,                 -- B, C or NULL
    data_precision int, data_scale int,
    default_text text,              -- as written in the DDL
    PRIMARY KEY (relation, attnum));
CREATE TABLE ora.triggers (
    owner text NOT NULL, name text NOT NULL, relation oid NOT NULL, event text NOT NULL,
    source text NOT NULL, description text NOT NULL, body text NOT NULL, PRIMARY KEY (owner, name));
CREATE TABLE ora.sequences (relation oid PRIMARY KEY, min_value numeric NOT NULL, max_value numeric NOT NULL, cache_size int NOT NULL,
    order_flag text NOT NULL DEFAULT 'N');
CREATE TABLE ora.temporaries (relation oid PRIMARY KEY, lifetime text NOT NULL, version int NOT NULL DEFAULT 0); -- SESSION or TRANSACTION
CREATE TABLE ora.index_expressions (relation oid NOT NULL, place int NOT NULL, expression text NOT NULL, PRIMARY KEY (relation, place)); -- keys that are no plain columns
CREATE TABLE ora.views (relation oid PRIMARY KEY, source text NOT NULL);
CREATE TABLE ora.identities (relation oid PRIMARY KEY, attnum int2 NOT NULL, generation text NOT NULL, sequence oid NOT NULL);
CREATE TABLE ora.checks (relation oid NOT NULL, name text NOT NULL, condition text NOT NULL, PRIMARY KEY (relation, name));
CREATE TABLE ora.objects (class oid NOT NULL, object oid NOT NULL, created timestamp NOT NULL DEFAULT date_trunc('second', localtimestamp),
    last_ddl timestamp NOT NULL DEFAULT date_trunc('second', localtimestamp), generated bool NOT NULL DEFAULT false, PRIMARY KEY (class, object));
CREATE SEQUENCE ora.made_up_names START 7000;
