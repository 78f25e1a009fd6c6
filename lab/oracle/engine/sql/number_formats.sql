-- Arithmetic functions, and numbers as text by a format model (SQL Language Reference, "Number Format Models").

CREATE FUNCTION ora.exact(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT round(x, greatest(scale(x), 60)) $$;
CREATE FUNCTION ora.out_of_range(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT ora.fail(1428, 'argument ''' || ora.number_text(x) || ''' is out of range', x::text)::numeric $$;
CREATE FUNCTION ora.sqrt_(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x < 0::numeric THEN ora.out_of_range(x) ELSE ora.round40(sqrt(ora.exact(x))) END $$;
-- PostgreSQL gives a result as many decimals as its argument has: as many as 45 digits of 10^magnitude take
CREATE FUNCTION ora.padded(x numeric, magnitude float8) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT round(x, greatest(scale(x), greatest(60::float8, least(300::float8, 45::float8 OPERATOR(pg_catalog.-) floor(magnitude)))::int)) $$;
CREATE FUNCTION ora.exp_(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x < (-310)::numeric THEN 0::numeric
        ELSE ora.round40(exp(ora.padded(x, x::float8 OPERATOR(pg_catalog./) ln(10::float8)))) END $$;
-- next to 1 the logarithm is as small as the distance
CREATE FUNCTION ora.exact_ln(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x = 1::numeric THEN 0::numeric
        ELSE ln(ora.padded(x, pg_catalog.log(abs(x OPERATOR(pg_catalog.-) 1::numeric)::float8))) END $$;
CREATE FUNCTION ora.ln_(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x <= 0::numeric THEN ora.out_of_range(x) ELSE ora.round40(ora.exact_ln(x)) END $$;
CREATE FUNCTION ora.log_(base numeric, x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x <= 0::numeric THEN ora.out_of_range(x) WHEN base <= 0::numeric OR base = 1::numeric THEN ora.out_of_range(base)
        WHEN base = 10::numeric AND x = 10::numeric ^ round(log(x)) THEN round(log(x))
        ELSE ora.round40(ora.exact_ln(x) OPERATOR(pg_catalog./) ora.exact_ln(base)) END $$;
CREATE FUNCTION ora.power_(x numeric, y numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x < 0::numeric AND y <> trunc(y) OR x = 0::numeric AND y < 0::numeric THEN ora.out_of_range(y)
        WHEN x = 0::numeric OR y = 0::numeric THEN x ^ y
        WHEN y::float8 OPERATOR(pg_catalog.*) pg_catalog.log(abs(x)::float8) < (-140)::float8 THEN 0::numeric
        ELSE ora.round40(ora.padded(x, y::float8 OPERATOR(pg_catalog.*) pg_catalog.log(abs(x)::float8)) ^ y) END $$;
-- the quotient nearest to x / y, an even one where two are equally near
CREATE FUNCTION ora.remainder_(x numeric, y numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN y = 0::numeric THEN ora.fail(1476, 'divisor is equal to zero', x::text)::numeric
        WHEN abs(2 * (x % y)) < abs(y) OR abs(2 * (x % y)) = abs(y) AND pg_catalog.div(x, y) % 2 = 0::numeric THEN x % y
        ELSE x % y - sign(x) * abs(y) END $$;
CREATE FUNCTION ora.bitand_(x numeric, y numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT (trunc(x)::int8 & trunc(y)::int8)::numeric $$;
CREATE FUNCTION ora.width_bucket_(x numeric, low numeric, high numeric, n numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT width_bucket(x, low, high, trunc(n)::int)::numeric $$;

CREATE FUNCTION ora.roman(x numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x NOT BETWEEN 1 AND 3999 THEN repeat('#', 15) ELSE btrim(pg_catalog.to_char(round(x), 'FMRN')) END $$;

CREATE FUNCTION ora.number_scientific(x numeric, places int, is_filled bool) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE power int := 0; mantissa numeric := abs(x); shown text;
BEGIN
    IF x <> 0::numeric THEN
        power := CASE WHEN mantissa >= 1::numeric THEN length(trunc(mantissa)::text) - 1
            ELSE -1 - length(substring(mantissa::text FROM '^0\.(0*)')) END;
        mantissa := round(mantissa OPERATOR(pg_catalog.*) ('1e' || -power)::numeric, greatest(places, 0));
        IF mantissa >= 10::numeric THEN power := power + 1; mantissa := round(mantissa * 0.1::numeric, greatest(places, 0)); END IF;
    END IF;
    mantissa := round(mantissa, greatest(places, 0));
    shown := CASE WHEN places < 0 THEN mantissa::text ELSE mantissa::text || CASE WHEN places = 0 THEN '.' ELSE '' END END;
    RETURN CASE WHEN x < 0::numeric THEN '-' ELSE '' END || shown || 'E' || CASE WHEN power < 0 THEN '-' ELSE '+' END
        || lpad(abs(power)::text, greatest(2, length(abs(power)::text)), '0');
END $$;

-- Element by element: 9 0 , . D G $ B V, a sign (MI, S, PR), EEEE, X, RN, TM. What does not fit is shown as # signs.
CREATE FUNCTION ora.to_char(x numeric, format text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE mask text := upper(format); is_filled bool := true; sign_ text := ''; dollar text := ''; whole text; part text := ''; shifted numeric := x;
    digits text; fraction text; body text := ''; width int; seen bool := false; mark text; at int; kept int; point text := ''; blank_zero bool := false;
    is_negative bool := x < 0::numeric;
BEGIN
    IF mask LIKE 'FM%' THEN is_filled := false; mask := substr(mask, 3); END IF;
    IF mask ~ '^TM[9E]?$' THEN
        -- fixed notation, and scientific beyond 64 characters ("Number Format Models", TM)
        body := regexp_replace(trim_scale(x)::text, '^(-?)0\.', '\1.');
        IF mask <> 'TME' AND length(body) <= 64 THEN RETURN body; END IF;
        RETURN replace(ora.number_scientific(x, greatest(length(regexp_replace(trim_scale(abs(x))::text, '^[0.]*|\.|0*$', '', 'g')) - 1, 0), false), '.E', 'E');
    END IF;
    IF mask = 'RN' THEN
        body := ora.roman(x);
        IF ltrim(format, 'FMfm') = 'rn' THEN body := lower(body); END IF;
        RETURN CASE WHEN is_filled THEN lpad(body, 15) ELSE body END;
    END IF;
    IF mask ~ '^0*X+$' THEN
        digits := CASE WHEN round(x) < 0::numeric OR round(x) > 9223372036854775807::numeric THEN NULL ELSE to_hex(round(x)::int8) END;
        width := length(mask);
        IF digits IS NULL OR length(digits) > width THEN RETURN repeat('#', width + 1); END IF;
        IF position('X' IN format) > 0 THEN digits := upper(digits); END IF;
        IF mask LIKE '0%' THEN digits := lpad(digits, width, '0'); END IF;
        RETURN CASE WHEN is_filled THEN lpad(digits, width + 1) ELSE digits END;
    END IF;
    IF mask ~ '[LCU]' AND mask ~ '^[90,.DGSMIPRBVELCU$]+$' THEN PERFORM ora.refuse('currency symbols other than $ in a number format', x::text); END IF;
    mask := replace(replace(mask, 'G', ','), 'D', '.');
    IF mask ~ '(MI|PR)$' THEN sign_ := right(mask, 2); mask := left(mask, -2);
    ELSIF mask LIKE 'S%' THEN sign_ := 'S<'; mask := substr(mask, 2);
    ELSIF mask LIKE '%S' THEN sign_ := 'S>'; mask := left(mask, -1); END IF;
    IF mask ~ '\$' THEN dollar := '$'; mask := regexp_replace(mask, '\$', ''); END IF;
    IF mask ~ 'B' THEN blank_zero := true; mask := regexp_replace(mask, 'B', ''); END IF;
    IF mask ~ '^[90]*\.?[90]*EEEE$' AND mask ~ '^[^E]*[90]' AND dollar = '' AND NOT blank_zero AND sign_ = '' THEN
        body := ora.number_scientific(x, CASE WHEN mask LIKE '%.%' THEN length(split_part(left(mask, -4), '.', 2)) ELSE -1 END, is_filled);
        -- one column for the sign, one digit before the point, and an exponent of three digits at most
        RETURN CASE WHEN is_filled THEN lpad(body, length(mask) - greatest(length(split_part(left(mask, -4), '.', 1)) - 1, 0) + 2) ELSE body END;
    END IF;
    IF mask !~ '^([90][90,]*)?((\.[90]*)|(V[90]*))?$' OR mask !~ '[90]' THEN PERFORM ora.fail(1481, 'invalid number format model'); END IF;
    IF mask LIKE '%V%' THEN
        shifted := x * 10::numeric ^ length(split_part(mask, 'V', 2))::numeric;
        mask := replace(mask, 'V', '');
    END IF;
    whole := split_part(mask, '.', 1); part := split_part(mask, '.', 2);
    point := CASE WHEN mask LIKE '%.%' THEN '.' ELSE '' END;
    width := length(mask) + length(dollar) + CASE sign_ WHEN 'PR' THEN 2 ELSE 1 END;
    IF blank_zero AND abs(shifted) < 1::numeric THEN
        IF x <> 0::numeric THEN PERFORM ora.refuse('B in a number format for a value below 1', x::text); END IF;
        RETURN CASE WHEN is_filled THEN repeat(' ', width) END;
    END IF;
    digits := round(abs(shifted), length(part))::text;
    fraction := split_part(digits, '.', 2); digits := split_part(digits, '.', 1);
    IF digits = '0' AND (part <> '' OR whole = '') THEN digits := ''; END IF;
    IF length(digits) > length(replace(whole, ',', '')) THEN RETURN repeat('#', width); END IF;
    digits := lpad(digits, length(replace(whole, ',', '')));
    at := 0;
    FOR i IN 1..length(whole) LOOP
        IF substr(whole, i, 1) = ',' THEN
            body := body || CASE WHEN seen THEN ',' ELSE '' END;
        ELSE
            at := at + 1;
            mark := substr(digits, at, 1);
            IF mark <> ' ' OR substr(whole, i, 1) = '0' THEN seen := true; END IF;
            IF seen THEN body := body || CASE WHEN mark = ' ' THEN '0' ELSE mark END; END IF;
        END IF;
    END LOOP;
    IF NOT is_filled THEN
        kept := length(regexp_replace(part, '9*$', ''));
        fraction := left(fraction, kept) || regexp_replace(substr(fraction, kept + 1), '0+$', '');
    END IF;
    body := dollar || body || point || fraction;
    body := CASE WHEN sign_ = 'S<' THEN CASE WHEN is_negative THEN '-' ELSE '+' END || body
        WHEN sign_ = 'S>' THEN body || CASE WHEN is_negative THEN '-' ELSE '+' END
        WHEN sign_ = 'MI' THEN body || CASE WHEN is_negative THEN '-' WHEN is_filled THEN ' ' ELSE '' END
        WHEN sign_ = 'PR' THEN CASE WHEN is_negative THEN '<' || body || '>' WHEN is_filled THEN ' ' || body || ' ' ELSE body END
        WHEN is_negative THEN '-' || body ELSE body END;
    RETURN nullif(CASE WHEN is_filled THEN lpad(body, greatest(width, length(body))) ELSE body END, '');
END $$;

CREATE FUNCTION ora.to_number(x text, format text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE mask text := replace(replace(regexp_replace(upper(btrim(format)), '^FM', ''), 'G', ','), 'D', '.'); rest text := btrim(x); negative bool := false;
    whole text; part text;
BEGIN
    IF mask ~ '^0*X+$' THEN
        IF rest !~ '^[0-9A-Fa-f]{1,15}$' OR length(rest) > length(mask) THEN PERFORM ora.fail(1722, 'invalid number'); END IF;
        RETURN (('x' || lpad(rest, 16, '0'))::bit(64)::int8)::numeric;
    END IF;
    IF mask ~ '^[90]*\.?[90]*EEEE$' THEN RETURN ora.c_num(x); END IF;
    IF mask ~ '[LCUVB]' AND mask ~ '^[90,.$LCUVBSMI]*$' THEN PERFORM ora.refuse('TO_NUMBER with the format ' || format, x); END IF;
    IF mask LIKE '%PR' THEN
        mask := left(mask, -2);
        IF rest ~ '^<.*>$' THEN negative := true; rest := substr(rest, 2, length(rest) - 2); END IF;
    ELSIF mask LIKE '%MI' OR mask LIKE '%S' THEN
        mask := regexp_replace(mask, '(MI|S)$', '');
        IF rest ~ '[-+]$' THEN negative := right(rest, 1) = '-'; rest := left(rest, -1); END IF;
    ELSE
        mask := ltrim(mask, 'S');
        IF rest ~ '^[-+]' THEN negative := left(rest, 1) = '-'; rest := substr(rest, 2); END IF;
    END IF;
    IF mask LIKE '%$%' THEN mask := regexp_replace(mask, '\$', ''); rest := regexp_replace(rest, '^\$', ''); END IF;
    IF mask !~ '^([90][90,]*)?(\.[90]*)?$' OR mask !~ '[90]' THEN PERFORM ora.fail(1481, 'invalid number format model'); END IF;
    IF rest !~ '^([0-9][0-9,]*)?(\.[0-9]*)?$' OR rest !~ '[0-9]' THEN PERFORM ora.fail(1722, 'invalid number'); END IF;
    whole := split_part(rest, '.', 1); part := split_part(rest, '.', 2);
    IF length(part) > length(split_part(mask, '.', 2)) OR length(replace(whole, ',', '')) > length(replace(split_part(mask, '.', 1), ',', ''))
        OR whole LIKE '%,%' AND translate(right(split_part(mask, '.', 1), length(whole)), '09', '99') <> translate(whole, '0123456789', '9999999999')
        THEN PERFORM ora.fail(1722, 'invalid number'); END IF;
    RETURN CASE WHEN negative THEN -1::numeric ELSE 1::numeric END * ('0' || replace(rest, ',', ''))::numeric;
END $$;

-- statistics over the values of a group; the square root of the exact variance
CREATE FUNCTION ora.variance_(n numeric, total numeric, squares numeric, less numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN n - less <= 0::numeric THEN NULL ELSE ora.div(greatest(squares - ora.div(total * total, n), 0), n - less) END $$;
-- the value at a share p of the sorted values: between two neighbours, or the first that reaches the share
CREATE FUNCTION ora.share(p numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN p BETWEEN 0 AND 1 THEN p ELSE ora.out_of_range(p) END $$;
CREATE FUNCTION ora.percentile_cont_(p numeric, found numeric[], falling bool) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT s.a[floor(s.at)::int] + (s.at - floor(s.at)) * (s.a[ceil(s.at)::int] - s.a[floor(s.at)::int]) FROM (
        SELECT array_agg(v ORDER BY CASE WHEN falling THEN -v ELSE v END) AS a, 1::numeric + ora.share(p) * (count(*) - 1)::numeric AS at
        FROM unnest(found) AS v WHERE v IS NOT NULL) AS s $$;
CREATE FUNCTION ora.percentile_disc_(p numeric, found numeric[], falling bool) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT s.a[greatest(ceil(ora.share(p) * s.n), 1)::int] FROM (
        SELECT array_agg(v ORDER BY CASE WHEN falling THEN -v ELSE v END) AS a, count(*)::numeric AS n FROM unnest(found) AS v WHERE v IS NOT NULL) AS s $$;
CREATE FUNCTION ora.joined(x text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT ora.within(nullif(x, '')) $$;

-- the first and the last value that is not NULL
CREATE FUNCTION ora.keep_first(seen anyelement, x anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT seen $$;
CREATE FUNCTION ora.keep_last(seen anyelement, x anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT x $$;
CREATE AGGREGATE ora.first_seen(anyelement) (SFUNC = ora.keep_first, STYPE = anyelement);
CREATE AGGREGATE ora.last_seen(anyelement) (SFUNC = ora.keep_last, STYPE = anyelement);
