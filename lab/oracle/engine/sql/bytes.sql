-- Bytes, hashes, sort keys, time zones and intervals. A polymorphic function names what is refused.

CREATE FUNCTION ora.refuse(what text, cause text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT ora.fail(3001, 'unimplemented feature: ' || what, coalesce(cause, '')) $$;

-- the bytes of the text and a closing zero byte; RAW holds 2000 bytes
CREATE FUNCTION ora.nlssort(x text, parameter text) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN upper(regexp_replace(parameter, '\s', '', 'g')) IS DISTINCT FROM 'NLS_SORT=BINARY'
                THEN ora.refuse('NLSSORT with ' || coalesce(parameter, 'NULL'), x)::bytea
                WHEN ora.bytes(x) > 1999 THEN ora.refuse('NLSSORT of more than 1999 bytes', x)::bytea
                ELSE ora.encoded(x) || '\x00'::bytea END $$;
CREATE FUNCTION ora.nlssort(x text) RETURNS bytea LANGUAGE sql STABLE AS $$ SELECT ora.nlssort(x, 'NLS_SORT=BINARY') $$;

CREATE FUNCTION ora.standard_hash_(x bytea, method text) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN x IS NULL THEN ora.refuse('STANDARD_HASH of NULL', encode(x, 'hex'))::bytea ELSE CASE upper(method)
        WHEN 'SHA1' THEN ora.sha1(x) WHEN 'MD5' THEN decode(md5(x), 'hex') WHEN 'SHA256' THEN sha256(x) WHEN 'SHA384' THEN sha384(x) WHEN 'SHA512' THEN sha512(x)
        ELSE ora.refuse('STANDARD_HASH with ' || coalesce(method, 'NULL'), encode(x, 'hex'))::bytea END END $$;
CREATE FUNCTION ora.standard_hash_(x text, method text) RETURNS bytea LANGUAGE sql STABLE AS $$ SELECT ora.standard_hash_(ora.encoded(x), method) $$;
CREATE FUNCTION ora.standard_hash_(x ora.fixed, method text) RETURNS bytea LANGUAGE sql STABLE AS $$ SELECT ora.standard_hash_(x::text, method) $$;
CREATE FUNCTION ora.standard_hash_(x anyelement, method text) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT ora.refuse('STANDARD_HASH of anything but text and RAW', method)::bytea $$;

CREATE FUNCTION ora.rawtohex_(x bytea) RETURNS text LANGUAGE sql STABLE AS $$ SELECT nullif(upper(encode(x, 'hex')), '') $$;
CREATE FUNCTION ora.rawtohex_(x text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT ora.rawtohex_(ora.encoded(x)) $$;
CREATE FUNCTION ora.rawtohex_(x ora.fixed) RETURNS text LANGUAGE sql STABLE AS $$ SELECT ora.rawtohex_(x::text) $$;
CREATE FUNCTION ora.rawtohex_(x anyelement) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ora.refuse('RAWTOHEX of anything but text and RAW', '') $$;

CREATE FUNCTION ora.at_zone(x ora.tstz, zone text) RETURNS ora.tstz LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x IS NULL OR zone IS NULL THEN NULL ELSE ora.seen_in((x).utc, ora.zone_name(zone)) END $$;
CREATE FUNCTION ora.at_zone(x timestamp, zone text) RETURNS ora.tstz LANGUAGE sql STABLE AS $$ SELECT ora.at_zone(ora.c_tstz(x), zone) $$;
CREATE FUNCTION ora.at_zone(x ora.date, zone text) RETURNS ora.tstz LANGUAGE sql IMMUTABLE AS $$
    SELECT ora.fail(30084, 'invalid data type for datetime primary with time zone modifier', zone)::ora.tstz $$;
CREATE FUNCTION ora.from_tz(x timestamp, zone text) RETURNS ora.tstz LANGUAGE sql IMMUTABLE AS $$
    SELECT ora.clock_in(x, ora.zone_name(zone)) $$;
CREATE FUNCTION ora.from_tz(x ora.date, zone text) RETURNS ora.tstz LANGUAGE sql IMMUTABLE AS $$
    SELECT ora.fail(932, 'inconsistent datatypes: expected TIMESTAMP got DATE', zone)::ora.tstz $$;
CREATE FUNCTION ora.timezone_region(x anyelement) RETURNS text LANGUAGE sql STABLE AS $$ SELECT ora.timezone_region(ora.c_tstz(x)) $$;
CREATE FUNCTION ora.tz_offset(zone text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ora.offset_text(ora.zone_minutes(timezone('UTC', statement_timestamp()), ora.zone_name(zone))) $$;
CREATE FUNCTION ora.sys_extract_utc(x ora.tstz) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$ SELECT (x).utc $$;
CREATE FUNCTION ora.sys_extract_utc(x timestamp) RETURNS timestamp LANGUAGE sql STABLE AS $$ SELECT (ora.c_tstz(x)).utc $$;
CREATE FUNCTION ora.sys_extract_utc(x ora.date) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$
    SELECT ora.fail(30175, 'invalid type given for an argument', x::timestamp::text)::timestamp $$;

-- intervals as text depend on a precision that the store does not keep
CREATE FUNCTION ora.c_str(x interval) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x IS NULL THEN NULL ELSE ora.refuse('an interval as text (EXTRACT gives its fields)', x::text) END $$;
CREATE FUNCTION ora.c_str(x float8) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x IS NULL THEN NULL ELSE ora.refuse('BINARY_FLOAT or BINARY_DOUBLE as text', x::text) END $$;
CREATE FUNCTION ora.numtodsinterval(x numeric, unit text) RETURNS interval LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE seconds numeric; days numeric;
BEGIN
    seconds := x * CASE upper(btrim(unit)) WHEN 'DAY' THEN 86400 WHEN 'HOUR' THEN 3600 WHEN 'MINUTE' THEN 60 WHEN 'SECOND' THEN 1 END::numeric;
    IF seconds IS NULL THEN PERFORM ora.fail(1760, 'illegal argument for function'); END IF;
    IF seconds <> round(seconds, 6) THEN PERFORM ora.refuse('fractions finer than a microsecond', ''); END IF;
    days := pg_catalog.div(seconds, 86400::numeric);
    IF abs(days) > 999999999::numeric THEN PERFORM ora.fail(1873, 'the leading precision of the interval is too small'); END IF;
    RETURN make_interval(days => days::int, secs => (seconds - days * 86400::numeric)::float8);
END $$;
