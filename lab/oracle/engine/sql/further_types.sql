-- National character types, TIMESTAMP WITH LOCAL TIME ZONE, INTERVAL YEAR TO MONTH, LONG: types of their own as well.

CALL ora.new_type('ntext', 'text', 'text', 'S');
CALL ora.new_type('nfixed', 'text', 'text', 'S');
CALL ora.new_type('nclob', 'text', 'text', 'L');
CALL ora.new_type('long', 'text', 'text', 'L');
CALL ora.new_type('longraw', 'bytea', 'bytea', 'L');
-- the moment in UTC
CALL ora.new_type('ltz', 'timestamp', 'timestamp_', 'Z', true);
-- seconds since 2000-01-01, with nanoseconds
CALL ora.new_type('tsn', 'numeric', 'numeric_', 'T', true);
-- a number of months
CALL ora.new_type('iym', 'int4', 'int4', 'M');

CREATE CAST (ora.ntext AS text) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (text AS ora.ntext) WITHOUT FUNCTION;
CREATE CAST (ora.nfixed AS text) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (ora.nfixed AS ora.fixed) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (text AS ora.nfixed) WITHOUT FUNCTION;
CREATE CAST (ora.nclob AS ora.clob) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (ora.nclob AS text) WITHOUT FUNCTION;
CREATE CAST (text AS ora.nclob) WITHOUT FUNCTION;
CREATE CAST (text AS ora.long) WITHOUT FUNCTION;
CREATE CAST (bytea AS ora.longraw) WITHOUT FUNCTION;
CREATE CAST (timestamp AS ora.ltz) WITHOUT FUNCTION;
CREATE CAST (ora.ltz AS timestamp) WITHOUT FUNCTION;
CREATE CAST (int4 AS ora.iym) WITHOUT FUNCTION;
CREATE CAST (ora.iym AS int4) WITHOUT FUNCTION;
CREATE CAST (ora.tsn AS numeric) WITHOUT FUNCTION;
CREATE CAST (numeric AS ora.tsn) WITHOUT FUNCTION;
