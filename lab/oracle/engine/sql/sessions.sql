-- What the server knows of its sessions: it hands its registry over, as a setting, with the statements that ask for it.
CREATE FUNCTION ora.client_fact(name text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('ora.client')::jsonb ->> name $$;
CREATE FUNCTION ora.session_facts() RETURNS TABLE (pid int8, serial int8, killed bool, round_trips int8, parses int8, username text, program text, machine text,
        terminal text, osuser text, process text, driver text, module text, action text, client_info text, client_identifier text, dbop text) LANGUAGE sql STABLE AS $$
    SELECT f.* FROM jsonb_to_recordset(coalesce(nullif(current_setting('ora.sessions', true), ''), '[]')::jsonb) AS f (pid int8, serial int8, killed bool, round_trips int8,
        parses int8, username text, program text, machine text, terminal text, osuser text, process text, driver text, module text, action text, client_info text,
        client_identifier text, dbop text) $$;

CREATE VIEW ora.sessions AS
    SELECT a.pid AS backend, a.state, a.backend_start, u.name AS user_name, u.id AS user_id, f.* FROM pg_stat_activity a LEFT JOIN ora.session_facts() f ON f.pid = a.pid
        LEFT JOIN pg_locks l ON l.pid = a.pid AND l.locktype = 'advisory' AND l.classid = 1330790740 AND l.objsubid = 2 LEFT JOIN ora.users u ON u.id = l.objid::int8
    WHERE a.application_name = 'oracle-stand-in' AND a.datname = current_database();
CREATE VIEW "SYS"."V$SESSION" AS
    SELECT decode(lpad(to_hex(backend), 16, '0'), 'hex') AS "SADDR", backend::numeric AS "SID", coalesce(serial, 1::int8)::numeric AS "SERIAL#", backend::numeric AS "AUDSID",
        user_name AS "USERNAME", user_name AS "SCHEMANAME", (100 + user_id)::numeric AS "USER#",
        CASE WHEN killed THEN 'KILLED' WHEN state = 'active' THEN 'ACTIVE' ELSE 'INACTIVE' END AS "STATUS", 'DEDICATED'::text AS "SERVER", osuser AS "OSUSER", process AS "PROCESS",
        machine AS "MACHINE", terminal AS "TERMINAL", program AS "PROGRAM", module AS "MODULE", action AS "ACTION", client_info AS "CLIENT_INFO",
        client_identifier AS "CLIENT_IDENTIFIER", (backend_start AT TIME ZONE 'UTC')::ora.date AS "LOGON_TIME", 'USER'::text AS "TYPE"
    FROM ora.sessions;
CREATE VIEW "SYS"."V$SESSION_CONNECT_INFO" AS
    SELECT backend::numeric AS "SID", coalesce(serial, 1::int8)::numeric AS "SERIAL#", 'DATABASE'::text AS "AUTHENTICATION_TYPE", osuser AS "OSUSER",
        'AL32UTF8'::text AS "CLIENT_CHARSET", driver AS "CLIENT_DRIVER" FROM ora.sessions;
CREATE VIEW "SYS"."V$STATNAME" AS
    SELECT s.number::numeric AS "STATISTIC#", s.name AS "NAME" FROM (VALUES (1, 'SQL*Net roundtrips to/from client'), (2, 'parse count (total)')) AS s (number, name);
CREATE VIEW "SYS"."V$SESSTAT" AS
    SELECT f.backend::numeric AS "SID", s.number::numeric AS "STATISTIC#", s.value::numeric AS "VALUE"
    FROM ora.sessions f CROSS JOIN LATERAL (VALUES (1, f.round_trips), (2, f.parses)) AS s (number, value) WHERE f.pid IS NOT NULL;
CREATE VIEW "SYS"."V$MYSTAT" AS SELECT * FROM "SYS"."V$SESSTAT" WHERE "SID" = pg_backend_pid()::numeric;
-- database operations that a client has named
CREATE VIEW "SYS"."V$SQL_MONITOR" AS
    SELECT backend::numeric AS "SID", serial::numeric AS "SESSION_SERIAL#", 'EXECUTING'::text AS "STATUS", dbop AS "DBOP_NAME" FROM ora.sessions WHERE dbop IS NOT NULL;
