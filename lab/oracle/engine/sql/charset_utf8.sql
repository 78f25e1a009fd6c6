-- The database's character set is UTF-8, as the store's is: nothing is to be done.
CREATE FUNCTION ora.charset() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'AL32UTF8'::text $$;
CREATE FUNCTION ora.bytes(x text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT octet_length(x) $$;
CREATE FUNCTION ora.encoded(x text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT convert_to(x, 'UTF8') $$;
CREATE FUNCTION ora.decoded(x bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT convert_from(x, 'UTF8') $$;
CREATE FUNCTION ora.kept(x text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
