-- Implicit conversions (c_*), the arithmetic PostgreSQL does differently, and errors in Oracle's words.
-- A function may raise SQLSTATE OR000 with the message 'code:text'.

CREATE FUNCTION ora.too_long(owner text, tab text, col text, actual int, maximum int) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = format(
    '12899:value too large for column "%s"."%s"."%s" (actual: %s, maximum: %s)', owner, tab, col, actual, maximum); END $$;

CREATE FUNCTION ora.setting(name text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('ora.' || name) $$;

-- to NUMBER
CREATE FUNCTION ora.c_num(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
-- a double that 15 digits tell apart from its neighbours; how Oracle rounds the others is not known for certain
CREATE FUNCTION ora.c_num(x float8) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x IN ('NaN', 'Infinity', '-Infinity') OR abs(x) >= 1e126 THEN ora.fail(1426, 'numeric overflow', x::text)::numeric
                WHEN x::numeric::float8 <> x THEN ora.fail(3001, 'unimplemented feature: a BINARY_DOUBLE of more than 15 digits as NUMBER', x::text)::numeric
                ELSE ora.round40(x::numeric) END $$;
CREATE FUNCTION ora.c_num(x text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x ~ '^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*$' THEN ora.round40(x::numeric)
                WHEN x IS NULL THEN NULL ELSE ora.fail(1722, 'invalid number', x)::numeric END $$;
-- like c_num, but BINARY_DOUBLE stays what it is
CREATE FUNCTION ora.num(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.num(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.num(x text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT ora.c_num(x) $$;
CREATE FUNCTION ora.c_dbl(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.c_dbl(x numeric) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT x::float8 $$;
CREATE FUNCTION ora.c_dbl(x text) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT ora.to_double(x) $$;
CREATE FUNCTION ora.num(x interval) RETURNS interval LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.num(x float4) RETURNS float4 LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;

-- dates; the session's formats are settings
-- years before Christ exist in Oracle, from 10000 on it has none
CREATE FUNCTION ora.in_years(x timestamp) RETURNS timestamp LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF x >= timestamp '0001-01-01' AND x < timestamp '10000-01-01' THEN RETURN x; END IF;
    IF x < timestamp '0001-01-01' AND x >= timestamp '4713-01-01 BC' THEN PERFORM ora.fail(3001, 'unimplemented feature: years before Christ'); END IF;
    PERFORM ora.fail(1841, '(full) year must be between -4713 and +9999, and not be 0');
END $$;
CREATE FUNCTION ora.d(x timestamp) RETURNS ora.date LANGUAGE sql IMMUTABLE AS $$ SELECT date_trunc('second', ora.in_years(x))::ora.date $$;

CREATE FUNCTION ora.c_date(x ora.date) RETURNS ora.date LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.c_date(x timestamp) RETURNS ora.date LANGUAGE sql IMMUTABLE AS $$ SELECT ora.d(x) $$;
CREATE FUNCTION ora.c_date(x ora.tstz) RETURNS ora.date LANGUAGE sql IMMUTABLE AS $$ SELECT ora.d(ora.clock(x)) $$;
CREATE FUNCTION ora.c_ts(x timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.c_ts(x ora.tstz) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$ SELECT ora.clock(x) $$;
CREATE FUNCTION ora.c_tstz(x ora.tstz) RETURNS ora.tstz LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.c_tstz(x timestamp) RETURNS ora.tstz LANGUAGE sql STABLE AS $$ SELECT ora.clock_in(x, ora.session_zone()) $$;

-- to text
CREATE FUNCTION ora.c_str(x text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.c_str(x ora.clob) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT nullif(x::text, '') $$;
CREATE FUNCTION ora.c_str(x numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.number_text(x) $$;
CREATE FUNCTION ora.c_str(x bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper(encode(x, 'hex')) $$;
CREATE FUNCTION ora.c_clob(x ora.clob) RETURNS ora.clob LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.c_clob(x text) RETURNS ora.clob LANGUAGE sql IMMUTABLE AS $$ SELECT x::ora.clob $$;
CREATE FUNCTION ora.c_clob(x numeric) RETURNS ora.clob LANGUAGE sql IMMUTABLE AS $$ SELECT ora.number_text(x)::ora.clob $$;

-- to bytes; text is taken as hexadecimal digits, as in Oracle
CREATE FUNCTION ora.from_hex(x text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x ~ '^([0-9A-Fa-f]{2})*$' THEN decode(x, 'hex') WHEN x ~ '^[0-9A-Fa-f]*$' THEN decode('0' || x, 'hex')
                WHEN x IS NULL THEN NULL ELSE ora.fail(1465, 'invalid hex number', x)::bytea END $$;
CREATE FUNCTION ora.c_raw(x bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.c_raw(x ora.blob) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT nullif(x::bytea, '') $$;
CREATE FUNCTION ora.c_raw(x text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT ora.from_hex(x) $$;
CREATE FUNCTION ora.c_blob(x ora.blob) RETURNS ora.blob LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.c_blob(x bytea) RETURNS ora.blob LANGUAGE sql IMMUTABLE AS $$ SELECT x::ora.blob $$;
CREATE FUNCTION ora.c_blob(x text) RETURNS ora.blob LANGUAGE sql IMMUTABLE AS $$ SELECT ora.from_hex(x)::ora.blob $$;
CREATE FUNCTION ora.c_ids(x interval) RETURNS interval LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
-- the sign stands for all fields, which PostgreSQL's own reading of the text would give to the days alone
CREATE FUNCTION ora.c_ids(x text) RETURNS interval LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE part text[] := regexp_match(x, '^\s*([+-]?)(\d{1,9}) (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?\s*$'); micros int8;
BEGIN
    IF part IS NULL THEN PERFORM ora.fail(1867, 'the interval is invalid', x); END IF;
    IF part[3]::int > 23 THEN PERFORM ora.fail(1850, 'hour must be between 0 and 23'); END IF;
    IF part[4]::int > 59 THEN PERFORM ora.fail(1851, 'minutes must be between 0 and 59'); END IF;
    IF part[5]::int > 59 THEN PERFORM ora.fail(1852, 'seconds must be between 0 and 59'); END IF;
    IF substr(part[6], 7) ~ '[1-9]' THEN PERFORM ora.fail(3001, 'unimplemented feature: fractions finer than a microsecond'); END IF;
    micros := (part[3]::int8 * 3600 + part[4]::int8 * 60 + part[5]::int8) * 1000000 + rpad(left(coalesce(part[6], '0'), 6), 6, '0')::int8;
    RETURN (part[2]::int * interval '1 day' + micros * interval '1 microsecond') * CASE part[1] WHEN '-' THEN -1 ELSE 1 END;
END $$;

-- CHAR(n): padded with blanks; n in bytes or in characters
CREATE FUNCTION ora.pad_bytes(x text, size int) RETURNS ora.fixed LANGUAGE sql IMMUTABLE AS $$
    SELECT (x || repeat(' ', size - ora.bytes(x)))::ora.fixed $$;
CREATE FUNCTION ora.pad_chars(x text, size int) RETURNS ora.fixed LANGUAGE sql IMMUTABLE AS $$
    SELECT (x || repeat(' ', size - length(x)))::ora.fixed $$;
