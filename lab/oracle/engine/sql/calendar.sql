-- Truncating and rounding dates (SQL Language Reference, "ROUND and TRUNC Date Functions"), days of the week, text of code points,
-- and conversions that yield a given value instead of an error.

CREATE FUNCTION ora.date_unit(x timestamp, unit text) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE upper(unit)
        WHEN 'DD' THEN date_trunc('day', x) WHEN 'DDD' THEN date_trunc('day', x) WHEN 'J' THEN date_trunc('day', x)
        WHEN 'MM' THEN date_trunc('month', x) WHEN 'MON' THEN date_trunc('month', x) WHEN 'MONTH' THEN date_trunc('month', x) WHEN 'RM' THEN date_trunc('month', x)
        WHEN 'YYYY' THEN date_trunc('year', x) WHEN 'SYYYY' THEN date_trunc('year', x) WHEN 'YEAR' THEN date_trunc('year', x) WHEN 'SYEAR' THEN date_trunc('year', x)
        WHEN 'YYY' THEN date_trunc('year', x) WHEN 'YY' THEN date_trunc('year', x) WHEN 'Y' THEN date_trunc('year', x)
        WHEN 'RR' THEN date_trunc('year', x) WHEN 'RRRR' THEN date_trunc('year', x)
        WHEN 'Q' THEN date_trunc('quarter', x) WHEN 'HH' THEN date_trunc('hour', x) WHEN 'HH24' THEN date_trunc('hour', x) WHEN 'HH12' THEN date_trunc('hour', x)
        WHEN 'MI' THEN date_trunc('minute', x) WHEN 'IW' THEN date_trunc('week', x)
        WHEN 'CC' THEN date_trunc('century', x) WHEN 'SCC' THEN date_trunc('century', x)
        WHEN 'IYYY' THEN ora.iso_year(x) WHEN 'IYY' THEN ora.iso_year(x) WHEN 'IY' THEN ora.iso_year(x) WHEN 'I' THEN ora.iso_year(x)
        WHEN 'WW' THEN date_trunc('day', x) - (extract(doy FROM x)::int - 1) % 7 * interval '1 day'
        WHEN 'W' THEN date_trunc('day', x) - (extract(day FROM x)::int - 1) % 7 * interval '1 day'
        WHEN 'DAY' THEN date_trunc('day', x) - extract(dow FROM x)::int * interval '1 day'
        WHEN 'DY' THEN date_trunc('day', x) - extract(dow FROM x)::int * interval '1 day'
        WHEN 'D' THEN date_trunc('day', x) - extract(dow FROM x)::int * interval '1 day'
        ELSE CASE WHEN x IS NULL OR unit IS NULL THEN NULL ELSE ora.fail(1898, 'too many precision specifiers', unit)::timestamp END END $$;
CREATE FUNCTION ora.iso_year(x timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$
    SELECT date_trunc('week', make_timestamp(extract(isoyear FROM x)::int, 1, 4, 0, 0, 0)) $$;
CREATE FUNCTION ora.trunc_(x timestamp, unit text) RETURNS ora.date LANGUAGE sql IMMUTABLE AS $$ SELECT ora.date_unit(x, unit)::ora.date $$;
-- the unit's second half belongs to the next one: from July, from the 16th day, from noon
CREATE FUNCTION ora.round_(x timestamp, unit text) RETURNS ora.date LANGUAGE sql IMMUTABLE AS $$
    SELECT ora.d(ora.date_unit(x + CASE WHEN upper(unit) IN ('DD', 'DDD', 'J') THEN interval '12 hours'
        WHEN upper(unit) IN ('HH', 'HH24', 'HH12') THEN interval '30 minutes' WHEN upper(unit) = 'MI' THEN interval '30 seconds'
        WHEN upper(unit) IN ('MM', 'MON', 'MONTH', 'RM') THEN
            CASE WHEN extract(day FROM x) >= 16 THEN interval '16 days' ELSE interval '0' END
        WHEN upper(unit) = 'Q' THEN CASE WHEN x >= date_trunc('quarter', x) + interval '1 month 15 days' THEN interval '3 months' ELSE interval '0' END
        WHEN upper(unit) IN ('YYYY', 'SYYYY', 'YEAR', 'SYEAR', 'YYY', 'YY', 'Y', 'RR', 'RRRR', 'IYYY', 'IYY', 'IY', 'I') THEN
            CASE WHEN extract(month FROM x) >= 7 THEN interval '6 months' ELSE interval '0' END
        WHEN upper(unit) IN ('CC', 'SCC') THEN CASE WHEN (extract(year FROM x)::int - 1) % 100 >= 50 THEN interval '50 years' ELSE interval '0' END
        WHEN upper(unit) IN ('IW', 'WW', 'W', 'DAY', 'DY', 'D') THEN ora.refuse('ROUND of a date to ' || unit, x::text)::interval
        ELSE interval '0' END, unit)) $$;
CREATE FUNCTION ora.round_(x timestamp) RETURNS ora.date LANGUAGE sql IMMUTABLE AS $$ SELECT ora.round_(x, 'DD') $$;
CREATE FUNCTION ora.round_(x text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT round(ora.c_num(x)) $$;
CREATE FUNCTION ora.round_(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT round(x) $$;

CREATE FUNCTION ora.next_day(x timestamp, name text) RETURNS ora.date LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE wanted int := array_position(ARRAY['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'], left(upper(btrim(name)), 3)) - 1;
BEGIN
    IF btrim(name) ~ '^[1-7]$' THEN wanted := btrim(name)::int - 1; END IF;
    IF wanted IS NULL THEN PERFORM ora.fail(1846, 'not a valid day of the week'); END IF;
    RETURN ora.d(x + ((wanted - extract(dow FROM x)::int + 6) % 7 + 1) * interval '1 day');
END $$;

CREATE FUNCTION ora.unistr_(x text) RETURNS ora.ntext LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE rest text := x; result text := ''; piece text; code int; low int;
BEGIN
    WHILE rest <> '' LOOP
        IF left(rest, 2) = '\\' THEN result := result || '\'; rest := substr(rest, 3); CONTINUE; END IF;
        IF left(rest, 1) <> '\' THEN piece := substring(rest FROM '^[^\\]+'); result := result || piece; rest := substr(rest, length(piece) + 1); CONTINUE; END IF;
        piece := substring(rest FROM '^\\([0-9A-Fa-f]{4})');
        IF piece IS NULL THEN PERFORM ora.fail(30186, '''\'' must be followed by four hexadecimal characters or another ''\'''); END IF;
        code := ('x' || piece)::bit(16)::int; rest := substr(rest, 6);
        IF code BETWEEN 55296 AND 57343 THEN
            piece := substring(rest FROM '^\\([Dd][C-Fc-f][0-9A-Fa-f]{2})');
            IF piece IS NULL OR code > 56319 THEN PERFORM ora.refuse('half of a surrogate pair in UNISTR', x); END IF;
            low := ('x' || piece)::bit(16)::int; rest := substr(rest, 6);
            code := 65536 + (code - 55296) * 1024 + low - 56320;
        END IF;
        IF code = 0 THEN PERFORM ora.refuse('the character U+0000', x); END IF;
        result := result || chr(code);
    END LOOP;
    RETURN result::ora.ntext;
END $$;
CREATE FUNCTION ora.asciistr_(x text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT string_agg(CASE WHEN c = '\' THEN '\005C' WHEN ascii(c) < 128 THEN c WHEN ascii(c) < 65536 THEN '\' || upper(lpad(to_hex(ascii(c)), 4, '0'))
        ELSE '\' || upper(to_hex(55296 + (ascii(c) - 65536) / 1024)) || '\' || upper(to_hex(56320 + (ascii(c) - 65536) % 1024)) END, '' ORDER BY n)
    FROM regexp_split_to_table(x, '') WITH ORDINALITY AS s (c, n) $$;
-- a number is the bytes of a character in AL32UTF8
CREATE FUNCTION ora.chr_(x numeric) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE code int8 := trunc(x)::int8; bytes bytea;
BEGIN
    IF code < 0 OR code > 4294967295 THEN PERFORM ora.out_of_range(x); END IF;
    IF code BETWEEN 1 AND 127 THEN RETURN chr(code::int); END IF;
    bytes := decode(regexp_replace(lpad(to_hex(code), 8, '0'), '^(00)+', ''), 'hex');
    BEGIN
        RETURN ora.decoded(bytes);
    EXCEPTION WHEN OTHERS THEN RETURN ora.refuse('CHR of bytes that are no character', x::text);
    END;
END $$;
CREATE FUNCTION ora.nchr_(x numeric) RETURNS ora.ntext LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x NOT BETWEEN 1 AND 65535 OR x BETWEEN 55296 AND 57343 THEN ora.refuse('NCHR of ' || x, x::text)::ora.ntext ELSE chr(trunc(x)::int)::ora.ntext END $$;
CREATE FUNCTION ora.ascii_(x text) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT ('x' || lpad(encode(ora.encoded(left(x, 1)), 'hex'), 16, '0'))::bit(64)::int8::numeric $$;

CREATE FUNCTION ora.ids_text(x text) RETURNS interval LANGUAGE sql IMMUTABLE AS $$ SELECT ora.c_ids(x) $$;

-- DEFAULT ... ON CONVERSION ERROR, VALIDATE_CONVERSION
CREATE FUNCTION ora.or_number(x text, format text, other numeric) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE WHEN format IS NULL THEN ora.c_num(x) ELSE ora.to_number(x, format) END;
EXCEPTION WHEN SQLSTATE 'OR000' THEN
    IF SQLERRM LIKE '3001:%' THEN RAISE; END IF;
    RETURN other;
END $$;
CREATE FUNCTION ora.or_moment(x text, format text, setting text, other text) RETURNS ora.moment LANGUAGE plpgsql STABLE AS $$
DECLARE mask text := coalesce(format, ora.setting(setting));
BEGIN
    RETURN ora.read_moment(x, mask);
EXCEPTION WHEN SQLSTATE 'OR000' THEN
    IF SQLERRM LIKE '3001:%' THEN RAISE; END IF;
    RETURN ora.read_moment(other, mask);
END $$;
CREATE FUNCTION ora.or_date(x text, format text, other text) RETURNS ora.date LANGUAGE sql STABLE AS $$ SELECT ora.d((ora.or_moment(x, format, 'nls_date_format', other)).clock) $$;
CREATE FUNCTION ora.or_timestamp(x text, format text, other text) RETURNS timestamp LANGUAGE sql STABLE AS $$ SELECT (ora.or_moment(x, format, 'nls_timestamp_format', other)).clock $$;
CREATE FUNCTION ora.converts(kind text, x text, format text) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF kind = 'NUMBER' THEN PERFORM CASE WHEN format IS NULL THEN ora.c_num(x) ELSE ora.to_number(x, format) END;
    ELSE PERFORM ora.read_moment(x, coalesce(format, ora.setting(CASE kind WHEN 'DATE' THEN 'nls_date_format' ELSE 'nls_timestamp_format' END))); END IF;
    RETURN 1;
EXCEPTION WHEN SQLSTATE 'OR000' THEN
    IF SQLERRM LIKE '3001:%' THEN RAISE; END IF;
    RETURN 0;
END $$;

CREATE FUNCTION ora.no_loop(is_loop bool) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF is_loop THEN PERFORM ora.fail(1436, 'CONNECT BY loop in user data'); END IF;
    RETURN true;
END $$;
CREATE FUNCTION ora.free(x anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.not_too_deep(depth int8) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF depth > 100000 THEN PERFORM ora.fail(32044, 'cycle detected while executing recursive WITH query'); END IF;
    RETURN true;
END $$;

-- DBMS_LOB.SUBSTR(lob, amount, offset): NULL outside its ranges
CREATE FUNCTION ora.lob_substr(x text, size numeric, place numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN trunc(size) BETWEEN 1 AND 32767 AND trunc(place) >= 1::numeric THEN nullif(substr(x, least(trunc(place), 2147483647)::int, trunc(size)::int), '') END $$;
CREATE FUNCTION ora.lob_substr(x ora.clob, size numeric, place numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.lob_substr(x::text, size, place) $$;
CREATE FUNCTION ora.lob_substr(x ora.blob, size numeric, place numeric) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN trunc(size) BETWEEN 1 AND 32767 AND trunc(place) >= 1::numeric THEN nullif(substr(x::bytea, least(trunc(place), 2147483647)::int, trunc(size)::int), '') END $$;
CREATE FUNCTION ora.lob_substr(x ora.clob) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.lob_substr(x, 32767, 1) $$;
CREATE FUNCTION ora.lob_substr(x ora.clob, size numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.lob_substr(x, size, 1) $$;
CREATE FUNCTION ora.lob_substr(x ora.blob) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT ora.lob_substr(x, 32767, 1) $$;
CREATE FUNCTION ora.lob_substr(x ora.blob, size numeric) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT ora.lob_substr(x, size, 1) $$;

-- text and BINARY_DOUBLE where NUMBER is usual
CREATE FUNCTION ora.round_(x text, places numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT ora.round_(ora.c_num(x), places) $$;
CREATE FUNCTION ora.round_(x text, places text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT ora.round_(ora.c_num(x), ora.c_num(places)) $$;
CREATE FUNCTION ora.round_(x numeric, places text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT ora.round_(x, ora.c_num(places)) $$;
CREATE FUNCTION ora.round_(x float8, places numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT ora.round_(x::numeric, places) $$;
CREATE FUNCTION ora.trunc_(x text, places numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT ora.trunc_(ora.c_num(x), places) $$;
CREATE FUNCTION ora.trunc_(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT trunc(x) $$;
CREATE FUNCTION ora.to_char(x float8, format text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.to_char(x::numeric, format) $$;
CREATE FUNCTION ora.to_char(x text, format text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.to_char(ora.c_num(x), format) $$;
CREATE FUNCTION ora.nvl(x float8, y numeric) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, y::float8) $$;
CREATE FUNCTION ora.nvl(x numeric, y float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x::float8, y) $$;
CREATE FUNCTION ora.nvl(x float8, y text) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, ora.c_dbl(y)) $$;
CREATE FUNCTION ora.nvl(x interval, y interval) RETURNS interval LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, y) $$;
CREATE FUNCTION ora.nvl(x ora.iym, y ora.iym) RETURNS ora.iym LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, y) $$;
CREATE FUNCTION ora.nvl(x ora.blob, y ora.blob) RETURNS ora.blob LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, y) $$;
CREATE FUNCTION ora.percentile_cont_(p numeric, found anyarray, falling bool) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT ora.refuse('MEDIAN and PERCENTILE_CONT of anything but NUMBER', found::text)::numeric $$;
CREATE FUNCTION ora.percentile_disc_(p numeric, found anyarray, falling bool) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT ora.refuse('PERCENTILE_DISC of anything but NUMBER', found::text)::numeric $$;
