-- Past states. A trigger keeps each version of a row that is replaced or deleted, unless the transaction has made it itself: with
-- the time its own making was committed, while the row of the past bears the transaction that ended it. Inserts cost nothing.
CREATE SCHEMA ora_past;
-- a row is written anew when a table's past begins: nothing before that commit can be read
CREATE TABLE ora.pasts (relation oid PRIMARY KEY);
CREATE TABLE ora.forgotten (before timestamptz NOT NULL, pruned timestamptz NOT NULL);
INSERT INTO ora.forgotten VALUES ('-infinity', clock_timestamp());

CREATE FUNCTION ora.past_name(relation oid) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.textcat('past', relation::text) $$;
CREATE FUNCTION ora.columns_of(relation oid) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.array_agg(pg_catalog.format('%I %s', attname, pg_catalog.format_type(atttypid, atttypmod)) ORDER BY attnum)
    FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attname <> 'ora"born' $$;
-- Has a table's past begin, anew where its columns have changed or it is to be forgotten.
CREATE FUNCTION ora.keep_past(relation oid, forget bool DEFAULT false) RETURNS void LANGUAGE plpgsql AS $$
DECLARE kept text := pg_catalog.format('ora_past.%I', ora.past_name(relation)); columns text := pg_catalog.array_to_string(ora.columns_of(relation), ', ');
BEGIN
    IF NOT forget AND pg_catalog.to_regclass(kept) IS NOT NULL THEN
        IF ora.columns_of(relation) OPERATOR(pg_catalog.=) ora.columns_of(pg_catalog.to_regclass(kept)) THEN RETURN; END IF;
    END IF;
    EXECUTE pg_catalog.format('DROP TABLE IF EXISTS %s', kept);
    EXECUTE pg_catalog.format('CREATE TABLE %s (%s, "ora""born" timestamptz)', kept, columns);
    EXECUTE pg_catalog.format('CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS %L', kept,
        pg_catalog.format($body$DECLARE born timestamptz := ora.commit_time(OLD.xmin);
            BEGIN
                IF born IS NULL THEN
                    IF pg_catalog.age(OLD.xmin) <= 0 THEN RETURN NULL; END IF;
                    born := '-infinity';
                END IF;
                INSERT INTO %s SELECT OLD.*, born;
                RETURN NULL;
            END$body$, kept));
    EXECUTE pg_catalog.format('DROP TRIGGER IF EXISTS "ora$past" ON %s', relation::regclass);
    EXECUTE pg_catalog.format('CREATE TRIGGER "ora$past" AFTER UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION %s()', relation::regclass, kept);
    EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ALWAYS TRIGGER "ora$past"', relation::regclass);
    DELETE FROM ora.pasts p WHERE p.relation = keep_past.relation;
    INSERT INTO ora.pasts VALUES (relation);
END $$;
CREATE FUNCTION ora.drop_pasts() RETURNS void LANGUAGE plpgsql AS $$
DECLARE gone record;
BEGIN
    FOR gone IN DELETE FROM ora.pasts p WHERE NOT EXISTS (SELECT 1 FROM pg_class c WHERE c.oid = p.relation) RETURNING ora.past_name(p.relation) AS name LOOP
        EXECUTE pg_catalog.format('DROP TABLE ora_past.%1$I; DROP FUNCTION ora_past.%1$I()', gone.name);
    END LOOP;
END $$;
-- Forgets what is older than is kept; looks every five minutes at the most.
CREATE FUNCTION ora.undo_retention() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 5400 $$;  -- seconds
CREATE FUNCTION ora.prune_pasts(kept interval DEFAULT pg_catalog.make_interval(secs => ora.undo_retention())) RETURNS void LANGUAGE plpgsql AS $$
DECLARE past record; until timestamptz := clock_timestamp() OPERATOR(pg_catalog.-) kept;
BEGIN
    UPDATE ora.forgotten SET before = until, pruned = clock_timestamp() WHERE pruned < clock_timestamp() OPERATOR(pg_catalog.-) least(kept, interval '5 minutes');
    IF NOT FOUND THEN RETURN; END IF;
    FOR past IN SELECT ora.past_name(relation) AS name FROM ora.pasts LOOP
        EXECUTE pg_catalog.format('DELETE FROM ora_past.%I AS y WHERE ora.committed_by(y.xmin, $1)', past.name) USING until;
    END LOOP;
END $$;

CREATE FUNCTION ora.committed_by(xid, moment timestamptz) RETURNS bool LANGUAGE sql STABLE AS $$
    SELECT coalesce(ora.commit_time($1) <= $2, pg_catalog.age($1) > 0) $$;
-- The moment of an SCN at which a table can be read. A transaction of one snapshot reads nothing later than that.
CREATE FUNCTION ora.past_moment(relation oid, scn numeric) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE moment timestamptz;
BEGIN
    IF scn IS NULL OR scn < 0::numeric OR scn > ora.scn_of(clock_timestamp()) THEN PERFORM ora.fail(8181, 'specified number is not a valid system change number'); END IF;
    moment := ora.moment_of(trunc(scn));
    IF scn < 1000000::numeric OR moment < (SELECT before FROM ora.forgotten) THEN
        PERFORM ora.fail(1555, 'snapshot too old: rollback segment number  with name "" too small'); END IF;
    IF NOT EXISTS (SELECT 1 FROM ora.pasts p WHERE p.relation = past_moment.relation AND ora.committed_by(p.xmin, moment)) THEN
        PERFORM ora.fail(1466, 'unable to read data - table definition has changed'); END IF;
    IF moment > transaction_timestamp() AND current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM ora.fail(3001, 'unimplemented feature: AS OF SCN of a moment after a READ ONLY or SERIALIZABLE transaction began, within it'); END IF;
    RETURN moment;
END $$;
