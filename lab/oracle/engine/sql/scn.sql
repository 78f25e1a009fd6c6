-- System change numbers: microseconds on the store's clock since it was made, so that the order of the numbers is that of the
-- commits, not that of the transactions' beginnings. A transaction takes the lock {commit_lock} shared as its last act before
-- COMMIT, and PostgreSQL releases it only when the changes are visible. Whoever reads the SCN takes it alone for a moment:
-- what has committed until then has a lower or the same number, what commits later a higher one.
-- The clock must not be set back while it runs.
CREATE FUNCTION ora.micros(timestamptz) RETURNS int8 LANGUAGE internal IMMUTABLE STRICT AS 'int8up';  -- the same eight bytes
CREATE FUNCTION ora.at_micros(int8) RETURNS timestamptz LANGUAGE internal IMMUTABLE STRICT AS 'int8up';
DO $$ BEGIN
    EXECUTE pg_catalog.format('CREATE FUNCTION ora.scn_zero() RETURNS int8 LANGUAGE sql IMMUTABLE AS %L',
        pg_catalog.format('SELECT %L::int8', ora.micros(clock_timestamp()) OPERATOR(pg_catalog.-) 1000000));
END $$;
-- 1 for what was committed before the store's memory begins
CREATE FUNCTION ora.scn_of(timestamptz) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce((ora.micros($1) OPERATOR(pg_catalog.-) ora.scn_zero())::numeric, 1::numeric) $$;
CREATE FUNCTION ora.moment_of(scn numeric) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT ora.at_micros(scn::int8 OPERATOR(pg_catalog.+) ora.scn_zero()) $$;

CREATE FUNCTION ora.current_scn() RETURNS numeric LANGUAGE plpgsql VOLATILE AS $$
DECLARE seen timestamptz;
BEGIN
    -- the end of the inner block by an error gives the lock back, and so does a break
    BEGIN
        PERFORM pg_catalog.pg_advisory_xact_lock({commit_lock});
        seen := pg_catalog.clock_timestamp();
        WHILE pg_catalog.clock_timestamp() <= seen LOOP NULL; END LOOP;
        RAISE SQLSTATE 'OR001';
    EXCEPTION WHEN SQLSTATE 'OR001' THEN RETURN ora.scn_of(seen);
    END;
END $$;

-- PostgreSQL calls its own function volatile; of a row that a statement sees the time of the commit is fixed
CREATE FUNCTION ora.commit_time(xid) RETURNS timestamptz LANGUAGE internal STABLE STRICT AS 'pg_xact_commit_timestamp';
-- what is seen without a time of commit is the transaction's own, unless it is older than the store's memory
CREATE FUNCTION ora.is_own(xid) RETURNS bool LANGUAGE sql STABLE AS $$ SELECT ora.commit_time($1) IS NULL AND pg_catalog.age($1) <= 0 $$;
CREATE FUNCTION ora.row_scn(xid) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce((ora.micros(ora.commit_time($1)) OPERATOR(pg_catalog.-) ora.scn_zero())::numeric, CASE WHEN pg_catalog.age($1) <= 0 THEN NULL ELSE 1::numeric END) $$;

-- The places before the first and behind the last row of a row's block: four bytes of block number, two of row number. A MAC
-- address has as many, and PostgreSQL's functions for it are the only ones that mask bytes.
CREATE FUNCTION ora.masked_and(tid, macaddr) RETURNS tid LANGUAGE internal IMMUTABLE STRICT AS 'macaddr_and';
CREATE FUNCTION ora.masked_or(tid, macaddr) RETURNS tid LANGUAGE internal IMMUTABLE STRICT AS 'macaddr_or';
CREATE FUNCTION ora.block_start(tid) RETURNS tid LANGUAGE sql IMMUTABLE AS $$ SELECT ora.masked_and($1, 'ff:ff:ff:ff:00:00') $$;
CREATE FUNCTION ora.block_end(tid) RETURNS tid LANGUAGE sql IMMUTABLE AS $$ SELECT ora.masked_or($1, '00:00:00:00:ff:ff') $$;
-- tables whose rows have an SCN each, not one for all of a block
CREATE TABLE ora.row_dependencies (relation oid PRIMARY KEY);

CREATE FUNCTION ora.scn_to_timestamp(scn numeric) RETURNS timestamp LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF scn < 1000000::numeric OR scn > ora.current_scn() THEN PERFORM ora.fail(8181, 'specified number is not a valid system change number'); END IF;
    RETURN ora.moment_of(scn) AT TIME ZONE 'UTC';
END $$;
CREATE FUNCTION ora.timestamp_to_scn(moment timestamp) RETURNS numeric LANGUAGE plpgsql VOLATILE AS $$
DECLARE scn numeric := ora.scn_of(moment AT TIME ZONE 'UTC');
BEGIN
    IF scn < 1000000::numeric OR scn > ora.current_scn() THEN PERFORM ora.fail(8180, 'no snapshot found based on specified time'); END IF;
    RETURN scn;
END $$;
