-- A function may raise SQLSTATE OR000 with the message 'code:text'.
-- the third argument is the value at fault: without it the planner would raise the error ahead of time
CREATE FUNCTION ora.fail(code int, message text, cause text DEFAULT NULL) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN RAISE EXCEPTION USING ERRCODE = 'OR000', MESSAGE = code || ':' || message; END $$;

-- NUMBER: 20 digits of base 100, so 39 or 40 decimal ones depending on where the point stands; below 1E-130 there is
-- only zero, from 1E126 on an overflow (SQL Language Reference, "NUMBER Data Type"). The store's own numeric has no
-- such limits, so every result of an operation passes through here.

-- the place of the first decimal digit: 0 for 1..9, -1 for .1; taken from the text, which is exact
CREATE FUNCTION ora.exponent(x numeric) RETURNS int LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE a numeric := abs(x);
BEGIN
    IF a >= 1::numeric THEN RETURN length(trunc(a)::text) OPERATOR(pg_catalog.-) 1; END IF;
    RETURN -1 OPERATOR(pg_catalog.-) length(substring(a::text FROM '^0\.(0*)'));
END $$;

-- a base-100 digit holds the places 10**(2k+1) and 10**2k: an even first place means that it starts with a zero
CREATE FUNCTION ora.round40(x numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE e int; r numeric;
BEGIN
    IF abs(x) < 1e19 AND scale(x) <= 18 THEN RETURN x; END IF;
    IF x = 0::numeric THEN RETURN 0; END IF;
    IF abs(x) >= 1e126 OR x = 'NaN' THEN PERFORM ora.fail(1426, 'numeric overflow'); END IF;
    e := ora.exponent(x);
    IF e < -130 THEN RETURN 0; END IF;
    r := trim_scale(round(x, 38 - e + (e & 1)));
    IF abs(r) >= 1e126 THEN PERFORM ora.fail(1426, 'numeric overflow'); END IF;
    RETURN r;
END $$;
CREATE FUNCTION ora.round40(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.round40(x float4) RETURNS float4 LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;

CREATE FUNCTION ora.plus(x numeric, y numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE r numeric := x OPERATOR(pg_catalog.+) y;
BEGIN IF abs(r) < 1e19 AND scale(r) <= 18 THEN RETURN r; END IF; RETURN ora.round40(r); END $$;
CREATE FUNCTION ora.minus(x numeric, y numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE r numeric := x OPERATOR(pg_catalog.-) y;
BEGIN IF abs(r) < 1e19 AND scale(r) <= 18 THEN RETURN r; END IF; RETURN ora.round40(r); END $$;
CREATE FUNCTION ora.times(x numeric, y numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE r numeric := x OPERATOR(pg_catalog.*) y;
BEGIN IF abs(r) < 1e19 AND scale(r) <= 18 THEN RETURN r; END IF; RETURN ora.round40(r); END $$;
-- the quotient is cut off after at least 42 digits, not rounded: what follows cannot change the rounding at the 40th
CREATE FUNCTION ora.div(x numeric, y numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE places int;
BEGIN
    IF y = 0::numeric THEN PERFORM ora.fail(1476, 'divisor is equal to zero'); END IF;
    IF x = 0::numeric THEN RETURN 0; END IF;
    places := greatest(0, 43 + ora.exponent(y) - ora.exponent(x));
    RETURN ora.round40(pg_catalog.div(x OPERATOR(pg_catalog.*) ('1e' || places)::numeric, y) OPERATOR(pg_catalog.*) ('1e-' || places)::numeric);
END $$;

-- As text: no zero before the point, no zeros at the end. What needs more than 40 places is written with an exponent,
-- 40 characters wide. The width of that form for negative numbers is not known for certain.
CREATE FUNCTION ora.number_text(x numeric) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE r numeric := trim_scale(x); e int; tail text; digits text; a text;
BEGIN
    IF abs(r) < 1e40 AND scale(r) <= 40 AND (abs(r) < 1e19 AND scale(r) <= 20 OR length(ltrim(abs(r)::text, '0')) <= 41) THEN
        RETURN regexp_replace(r::text, '^(-?)0\.', '\1.');
    END IF;
    IF r < 0::numeric THEN PERFORM ora.fail(3001, 'unimplemented feature: a negative number with an exponent as text (TO_CHAR with a format)'); END IF;
    LOOP
        e := ora.exponent(r);
        tail := 'E' || CASE WHEN e < 0 THEN '-' ELSE '+' END || lpad(abs(e)::text, greatest(2, length(abs(e)::text)), '0');
        a := round(r, 38 - length(tail) - e)::text;
        digits := ltrim(replace(a, '.', ''), '0');
        EXIT WHEN ora.exponent(a::numeric) = e;
        r := a::numeric;
    END LOOP;
    digits := rpad(left(digits, 39 - length(tail)), 39 - length(tail), '0');
    RETURN left(digits, 1) || '.' || substr(digits, 2) || tail;
END $$;

-- INTERVAL DAY TO SECOND in arithmetic: nine digits of days; fractions finer than the store keeps are not rounded away
CREATE FUNCTION ora.interval_of(seconds numeric) RETURNS interval LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE days numeric := pg_catalog.div(seconds, 86400::numeric);
BEGIN
    IF abs(days) > 999999999::numeric THEN PERFORM ora.fail(1873, 'the leading precision of the interval is too small'); END IF;
    IF seconds <> round(seconds, 6) THEN PERFORM ora.fail(3001, 'unimplemented feature: an interval with fractions finer than a microsecond'); END IF;
    RETURN make_interval(days => days::int, secs => (seconds OPERATOR(pg_catalog.-) (days OPERATOR(pg_catalog.*) 86400::numeric))::float8);
END $$;
-- the store's own code also reckons with months, which no INTERVAL DAY TO SECOND has
CREATE FUNCTION ora.has_months(x interval) RETURNS bool LANGUAGE sql IMMUTABLE AS $$
    SELECT extract(month FROM x) <> 0::numeric OR extract(year FROM x) <> 0::numeric $$;
CREATE FUNCTION ora.interval_plus(x interval, y interval) RETURNS interval LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF ora.has_months(x) OR ora.has_months(y) THEN RETURN x OPERATOR(pg_catalog.+) y; END IF;
    RETURN ora.interval_of(extract(epoch FROM x) OPERATOR(pg_catalog.+) extract(epoch FROM y));
END $$;
CREATE FUNCTION ora.interval_minus(x interval, y interval) RETURNS interval LANGUAGE sql IMMUTABLE AS $$ SELECT ora.interval_plus(x, -y) $$;
CREATE FUNCTION ora.interval_times(x interval, y numeric) RETURNS interval LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF ora.has_months(x) THEN RETURN x OPERATOR(pg_catalog.*) y::float8; END IF;
    RETURN ora.interval_of(ora.times(extract(epoch FROM x), y));
END $$;
CREATE FUNCTION ora.interval_div(x interval, y numeric) RETURNS interval LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN RETURN ora.interval_of(ora.div(extract(epoch FROM x), y)); END $$;

-- BINARY_FLOAT and BINARY_DOUBLE: a division by zero gives infinity, or no number; there is no negative zero
CREATE FUNCTION ora.float_quotient(x float8, y float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN RETURN x OPERATOR(pg_catalog./) y;
EXCEPTION WHEN numeric_value_out_of_range THEN
    RETURN CASE WHEN abs(x) < abs(y) THEN 0::float8 WHEN (x > 0::float8) = (y > 0::float8) THEN 'Infinity'::float8 ELSE '-Infinity'::float8 END;
END $$;
CREATE FUNCTION ora.float_div(x float8, y float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN y <> 0 THEN ora.float_quotient(x, y) WHEN y IS NULL OR x IS NULL THEN NULL WHEN x = 0 OR x = 'NaN' THEN 'NaN'
                WHEN x > 0 THEN 'Infinity'::float8 ELSE '-Infinity'::float8 END $$;
CREATE FUNCTION ora.float_of(x numeric) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN abs(x) >= 1.797693134862315807937e308::numeric THEN CASE WHEN x > 0::numeric THEN 'Infinity'::float8 ELSE '-Infinity'::float8 END
        WHEN abs(x) <= 2.4703282292062327208e-324::numeric THEN 0::float8 ELSE x::float8 END $$;
CREATE FUNCTION ora.to_double(x text) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x ~* '^\s*([+-]?inf|nan)\s*$' THEN btrim(x)::float8
                WHEN x ~ '^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*$' THEN ora.float_of(x::numeric)
                WHEN x IS NULL THEN NULL ELSE ora.fail(1722, 'invalid number', x)::float8 END $$;
CREATE FUNCTION ora.to_double(x numeric) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT x::float8 $$;
CREATE FUNCTION ora.to_double(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.to_float(x text) RETURNS float4 LANGUAGE sql IMMUTABLE AS $$ SELECT ora.c_flt(x) $$;
CREATE FUNCTION ora.to_float(x numeric) RETURNS float4 LANGUAGE sql IMMUTABLE AS $$ SELECT ora.c_flt(x) $$;
CREATE FUNCTION ora.to_float(x float8) RETURNS float4 LANGUAGE sql IMMUTABLE AS $$ SELECT ora.c_flt(x) $$;

-- what is too large is infinity, what is too small zero; the store raises an error for both
CREATE FUNCTION ora.float_plus(x float8, y float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN RETURN x OPERATOR(pg_catalog.+) y;
EXCEPTION WHEN numeric_value_out_of_range THEN RETURN CASE WHEN x > 0::float8 THEN 'Infinity'::float8 ELSE '-Infinity'::float8 END; END $$;
CREATE FUNCTION ora.float_minus(x float8, y float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT ora.float_plus(x, -y) $$;
CREATE FUNCTION ora.float_times(x float8, y float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN RETURN x OPERATOR(pg_catalog.*) y;
EXCEPTION WHEN numeric_value_out_of_range THEN
    RETURN CASE WHEN (abs(x) < 1::float8) OR (abs(y) < 1::float8) THEN 0::float8 WHEN (x > 0::float8) = (y > 0::float8) THEN 'Infinity'::float8 ELSE '-Infinity'::float8 END;
END $$;
