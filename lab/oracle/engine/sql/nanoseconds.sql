-- TIMESTAMP with more than six digits: the seconds since 2000-01-01 with nine decimals, an exact number in the store.

CREATE FUNCTION ora.c_tsn(x ora.tsn) RETURNS ora.tsn LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.c_tsn(x timestamp) RETURNS ora.tsn LANGUAGE sql IMMUTABLE AS $$
    SELECT (extract(epoch FROM x) OPERATOR(pg_catalog.-) 946684800::numeric)::ora.tsn $$;
CREATE FUNCTION ora.c_tsn(x ora.date) RETURNS ora.tsn LANGUAGE sql IMMUTABLE AS $$ SELECT ora.c_tsn(x::timestamp) $$;
CREATE FUNCTION ora.c_tsn(x text) RETURNS ora.tsn LANGUAGE sql STABLE AS $$ SELECT ora.c_tsn(ora.c_ts(x)) $$;
CREATE FUNCTION ora.c_tsn(x anyelement) RETURNS ora.tsn LANGUAGE sql STABLE AS $$ SELECT ora.c_tsn(ora.c_ts(x)) $$;
-- what is left of it without the nanoseconds
CREATE FUNCTION ora.whole_micros(x ora.tsn) RETURNS timestamp LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE of_day numeric := mod(mod(x::numeric, 86400) OPERATOR(pg_catalog.+) 86400::numeric, 86400); days numeric;
BEGIN
    days := pg_catalog.div(x::numeric OPERATOR(pg_catalog.-) of_day, 86400);
    RETURN timestamp '2000-01-01' + make_interval(days => days::int)
        + (trunc(of_day OPERATOR(pg_catalog.*) 1000000::numeric)::float8 OPERATOR(pg_catalog.*) interval '1 microsecond');
END $$;
-- TIMESTAMP stays what it is where a client or a function asks for one
CREATE FUNCTION ora.c_ts(x ora.tsn) RETURNS ora.tsn LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.c_date(x ora.tsn) RETURNS ora.date LANGUAGE sql IMMUTABLE AS $$ SELECT ora.d(ora.whole_micros(x)) $$;
-- rounded to the digits of a column; half a digit is rounded up before 2000 too, hence from a time before all others
CREATE FUNCTION ora.fit_tsn(x ora.tsn, digits int) RETURNS ora.tsn LANGUAGE sql IMMUTABLE AS $$
    SELECT (round(x::numeric OPERATOR(pg_catalog.+) 100000000000::numeric, digits) OPERATOR(pg_catalog.-) 100000000000::numeric)::ora.tsn $$;
CREATE FUNCTION ora.fit_ts(x ora.tsn, digits int) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$
    SELECT ora.whole_micros(ora.fit_tsn(x, digits)) $$;
-- a microsecond needs no rounding, and a plan without that function is made many times faster
CREATE FUNCTION ora.fit_ts(x timestamp, digits int) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN digits < 6 THEN ora.to_digits(x, digits) ELSE x END $$;
CREATE FUNCTION ora.fit_ts(x ora.date, digits int) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$ SELECT x::timestamp $$;
CREATE FUNCTION ora.fit_ts(x text, digits int) RETURNS timestamp LANGUAGE sql STABLE AS $$ SELECT ora.to_digits(ora.c_ts(x), digits) $$;
CREATE FUNCTION ora.fit_ts(x anyelement, digits int) RETURNS timestamp LANGUAGE sql STABLE AS $$ SELECT ora.to_digits(ora.c_ts(x), digits) $$;
CREATE FUNCTION ora.nvl(x ora.tsn, y ora.tsn) RETURNS ora.tsn LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, y) $$;

CREATE FUNCTION ora.nanos(x ora.tsn) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT mod(mod(x::numeric, 1) OPERATOR(pg_catalog.+) 1::numeric, 1) OPERATOR(pg_catalog.*) 1000000000::numeric $$;
CREATE FUNCTION ora.to_char(x ora.tsn, format text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN format ~* 'FF(?![1-9])' THEN ora.fail(3001, 'unimplemented feature: FF without its digits for a TIMESTAMP of more than six', format)
        ELSE ora.to_char(ora.whole_micros(x), (SELECT string_agg(CASE WHEN part[1] ~* '^FF' THEN '"' || left(lpad(ora.nanos(x)::int8::text, 9, '0'), right(part[1], 1)::int) || '"' ELSE part[1] END, '')
            FROM regexp_matches(format, 'FF[1-9]|"[^"]*"|.', 'gi') AS part)) END $$;
CREATE FUNCTION ora.c_str(x ora.tsn) RETURNS text LANGUAGE sql STABLE AS $$ SELECT ora.to_char(x, ora.setting('nls_timestamp_format')) $$;
CREATE FUNCTION ora.extract_(field text, x ora.tsn) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE field WHEN 'SECOND' THEN trim_scale(mod(mod(x::numeric, 60) OPERATOR(pg_catalog.+) 60::numeric, 60)) ELSE ora.extract_(field, ora.whole_micros(x)) END $$;
CREATE FUNCTION ora.trunc_(x ora.tsn) RETURNS ora.date LANGUAGE sql IMMUTABLE AS $$ SELECT ora.trunc_(ora.whole_micros(x)) $$;
CREATE FUNCTION ora.trunc_(x ora.tsn, unit text) RETURNS ora.date LANGUAGE sql IMMUTABLE AS $$ SELECT ora.trunc_(ora.whole_micros(x), unit) $$;
-- a text with nine digits: read to the second, the fraction added
CREATE FUNCTION ora.tsn_literal(clock timestamp, fraction numeric) RETURNS ora.tsn LANGUAGE sql IMMUTABLE AS $$
    SELECT ((ora.c_tsn(clock))::numeric OPERATOR(pg_catalog.+) round(fraction, 9))::ora.tsn $$;
