-- CHAR is compared without the blanks at its end, and in the order of the bytes as VARCHAR2 is.
CREATE OR REPLACE FUNCTION ora.fixed_cmp(ora.fixed, ora.fixed) RETURNS int4 LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ora.text_cmp(rtrim($1::text, ' '), rtrim($2::text, ' ')) $$;
CREATE OR REPLACE FUNCTION ora.fixed_lt(ora.fixed, ora.fixed) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ora.fixed_cmp($1, $2) OPERATOR(pg_catalog.<) 0 $$;
CREATE OR REPLACE FUNCTION ora.fixed_le(ora.fixed, ora.fixed) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ora.fixed_cmp($1, $2) OPERATOR(pg_catalog.<=) 0 $$;
CREATE OR REPLACE FUNCTION ora.fixed_ge(ora.fixed, ora.fixed) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ora.fixed_cmp($1, $2) OPERATOR(pg_catalog.>=) 0 $$;
CREATE OR REPLACE FUNCTION ora.fixed_gt(ora.fixed, ora.fixed) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ora.fixed_cmp($1, $2) OPERATOR(pg_catalog.>) 0 $$;
CREATE OR REPLACE FUNCTION ora.fixed_max(ora.fixed, ora.fixed) RETURNS ora.fixed LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT CASE WHEN ora.fixed_cmp($1, $2) OPERATOR(pg_catalog.>=) 0 THEN $1 ELSE $2 END $$;
CREATE OR REPLACE FUNCTION ora.fixed_min(ora.fixed, ora.fixed) RETURNS ora.fixed LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT CASE WHEN ora.fixed_cmp($1, $2) OPERATOR(pg_catalog.<=) 0 THEN $1 ELSE $2 END $$;
