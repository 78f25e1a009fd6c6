-- Conversions that clients' binds and defines ask for.

CREATE FUNCTION ora.c_nclob(x ora.nclob) RETURNS ora.nclob LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.c_nclob(x ora.clob) RETURNS ora.nclob LANGUAGE sql IMMUTABLE AS $$ SELECT x::text::ora.nclob $$;
CREATE FUNCTION ora.c_nclob(x text) RETURNS ora.nclob LANGUAGE sql IMMUTABLE AS $$ SELECT x::ora.nclob $$;
CREATE FUNCTION ora.c_nclob(x numeric) RETURNS ora.nclob LANGUAGE sql IMMUTABLE AS $$ SELECT ora.number_text(x)::ora.nclob $$;

CREATE FUNCTION ora.c_flt(x float4) RETURNS float4 LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION ora.c_flt(x float8) RETURNS float4 LANGUAGE sql IMMUTABLE AS $$ SELECT x::float4 $$;
CREATE FUNCTION ora.c_flt(x numeric) RETURNS float4 LANGUAGE sql IMMUTABLE AS $$ SELECT x::float4 $$;
CREATE FUNCTION ora.c_flt(x text) RETURNS float4 LANGUAGE sql IMMUTABLE AS $$ SELECT ora.c_num(x)::float4 $$;

-- casts to sized types: national text is cut, bytes that do not fit are an error
CREATE FUNCTION ora.cut_units(x text, size int) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE result text := left(x, size);
BEGIN
    WHILE ora.units(result) > size LOOP result := left(result, -1); END LOOP;
    RETURN nullif(result, '');
END $$;
CREATE FUNCTION ora.fit_raw(x bytea, size int) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN octet_length(x) > size THEN ora.fail(25137, 'Data value out of range', encode(x, 'hex'))::bytea ELSE x END $$;
