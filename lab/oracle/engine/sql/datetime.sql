-- Date formats. Reading is strict: what does not fit is an error, never a guess.

-- zone: as zone_name gives it, NULL where the text names none
CREATE TYPE ora.moment AS (clock timestamp, zone text);

CREATE FUNCTION ora.month_number(name text, full_name bool) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT array_position(CASE WHEN full_name THEN ARRAY['JANUARY','FEBRUARY','MARCH','APRIL','MAY','JUNE','JULY','AUGUST',
        'SEPTEMBER','OCTOBER','NOVEMBER','DECEMBER'] ELSE ARRAY['JAN','FEB','MAR','APR','MAY','JUN','JUL','AUG','SEP','OCT','NOV','DEC'] END, name) $$;

CREATE FUNCTION ora.read_moment(value text, format text) RETURNS ora.moment LANGUAGE plpgsql STABLE AS $$
DECLARE
    rest text := btrim(value); mask text := btrim(format); element text; digits text; width int; number int; is_time bool;
    y int; m int; d int := 1; h int := 0; mi int := 0; s int := 0; us int := 0; half text; h12 bool := false; doy int; is_full bool := false; weekday int;
    zone_sign int := 1; zone_h int; zone_m int := 0; result ora.moment;
BEGIN
    IF value IS NULL OR format IS NULL THEN RETURN NULL; END IF;
    y := extract(year FROM localtimestamp); m := extract(month FROM localtimestamp);
    WHILE mask <> '' LOOP
        element := upper(coalesce(substring(mask FROM '^"[^"]*"'), substring(mask FROM
            '(?i)^(FX|FM|SYYYY|YYYY|RRRR|YY|RR|A\.D\.|B\.C\.|AD|BC|MONTH|MON|MM|DAY|DDD|DD|DY|J|HH24|HH12|HH|MI|SSSSS|SS|FF[1-9]?|A\.M\.|P\.M\.|AM|PM|TZH|TZM|TZR|X)'),
            substring(mask FROM '^\s+'), substring(mask FROM '^[-/,.;:]')));
        IF element IS NULL THEN PERFORM ora.fail(1821, 'date format not recognized'); END IF;
        mask := substr(mask, length(element) + 1);
        CONTINUE WHEN element IN ('FX', 'FM');
        is_time := element ~ '^(HH|MI|SS|FF|A|P|TZ|X)';
        IF rest = '' THEN
            CONTINUE WHEN is_time OR element !~ '[A-Z]';
            PERFORM ora.fail(1840, 'input value not long enough for date format');
        END IF;
        IF element ~ '^\s' THEN rest := ltrim(rest); CONTINUE; END IF;
        IF element ~ '^"' THEN
            IF upper(left(rest, length(element) - 2)) <> substr(element, 2, length(element) - 2) THEN
                PERFORM ora.fail(1861, 'literal does not match format string'); END IF;
            rest := substr(rest, length(element) - 1); CONTINUE;
        END IF;
        IF element ~ '^[-/,.;:X]$' THEN
            -- punctuation may be left out after digits that fill their element
            CONTINUE WHEN is_full AND rest ~ '^\d';
            IF rest !~ '^[^[:alnum:]]' THEN PERFORM ora.fail(1861, 'literal does not match format string'); END IF;
            rest := substr(rest, 2); CONTINUE;
        END IF;
        is_full := false;
        IF element IN ('DAY', 'DY') THEN
            weekday := array_position(ARRAY['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'], upper(left(substring(rest FROM '^[[:alpha:]]+'), 3))) - 1;
            IF weekday IS NULL THEN PERFORM ora.fail(1846, 'not a valid day of the week'); END IF;
            rest := regexp_replace(rest, '^[[:alpha:]]+', ''); CONTINUE;
        END IF;
        IF element IN ('MON', 'MONTH') OR element = 'MM' AND rest ~ '^[[:alpha:]]' THEN
            digits := upper(substring(rest FROM '^[[:alpha:]]+'));
            IF element <> 'MONTH' AND ora.month_number(digits, true) IS NULL THEN digits := left(digits, 3); END IF;
            m := coalesce(ora.month_number(digits, true), ora.month_number(left(digits, 3), false));
            IF m IS NULL THEN PERFORM ora.fail(1843, 'not a valid month'); END IF;
            rest := substr(rest, length(digits) + 1); CONTINUE;
        END IF;
        IF element IN ('AD', 'BC', 'A.D.', 'B.C.') THEN
            half := upper(substring(rest FROM '(?i)^(A\.D\.|B\.C\.|AD|BC)'));
            IF half IS NULL THEN PERFORM ora.fail(1856, 'BC/B.C. or AD/A.D. required'); END IF;
            IF half LIKE 'B%' THEN PERFORM ora.refuse('years before Christ', value); END IF;
            rest := substr(rest, length(half) + 1); half := NULL; CONTINUE;
        END IF;
        IF element = 'SYYYY' THEN
            IF rest ~ '^-0*[1-9]' THEN PERFORM ora.refuse('years before Christ', value); END IF;
            rest := regexp_replace(rest, '^[+-]', ''); element := 'YYYY';
        END IF;
        IF element ~ '^[AP]' THEN
            half := upper(substring(rest FROM '(?i)^(A\.?M\.?|P\.?M\.?)'));
            IF half IS NULL THEN PERFORM ora.fail(1855, 'AM/A.M. or PM/P.M. required'); END IF;
            rest := substr(rest, length(half) + 1); CONTINUE;
        END IF;
        IF element = 'TZR' THEN
            digits := substring(rest FROM '^([+-]?\d{1,2}:\d{1,2}|[[:alpha:]][[:alnum:]_/+-]*)');
            IF digits IS NULL THEN PERFORM ora.fail(1882, 'timezone region not found'); END IF;
            result.zone := ora.zone_name(digits);
            rest := substr(rest, length(digits) + 1); CONTINUE;
        END IF;
        IF element = 'TZH' THEN
            IF left(rest, 1) IN ('+', '-') THEN zone_sign := CASE left(rest, 1) WHEN '-' THEN -1 ELSE 1 END; rest := substr(rest, 2); END IF;
        END IF;
        width := CASE element WHEN 'YYYY' THEN 4 WHEN 'RRRR' THEN 4 WHEN 'DDD' THEN 3 WHEN 'SSSSS' THEN 5 WHEN 'J' THEN 7
            WHEN 'FF' THEN 9 ELSE CASE WHEN element LIKE 'FF%' THEN right(element, 1)::int ELSE 2 END END;
        -- a year of two digits may be written with four
        IF element IN ('YY', 'RR') AND rest ~ '^\d{4}(\D|$)' THEN element := 'YYYY'; width := 4; END IF;
        digits := substring(rest FROM ('^\d{1,' || width || '}'));
        IF digits IS NULL THEN PERFORM ora.fail(1858, 'a non-numeric character was found where a numeric was expected'); END IF;
        rest := substr(rest, length(digits) + 1);
        is_full := length(digits) = width;
        number := CASE WHEN element LIKE 'FF%' THEN 0 ELSE digits::int END;
        CASE
            WHEN element = 'YYYY' OR element = 'RRRR' AND length(digits) > 2 THEN y := number;
            WHEN element = 'YY' THEN y := extract(year FROM localtimestamp)::int / 100 * 100 + number;
            WHEN element IN ('RR', 'RRRR') THEN y := CASE WHEN number < 50 THEN 2000 ELSE 1900 END + number;
            WHEN element = 'MM' THEN m := number;
            WHEN element = 'DDD' THEN doy := number;
            WHEN element = 'J' THEN
                IF number NOT BETWEEN 1721424 AND 5373484 THEN PERFORM ora.fail(1854, 'julian date must be between 1 and 5373484'); END IF;
                y := extract(year FROM 'J2451545'::timestamp + (number - 2451545) * interval '1 day');
                m := extract(month FROM 'J2451545'::timestamp + (number - 2451545) * interval '1 day');
                d := extract(day FROM 'J2451545'::timestamp + (number - 2451545) * interval '1 day');
            WHEN element = 'DD' THEN d := number;
            WHEN element = 'HH24' THEN h := number;
            WHEN element IN ('HH', 'HH12') THEN h := number; h12 := true;
            WHEN element = 'MI' THEN mi := number;
            WHEN element = 'SS' THEN s := number;
            WHEN element = 'SSSSS' THEN h := number / 3600; mi := number / 60 % 60; s := number % 60;
            WHEN element LIKE 'FF%' THEN
                IF substr(digits, 7) ~ '[1-9]' THEN PERFORM ora.fail(3001, 'unimplemented feature: fractions finer than a microsecond'); END IF;
                us := rpad(left(digits, 6), 6, '0')::int;
            WHEN element = 'TZH' THEN zone_h := number;
            WHEN element = 'TZM' THEN zone_m := number;
        END CASE;
    END LOOP;
    IF rest <> '' THEN PERFORM ora.fail(1830, 'date format picture ends before converting entire input string'); END IF;
    IF y NOT BETWEEN 1 AND 9999 THEN PERFORM ora.fail(1841, '(full) year must be between -4713 and +9999, and not be 0'); END IF;
    IF m NOT BETWEEN 1 AND 12 THEN PERFORM ora.fail(1843, 'not a valid month'); END IF;
    IF d NOT BETWEEN 1 AND 31 THEN PERFORM ora.fail(1847, 'day of month must be between 1 and last day of month'); END IF;
    IF d > extract(day FROM make_timestamp(y, m, 1, 0, 0, 0) + interval '1 month - 1 day') THEN
        PERFORM ora.fail(1839, 'date not valid for month specified'); END IF;
    IF h12 AND h NOT BETWEEN 1 AND 12 THEN PERFORM ora.fail(1849, 'hour must be between 1 and 12'); END IF;
    IF h > 23 THEN PERFORM ora.fail(1850, 'hour must be between 0 and 23'); END IF;
    IF mi > 59 THEN PERFORM ora.fail(1851, 'minutes must be between 0 and 59'); END IF;
    IF s > 59 THEN PERFORM ora.fail(1852, 'seconds must be between 0 and 59'); END IF;
    IF h12 THEN h := h % 12 + CASE WHEN half LIKE 'P%' THEN 12 ELSE 0 END; END IF;
    result.clock := make_timestamp(y, m, d, h, mi, s) + us * interval '1 microsecond';
    IF doy IS NOT NULL THEN result.clock := result.clock + (make_timestamp(y, 1, 1, 0, 0, 0) - make_timestamp(y, m, d, 0, 0, 0)) + (doy - 1) * interval '1 day'; END IF;
    IF weekday <> extract(dow FROM result.clock)::int THEN PERFORM ora.fail(1835, 'day of week conflicts with Julian date'); END IF;
    IF zone_h IS NOT NULL THEN result.zone := ora.zone_name(CASE WHEN zone_sign < 0 THEN '-' ELSE '+' END || zone_h || ':' || zone_m); END IF;
    RETURN result;
END $$;

-- Oracle's format as PostgreSQL's: FM goes before every element that follows it
CREATE FUNCTION ora.write_format(format text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE mask text := format; element text; up text; fill text := ''; result text := '';
BEGIN
    WHILE mask <> '' LOOP
        element := coalesce(substring(mask FROM '^"[^"]*"'), substring(mask FROM
            '(?i)^((?:FX|FM|SYYYY|SYEAR|YEAR|SCC|TS|DL|DS|EE|E|IYYY|IYY|IY|Y,YYY|YYYY|RRRR|YYY|YY|RR|MONTH|MON|MM|DDD|DAY|DD|DY|D|HH24|HH12|HH|MI|SSSSS|SS|FF[1-9]?|A\.M\.|P\.M\.|AM|PM|A\.D\.|B\.C\.|AD|BC|IW|WW|W|Q|J|CC|RM|I|Y|TZH|TZM|X)(?:SPTH|THSP|SP|TH)?)'),
            substring(mask FROM '^[^[:alnum:]]'));
        IF element IS NULL THEN PERFORM ora.fail(1821, 'date format not recognized'); END IF;
        mask := substr(mask, length(element) + 1);
        up := upper(element);
        IF up ~ '^([AP]M|AD|BC|[AP]\.M\.|A\.D\.|B\.C\.|RM)$' AND element <> up AND element <> lower(element) THEN
            PERFORM ora.refuse('the date format element ' || element || ' in mixed case', format); END IF;
        IF up ~ '[A-Z](SPTH|THSP|SP)$' OR up IN ('YEAR', 'SYEAR', 'DL', 'E', 'EE') OR up ~ '..TH$' AND up <> 'MONTH' AND element <> up AND element <> lower(element) THEN
            PERFORM ora.refuse('the date format element ' || element, format); END IF;
        -- words follow the case of the first two letters, all else is the same in either case
        IF up IN ('MONTH', 'MON', 'DAY', 'DY') THEN
            element := CASE WHEN left(element, 1) = left(lower(element), 1) THEN lower(element)
                WHEN substr(element, 2, 1) = substr(lower(element), 2, 1) THEN initcap(lower(element)) ELSE up END;
        ELSIF up ~ '^[A-Z,]+$' AND up !~ '^(AM|PM|AD|BC|RM)$' AND up !~ '..TH$' THEN element := up; END IF;
        CASE
            WHEN up = 'DS' THEN result := result || 'FMMM/FMDD/YYYY';
            WHEN up = 'TS' THEN result := result || fill || 'HH:MI:SS ' || 'AM';
            WHEN up IN ('SYYYY', 'SCC') THEN result := result || CASE fill WHEN '' THEN '" "' ELSE '' END || fill || substr(up, 2);
            WHEN up = 'FM' THEN fill := CASE fill WHEN '' THEN 'FM' ELSE '' END;
            WHEN up = 'FX' THEN NULL;
            WHEN element ~ '^"' THEN result := result || element;
            WHEN up ~ '^[^[:alnum:]]' THEN result := result || CASE WHEN element = '\' THEN '"\\"' ELSE element END;
            WHEN up = 'RRRR' THEN result := result || fill || 'YYYY';
            WHEN up = 'RR' THEN result := result || fill || 'YY';
            WHEN up = 'X' THEN result := result || '.';
            WHEN up ~ '^FF[7-9]$' THEN result := result || 'FF6"' || repeat('0', right(up, 1)::int - 6) || '"';
            WHEN up = 'FF' THEN result := result || 'FF6';
            ELSE result := result || fill || element;
        END CASE;
    END LOOP;
    RETURN result;
END $$;

CREATE FUNCTION ora.to_char(x timestamp, format text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN format ~* 'TZ' THEN ora.fail(1821, 'date format not recognized', format)
                WHEN format ~* 'SSSSS' AND format !~* 'FM.*SSSSS' THEN ora.to_char(x, regexp_replace(format, 'SSSSS',
                    '"' || lpad(extract(epoch FROM x - date_trunc('day', x))::int::text, 5, '0') || '"', 'gi'))
                ELSE nullif(pg_catalog.to_char(x, ora.write_format(format)), '') END $$;
-- the name of the region in the case of its element, an offset where there is no region
CREATE FUNCTION ora.with_region(format text, x ora.tstz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN format ~ 'TZD|tzd' OR format ~* 'TZR' AND format !~ 'TZR|tzr' THEN ora.fail(3001, 'unimplemented feature: TZD, and TZR in mixed case, in a date format', format)
        ELSE replace(replace(format, 'TZR', '"' || upper(z.name) || '"'), 'tzr', '"' || lower(z.name) || '"') END
    FROM (SELECT coalesce(nullif((x).region, ''), ora.offset_text((x).minutes)) AS name) AS z $$;
CREATE FUNCTION ora.to_char(x ora.tstz, format text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(pg_catalog.to_char(ora.clock(x), ora.write_format(regexp_replace(regexp_replace(ora.with_region(format, x),
        'TZH', '"' || CASE WHEN (x).minutes < 0 THEN '-' ELSE '+' END || lpad((abs((x).minutes) / 60)::text, 2, '0') || '"', 'gi'),
        'TZM', '"' || lpad((abs((x).minutes) % 60)::text, 2, '0') || '"', 'gi'))), '') $$;
CREATE FUNCTION ora.to_char(x ora.date) RETURNS text LANGUAGE sql STABLE AS $$ SELECT ora.to_char(x, ora.setting('nls_date_format')) $$;
CREATE FUNCTION ora.to_char(x timestamp) RETURNS text LANGUAGE sql STABLE AS $$ SELECT ora.to_char(x, ora.setting('nls_timestamp_format')) $$;
CREATE FUNCTION ora.to_char(x ora.tstz) RETURNS text LANGUAGE sql STABLE AS $$ SELECT ora.to_char(x, ora.setting('nls_timestamp_tz_format')) $$;
CREATE FUNCTION ora.c_str(x ora.date) RETURNS text LANGUAGE sql STABLE AS $$ SELECT ora.to_char(x) $$;
CREATE FUNCTION ora.c_str(x timestamp) RETURNS text LANGUAGE sql STABLE AS $$ SELECT ora.to_char(x) $$;
CREATE FUNCTION ora.c_str(x ora.tstz) RETURNS text LANGUAGE sql STABLE AS $$ SELECT ora.to_char(x) $$;

CREATE FUNCTION ora.to_date(x text, format text) RETURNS ora.date LANGUAGE sql STABLE AS $$ SELECT ora.d((ora.read_moment(x, format)).clock) $$;
CREATE FUNCTION ora.to_date(x text) RETURNS ora.date LANGUAGE sql STABLE AS $$ SELECT ora.to_date(x, ora.setting('nls_date_format')) $$;
CREATE FUNCTION ora.to_timestamp(x text, format text) RETURNS timestamp LANGUAGE sql STABLE AS $$ SELECT (ora.read_moment(x, format)).clock $$;
CREATE FUNCTION ora.to_timestamp(x text) RETURNS timestamp LANGUAGE sql STABLE AS $$ SELECT ora.to_timestamp(x, ora.setting('nls_timestamp_format')) $$;
CREATE FUNCTION ora.zoned(x ora.moment) RETURNS ora.tstz LANGUAGE sql STABLE AS $$ SELECT ora.clock_in((x).clock, coalesce((x).zone, ora.session_zone())) $$;
CREATE FUNCTION ora.to_timestamp_tz(x text, format text) RETURNS ora.tstz LANGUAGE sql STABLE AS $$ SELECT ora.zoned(ora.read_moment(x, format)) $$;
CREATE FUNCTION ora.to_timestamp_tz(x text) RETURNS ora.tstz LANGUAGE sql STABLE AS $$ SELECT ora.to_timestamp_tz(x, ora.setting('nls_timestamp_tz_format')) $$;
CREATE FUNCTION ora.c_date(x text) RETURNS ora.date LANGUAGE sql STABLE AS $$ SELECT ora.to_date(x) $$;
CREATE FUNCTION ora.c_ts(x text) RETURNS timestamp LANGUAGE sql STABLE AS $$ SELECT ora.to_timestamp(x) $$;
CREATE FUNCTION ora.c_tstz(x text) RETURNS ora.tstz LANGUAGE sql STABLE AS $$ SELECT ora.to_timestamp_tz(x) $$;

CREATE FUNCTION ora.sysdate() RETURNS ora.date LANGUAGE sql STABLE AS $$ SELECT ora.d(statement_timestamp() AT TIME ZONE 'UTC') $$;
CREATE FUNCTION ora.systimestamp() RETURNS ora.tstz LANGUAGE sql STABLE AS $$ SELECT ROW(statement_timestamp() AT TIME ZONE 'UTC', 0, '')::ora.tstz $$;
CREATE FUNCTION ora.current_timestamp_() RETURNS ora.tstz LANGUAGE sql STABLE AS $$ SELECT ora.seen_in(statement_timestamp() AT TIME ZONE 'UTC', ora.session_zone()) $$;
CREATE FUNCTION ora.localtimestamp_() RETURNS timestamp LANGUAGE sql STABLE AS $$
    SELECT ora.clock(ora.current_timestamp_()) $$;
CREATE FUNCTION ora.current_date_() RETURNS ora.date LANGUAGE sql STABLE AS $$ SELECT ora.d(ora.localtimestamp_()) $$;

CREATE FUNCTION ora.add_months(x timestamp, n numeric) RETURNS ora.date LANGUAGE sql IMMUTABLE AS $$
    SELECT ora.d(CASE WHEN extract(day FROM x OPERATOR(pg_catalog.+) interval '1 day') = 1
        THEN date_trunc('month', x + trunc(n)::int * interval '1 month') OPERATOR(pg_catalog.+) interval '1 month - 1 day' + (x - date_trunc('day', x))
        ELSE x + trunc(n)::int * interval '1 month' END) $$;
CREATE FUNCTION ora.last_day(x timestamp) RETURNS ora.date LANGUAGE sql IMMUTABLE AS $$
    SELECT ora.d(date_trunc('month', x) + interval '1 month - 1 day' + (x - date_trunc('day', x))) $$;
CREATE FUNCTION ora.months_between(x timestamp, y timestamp) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT ((extract(year FROM x)::int - extract(year FROM y)::int) * 12 + extract(month FROM x)::int - extract(month FROM y)::int)::numeric
        + CASE WHEN extract(day FROM x) = extract(day FROM y)
                 OR extract(day FROM x OPERATOR(pg_catalog.+) interval '1 day') = 1 AND extract(day FROM y OPERATOR(pg_catalog.+) interval '1 day') = 1 THEN 0::numeric
          ELSE ora.div((extract(epoch FROM (x - date_trunc('month', x)) - (y - date_trunc('month', y))))::numeric, 2678400) END $$;
CREATE FUNCTION ora.extract_(field text, x timestamp) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE field WHEN 'YEAR' THEN extract(year FROM x) WHEN 'MONTH' THEN extract(month FROM x) WHEN 'DAY' THEN extract(day FROM x)
        WHEN 'HOUR' THEN extract(hour FROM x) WHEN 'MINUTE' THEN extract(minute FROM x) WHEN 'SECOND' THEN trim_scale(extract(second FROM x)::numeric) END::numeric $$;
CREATE FUNCTION ora.extract_(field text, x ora.tstz) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE field WHEN 'TIMEZONE_HOUR' THEN (x).minutes / 60 WHEN 'TIMEZONE_MINUTE' THEN (x).minutes % 60
        ELSE ora.extract_(field, CASE WHEN field IN ('HOUR') THEN (x).utc ELSE (x).utc END) END::numeric $$;
CREATE FUNCTION ora.extract_(field text, x interval) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE field WHEN 'DAY' THEN trunc(extract(epoch FROM x)::numeric / 86400::numeric) WHEN 'HOUR' THEN trunc(extract(epoch FROM x)::numeric % 86400 / 3600::numeric)
        WHEN 'MINUTE' THEN trunc(extract(epoch FROM x)::numeric % 3600 / 60::numeric) WHEN 'SECOND' THEN trim_scale(extract(epoch FROM x)::numeric % 60) END::numeric $$;
