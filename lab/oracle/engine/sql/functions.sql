-- Oracle's functions. The empty string is NULL: whatever might come out empty goes through nullif.

-- a text of SQL has 4,000 bytes at most (MAX_STRING_SIZE = STANDARD; Reference, "Datatype Limits"); a LOB takes the limit away.
-- Only the whole of a chain of || is measured: its parts are no longer
CREATE FUNCTION ora.within(x text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF octet_length(x) > 2000 AND ora.bytes(x) > 4000 THEN PERFORM ora.fail(1489, 'result of string concatenation is too long'); END IF;
    RETURN x;
END $$;
CREATE FUNCTION ora.within(x ora.ntext) RETURNS ora.ntext LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF ora.units(x::text) > 2000 THEN PERFORM ora.fail(1489, 'result of string concatenation is too long'); END IF;
    RETURN x;
END $$;
CREATE FUNCTION ora.within(x ora.fixed) RETURNS ora.fixed LANGUAGE sql IMMUTABLE AS $$ SELECT ora.within(x::text)::ora.fixed $$;
CREATE FUNCTION ora.within(x ora.nfixed) RETURNS ora.nfixed LANGUAGE sql IMMUTABLE AS $$ SELECT ora.within(x::text::ora.ntext)::text::ora.nfixed $$;
CREATE FUNCTION ora.within(x ora.clob) RETURNS ora.clob LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.within(x ora.nclob) RETURNS ora.nclob LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;

CREATE FUNCTION ora.concat_(x text, y text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT nullif(coalesce(x, '') || coalesce(y, ''), '') $$;
CREATE FUNCTION ora.upper_(x text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper(x COLLATE ora.letters) $$;
CREATE FUNCTION ora.lower_(x text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower(x COLLATE ora.letters) $$;
CREATE FUNCTION ora.initcap_(x text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT initcap(x COLLATE ora.letters) $$;
CREATE FUNCTION ora.length_(x text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT length(x)::numeric $$;
CREATE FUNCTION ora.lengthb_(x text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT ora.bytes(x)::numeric $$;

CREATE FUNCTION ora.substr_(x text, place numeric, size numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN trunc(size) < 1 THEN NULL WHEN trunc(place) < 0 AND -trunc(place) > length(x) THEN NULL
        ELSE nullif(substr(x, (CASE WHEN trunc(place) > 0 THEN trunc(place) WHEN trunc(place) = 0 THEN 1 ELSE length(x) + trunc(place) + 1 END)::int,
                           least(trunc(size), 1000000000)::int), '') END $$;
CREATE FUNCTION ora.substr_(x text, place numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.substr_(x, place, 1000000000) $$;

CREATE FUNCTION ora.instr_(x text, part text, place numeric, nth numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE at int := trunc(place); hit int; seen int := 0; step int := 1; last int;
BEGIN
    IF trunc(nth) < 1 THEN PERFORM ora.fail(1428, 'argument ''' || nth || ''' is out of range'); END IF;
    IF at = 0 THEN RETURN 0; END IF;
    IF at < 0 THEN step := -1; at := length(x) + at + 1; END IF;
    last := length(x) - length(part) + 1;
    at := CASE WHEN step < 0 THEN least(at, last) ELSE at END;
    WHILE at BETWEEN 1 AND last LOOP
        IF substr(x, at, length(part)) = part THEN seen := seen + 1; IF seen = trunc(nth) THEN RETURN at; END IF; END IF;
        at := at + step;
    END LOOP;
    RETURN 0;
END $$;
CREATE FUNCTION ora.instr_(x text, part text, place numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT ora.instr_(x, part, place, 1) $$;
CREATE FUNCTION ora.instr_(x text, part text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT strpos(x, part)::numeric $$;

CREATE FUNCTION ora.replace_(x text, part text, new text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN part IS NULL THEN x ELSE ora.within(nullif(replace(x, part, coalesce(new, '')), '')) END $$;
CREATE FUNCTION ora.replace_(x text, part text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.replace_(x, part, NULL) $$;
CREATE FUNCTION ora.translate_(x text, old text, new text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT nullif(translate(x, old, new), '') $$;
CREATE FUNCTION ora.ltrim_(x text, chars text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT nullif(ltrim(x, chars), '') $$;
CREATE FUNCTION ora.rtrim_(x text, chars text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT nullif(rtrim(x, chars), '') $$;
CREATE FUNCTION ora.trim_(x text, chars text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN length(chars) <> 1 THEN ora.fail(30001, 'trim set should have only one character', chars) ELSE nullif(btrim(x, chars), '') END $$;
-- whole characters only: a cut through one takes it away
CREATE FUNCTION ora.cut_bytes(x text, size int) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE fits int := 0; most int := least(length(x), size); middle int;
BEGIN
    IF ora.bytes(x) <= size THEN RETURN nullif(x, ''); END IF;
    WHILE fits < most LOOP
        middle := (fits + most + 1) / 2;
        IF ora.bytes(left(x, middle)) <= size THEN fits := middle; ELSE most := middle - 1; END IF;
    END LOOP;
    RETURN nullif(left(x, fits), '');
END $$;
-- padding counts the columns on a screen in Oracle: wide characters are refused rather than miscounted
CREATE FUNCTION ora.lpad_(x text, size numeric, fill text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x || fill ~ '[\u1100-\uffff\U00010000-\U0010ffff]' THEN ora.fail(3001, 'unimplemented feature: LPAD of wide characters', x)
        ELSE ora.cut_bytes(lpad(x, least(greatest(trunc(size), 0), 4000)::int, fill), 4000) END $$;
CREATE FUNCTION ora.rpad_(x text, size numeric, fill text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x || fill ~ '[\u1100-\uffff\U00010000-\U0010ffff]' THEN ora.fail(3001, 'unimplemented feature: RPAD of wide characters', x)
        ELSE ora.cut_bytes(rpad(x, least(greatest(trunc(size), 0), 4000)::int, fill), 4000) END $$;
CREATE FUNCTION ora.lpad_(x text, size numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.lpad_(x, size, ' ') $$;
CREATE FUNCTION ora.rpad_(x text, size numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.rpad_(x, size, ' ') $$;
-- numbers
CREATE FUNCTION ora.round_(x numeric, places numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT round(x, trunc(places)::int) $$;
CREATE FUNCTION ora.round_(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT round(x) $$;
CREATE FUNCTION ora.trunc_(x numeric, places numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT trunc(x, trunc(places)::int) $$;
CREATE FUNCTION ora.trunc_(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT trunc(x) $$;
CREATE FUNCTION ora.trunc_(x timestamp) RETURNS ora.date LANGUAGE sql IMMUTABLE AS $$ SELECT date_trunc('day', x)::ora.date $$;
CREATE FUNCTION ora.mod_(x numeric, y numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN y = 0::numeric THEN x ELSE x % y END $$;
-- NVL takes the type of its first argument
CREATE FUNCTION ora.nvl(x numeric, y numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, y) $$;
CREATE FUNCTION ora.nvl(x numeric, y text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, ora.c_num(y)) $$;
CREATE FUNCTION ora.nvl(x float8, y float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, y) $$;
CREATE FUNCTION ora.nvl(x text, y text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, y) $$;
CREATE FUNCTION ora.nvl(x text, y numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, ora.c_str(y)) $$;
CREATE FUNCTION ora.nvl(x text, y timestamp) RETURNS text LANGUAGE sql STABLE AS $$ SELECT coalesce(x, ora.c_str(y)) $$;
CREATE FUNCTION ora.nvl(x text, y ora.date) RETURNS text LANGUAGE sql STABLE AS $$ SELECT coalesce(x, ora.c_str(y)) $$;
CREATE FUNCTION ora.nvl(x ora.date, y ora.date) RETURNS ora.date LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, y) $$;
CREATE FUNCTION ora.nvl(x ora.date, y text) RETURNS ora.date LANGUAGE sql STABLE AS $$ SELECT coalesce(x, ora.c_date(y)) $$;
CREATE FUNCTION ora.nvl(x timestamp, y timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, y) $$;
CREATE FUNCTION ora.nvl(x timestamp, y text) RETURNS timestamp LANGUAGE sql STABLE AS $$ SELECT coalesce(x, ora.c_ts(y)) $$;
CREATE FUNCTION ora.nvl(x ora.tstz, y ora.tstz) RETURNS ora.tstz LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN (x).utc IS NULL THEN y ELSE x END $$;
CREATE FUNCTION ora.nvl(x ora.clob, y ora.clob) RETURNS ora.clob LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, y) $$;
CREATE FUNCTION ora.nvl(x ora.clob, y text) RETURNS ora.clob LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, y::ora.clob) $$;
CREATE FUNCTION ora.nvl(x bytea, y bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(x, y) $$;

CREATE FUNCTION ora.sys_context(space text, name text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN upper(space) <> 'USERENV' THEN ora.client_fact(upper(space) || '.' || upper(name)) ELSE CASE upper(name)
        WHEN 'CURRENT_SCHEMA' THEN ora.setting('schema') WHEN 'SESSION_USER' THEN ora.setting('login') WHEN 'CURRENT_USER' THEN ora.setting('login')
        WHEN 'DB_NAME' THEN 'XE' WHEN 'DB_UNIQUE_NAME' THEN 'XE' WHEN 'INSTANCE_NAME' THEN 'XE' WHEN 'SERVICE_NAME' THEN 'XE' WHEN 'CON_NAME' THEN 'XE' WHEN 'CON_ID' THEN '0'
        WHEN 'SID' THEN pg_backend_pid()::text WHEN 'SESSIONID' THEN pg_backend_pid()::text WHEN 'INSTANCE' THEN '1'
        WHEN 'LANGUAGE' THEN 'AMERICAN_AMERICA.' || ora.charset() WHEN 'LANG' THEN 'US' WHEN 'NLS_TERRITORY' THEN 'AMERICA'
        WHEN 'NLS_DATE_FORMAT' THEN ora.setting('nls_date_format') WHEN 'HOST' THEN ora.client_fact('machine') WHEN 'SERVER_HOST' THEN 'localhost' WHEN 'IP_ADDRESS' THEN '127.0.0.1' WHEN 'NETWORK_PROTOCOL' THEN 'tcp'
        WHEN 'ISDBA' THEN 'FALSE' WHEN 'DATABASE_ROLE' THEN 'PRIMARY' WHEN 'CURRENT_SCHEMAID' THEN (SELECT id::text FROM ora.users u WHERE u.name = ora.setting('schema'))
        WHEN 'MODULE' THEN ora.client_fact('module') WHEN 'ACTION' THEN ora.client_fact('action') WHEN 'CLIENT_IDENTIFIER' THEN ora.client_fact('client_identifier')
        WHEN 'CLIENT_INFO' THEN ora.client_fact('client_info') WHEN 'OS_USER' THEN ora.client_fact('osuser') WHEN 'TERMINAL' THEN ora.client_fact('terminal') WHEN 'CLIENT_PROGRAM_NAME' THEN ora.client_fact('program')
        WHEN 'CLOUD_SERVICE' THEN NULL WHEN 'PROXY_USER' THEN ora.client_fact('proxy_user') WHEN 'CURRENT_EDITION_NAME' THEN 'ORA$BASE' WHEN 'SESSION_EDITION_NAME' THEN 'ORA$BASE'
        ELSE ora.fail(2003, 'invalid USERENV parameter', name) END END $$;

CREATE FUNCTION ora.cut_chars(x text, size int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT left(x, size) $$;
CREATE FUNCTION ora.lob_length(x ora.clob) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT length(x::text)::numeric $$;
CREATE FUNCTION ora.lob_length(x ora.blob) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT octet_length(x::bytea)::numeric $$;
CREATE FUNCTION ora.trunc_(x ora.tstz) RETURNS ora.date LANGUAGE sql IMMUTABLE AS $$ SELECT ora.trunc_(ora.clock(x)) $$;
CREATE FUNCTION ora.trunc_(x text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT trunc(ora.c_num(x)) $$;
