-- So far every ALL_ view shows everything: it becomes the DBA_ view. The ALL_ view leaves out what the session has no
-- privilege on, the USER_ view what it does not own. A trigger shows with a privilege on its table where the view is about
-- the table (ALL_TRIGGERS), and otherwise only to its owner and to who may create triggers anywhere.
DO $$
DECLARE view_name text; base text; owner_column text; listed text; names text[]; place text; kind text; grantable text;
BEGIN
    FOR view_name IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = '"SYS"'::regnamespace AND c.relname LIKE 'ALL\_%' LOOP
        base := substr(view_name, 5);
        EXECUTE format('ALTER VIEW "SYS".%I RENAME TO %I', view_name, 'DBA_' || base);
        SELECT array_agg(attname::text) INTO names FROM pg_attribute WHERE attrelid = format('"SYS".%I', 'DBA_' || base)::regclass AND attnum > 0;
        SELECT attname INTO owner_column FROM pg_attribute WHERE attrelid = format('"SYS".%I', 'DBA_' || base)::regclass AND attnum > 0
            AND attname IN ('OWNER', 'SEQUENCE_OWNER', 'INDEX_OWNER', 'TABLE_OWNER', 'TABLE_SCHEMA') ORDER BY attnum LIMIT 1;
        -- what decides is the object a row is about: an index or a trigger shows with its table
        place := CASE
            WHEN names @> '{TABLE_OWNER,TABLE_NAME}' THEN '"TABLE_OWNER", "TABLE_NAME"' WHEN names @> '{OWNER,TABLE_NAME}' THEN '"OWNER", "TABLE_NAME"'
            WHEN names @> '{OWNER,VIEW_NAME}' THEN '"OWNER", "VIEW_NAME"' WHEN names @> '{OWNER,OBJECT_NAME}' THEN '"OWNER", "OBJECT_NAME"'
            WHEN names @> '{SEQUENCE_OWNER,SEQUENCE_NAME}' THEN '"SEQUENCE_OWNER", "SEQUENCE_NAME"' WHEN names @> '{OWNER,NAME}' THEN '"OWNER", "NAME"' END;
        kind := CASE WHEN base = 'SEQUENCES' THEN '''SEQUENCE''' WHEN base IN ('TRIGGERS', 'SOURCE') THEN '''TRIGGER''' WHEN names @> '{OBJECT_TYPE}' THEN '"OBJECT_TYPE"'
            WHEN base = 'DEPENDENCIES' THEN '"TYPE"' WHEN base = 'CATALOG' THEN '"TABLE_TYPE"' ELSE '''TABLE''' END;
        -- nothing can be granted on triggers and indexes: a table may have the same name
        grantable := CASE WHEN base = 'SOURCE' THEN 'false' WHEN names @> '{OBJECT_TYPE}' OR base = 'DEPENDENCIES' THEN kind || ' NOT IN (''TRIGGER'', ''INDEX'')' ELSE 'true' END;
        IF place IS NULL THEN
            EXECUTE format('CREATE VIEW "SYS".%I AS SELECT * FROM "SYS".%I', view_name, 'DBA_' || base);
        ELSE
            EXECUTE format('CREATE VIEW "SYS".%I AS SELECT * FROM "SYS".%I WHERE %s = ora.setting(''login'') OR %s = ora.setting(''login'') OR CASE %s WHEN ''SEQUENCE'' THEN (SELECT ora.sees_all(''SEQUENCE'')) '
                'WHEN ''TRIGGER'' THEN (SELECT ora.sees_all(''TRIGGER'')) ELSE (SELECT ora.sees_all(''TABLE'')) END OR %s AND (%s) IN (SELECT owner, name FROM ora.granted)%s',
                view_name, 'DBA_' || base, quote_ident(owner_column), split_part(place, ',', 1), kind, grantable, place,
                CASE WHEN view_name IN ('ALL_SYNONYMS', 'ALL_OBJECTS', 'ALL_CATALOG') THEN ' OR "OWNER" = ''PUBLIC''' ELSE '' END);
        END IF;
        CONTINUE WHEN owner_column IS NULL;
        SELECT string_agg(format('%I', attname), ', ' ORDER BY attnum) INTO listed FROM pg_attribute
            WHERE attrelid = format('"SYS".%I', view_name)::regclass AND attnum > 0 AND attname <> owner_column;
        EXECUTE format('CREATE VIEW "SYS".%I AS SELECT %s FROM "SYS".%I WHERE %I = ora.setting(''login'')', 'USER_' || base, listed, 'DBA_' || base, owner_column);
    END LOOP;
END $$;

CREATE VIEW "SYS"."ALL_USERS" AS
    SELECT name AS "USERNAME", (100 + id)::numeric AS "USER_ID", created::ora.date AS "CREATED", 'NO'::text AS "COMMON", 'N'::text AS "ORACLE_MAINTAINED", 'NO'::text AS "INHERITED",
        'USING_NLS_COMP'::text AS "DEFAULT_COLLATION" FROM ora.users
    UNION ALL SELECT 'SYS', 0, created::ora.date, 'YES', 'Y', 'NO', 'USING_NLS_COMP' FROM ora.store;
CREATE VIEW "SYS"."DBA_USERS" AS
    SELECT a."USERNAME", a."USER_ID", NULL::text AS "PASSWORD", CASE WHEN u.locked THEN 'LOCKED' ELSE 'OPEN' END AS "ACCOUNT_STATUS", NULL::ora.date AS "LOCK_DATE", NULL::ora.date AS "EXPIRY_DATE",
        'USERS'::text AS "DEFAULT_TABLESPACE", 'TEMP'::text AS "TEMPORARY_TABLESPACE", a."CREATED", 'DEFAULT'::text AS "PROFILE", '12C'::text AS "PASSWORD_VERSIONS", 'PASSWORD'::text AS "AUTHENTICATION_TYPE",
        a."COMMON", a."ORACLE_MAINTAINED", a."INHERITED", a."DEFAULT_COLLATION"
    FROM "SYS"."ALL_USERS" a LEFT JOIN ora.users u ON u.name = a."USERNAME";
CREATE VIEW "SYS"."USER_USERS" AS SELECT "USERNAME", "USER_ID", "ACCOUNT_STATUS", "LOCK_DATE", "EXPIRY_DATE", "DEFAULT_TABLESPACE", "TEMPORARY_TABLESPACE", "CREATED"
    FROM "SYS"."DBA_USERS" WHERE "USERNAME" = ora.setting('login');

-- Packages are no relations; what is granted on one is kept by the number of an empty type of its name.
CREATE TYPE "SYS"."DBMS_FLASHBACK" AS ();
INSERT INTO ora.grants VALUES ('"SYS"."DBMS_FLASHBACK"'::regclass, 'DBA', 'EXECUTE', 'SYS', false);

-- privileges
CREATE VIEW ora.object_grants AS
    SELECT g.grantee, r.owner, r.name, g.grantor, g.privilege, CASE WHEN g.grantable THEN 'YES' ELSE 'NO' END AS grantable, CASE r.kind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'c' THEN 'PACKAGE' ELSE 'TABLE' END AS kind
    FROM ora.grants g JOIN (SELECT c.oid, n.nspname::text AS owner, c.relname::text AS name, c.relkind AS kind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace) r ON r.oid = g.relation;
CREATE VIEW "SYS"."DBA_TAB_PRIVS" AS
    SELECT grantee AS "GRANTEE", owner AS "OWNER", name AS "TABLE_NAME", grantor AS "GRANTOR", privilege AS "PRIVILEGE", grantable AS "GRANTABLE", 'NO'::text AS "HIERARCHY", 'NO'::text AS "COMMON",
        kind AS "TYPE", 'NO'::text AS "INHERITED" FROM ora.object_grants;
CREATE VIEW "SYS"."USER_TAB_PRIVS" AS SELECT * FROM "SYS"."DBA_TAB_PRIVS" WHERE ora.setting('login') IN ("GRANTEE", "OWNER", "GRANTOR");
CREATE VIEW "SYS"."USER_TAB_PRIVS_MADE" AS SELECT "GRANTEE", "TABLE_NAME", "GRANTOR", "PRIVILEGE", "GRANTABLE", "HIERARCHY", "COMMON", "TYPE", "INHERITED" FROM "SYS"."DBA_TAB_PRIVS" WHERE "OWNER" = ora.setting('login');
CREATE VIEW "SYS"."USER_TAB_PRIVS_RECD" AS SELECT "OWNER", "TABLE_NAME", "GRANTOR", "PRIVILEGE", "GRANTABLE", "HIERARCHY", "COMMON", "TYPE", "INHERITED" FROM "SYS"."DBA_TAB_PRIVS" WHERE "GRANTEE" = ora.setting('login');
CREATE VIEW "SYS"."ALL_TAB_PRIVS" AS
    SELECT grantor AS "GRANTOR", grantee AS "GRANTEE", owner AS "TABLE_SCHEMA", name AS "TABLE_NAME", privilege AS "PRIVILEGE", grantable AS "GRANTABLE", 'NO'::text AS "HIERARCHY", 'NO'::text AS "COMMON",
        kind AS "TYPE", 'NO'::text AS "INHERITED"
    FROM ora.object_grants WHERE ora.setting('login') IN (grantor, owner) OR grantee IN (SELECT ora.names_of(ora.setting('login')));
CREATE VIEW "SYS"."DBA_SYS_PRIVS" AS
    SELECT g.grantee AS "GRANTEE", g.privilege AS "PRIVILEGE", CASE WHEN g.admin THEN 'YES' ELSE 'NO' END AS "ADMIN_OPTION", 'NO'::text AS "COMMON", 'NO'::text AS "INHERITED"
    FROM ora.system_grants g JOIN ora.system_privileges s ON s.name = g.privilege;
CREATE VIEW "SYS"."USER_SYS_PRIVS" AS SELECT "GRANTEE" AS "USERNAME", "PRIVILEGE", "ADMIN_OPTION", "COMMON", "INHERITED" FROM "SYS"."DBA_SYS_PRIVS" WHERE "GRANTEE" IN (ora.setting('login'), 'PUBLIC');
CREATE VIEW "SYS"."DBA_ROLE_PRIVS" AS
    SELECT g.grantee AS "GRANTEE", g.privilege AS "GRANTED_ROLE", CASE WHEN g.admin THEN 'YES' ELSE 'NO' END AS "ADMIN_OPTION", 'NO'::text AS "DELEGATE_OPTION", 'YES'::text AS "DEFAULT_ROLE", 'NO'::text AS "COMMON", 'NO'::text AS "INHERITED"
    FROM ora.system_grants g JOIN ora.roles r ON r.name = g.privilege;
CREATE VIEW "SYS"."USER_ROLE_PRIVS" AS SELECT "GRANTEE" AS "USERNAME", "GRANTED_ROLE", "ADMIN_OPTION", "DELEGATE_OPTION", "DEFAULT_ROLE", 'NO'::text AS "OS_GRANTED", "COMMON", "INHERITED"
    FROM "SYS"."DBA_ROLE_PRIVS" WHERE "GRANTEE" IN (ora.setting('login'), 'PUBLIC');
CREATE VIEW "SYS"."DBA_ROLES" AS SELECT name AS "ROLE", 'NO'::text AS "PASSWORD_REQUIRED", 'NONE'::text AS "AUTHENTICATION_TYPE", 'NO'::text AS "COMMON", CASE WHEN maintained THEN 'Y' ELSE 'N' END AS "ORACLE_MAINTAINED" FROM ora.roles;
CREATE VIEW "SYS"."ROLE_SYS_PRIVS" AS SELECT "GRANTEE" AS "ROLE", "PRIVILEGE", "ADMIN_OPTION", "COMMON", "INHERITED" FROM "SYS"."DBA_SYS_PRIVS"
    WHERE "GRANTEE" IN (SELECT n FROM ora.names_of(ora.setting('login')) AS n JOIN ora.roles r ON r.name = n);
CREATE VIEW "SYS"."SESSION_PRIVS" AS SELECT privilege AS "PRIVILEGE" FROM ora.session_privileges;
CREATE VIEW "SYS"."SESSION_ROLES" AS SELECT n AS "ROLE" FROM ora.names_of(ora.setting('login')) AS n JOIN ora.roles r ON r.name = n;

-- what there is to look at
CREATE VIEW "SYS"."DICTIONARY" AS SELECT c.relname::text AS "TABLE_NAME", NULL::text AS "COMMENTS" FROM pg_class c WHERE c.relnamespace = '"SYS"'::regnamespace AND c.relkind = 'v' AND c.relname <> 'DICT';
CREATE VIEW "SYS"."TAB" AS SELECT "TABLE_NAME" AS "TNAME", "TABLE_TYPE" AS "TABTYPE", NULL::numeric AS "CLUSTERID" FROM "SYS"."USER_CATALOG" WHERE "TABLE_TYPE" <> 'SEQUENCE';
CREATE VIEW "SYS"."CAT" AS SELECT * FROM "SYS"."USER_CATALOG";
CREATE VIEW "SYS"."DICT" AS SELECT * FROM "SYS"."DICTIONARY";
