-- Oracle's types as types of their own, so that a result tells DATE from TIMESTAMP and CLOB from VARCHAR2.
-- They share the representation and the C functions of the PostgreSQL type they are LIKE.
CREATE SCHEMA ora;

CREATE TYPE ora.date;
CREATE FUNCTION ora.date_in(cstring, oid, int4) RETURNS ora.date LANGUAGE internal STABLE STRICT AS 'timestamp_in';
CREATE FUNCTION ora.date_out(ora.date) RETURNS cstring LANGUAGE internal STABLE STRICT AS 'timestamp_out';
CREATE FUNCTION ora.date_recv(internal, oid, int4) RETURNS ora.date LANGUAGE internal IMMUTABLE STRICT AS 'timestamp_recv';
CREATE FUNCTION ora.date_send(ora.date) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT AS 'timestamp_send';
CREATE TYPE ora.date (INPUT = ora.date_in, OUTPUT = ora.date_out, RECEIVE = ora.date_recv, SEND = ora.date_send,
    LIKE = timestamp, CATEGORY = 'D');

CREATE TYPE ora.fixed;
CREATE FUNCTION ora.fixed_in(cstring) RETURNS ora.fixed LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION ora.fixed_out(ora.fixed) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE FUNCTION ora.fixed_recv(internal) RETURNS ora.fixed LANGUAGE internal STABLE STRICT AS 'textrecv';
CREATE FUNCTION ora.fixed_send(ora.fixed) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'textsend';
CREATE TYPE ora.fixed (INPUT = ora.fixed_in, OUTPUT = ora.fixed_out, RECEIVE = ora.fixed_recv, SEND = ora.fixed_send,
    LIKE = text, CATEGORY = 'S', COLLATABLE = true);

CREATE TYPE ora.clob;
CREATE FUNCTION ora.clob_in(cstring) RETURNS ora.clob LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION ora.clob_out(ora.clob) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE FUNCTION ora.clob_recv(internal) RETURNS ora.clob LANGUAGE internal STABLE STRICT AS 'textrecv';
CREATE FUNCTION ora.clob_send(ora.clob) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'textsend';
CREATE TYPE ora.clob (INPUT = ora.clob_in, OUTPUT = ora.clob_out, RECEIVE = ora.clob_recv, SEND = ora.clob_send,
    LIKE = text, CATEGORY = 'L', COLLATABLE = true);

CREATE TYPE ora.blob;
CREATE FUNCTION ora.blob_in(cstring) RETURNS ora.blob LANGUAGE internal IMMUTABLE STRICT AS 'byteain';
CREATE FUNCTION ora.blob_out(ora.blob) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
CREATE FUNCTION ora.blob_recv(internal) RETURNS ora.blob LANGUAGE internal STABLE STRICT AS 'bytearecv';
CREATE FUNCTION ora.blob_send(ora.blob) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'byteasend';
CREATE TYPE ora.blob (INPUT = ora.blob_in, OUTPUT = ora.blob_out, RECEIVE = ora.blob_recv, SEND = ora.blob_send,
    LIKE = bytea, CATEGORY = 'L');

CREATE TYPE ora.tstz AS (utc timestamp, minutes int4);

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
