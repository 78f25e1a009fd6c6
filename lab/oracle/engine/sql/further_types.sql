-- National character types, TIMESTAMP WITH LOCAL TIME ZONE, INTERVAL YEAR TO MONTH, LONG: types of their own as well.

CREATE TYPE ora.ntext;
CREATE FUNCTION ora.ntext_in(cstring) RETURNS ora.ntext LANGUAGE internal STABLE STRICT AS 'textin';
CREATE FUNCTION ora.ntext_out(ora.ntext) RETURNS cstring LANGUAGE internal STABLE STRICT AS 'textout';
CREATE FUNCTION ora.ntext_recv(internal) RETURNS ora.ntext LANGUAGE internal STABLE STRICT AS 'textrecv';
CREATE FUNCTION ora.ntext_send(ora.ntext) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'textsend';
CREATE TYPE ora.ntext (INPUT = ora.ntext_in, OUTPUT = ora.ntext_out, RECEIVE = ora.ntext_recv, SEND = ora.ntext_send,
    LIKE = text, CATEGORY = 'S', COLLATABLE = true);

CREATE TYPE ora.nfixed;
CREATE FUNCTION ora.nfixed_in(cstring) RETURNS ora.nfixed LANGUAGE internal STABLE STRICT AS 'textin';
CREATE FUNCTION ora.nfixed_out(ora.nfixed) RETURNS cstring LANGUAGE internal STABLE STRICT AS 'textout';
CREATE FUNCTION ora.nfixed_recv(internal) RETURNS ora.nfixed LANGUAGE internal STABLE STRICT AS 'textrecv';
CREATE FUNCTION ora.nfixed_send(ora.nfixed) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'textsend';
CREATE TYPE ora.nfixed (INPUT = ora.nfixed_in, OUTPUT = ora.nfixed_out, RECEIVE = ora.nfixed_recv, SEND = ora.nfixed_send,
    LIKE = text, CATEGORY = 'S', COLLATABLE = true);

CREATE TYPE ora.nclob;
CREATE FUNCTION ora.nclob_in(cstring) RETURNS ora.nclob LANGUAGE internal STABLE STRICT AS 'textin';
CREATE FUNCTION ora.nclob_out(ora.nclob) RETURNS cstring LANGUAGE internal STABLE STRICT AS 'textout';
CREATE FUNCTION ora.nclob_recv(internal) RETURNS ora.nclob LANGUAGE internal STABLE STRICT AS 'textrecv';
CREATE FUNCTION ora.nclob_send(ora.nclob) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'textsend';
CREATE TYPE ora.nclob (INPUT = ora.nclob_in, OUTPUT = ora.nclob_out, RECEIVE = ora.nclob_recv, SEND = ora.nclob_send,
    LIKE = text, CATEGORY = 'L', COLLATABLE = true);

CREATE TYPE ora.long;
CREATE FUNCTION ora.long_in(cstring) RETURNS ora.long LANGUAGE internal STABLE STRICT AS 'textin';
CREATE FUNCTION ora.long_out(ora.long) RETURNS cstring LANGUAGE internal STABLE STRICT AS 'textout';
CREATE FUNCTION ora.long_recv(internal) RETURNS ora.long LANGUAGE internal STABLE STRICT AS 'textrecv';
CREATE FUNCTION ora.long_send(ora.long) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'textsend';
CREATE TYPE ora.long (INPUT = ora.long_in, OUTPUT = ora.long_out, RECEIVE = ora.long_recv, SEND = ora.long_send,
    LIKE = text, CATEGORY = 'L', COLLATABLE = true);

CREATE TYPE ora.longraw;
CREATE FUNCTION ora.longraw_in(cstring) RETURNS ora.longraw LANGUAGE internal STABLE STRICT AS 'byteain';
CREATE FUNCTION ora.longraw_out(ora.longraw) RETURNS cstring LANGUAGE internal STABLE STRICT AS 'byteaout';
CREATE FUNCTION ora.longraw_recv(internal) RETURNS ora.longraw LANGUAGE internal STABLE STRICT AS 'bytearecv';
CREATE FUNCTION ora.longraw_send(ora.longraw) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'byteasend';
CREATE TYPE ora.longraw (INPUT = ora.longraw_in, OUTPUT = ora.longraw_out, RECEIVE = ora.longraw_recv, SEND = ora.longraw_send,
    LIKE = bytea, CATEGORY = 'L');

-- the moment in UTC
CREATE TYPE ora.ltz;
CREATE FUNCTION ora.ltz_in(cstring, oid, int4) RETURNS ora.ltz LANGUAGE internal STABLE STRICT AS 'timestamp_in';
CREATE FUNCTION ora.ltz_out(ora.ltz) RETURNS cstring LANGUAGE internal STABLE STRICT AS 'timestamp_out';
CREATE FUNCTION ora.ltz_recv(internal, oid, int4) RETURNS ora.ltz LANGUAGE internal STABLE STRICT AS 'timestamp_recv';
CREATE FUNCTION ora.ltz_send(ora.ltz) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'timestamp_send';
CREATE TYPE ora.ltz (INPUT = ora.ltz_in, OUTPUT = ora.ltz_out, RECEIVE = ora.ltz_recv, SEND = ora.ltz_send,
    LIKE = timestamp, CATEGORY = 'Z');

-- seconds since 2000-01-01, with nanoseconds
CREATE TYPE ora.tsn;
CREATE FUNCTION ora.tsn_in(cstring, oid, int4) RETURNS ora.tsn LANGUAGE internal STABLE STRICT AS 'numeric_in';
CREATE FUNCTION ora.tsn_out(ora.tsn) RETURNS cstring LANGUAGE internal STABLE STRICT AS 'numeric_out';
CREATE FUNCTION ora.tsn_recv(internal, oid, int4) RETURNS ora.tsn LANGUAGE internal STABLE STRICT AS 'numeric_recv';
CREATE FUNCTION ora.tsn_send(ora.tsn) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'numeric_send';
CREATE TYPE ora.tsn (INPUT = ora.tsn_in, OUTPUT = ora.tsn_out, RECEIVE = ora.tsn_recv, SEND = ora.tsn_send,
    LIKE = numeric, CATEGORY = 'T');

-- a number of months
CREATE TYPE ora.iym;
CREATE FUNCTION ora.iym_in(cstring) RETURNS ora.iym LANGUAGE internal STABLE STRICT AS 'int4in';
CREATE FUNCTION ora.iym_out(ora.iym) RETURNS cstring LANGUAGE internal STABLE STRICT AS 'int4out';
CREATE FUNCTION ora.iym_recv(internal) RETURNS ora.iym LANGUAGE internal STABLE STRICT AS 'int4recv';
CREATE FUNCTION ora.iym_send(ora.iym) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'int4send';
CREATE TYPE ora.iym (INPUT = ora.iym_in, OUTPUT = ora.iym_out, RECEIVE = ora.iym_recv, SEND = ora.iym_send,
    LIKE = int4, CATEGORY = 'M');

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
