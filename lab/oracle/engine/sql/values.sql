-- Conversions that clients' binds and defines ask for.

CREATE FUNCTION ora.c_nclob(x ora.nclob) RETURNS ora.nclob LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.c_nclob(x ora.clob) RETURNS ora.nclob LANGUAGE sql IMMUTABLE AS $$ SELECT x::text::ora.nclob $$;
CREATE FUNCTION ora.c_nclob(x text) RETURNS ora.nclob LANGUAGE sql IMMUTABLE AS $$ SELECT x::ora.nclob $$;
CREATE FUNCTION ora.c_nclob(x numeric) RETURNS ora.nclob LANGUAGE sql IMMUTABLE AS $$ SELECT ora.number_text(x)::ora.nclob $$;

CREATE FUNCTION ora.c_flt(x float4) RETURNS float4 LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
-- from the digits themselves: by way of a double they would be rounded twice
CREATE FUNCTION ora.c_flt(x numeric) RETURNS float4 LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN abs(x) >= 1e-45::numeric AND abs(x) < 3.4028235e38::numeric THEN x::float4 ELSE ora.c_flt(x::float8) END $$;
CREATE FUNCTION ora.c_flt(x text) RETURNS float4 LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x ~* '^\s*([+-]?inf|nan)\s*$' THEN btrim(x)::float4
        WHEN abs(ora.to_double(x)) < 3.4e38::float8 AND abs(ora.to_double(x)) > 1e-45::float8 THEN ora.c_flt(x::numeric) ELSE ora.c_flt(ora.to_double(x)) END $$;

-- casts to sized types: national text is cut, bytes that do not fit are an error
CREATE FUNCTION ora.cut_national(x text, size int) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE result text := left(x, size);
BEGIN
    WHILE ora.units(result) > size LOOP result := left(result, -1); END LOOP;
    RETURN nullif(result, '');
END $$;
CREATE FUNCTION ora.fit_raw(x bytea, size int) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN octet_length(x) > size THEN ora.fail(25137, 'Data value out of range', encode(x, 'hex'))::bytea ELSE x END $$;

-- a LOB may be empty without being NULL; as text or RAW it is NULL
CREATE FUNCTION ora.empty_clob() RETURNS ora.clob LANGUAGE sql IMMUTABLE AS $$ SELECT ''::text::ora.clob $$;
CREATE FUNCTION ora.empty_blob() RETURNS ora.blob LANGUAGE sql IMMUTABLE AS $$ SELECT ''::bytea::ora.blob $$;

CREATE FUNCTION ora.cast_to_raw(x text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT ora.encoded(x) $$;
CREATE FUNCTION ora.cast_to_varchar2(x bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT nullif(ora.decoded(x), '') $$;
CREATE FUNCTION ora.cast_to_varchar2(x ora.blob) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.cast_to_varchar2(x::bytea) $$;
CREATE FUNCTION ora.cast_to_varchar2(x text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.cast_to_varchar2(ora.c_raw(x)) $$;
CREATE FUNCTION ora.raw_length(x bytea) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT octet_length(x)::numeric $$;
CREATE FUNCTION ora.raw_length(x ora.blob) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT octet_length(x::bytea)::numeric $$;
CREATE FUNCTION ora.raw_length(x text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT octet_length(ora.c_raw(x))::numeric $$;
CREATE FUNCTION ora.length_(x ora.clob) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT length(x::text)::numeric $$;
CREATE FUNCTION ora.length_(x ora.nclob) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT length(x::text)::numeric $$;
CREATE FUNCTION ora.length_(x ora.blob) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT octet_length(x::bytea)::numeric $$;
CREATE FUNCTION ora.length_(x anyelement) RETURNS numeric LANGUAGE sql STABLE AS $$ SELECT length(ora.c_str(x))::numeric $$;

-- a LOB and where it is kept, for clients that write to it by its locator
CREATE TYPE ora.stored_clob AS (content text, attnum int2, relation oid, place tid);
CREATE TYPE ora.stored_blob AS (content bytea, attnum int2, relation oid, place tid);

-- whether a transaction of this session is under way under that number, which may also be that of a savepoint
CREATE FUNCTION ora.is_under_way(xid text) RETURNS bool LANGUAGE plpgsql VOLATILE AS $$
BEGIN RETURN xid <> '0' AND pg_xact_status(xid::xid8) = 'in progress'; EXCEPTION WHEN invalid_parameter_value THEN RETURN false; END $$;

-- The new place of the row. Only a row that this transaction has locked or changed may be written to; what others have
-- locked cannot be locked at once. Triggers do not fire for LOBs written by locator.
CREATE FUNCTION ora.write_lob(relation oid, attnum int2, place tid, content bytea) RETURNS tid LANGUAGE plpgsql VOLATILE AS $$
DECLARE name text; kind text; created text; locker text; result tid; value text;
BEGIN
    SELECT a.attname, a.atttypid::regtype::text INTO name, kind FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum = write_lob.attnum;
    EXECUTE format('SELECT xmin::text, xmax::text FROM %s WHERE ctid = $1', relation::regclass) INTO created, locker USING place;
    IF created IS NULL THEN PERFORM ora.fail(3001, 'unimplemented feature: a LOB by a locator from before its row was changed'); END IF;
    IF NOT ora.is_under_way(created) AND NOT ora.is_under_way(locker) THEN
        PERFORM ora.fail(22920, 'row containing the LOB value is not locked'); END IF;
    EXECUTE format('SELECT ctid FROM %s WHERE ctid = $1 FOR UPDATE NOWAIT', relation::regclass) INTO result USING place;
    value := CASE WHEN kind LIKE '%blob' THEN '$2::ora.blob' WHEN kind LIKE '%nclob' THEN 'convert_from($2, ''UTF8'')::ora.nclob'
        ELSE 'convert_from($2, ''UTF8'')::ora.clob' END;
    PERFORM set_config('session_replication_role', 'replica', true);
    EXECUTE format('UPDATE %s SET %I = %s WHERE ctid = $1 RETURNING ctid', relation::regclass, name, value) INTO result USING place, content;
    PERFORM set_config('session_replication_role', 'origin', true);
    RETURN result;
END $$;
