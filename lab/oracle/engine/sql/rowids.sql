-- ROWID: 10 bytes as in Oracle, 32 bits of data object, 10 of file, 22 of block, 16 of row; as text 18 characters of base 64.
CALL ora.new_type('rowid', 'bytea', 'bytea', 'I');
CREATE CAST (bytea AS ora.rowid) WITHOUT FUNCTION;
CREATE CAST (ora.rowid AS bytea) WITHOUT FUNCTION;

-- One number for every row ever inserted. It is kept with the row in a hidden column, so that an update leaves it alone.
CREATE SEQUENCE ora.row_numbers CACHE 1000;
-- $1: the four bytes of the table's object number
CREATE FUNCTION ora.new_rowid(bytea) RETURNS ora.rowid LANGUAGE sql VOLATILE AS $$
    SELECT pg_catalog.byteacat($1, pg_catalog.substring(pg_catalog.int8send(pg_catalog.nextval('ora.row_numbers'::regclass)), 3))::ora.rowid $$;

CREATE FUNCTION ora.c_rowid(x ora.rowid) RETURNS ora.rowid LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
-- 6 characters of object, 3 of file, 6 of block, 3 of row are 36, 18, 36 and 18 bits, of which the first 4, 8, 14, 2 are zero
CREATE FUNCTION ora.c_rowid(x text) RETURNS ora.rowid LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE b bit(120);
BEGIN
    IF x = '' THEN RETURN NULL; END IF;
    IF x !~ '^[A-Za-z0-9+/]{18}$' THEN PERFORM ora.fail(1410, 'invalid ROWID'); END IF;
    b := ('x' || encode(decode('AA' || x, 'base64'), 'hex'))::bit(120);
    IF position(B'1' IN substring(b, 13, 4) || substring(b, 49, 8) || substring(b, 67, 14) || substring(b, 103, 2)) > 0 THEN
        PERFORM ora.fail(1410, 'invalid ROWID');
    END IF;
    RETURN (int8send((substring(b, 17, 32) || substring(b, 57, 10) || substring(b, 81, 22))::bit(64)::int8)
        || substring(int4send(substring(b, 105, 16)::bit(16)::int4) FROM 3))::ora.rowid;
END $$;
CREATE FUNCTION ora.c_str(x ora.rowid) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE b bit(80) := ('x' || encode(x::bytea, 'hex'))::bit(80);
    whole bit(128) := B'000000000000' || B'0000' || substring(b, 1, 32) || B'00000000' || substring(b, 33, 10)
        || B'00000000000000' || substring(b, 43, 22) || B'00' || substring(b, 65, 16) || B'00000000';
BEGIN
    RETURN substr(encode(int8send(substring(whole, 1, 64)::bit(64)::int8) || substring(int8send(substring(whole, 65, 64)::bit(64)::int8) FROM 1 FOR 7), 'base64'), 3);
END $$;
CREATE FUNCTION ora.rowid_text(x ora.rowid) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.c_str(x) $$;
CREATE FUNCTION ora.rowid_text(x text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.c_str(ora.c_rowid(x)) $$;

-- the name is none that Oracle allows; without NOT NULL, which would be a constraint of the table
CREATE FUNCTION ora.hidden_rowid(relation oid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ADD COLUMN "ora""rowid" ora.rowid DEFAULT ora.new_rowid(%L::bytea)', relation::regclass, int4send(relation::int8::int4)::text);
END $$;
