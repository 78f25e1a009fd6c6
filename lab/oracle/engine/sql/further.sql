-- What can be done with the further types.

-- national text: lengths count UTF-16 code units, of two bytes each
CREATE FUNCTION ora.units(x text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT length(x) + length(regexp_replace(x, '[^\U00010000-\U0010ffff]', '', 'g')) $$;
CREATE FUNCTION ora.cut_units(x text, size int) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE result text := left(x, size);
BEGIN
    WHILE ora.units(result) > size LOOP result := left(result, least(size - ora.units(result), -2) / 2); END LOOP;
    RETURN nullif(result, '');
END $$;
CREATE FUNCTION ora.pad_units(x text, size int) RETURNS ora.nfixed LANGUAGE sql IMMUTABLE AS $$
    SELECT (x || repeat(' ', size - ora.units(x)))::ora.nfixed $$;
CREATE FUNCTION ora.utf16(x text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT coalesce(decode(string_agg(CASE WHEN code < 65536 THEN lpad(to_hex(code), 4, '0')
        ELSE to_hex(55296 + ((code - 65536) >> 10)) || to_hex(56320 + ((code - 65536) & 1023)) END, '' ORDER BY place), 'hex'), '')
    FROM (SELECT ascii(letter) AS code, place FROM unnest(string_to_array(x, NULL)) WITH ORDINALITY AS l (letter, place)) AS codes $$;
CREATE FUNCTION ora.to_nchar(x text) RETURNS ora.ntext LANGUAGE sql IMMUTABLE AS $$ SELECT x::ora.ntext $$;
CREATE FUNCTION ora.lengthb_(x anyelement) RETURNS numeric LANGUAGE sql STABLE AS $$ SELECT ora.bytes(ora.c_str(x))::numeric $$;

-- FLOAT(b) keeps so many decimal digits; the place of the first one is taken from the text, which is exact
CREATE FUNCTION ora.significant(x numeric, digits int) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x = 0::numeric THEN x WHEN abs(x) >= 1::numeric THEN trim_scale(round(x, digits - length(trunc(abs(x))::text)))
        ELSE trim_scale(round(x, digits + length(substring(abs(x)::text FROM '^0\.(0*)')))) END $$;

-- moments to the digits of their column: half a unit goes up. PostgreSQL's own rounding turns down before the year 2000
CREATE FUNCTION ora.to_digits(x timestamp, digits int) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN digits < 6 THEN date_trunc('second', x)
        + round(extract(microseconds FROM x)::numeric % 1000000::numeric / 1000000::numeric, digits)::float8 * interval '1 second' ELSE x END $$;
-- beyond the range of a single there is infinity on one side and zero on the other, not an error
CREATE FUNCTION ora.c_flt(x float8) RETURNS float4 LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x IN ('NaN'::float8, 'Infinity'::float8, '-Infinity'::float8) THEN x::float4
        WHEN abs(x) >= 3.4028235677973366e38::float8 THEN sign(x)::float4 * 'Infinity'::float4
        WHEN abs(x) <= 7.006492321624085e-46::float8 THEN 0::float4 ELSE x::float4 END $$;
CREATE FUNCTION ora.to_digits(x ora.tstz, digits int) RETURNS ora.tstz LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x IS NULL THEN NULL ELSE ora.moved(x, ora.to_digits((x).utc, digits)) END $$;
CREATE FUNCTION ora.to_digits(x ora.ltz, digits int) RETURNS ora.ltz LANGUAGE sql IMMUTABLE AS $$ SELECT ora.to_digits(x::timestamp, digits)::ora.ltz $$;

CREATE FUNCTION ora.c_tstz(x ora.ltz) RETURNS ora.tstz LANGUAGE sql STABLE AS $$
    SELECT ora.seen_in(x::timestamp, ora.session_zone()) $$;
CREATE FUNCTION ora.c_ts(x ora.ltz) RETURNS timestamp LANGUAGE sql STABLE AS $$ SELECT ora.clock(ora.c_tstz(x)) $$;
CREATE FUNCTION ora.c_date(x ora.ltz) RETURNS ora.date LANGUAGE sql STABLE AS $$ SELECT ora.d(ora.c_ts(x)) $$;
CREATE FUNCTION ora.c_str(x ora.ltz) RETURNS text LANGUAGE sql STABLE AS $$ SELECT ora.to_char(ora.c_ts(x)) $$;
CREATE FUNCTION ora.c_ltz(x ora.ltz) RETURNS ora.ltz LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.c_ltz(x ora.tstz) RETURNS ora.ltz LANGUAGE sql IMMUTABLE AS $$ SELECT (x).utc::ora.ltz $$;
CREATE FUNCTION ora.c_ltz(x timestamp) RETURNS ora.ltz LANGUAGE sql STABLE AS $$ SELECT ora.c_ltz(ora.c_tstz(x)) $$;
CREATE FUNCTION ora.c_ltz(x text) RETURNS ora.ltz LANGUAGE sql STABLE AS $$ SELECT ora.c_ltz(ora.c_ts(x)) $$;
CREATE FUNCTION ora.to_char(x ora.ltz, format text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT ora.to_char(ora.c_tstz(x), format) $$;
CREATE FUNCTION ora.extract_(field text, x ora.ltz) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN field LIKE 'TIMEZONE%' THEN ora.extract_(field, ora.c_tstz(x)) ELSE ora.extract_(field, ora.c_ts(x)) END $$;
CREATE FUNCTION ora.at_zone(x ora.ltz, zone text) RETURNS ora.tstz LANGUAGE sql STABLE AS $$ SELECT ora.at_zone(ora.c_tstz(x), zone) $$;
CREATE FUNCTION ora.sys_extract_utc(x ora.ltz) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$ SELECT x::timestamp $$;
CREATE FUNCTION ora.trunc_(x ora.ltz) RETURNS ora.date LANGUAGE sql STABLE AS $$ SELECT ora.trunc_(ora.c_ts(x)) $$;
CREATE FUNCTION ora.trunc_(x ora.ltz, unit text) RETURNS ora.date LANGUAGE sql STABLE AS $$ SELECT ora.trunc_(ora.c_ts(x), unit) $$;
CREATE FUNCTION ora.nvl(x ora.ltz, y ora.ltz) RETURNS ora.ltz LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, y) $$;

-- INTERVAL DAY TO SECOND: days of the column's digits, a fraction rounded to its digits
CREATE FUNCTION ora.fit_ids(x interval, days int, digits int) RETURNS interval LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE seconds numeric := round(extract(epoch FROM x)::numeric, digits); whole numeric;
BEGIN
    whole := pg_catalog.div(seconds, 86400::numeric);
    IF abs(whole) >= 10::numeric ^ days::numeric THEN PERFORM ora.fail(1873, 'the leading precision of the interval is too small'); END IF;
    RETURN make_interval(days => whole::int, secs => (seconds - whole * 86400::numeric)::float8);
END $$;

-- INTERVAL YEAR TO MONTH
CREATE FUNCTION ora.c_iym(x ora.iym) RETURNS ora.iym LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.c_iym(x text) RETURNS ora.iym LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x ~ '^\s*[+-]?\d{1,8}-(\d|1[01]|0\d)\s*$' THEN (CASE WHEN left(btrim(x), 1) = '-' THEN -1 ELSE 1 END
            * (split_part(ltrim(btrim(x), '+-'), '-', 1)::int * 12 + split_part(ltrim(btrim(x), '+-'), '-', 2)::int))::ora.iym
        WHEN x IS NULL THEN NULL ELSE ora.fail(1867, 'the interval is invalid', x)::ora.iym END $$;
CREATE FUNCTION ora.fit_iym(x ora.iym, years int) RETURNS ora.iym LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN abs(x::int4) / 12 >= 10::numeric ^ years::numeric
        THEN ora.fail(1873, 'the leading precision of the interval is too small', x::int4::text)::ora.iym ELSE x END $$;
CREATE FUNCTION ora.c_str(x ora.iym) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x IS NULL THEN NULL ELSE ora.refuse('an interval as text (EXTRACT gives its fields)', x::int4::text) END $$;
CREATE FUNCTION ora.extract_(field text, x ora.iym) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE field WHEN 'YEAR' THEN x::int4 / 12 WHEN 'MONTH' THEN x::int4 % 12 ELSE ora.fail(30076, 'invalid extract field for extract source', field)::int END::numeric $$;
CREATE FUNCTION ora.numtoyminterval(x numeric, unit text) RETURNS ora.iym LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE months numeric := x * CASE upper(btrim(unit)) WHEN 'YEAR' THEN 12 WHEN 'MONTH' THEN 1 END::numeric;
BEGIN
    IF months IS NULL THEN PERFORM ora.fail(1760, 'illegal argument for function'); END IF;
    IF months <> trunc(months) THEN PERFORM ora.refuse('NUMTOYMINTERVAL of a fraction of a month', ''); END IF;
    RETURN months::int::ora.iym;
END $$;
CREATE FUNCTION ora.iym_times(x ora.iym, y numeric) RETURNS ora.iym LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x::int4::numeric * y <> trunc(x::int4::numeric * y) THEN ora.refuse('an interval of a fraction of a month', y::text)::ora.iym
        ELSE (x::int4::numeric * y)::int4::ora.iym END $$;
-- the day stays; where the month lacks it, it is an error
CREATE FUNCTION ora.months_later(x timestamp, months int) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN extract(day FROM x OPERATOR(pg_catalog.+) months * interval '1 month') = extract(day FROM x) THEN ora.in_years(x OPERATOR(pg_catalog.+) months * interval '1 month')
        WHEN x IS NULL OR months IS NULL THEN NULL ELSE ora.fail(1839, 'date not valid for month specified', x::text)::timestamp END $$;
