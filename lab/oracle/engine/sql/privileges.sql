-- Who may do what. Names of users, of roles and PUBLIC share one name space, as in Oracle.
ALTER TABLE ora.users ADD COLUMN salt text, ADD COLUMN key text, ADD COLUMN locked boolean NOT NULL DEFAULT false;
ALTER TABLE ora.columns ADD COLUMN nullable boolean;  -- of a view's column; NULL for a table's
CREATE TABLE ora.system_privileges (name text PRIMARY KEY);
CREATE TABLE ora.roles (name text PRIMARY KEY, maintained boolean NOT NULL DEFAULT false);
-- privilege is a system privilege or a role
CREATE TABLE ora.system_grants (grantee text NOT NULL, privilege text NOT NULL, admin boolean NOT NULL DEFAULT false, PRIMARY KEY (grantee, privilege));
CREATE TABLE ora.grants (relation oid NOT NULL, grantee text NOT NULL, privilege text NOT NULL, grantor text NOT NULL, grantable boolean NOT NULL,
    PRIMARY KEY (relation, grantee, privilege, grantor));
CREATE TABLE ora.synonyms (id serial, owner text NOT NULL, name text NOT NULL, table_owner text NOT NULL, table_name text NOT NULL, created timestamp NOT NULL DEFAULT date_trunc('second', localtimestamp),
    PRIMARY KEY (owner, name));

INSERT INTO ora.system_privileges VALUES
    ('CREATE SESSION'), ('ALTER SESSION'), ('UNLIMITED TABLESPACE'), ('SELECT ANY DICTIONARY'), ('EXEMPT ACCESS POLICY'),
    ('CREATE TABLE'), ('CREATE ANY TABLE'), ('ALTER ANY TABLE'), ('DROP ANY TABLE'), ('LOCK ANY TABLE'), ('COMMENT ANY TABLE'),
    ('SELECT ANY TABLE'), ('READ ANY TABLE'), ('INSERT ANY TABLE'), ('UPDATE ANY TABLE'), ('DELETE ANY TABLE'), ('FLASHBACK ANY TABLE'), ('SELECT ANY TRANSACTION'),
    ('CREATE ANY INDEX'), ('ALTER ANY INDEX'), ('DROP ANY INDEX'), ('CREATE VIEW'), ('CREATE ANY VIEW'), ('DROP ANY VIEW'),
    ('CREATE SEQUENCE'), ('CREATE ANY SEQUENCE'), ('ALTER ANY SEQUENCE'), ('DROP ANY SEQUENCE'), ('SELECT ANY SEQUENCE'),
    ('CREATE TRIGGER'), ('CREATE ANY TRIGGER'), ('ALTER ANY TRIGGER'), ('DROP ANY TRIGGER'),
    ('CREATE SYNONYM'), ('CREATE ANY SYNONYM'), ('DROP ANY SYNONYM'), ('CREATE PUBLIC SYNONYM'), ('DROP PUBLIC SYNONYM'),
    ('CREATE USER'), ('ALTER USER'), ('DROP USER'), ('CREATE ROLE'), ('DROP ANY ROLE'), ('GRANT ANY ROLE'), ('GRANT ANY PRIVILEGE'), ('GRANT ANY OBJECT PRIVILEGE'),
    -- there is nothing here that these would open
    ('CREATE PROCEDURE'), ('CREATE ANY PROCEDURE'), ('ALTER ANY PROCEDURE'), ('DROP ANY PROCEDURE'), ('EXECUTE ANY PROCEDURE'), ('CREATE TYPE'), ('CREATE CLUSTER'), ('CREATE INDEXTYPE'),
    ('CREATE OPERATOR'), ('CREATE MATERIALIZED VIEW'), ('CREATE DATABASE LINK'), ('ALTER SYSTEM'), ('ALTER DATABASE'), ('CREATE TABLESPACE');
INSERT INTO ora.roles VALUES ('CONNECT', true), ('RESOURCE', true), ('SELECT_CATALOG_ROLE', true), ('DBA', true);
INSERT INTO ora.system_grants (grantee, privilege) VALUES ('CONNECT', 'CREATE SESSION'), ('DBA', 'SELECT_CATALOG_ROLE'),
    ('RESOURCE', 'CREATE TABLE'), ('RESOURCE', 'CREATE SEQUENCE'), ('RESOURCE', 'CREATE TRIGGER'), ('RESOURCE', 'CREATE PROCEDURE'), ('RESOURCE', 'CREATE TYPE'), ('RESOURCE', 'CREATE CLUSTER'),
    ('RESOURCE', 'CREATE INDEXTYPE'), ('RESOURCE', 'CREATE OPERATOR');
-- Oracle's DBA has no UNLIMITED TABLESPACE of its own: GRANT DBA gives it to the user beside the role
INSERT INTO ora.system_grants SELECT 'DBA', name, true FROM ora.system_privileges WHERE name <> 'UNLIMITED TABLESPACE';

-- every name a user speaks for: itself, PUBLIC, and the roles of both
CREATE FUNCTION ora.names_of(who text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    WITH RECURSIVE held (name) AS (
        SELECT n FROM unnest(ARRAY[who, 'PUBLIC']) AS n
        UNION SELECT g.privilege FROM held h JOIN ora.system_grants g ON g.grantee = h.name JOIN ora.roles r ON r.name = g.privilege)
    SELECT name FROM held $$;
CREATE VIEW ora.session_privileges AS
    SELECT DISTINCT g.privilege FROM ora.system_grants g JOIN ora.names_of(ora.setting('login')) AS n ON n = g.grantee JOIN ora.system_privileges s ON s.name = g.privilege;
-- the objects a session sees because something on them was granted
CREATE VIEW ora.granted AS
    SELECT DISTINCT n.nspname::text AS owner, c.relname::text AS name
    FROM ora.grants g JOIN ora.names_of(ora.setting('login')) AS who ON who = g.grantee JOIN pg_class c ON c.oid = g.relation JOIN pg_namespace n ON n.oid = c.relnamespace;
-- by which system privileges an ALL_ view shows what nothing was granted on. Sources: Database Reference, ALL_TRIGGERS
-- (CREATE ANY TRIGGER), and what the views' own definitions (DBA_VIEWS.TEXT) ask V$ENABLEDPRIVS for
CREATE FUNCTION ora.sees_all(kind text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM ora.session_privileges WHERE privilege = ANY (CASE kind WHEN 'SEQUENCE' THEN '{SELECT ANY SEQUENCE}'::text[] WHEN 'TRIGGER' THEN '{CREATE ANY TRIGGER}'::text[]
        ELSE '{SELECT ANY TABLE,READ ANY TABLE,INSERT ANY TABLE,UPDATE ANY TABLE,DELETE ANY TABLE,LOCK ANY TABLE}'::text[] END)) $$;
