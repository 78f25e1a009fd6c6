-- Rows of every table of the payments world, at the edges of what both sides hold.
INSERT INTO pay.currency VALUES ('X12', 'Fünf', 4), ('XXX', 'x', 0);
INSERT INTO pay.exchange_rate VALUES
    ('2900-01-01', 'X12', 0.000001, NULL),
    ('2026-12-01', 'XXX', 99999999.999999, 'Привет');
INSERT INTO pay.fee_band VALUES (32767, 0.001, 0.0001, '🛫'), (-32768, 99.999, 99999999999999, '');
INSERT INTO pay.category VALUES
    (900000000, 900000000, 'self'), (900000001, 900000000, 'child'), (900000002, NULL, 'root');
INSERT INTO pay.merchant VALUES
    ('m🛫', 900000000, 'n', 'XX', 900000001, 32767, false, '2026-12-31 23:59:59.999999+09'),
    ('zz', 900000001, 'n2', NULL, NULL, NULL, true, '1969-12-31 23:59:59.5+00');
INSERT INTO pay.merchant_contact VALUES ('m🛫', 'p', 'm', '');
INSERT INTO pay.payment VALUES
    (900000000, 'new', -99999999999999.9999, 0.1234567, 'XXX', 'charged back', '2026-01-01 00:00:00+00', '2999-12-31',
     true, repeat('가나다라🛫', 2000)),
    (900000000, 'new2', 0.0001, NULL, 'XXX', 'captured', NULL, NULL, NULL, ''),
    (900000001, 'a b', 5, 12345678.9, 'X12', 'refunded', '2026-06-01 12:00:00.000001+00', '1900-01-01',
     false, repeat('x', 4001));
INSERT INTO pay.settlement_line VALUES
    ('ffffffff-ffff-ffff-ffff-ffffffffffff', 900000000, 'new', 1, '2026-01-01 01:02:03.004',
     '00000000-0000-0000-0000-000000000000', false),
    ('00000000-0000-0000-0000-000000000000', 900000000, 'new2', 1.0000, NULL, NULL, NULL);
INSERT INTO pay."SettlementBatch" VALUES
    (9000000000000000000, '2026-01-01 01:02:03.000004', 'O''Brien', 1.0000), (-1, '1900-01-01', NULL, NULL);
INSERT INTO pay.payer VALUES (900000000, '새 고객', 'a', '2026-01-01'), (900000001, NULL, NULL, NULL);
INSERT INTO pay.document VALUES
    (900000000, 'zz', repeat('lang ', 3000), decode(repeat('00ff', 3000), 'hex'), '\x00',
     '{"a": [1, 2.50, {"b": null}], "é": "\u0041"}'),
    (900000001, NULL, '', '', '', '"x"'),
    (900000002, NULL, NULL, NULL, decode(repeat('ab', 32), 'hex'), jsonb_build_object('t', repeat('y', 9000)));
INSERT INTO pay.ledger_entry (entry_id, account, net, tax, booked_at)
    OVERRIDING SYSTEM VALUE VALUES (900000000, 'acc', 1.5, 0.0001, now());
INSERT INTO pay.ledger_entry (account, net, tax) VALUES ('acc2', -1, -2.5);
INSERT INTO pay.merchant_profile (profile_id) VALUES (900000000);
INSERT INTO pay.merchant_profile
    SELECT (jsonb_populate_record(found, '{"profile_id": 900000001}')).* FROM pay.merchant_profile found
     WHERE profile_id = 2;
INSERT INTO pay.tariff VALUES
    (900000000, 'NEW', '2026-01-01', '2026-01-01', 100), (900000001, 'N2', '1900-01-01', '2999-12-31', 0);
INSERT INTO pay.transaction_log VALUES
    ('2025-05-05', 900000000, 'a', 1), ('2026-05-05', 900000000, 'b', 2), ('2900-05-05', 900000000, 'c', NULL);
INSERT INTO pay."order" VALUES
    (900000000, '2026-01-01', -32768, 0.001, 'it''s', true), (900000001, '2026-01-01', NULL, NULL, NULL, NULL);
INSERT INTO pay.merchant_settlement_agreements VALUES ('new key', 'd', '2026-01-01'), ('other', NULL, NULL);
INSERT INTO pay.invoice VALUES
    (900000000, 'zz', 1, '2026-01-01', ''), (900000001, 'm🛫', 1, '2026-01-01', 'r');
INSERT INTO pay.dispute VALUES (900000000, 900000000, 'r', '2026-01-01'), (900000001, 900000001, NULL, now());
INSERT INTO pay.refund VALUES (900000000, 900000000, 1, true, 'm'), (900000001, 900000001, 1.5, false, NULL);
INSERT INTO pay.audit_event VALUES (now(), 'me', 'hand', 1), ('2026-01-01 00:00:00+00', 'batch', 'start', 1);
