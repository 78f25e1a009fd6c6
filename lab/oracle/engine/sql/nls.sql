-- NLS parameters as the last argument of conversion functions (SQL Language Reference, "TO_CHAR (number)").

-- the value of one parameter, NULL where it is not named; what is no list of parameters is ORA-12702
CREATE FUNCTION ora.nls_value(params text, wanted text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE rest text := btrim(params); part text[]; found text;
BEGIN
    WHILE rest <> '' LOOP
        part := regexp_match(rest, '^(NLS_[A-Z_]+)\s*=\s*(?:''([^'']*)''|"([^"]*)"|(\S+))\s*', 'i');
        IF part IS NULL OR upper(part[1]) NOT IN ('NLS_NUMERIC_CHARACTERS', 'NLS_CURRENCY', 'NLS_ISO_CURRENCY', 'NLS_DATE_LANGUAGE') THEN
            PERFORM ora.fail(12702, 'invalid NLS parameter string used in SQL function'); END IF;
        IF upper(part[1]) = wanted THEN found := coalesce(part[2], part[3], part[4]); END IF;
        rest := substr(rest, length(substring(rest FROM '^(?:[^=]*=\s*(?:''[^'']*''|"[^"]*"|\S+)\s*)')) + 1);
    END LOOP;
    RETURN found;
END $$;

-- decimal character and group separator for D and G, and for TM
CREATE FUNCTION ora.nls_numeric(format text, params text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE pair text := coalesce(ora.nls_value(params, 'NLS_NUMERIC_CHARACTERS'), '.,');
BEGIN
    IF pair !~ '^[^0-9+<>-]{2}$' OR left(pair, 1) = right(pair, 1) THEN
        PERFORM ora.fail(12702, 'invalid NLS parameter string used in SQL function'); END IF;
    IF format ~* '[DG]' AND format ~ '[.,]' THEN PERFORM ora.fail(1481, 'invalid number format model'); END IF;
    RETURN CASE WHEN format ~* '[DG]|TM' THEN pair ELSE '.,' END;
END $$;
CREATE FUNCTION ora.to_char(x numeric, format text, params text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT translate(ora.to_char(x, format), '.,', ora.nls_numeric(format, params)) $$;
CREATE FUNCTION ora.to_char(x float8, format text, params text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT translate(ora.to_char(x, format), '.,', ora.nls_numeric(format, params)) $$;
CREATE FUNCTION ora.to_char(x text, format text, params text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT ora.to_char(ora.c_num(x), format, params) $$;
CREATE FUNCTION ora.to_number(x text, format text, params text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN translate(x, ora.nls_numeric(format, params), '') ~ '[.,]' THEN ora.fail(1722, 'invalid number', x)::numeric
        ELSE ora.to_number(translate(x, ora.nls_numeric(format, params), '.,'), format) END $$;

-- the names of months and days are English
CREATE FUNCTION ora.english(format text, params text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN coalesce(upper(ora.nls_value(params, 'NLS_DATE_LANGUAGE')), 'AMERICAN') NOT IN ('AMERICAN', 'ENGLISH')
        THEN ora.fail(3001, 'unimplemented feature: NLS_DATE_LANGUAGE = ' || ora.nls_value(params, 'NLS_DATE_LANGUAGE'), params) ELSE format END $$;
CREATE FUNCTION ora.to_char(x anyelement, format text, params text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ora.to_char(x, ora.english(format, params)) $$;
CREATE FUNCTION ora.to_date(x text, format text, params text) RETURNS ora.date LANGUAGE sql STABLE AS $$
    SELECT ora.to_date(x, ora.english(format, params)) $$;
CREATE FUNCTION ora.to_timestamp(x text, format text, params text) RETURNS timestamp LANGUAGE sql STABLE AS $$
    SELECT ora.to_timestamp(x, ora.english(format, params)) $$;
CREATE FUNCTION ora.to_timestamp_tz(x text, format text, params text) RETURNS ora.tstz LANGUAGE sql STABLE AS $$
    SELECT ora.to_timestamp_tz(x, ora.english(format, params)) $$;

-- FF of a type with so many digits; a DATE has none
CREATE FUNCTION ora.with_digits(format text, digits int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(CASE WHEN upper(part[1]) <> 'FF' THEN part[1]
        WHEN digits = 0 THEN ora.refuse('FF of a TIMESTAMP(0)', format) ELSE 'FF' || digits END, '')
    FROM regexp_matches(format, '"[^"]*"|FF[1-9]|FF|.', 'gi') AS part $$;
CREATE FUNCTION ora.to_char(x ora.date, format text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN regexp_replace(format, '"[^"]*"', '', 'g') ~* 'FF|TZ' THEN ora.fail(1821, 'date format not recognized', format)
        ELSE ora.to_char(x::timestamp, format) END $$;
