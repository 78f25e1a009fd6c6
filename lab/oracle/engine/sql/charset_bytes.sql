-- The database's character set is another one than UTF-8. The store keeps UTF-8; bytes are counted, shown, hashed and
-- compared as the character set has them. Names in braces are filled in.
CREATE FUNCTION ora.charset() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT '{charset}'::text $$;
CREATE FUNCTION ora.encoded(x text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT convert_to(x, '{encoding}') $$;
CREATE FUNCTION ora.decoded(x bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT convert_from(x, '{encoding}') $$;
CREATE FUNCTION ora.has_character(x text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN PERFORM convert_to(x, '{encoding}'); RETURN true;
EXCEPTION WHEN untranslatable_character THEN RETURN false;
END $$;
-- what the character set lacks is replaced on its way in, character by character
CREATE FUNCTION ora.kept(x text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF octet_length(x) = length(x) OR ora.has_character(x) THEN RETURN x; END IF;
    RETURN (SELECT string_agg(CASE WHEN ora.has_character(c) THEN c ELSE '{replacement}' END, '' ORDER BY place) FROM unnest(string_to_array(x, NULL)) WITH ORDINALITY AS s (c, place));
END $$;
CREATE FUNCTION ora.bytes(x text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT octet_length(convert_to(ora.kept(x), '{encoding}')) $$;

-- BINARY order is that of the bytes, which is not the order of the code points; what only national text holds comes after
CREATE FUNCTION ora.text_cmp(x text, y text) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN x OPERATOR(pg_catalog.=) y THEN 0 ELSE coalesce(nullif(byteacmp(ora.encoded(ora.kept(x)), ora.encoded(ora.kept(y))), 0), byteacmp(convert_to(x, 'UTF8'), convert_to(y, 'UTF8'))) END $$;
-- that of national text is the code points', as in a store of UTF-8
CREATE FUNCTION ora.ntext_cmp(x ora.ntext, y ora.ntext) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT byteacmp(convert_to(x::text, 'UTF8'), convert_to(y::text, 'UTF8')) $$;
CREATE FUNCTION ora.ntext_eq(x ora.ntext, y ora.ntext) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT x::text OPERATOR(pg_catalog.=) y::text $$;
CREATE OPERATOR ora.= (LEFTARG = ora.ntext, RIGHTARG = ora.ntext, FUNCTION = ora.ntext_eq, COMMUTATOR = OPERATOR(ora.=), RESTRICT = eqsel, JOIN = eqjoinsel, MERGES);
DO $$
DECLARE kind text; o record;
BEGIN
    FOREACH kind IN ARRAY ARRAY['text', 'ora.ntext'] LOOP
        FOR o IN SELECT * FROM (VALUES ('lt', '<', '>', '>=', 'scalarlt'), ('le', '<=', '>=', '>', 'scalarle'), ('ge', '>=', '<=', '<', 'scalarge'), ('gt', '>', '<', '<=', 'scalargt')) AS v (word, sign, commuted, negated, estimate) LOOP
            EXECUTE format('CREATE FUNCTION ora.text_%1$s(x %2$s, y %2$s) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS %3$L', o.word, kind,
                format('SELECT ora.%s_cmp(x, y) OPERATOR(pg_catalog.%s) 0', replace(kind, 'ora.', ''), o.sign));
            EXECUTE format('CREATE OPERATOR ora.%1$s (LEFTARG = %2$s, RIGHTARG = %2$s, FUNCTION = ora.text_%3$s, COMMUTATOR = OPERATOR(ora.%4$s), NEGATOR = OPERATOR(ora.%5$s), RESTRICT = %6$ssel, JOIN = %6$sjoinsel)',
                o.sign, kind, o.word, o.commuted, o.negated, o.estimate);
        END LOOP;
    END LOOP;
END $$;
-- ORDER BY, GREATEST, indexes and the like go by the type's default operator class, which is replaced in this store
UPDATE pg_opclass SET opcdefault = false WHERE opcdefault AND opcintype = 'text'::regtype AND opcmethod = (SELECT oid FROM pg_am WHERE amname = 'btree');
CREATE OPERATOR CLASS ora.text_ops DEFAULT FOR TYPE text USING btree AS
    OPERATOR 1 ora.<, OPERATOR 2 ora.<=, OPERATOR 3 pg_catalog.= (text, text), OPERATOR 4 ora.>=, OPERATOR 5 ora.>, FUNCTION 1 ora.text_cmp(text, text);
CREATE OPERATOR CLASS ora.ntext_ops DEFAULT FOR TYPE ora.ntext USING btree AS
    OPERATOR 1 ora.<, OPERATOR 2 ora.<=, OPERATOR 3 ora.=, OPERATOR 4 ora.>=, OPERATOR 5 ora.>, FUNCTION 1 ora.ntext_cmp(ora.ntext, ora.ntext);
CREATE FUNCTION ora.text_smaller(x text, y text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT CASE WHEN ora.text_cmp(x, y) OPERATOR(pg_catalog.<=) 0 THEN x ELSE y END $$;
CREATE FUNCTION ora.text_larger(x text, y text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT CASE WHEN ora.text_cmp(x, y) OPERATOR(pg_catalog.>=) 0 THEN x ELSE y END $$;
CREATE AGGREGATE ora.min(text) (SFUNC = ora.text_smaller, STYPE = text, SORTOP = OPERATOR(ora.<));
CREATE AGGREGATE ora.max(text) (SFUNC = ora.text_larger, STYPE = text, SORTOP = OPERATOR(ora.>));
