-- Time zones: offsets and regions. A moment with a region keeps its name, so that the offset follows daylight saving
-- time in arithmetic; what has no region has an empty one (a NULL would make the whole value neither NULL nor not).

CREATE TABLE ora.zones AS SELECT lower(name) AS key, name FROM pg_timezone_names
    WHERE name !~ '^(posix|right)/' AND name NOT IN ('Factory', 'localtime', 'posixrules');
ALTER TABLE ora.zones ADD PRIMARY KEY (key);
-- a zone as it is kept: +hh:mm, or the region's name
CREATE FUNCTION ora.zone_name(zone text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE part text[] := regexp_match(zone, '^\s*([+-]?)(\d{1,2}):(\d{1,2})\s*$'); name text;
BEGIN
    IF part IS NOT NULL THEN
        IF part[2]::int > 15 OR part[2]::int = 15 AND part[3]::int > 0 THEN PERFORM ora.fail(1874, 'time zone hour must be between -15 and 15'); END IF;
        IF part[3]::int > 59 THEN PERFORM ora.fail(1875, 'time zone minute must be between -59 and 59'); END IF;
        RETURN CASE WHEN part[1] = '-' AND part[2] || part[3] ~ '[1-9]' THEN '-' ELSE '+' END || lpad(part[2], 2, '0') || ':' || lpad(part[3], 2, '0');
    END IF;
    SELECT z.name INTO name FROM ora.zones z WHERE z.key = lower(btrim(zone));
    IF name IS NOT NULL THEN RETURN name; END IF;
    PERFORM ora.fail(1882, 'timezone region not found');
END $$;

-- minutes east of UTC at an instant
CREATE FUNCTION ora.zone_minutes(utc timestamp, zone text) RETURNS int LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE seconds numeric;
BEGIN
    IF zone ~ '^[+-]\d\d:\d\d$' THEN
        RETURN CASE left(zone, 1) WHEN '-' THEN -1 ELSE 1 END * (substr(zone, 2, 2)::int * 60 + right(zone, 2)::int);
    END IF;
    seconds := extract(epoch FROM timezone(zone, timezone('UTC', utc)) OPERATOR(pg_catalog.-) utc);
    IF mod(seconds, 60) <> 0::numeric THEN PERFORM ora.fail(3001, 'unimplemented feature: the offset with seconds that ' || zone || ' has at that time'); END IF;
    RETURN (pg_catalog.div(seconds, 60))::int;
END $$;

-- at an instant / a clock, in a zone as zone_name gives it
CREATE FUNCTION ora.seen_in(utc timestamp, zone text) RETURNS ora.tstz LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN RETURN ROW(utc, ora.zone_minutes(utc, zone), CASE WHEN left(zone, 1) IN ('+', '-') THEN '' ELSE zone END)::ora.tstz; END $$;
-- of a time that happens twice it is the second one, in standard time; one that is left out is an error
CREATE FUNCTION ora.clock_in(clock timestamp, zone text) RETURNS ora.tstz LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE utc timestamp; result ora.tstz;
BEGIN
    utc := CASE WHEN left(zone, 1) IN ('+', '-') THEN clock - make_interval(mins => ora.zone_minutes(clock, zone)) ELSE timezone('UTC', timezone(zone, clock)) END;
    result := ora.seen_in(utc, zone);
    IF ora.clock(result) <> clock THEN PERFORM ora.fail(1878, 'specified field not found in datetime or interval'); END IF;
    RETURN result;
END $$;

CREATE FUNCTION ora.session_zone() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('ora.time_zone') $$;
CREATE FUNCTION ora.clock(x ora.tstz) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$ SELECT (x).utc + make_interval(mins => (x).minutes) $$;
-- another instant in the same zone
CREATE FUNCTION ora.moved(x ora.tstz, utc timestamp) RETURNS ora.tstz LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x IS NULL OR utc IS NULL THEN NULL WHEN (x).region = '' THEN ROW(ora.in_years(utc), (x).minutes, '')::ora.tstz ELSE ora.seen_in(ora.in_years(utc), (x).region) END $$;
CREATE FUNCTION ora.moved_clock(x ora.tstz, clock timestamp) RETURNS ora.tstz LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x IS NULL OR clock IS NULL THEN NULL WHEN (x).region = '' THEN ROW(clock - make_interval(mins => (x).minutes), (x).minutes, '')::ora.tstz
        ELSE ora.fail(3001, 'unimplemented feature: months added to a time in a time zone region', (x).region)::ora.tstz END $$;
CREATE FUNCTION ora.offset_text(minutes int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN minutes < 0 THEN '-' ELSE '+' END || lpad((abs(minutes) / 60)::text, 2, '0') || ':' || lpad((abs(minutes) % 60)::text, 2, '0') $$;
CREATE FUNCTION ora.timezone_region(x ora.tstz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x IS NULL THEN NULL ELSE coalesce(nullif((x).region, ''), 'UNKNOWN') END $$;
