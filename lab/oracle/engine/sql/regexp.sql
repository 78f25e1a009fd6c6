-- Regular expressions: Oracle's patterns (POSIX with Perl's classes) as PostgreSQL's, and Oracle's match parameters.

-- the pattern: '.' without the newline, backslashes as Oracle reads them, what differs refused
CREATE FUNCTION ora.regexp_pattern(pattern text, flags text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE result text := ''; rest text := pattern; piece text; lazy bool := false; greedy bool := false;
BEGIN
    WHILE rest <> '' LOOP
        piece := coalesce(substring(rest FROM '^\[\^?\]?(?:\[:[a-z]+:\]|\[\.[^.]*\.\]|\[=[^=]*=\]|[^\]])*\]'), substring(rest FROM '^\\.'),
            substring(rest FROM '^(?:[*+?]|\{[0-9]*,?[0-9]*\})\??'), left(rest, 1));
        rest := substr(rest, length(piece) + 1);
        IF piece LIKE '[%' AND length(piece) > 1 THEN
            result := result || replace(piece, '\', '\\');
        ELSIF piece ~ '^\\[dDwWsSA1-9]$' THEN
            result := result || piece;
        ELSIF piece = '\z' THEN result := result || '\Z';
        ELSIF piece = '\Z' THEN result := result || '(?=\n?\Z)';
        ELSIF piece ~ '^\\[[:alnum:]]$' THEN result := result || right(piece, 1);
        ELSIF piece = '.' AND position('n' IN flags) = 0 THEN result := result || '[^\n]';
        ELSIF piece = '(' AND rest LIKE '?%' THEN PERFORM ora.refuse('(? in a regular expression', pattern);
        ELSIF piece ~ '^\s$' AND position('x' IN flags) > 0 THEN NULL;
        ELSE
            IF piece ~ '^([*+?]|\{)' THEN
                IF length(piece) > 1 AND right(piece, 1) = '?' THEN lazy := true; ELSIF piece ~ '[*+?,]' THEN greedy := true; END IF;
            END IF;
            result := result || piece;
        END IF;
    END LOOP;
    -- PostgreSQL decides for a whole expression whether it is greedy
    IF lazy AND greedy THEN PERFORM ora.refuse('greedy and non-greedy quantifiers in one regular expression', pattern); END IF;
    RETURN CASE WHEN result LIKE '***%' THEN '(?:)' || result ELSE result END;
END $$;
CREATE FUNCTION ora.regexp_flags(flags text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF flags ~ '[^icnmx]' THEN PERFORM ora.fail(1760, 'illegal argument for function'); END IF;
    RETURN CASE WHEN substring(flags FROM '([ic])[^ic]*$') = 'i' THEN 'i' ELSE 'c' END || CASE WHEN position('m' IN flags) > 0 THEN 'w' ELSE '' END;
END $$;
CREATE FUNCTION ora.regexp_at(place numeric, least_ int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF trunc(place) < least_::numeric THEN PERFORM ora.fail(1428, 'argument ''' || ora.number_text(place) || ''' is out of range'); END IF;
    RETURN least(trunc(place), 1000000000)::int;
END $$;

CREATE FUNCTION ora.regexp_like_(x text, pattern text, flags text) RETURNS bool LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_like(x COLLATE ora.letters, ora.regexp_pattern(pattern, coalesce(flags, '')), ora.regexp_flags(coalesce(flags, ''))) $$;
CREATE FUNCTION ora.regexp_count_(x text, pattern text, place numeric, flags text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_count(x COLLATE ora.letters, ora.regexp_pattern(pattern, coalesce(flags, '')), ora.regexp_at(place, 1), ora.regexp_flags(coalesce(flags, '')))::numeric $$;
CREATE FUNCTION ora.regexp_instr_(x text, pattern text, place numeric, nth numeric, after numeric, flags text, part numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_instr(x COLLATE ora.letters, ora.regexp_pattern(pattern, coalesce(flags, '')), ora.regexp_at(place, 1), ora.regexp_at(nth, 1),
        least(ora.regexp_at(after, 0), 1), ora.regexp_flags(coalesce(flags, '')), ora.regexp_at(part, 0))::numeric $$;
CREATE FUNCTION ora.regexp_substr_(x text, pattern text, place numeric, nth numeric, flags text, part numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT nullif(regexp_substr(x COLLATE ora.letters, ora.regexp_pattern(pattern, coalesce(flags, '')), ora.regexp_at(place, 1), ora.regexp_at(nth, 1),
        ora.regexp_flags(coalesce(flags, '')), ora.regexp_at(part, 0)), '') $$;
CREATE FUNCTION ora.regexp_replace_(x text, pattern text, new text, place numeric, nth numeric, flags text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN pattern IS NULL THEN x ELSE nullif(regexp_replace(x COLLATE ora.letters, ora.regexp_pattern(pattern, coalesce(flags, '')),
        replace(coalesce(new, ''), '\&', '\\&'), ora.regexp_at(place, 1), ora.regexp_at(nth, 0), ora.regexp_flags(coalesce(flags, ''))), '') END $$;
