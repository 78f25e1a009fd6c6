-- Values as Oracle keeps them (DUMP, VSIZE) and hashes over them (ORA_HASH, SHA-1).

-- NUMBER: an exponent byte of base 100, then digits from 1 to 100; a negative one is complemented and closed with 102
CREATE FUNCTION ora.number_bytes(x numeric) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE whole text := split_part(trim_scale(abs(x))::text, '.', 1); part text := split_part(trim_scale(abs(x))::text, '.', 2);
    digits text; exponent int; result bytea := ''; pair int; place int := 1;
BEGIN
    IF x = 0::numeric THEN RETURN '\x80'; END IF;
    whole := lpad(whole, length(whole) + length(whole) % 2, '0');
    part := rpad(part, length(part) + length(part) % 2, '0');
    digits := whole || part;
    exponent := length(whole) / 2 - 1;
    WHILE left(digits, 2) = '00' LOOP digits := substr(digits, 3); exponent := exponent - 1; END LOOP;
    WHILE right(digits, 2) = '00' LOOP digits := left(digits, -2); END LOOP;
    WHILE place < length(digits) AND place < 40 LOOP
        pair := substr(digits, place, 2)::int;
        result := result || set_byte('\x00'::bytea, 0, CASE WHEN x > 0::numeric THEN pair + 1 ELSE 101 - pair END);
        place := place + 2;
    END LOOP;
    IF x < 0::numeric AND length(digits) < 40 THEN result := result || '\x66'::bytea; END IF;
    RETURN set_byte('\x00'::bytea, 0, CASE WHEN x > 0::numeric THEN 193 + exponent ELSE 62 - exponent END) || result;
END $$;

CREATE FUNCTION ora.dumped(kind int, x bytea, format numeric, start numeric, size numeric) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE base int := coalesce(trunc(format)::int, 10); place int; stop int; shown text[] := '{}'; byte int;
BEGIN
    IF x IS NULL THEN RETURN 'NULL'; END IF;
    IF base NOT IN (8, 10, 16, 17, 1008, 1010, 1016, 1017) THEN PERFORM ora.refuse('DUMP with the format ' || base, ''); END IF;
    place := coalesce(trunc(start)::int, 1);
    IF place < 1 OR size < 1 THEN PERFORM ora.refuse('DUMP with a start or length below 1', ''); END IF;
    stop := least(place + coalesce(least(trunc(size), 4000)::int, 4000) - 1, length(x));
    FOR i IN place..stop LOOP
        byte := get_byte(x, i - 1);
        shown := shown || CASE base % 1000 WHEN 16 THEN to_hex(byte) WHEN 10 THEN byte::text
            WHEN 8 THEN ltrim((byte / 64)::text || (byte / 8 % 8)::text || (byte % 8)::text, '0') || CASE WHEN byte = 0 THEN '0' ELSE '' END
            ELSE CASE WHEN byte BETWEEN 32 AND 126 THEN chr(byte) ELSE to_hex(byte) END END;
    END LOOP;
    RETURN 'Typ=' || kind || ' Len=' || length(x) || CASE WHEN base > 1000 AND kind IN (1, 96) THEN ' CharacterSet=AL32UTF8' ELSE '' END
        || ': ' || array_to_string(shown, ',');
END $$;
CREATE FUNCTION ora.dump_(x text, f numeric, s numeric, n numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.dumped(1, ora.encoded(x), f, s, n) $$;
CREATE FUNCTION ora.dump_(x ora.fixed, f numeric, s numeric, n numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.dumped(96, ora.encoded(x::text), f, s, n) $$;
CREATE FUNCTION ora.dump_(x numeric, f numeric, s numeric, n numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.dumped(2, ora.number_bytes(x), f, s, n) $$;
CREATE FUNCTION ora.dump_(x bytea, f numeric, s numeric, n numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ora.dumped(23, x, f, s, n) $$;
CREATE FUNCTION ora.dump_(x anyelement, f numeric, s numeric, n numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT ora.refuse('DUMP of anything but text, NUMBER and RAW', f::text) $$;

CREATE FUNCTION ora.vsize_(x text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT ora.bytes(x)::numeric $$;
CREATE FUNCTION ora.vsize_(x ora.fixed) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT ora.bytes(x::text)::numeric $$;
CREATE FUNCTION ora.vsize_(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT length(ora.number_bytes(x))::numeric $$;
CREATE FUNCTION ora.vsize_(x bytea) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT length(x)::numeric $$;
CREATE FUNCTION ora.vsize_(x anyelement) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT ora.refuse('VSIZE of anything but text, NUMBER and RAW', x::text)::numeric $$;

-- words of 32 bits, little-endian; bytes beyond the end count as zero
CREATE FUNCTION ora.word(x bytea, place int) RETURNS int8 LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN place < length(x) THEN get_byte(x, place) ELSE 0 END::int8
         + CASE WHEN place + 1 < length(x) THEN get_byte(x, place + 1) ELSE 0 END::int8 * 256
         + CASE WHEN place + 2 < length(x) THEN get_byte(x, place + 2) ELSE 0 END::int8 * 65536
         + CASE WHEN place + 3 < length(x) THEN get_byte(x, place + 3) ELSE 0 END::int8 * 16777216 $$;

-- Blocks of 16 bytes and a last, shorter one stir three words and the running value; agrees with the published results of
-- Oracle 19c and 23c for texts of 4, 11 and 4000 bytes, for a NUMBER, with a bucket limit and with a seed.
CREATE FUNCTION ora.hash_of(x bytea, buckets numeric, seed numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE m CONSTANT int8 := 4294967295; a int8 := 2654435769; b int8 := a; c int8 := a; state int8; at int := 0; is_last bool;
    p int8; q int8; r int8; s int8; t int8; u int8; v int8; w int8;
BEGIN
    IF x IS NULL THEN PERFORM ora.refuse('ORA_HASH of NULL', ''); END IF;
    IF buckets NOT BETWEEN 0 AND m::numeric OR seed NOT BETWEEN 0 AND m::numeric THEN
        PERFORM ora.fail(1428, 'argument ''' || CASE WHEN buckets BETWEEN 0 AND m::numeric THEN seed ELSE buckets END || ''' is out of range'); END IF;
    state := trunc(seed)::int8;
    LOOP
        is_last := at + 16 > length(x);
        t := CASE WHEN is_last THEN (ora.word(x, at + 12) << 8) + length(x) ELSE ora.word(x, at + 12) END;
        p := (a + ora.word(x, at) + t + state) & m;
        q := p # (p >> 7);
        r := (b + ora.word(x, at + 4) + q) & m;
        s := (r # (r << 13)) & m;
        u := (c + ora.word(x, at + 8) + s) & m;
        v := u # (u >> 17);
        p := (p + v + t + state) & m;
        w := (p # (p << 9)) & m;
        q := (q + r + w) & m;
        r := q # (q >> 3);
        s := (r + s + u) & m;
        a := (r + s) & m;
        s := (s # (s << 7)) & m;
        p := (p + s + v) & m;
        b := (p + s) & m;
        p := p # (p >> 15);
        q := (p + q + w) & m;
        c := (p + q) & m;
        state := (q # (q << 11)) & m;
        EXIT WHEN is_last;
        at := at + 16;
    END LOOP;
    RETURN (state % (trunc(buckets)::int8 + 1))::numeric;
END $$;
CREATE FUNCTION ora.ora_hash(x text, buckets numeric, seed numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT ora.hash_of(ora.encoded(x), buckets, seed) $$;
CREATE FUNCTION ora.ora_hash(x numeric, buckets numeric, seed numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT ora.hash_of(ora.number_bytes(x), buckets, seed) $$;
CREATE FUNCTION ora.ora_hash(x anyelement, buckets numeric, seed numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT ora.refuse('ORA_HASH of anything but VARCHAR2 and NUMBER', buckets::text)::numeric $$;

-- SHA-1 (FIPS 180-4); PostgreSQL has it only in an extension
CREATE FUNCTION ora.sha1(x bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE m CONSTANT int8 := 4294967295; text_ bytea; h int8[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
    w int8[]; a int8; b int8; c int8; d int8; e int8; f int8; t int8; n int8; result bytea := '';
BEGIN
    text_ := x || '\x80'::bytea;
    text_ := text_ || decode(repeat('00', (119 - length(text_) % 64 + 1) % 64), 'hex') || int8send(length(x)::int8 * 8);
    FOR block IN 0..length(text_) / 64 - 1 LOOP
        FOR i IN 0..15 LOOP
            n := block * 64 + i * 4;
            w[i] := (get_byte(text_, n::int)::int8 << 24) + (get_byte(text_, n::int + 1)::int8 << 16)
                + (get_byte(text_, n::int + 2)::int8 << 8) + get_byte(text_, n::int + 3)::int8;
        END LOOP;
        FOR i IN 16..79 LOOP
            t := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
            w[i] := ((t << 1) | (t >> 31)) & m;
        END LOOP;
        a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
        FOR i IN 0..79 LOOP
            f := CASE WHEN i < 20 THEN (b & c) | ((b # m) & d) WHEN i < 40 THEN b # c # d WHEN i < 60 THEN (b & c) | (b & d) | (c & d) ELSE b # c # d END;
            n := CASE WHEN i < 20 THEN 1518500249 WHEN i < 40 THEN 1859775393 WHEN i < 60 THEN 2400959708 ELSE 3395469782 END;
            t := ((((a << 5) | (a >> 27)) & m) + f + e + n + w[i]) & m;
            e := d; d := c; c := ((b << 30) | (b >> 2)) & m; b := a; a := t;
        END LOOP;
        h := ARRAY[(h[1] + a) & m, (h[2] + b) & m, (h[3] + c) & m, (h[4] + d) & m, (h[5] + e) & m];
    END LOOP;
    FOR i IN 1..5 LOOP result := result || substr(int8send(h[i]), 5); END LOOP;
    RETURN result;
END $$;
