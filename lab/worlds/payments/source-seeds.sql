-- The rows both databases hold before the replication starts; target-seeds.sql has the same.

INSERT INTO pay.currency (
    code, name, minor_units
) VALUES
    ('EUR', 'Euro', 2),
    ('USD', 'US dollar', 2),
    ('KRW', '대한민국 원', 0),
    ('JPY', '日本円', 0),
    ('KWD', 'دينار كويتي', 3);

INSERT INTO pay.exchange_rate (
    day, currency, rate, provider
) VALUES
    ('2026-01-01', 'USD', 1.082500, 'ECB'),
    ('2026-01-15', 'KRW', 1472.351000, 'BOK'),
    ('2026-01-28', 'JPY', 162.111001, NULL),
    ('2026-02-01', 'USD', 1.083500, 'ECB'),
    ('2026-02-15', 'KRW', 1472.352000, 'BOK'),
    ('2026-02-28', 'JPY', 162.112001, NULL),
    ('2026-03-01', 'USD', 1.084500, 'ECB'),
    ('2026-03-15', 'KRW', 1472.353000, 'BOK'),
    ('2026-03-28', 'JPY', 162.113001, NULL);

INSERT INTO pay.fee_band (
    band, percent, from_amount, label
) VALUES
    (1, 2.900, 0, 'starter'),
    (2, 2.400, 10000, 'grown'),
    (3, 1.750, 250000.5000, 'large'),
    (-1, 0.000, 0, NULL);

INSERT INTO pay.category (
    id, parent_id, name
) VALUES
    (1, NULL, 'Everything'),
    (2, 1, 'Travel'),
    (3, 1, 'Food'),
    (4, 2, 'Flights'),
    (5, 2, 'Hotels'),
    (6, 3, 'Groceries'),
    (7, 6, 'Bakeries'),
    (8, NULL, 'Unsorted');
SELECT setval(pg_get_serial_sequence('pay.category', 'id'), 8);

INSERT INTO pay.merchant (
    code, merchant_id, name, country, category_id, fee_band, active, created_at
) VALUES
    ('ACME', 101, 'Acme Ltd.', 'GB', 4, 1, true, '2020-01-10 00:15:30.000123+00:00'),
    ('BAKERY-7', 102, 'Bakery-7 Ltd.', 'DE', 7, 2, true, '2021-02-11 01:15:30.100123+00:00'),
    ('CAFÉ-ROUGE', 103, 'Café-Rouge Ltd.', 'FR', 3, 3, true, '2022-03-12 02:15:30.200123+00:00'),
    ('대한항공', 104, '대한항공 Ltd.', 'KR', 4, 1, true, '2023-04-13 03:15:30.300123+00:00'),
    ('NILE-TOURS', 105, 'Nile-Tours Ltd.', 'EG', 2, NULL, false, '2024-05-14 04:15:30.400123+00:00'),
    ('OLD-TOWN', 106, 'Old-Town Ltd.', NULL, NULL, 2, true, '2025-06-15 05:15:30.500123+00:00');

INSERT INTO pay.merchant_contact (
    merchant_code, person, mail, phone
) VALUES
    ('ACME', 'Contact 0', 'desk0@example.org', '+49 30 5550000'),
    ('BAKERY-7', 'Contact 1', 'desk1@example.org', '+49 30 5550001'),
    ('CAFÉ-ROUGE', 'Contact 2', 'desk2@example.org', NULL),
    ('대한항공', 'Contact 3', 'desk3@example.org', '+49 30 5550003');

INSERT INTO pay.payment (
    merchant_id, payment_no, amount, fee, currency, state, authorised_at, value_day, captured, note
) VALUES
    (101, 'P-2026-00001', 1000.0000, 0.000000, 'EUR', 'authorised', '2026-01-01 00:59:59.999990+00:00', '2026-01-02',
     true, 'Payment 0, ordered online – ‘paid’ in full'),
    (102, 'P-2026-00001', 1037.1250, 0.123456, 'USD', 'captured', '2026-02-02 01:59:59.999991+00:00', '2026-02-03',
     false, NULL),
    (103, 'P-2026-00001', 1074.2500, 0.246912, 'KRW', 'refunded', '2026-03-03 02:59:59.999992+00:00', '2026-03-04',
     true, NULL),
    (104, 'P-2026-00001', 1111.3750, 0.370368, 'JPY', 'charged back', '2026-04-04 03:59:59.999993+00:00',
     '2026-04-05', false, 'Payment 3, ordered online – ‘paid’ in full'),
    (105, 'P-2026-00001', 1148.5000, NULL, 'KWD', 'authorised', '2026-05-05 04:59:59.999994+00:00', '2026-05-06',
     true, NULL),
    (106, 'P-2026-00001', 1185.6250, 0.617280, 'EUR', 'captured', '2026-06-06 05:59:59.999995+00:00', '2026-06-07',
     false, NULL),
    (101, 'P-2026-00002', 1222.7500, 0.740736, 'USD', 'refunded', '2026-07-07 06:59:59.999996+00:00', '2026-07-08',
     true, 'Payment 6, ordered online – ‘paid’ in full'),
    (102, 'P-2026-00002', 1259.8750, 0.864192, 'KRW', 'charged back', '2026-08-08 07:59:59.999997+00:00',
     '2026-08-09', NULL, NULL),
    (103, 'P-2026-00002', 1297.0000, 0.987648, 'JPY', 'authorised', '2026-09-09 08:59:59.999998+00:00', '2026-09-10',
     true, NULL),
    (104, 'P-2026-00002', 1334.1250, NULL, 'KWD', 'captured', '2026-01-10 09:59:59.999999+00:00', '2026-01-11',
     false, 'Payment 9, ordered online – ‘paid’ in full'),
    (105, 'P-2026-00002', 1371.2500, 1.234560, 'EUR', 'refunded', '2026-02-11 10:59:59.999990+00:00', '2026-02-12',
     true, NULL),
    (106, 'P-2026-00002', 1408.3750, 1.358016, 'USD', 'charged back', '2026-03-12 11:59:59.999991+00:00',
     '2026-03-13', false, NULL),
    (101, 'P-2026-00003', 1445.5000, 1.481472, 'KRW', 'authorised', '2026-04-13 12:59:59.999992+00:00', '2026-04-14',
     true, 'Payment 12, ordered online – ‘paid’ in full'),
    (102, 'P-2026-00003', 1482.6250, 1.604928, 'JPY', 'captured', '2026-05-14 13:59:59.999993+00:00', '2026-05-15',
     false, NULL),
    (103, 'P-2026-00003', 1519.7500, NULL, 'KWD', 'refunded', '2026-06-15 14:59:59.999994+00:00', '2026-06-16', true,
     NULL),
    (104, 'P-2026-00003', 1556.8750, 1.851840, 'EUR', 'charged back', '2026-07-16 15:59:59.999995+00:00',
     '2026-07-17', false, 'Payment 15, ordered online – ‘paid’ in full'),
    (105, 'P-2026-00003', 1594.0000, 1.975296, 'USD', 'authorised', '2026-08-17 16:59:59.999996+00:00', '2026-08-18',
     true, NULL),
    (106, 'P-2026-00003', 1631.1250, 2.098752, 'KRW', 'captured', '2026-09-18 17:59:59.999997+00:00', '2026-09-19',
     false, NULL),
    (101, 'P-2026-00004', 1668.2500, 2.222208, 'JPY', 'refunded', '2026-01-19 18:59:59.999998+00:00', '2026-01-20',
     true, 'Payment 18, ordered online – ‘paid’ in full'),
    (102, 'P-2026-00004', 1705.3750, NULL, 'KWD', 'charged back', '2026-02-20 19:59:59.999999+00:00', '2026-02-21',
     false, NULL),
    (103, 'P-2026-00004', 1742.5000, 2.469120, 'EUR', 'authorised', '2026-03-21 20:59:59.999990+00:00', '2026-03-22',
     true, NULL),
    (104, 'P-2026-00004', 1779.6250, 2.592576, 'USD', 'captured', '2026-04-22 21:59:59.999991+00:00', '2026-04-23',
     false, 'Payment 21, ordered online – ‘paid’ in full'),
    (105, 'P-2026-00004', 1816.7500, 2.716032, 'KRW', 'refunded', '2026-05-23 22:59:59.999992+00:00', '2026-05-24',
     true, NULL),
    (106, 'P-2026-00004', 1853.8750, 2.839488, 'JPY', 'charged back', '2026-06-24 23:59:59.999993+00:00',
     '2026-06-25', false, NULL);

INSERT INTO pay.settlement_line (
    line_id, merchant_id, payment_no, amount, settled_at, terminal, final
) VALUES
    ('01c9f21f-9d07-ea5e-93ad-1e0f00de3b61', 101, 'P-2026-00001', 1000.0000, '2026-03-01 23:00:00.005000',
     'd825ff45-1771-33e6-32ed-5ed33b1329f3', false),
    ('137f72c3-708c-6bd0-de00-a0e5a69c699b', 102, 'P-2026-00001', 518.5625, '2026-03-02 23:00:01.015000',
     '33a469f7-fa96-f4c8-1803-4c53ffb5755e', true),
    ('e6251bcf-1a7d-c3ba-5e79-33e325bbe605', 103, 'P-2026-00001', 1074.2500, '2026-03-03 23:00:02.025000',
     'bfd3679b-66a0-a401-c82f-6c89129107f4', false),
    ('0c63b2a7-c2c4-808f-b709-c745630f6e29', 104, 'P-2026-00001', 555.6875, '2026-03-04 23:00:03.035000', NULL, true),
    ('a3cd21e5-9c0a-707b-377c-855473d5ebba', 105, 'P-2026-00001', 1148.5000, '2026-03-05 23:00:04.045000',
     '33a469f7-fa96-f4c8-1803-4c53ffb5755e', false),
    ('602064d8-cac9-b3a1-f442-af045dc82039', 106, 'P-2026-00001', 592.8125, '2026-03-06 23:00:05.055000',
     'bfd3679b-66a0-a401-c82f-6c89129107f4', NULL),
    ('11fe7f69-26f9-1934-7964-eeaec7e56af8', 101, 'P-2026-00002', 1222.7500, '2026-03-07 23:00:06.065000',
     'd825ff45-1771-33e6-32ed-5ed33b1329f3', false),
    ('dc37e535-b5d2-0704-af10-1900c4c4603e', 102, 'P-2026-00002', 629.9375, '2026-03-08 23:00:07.075000', NULL, true),
    ('b6dc6d14-088f-1635-235e-a18189924d6a', 103, 'P-2026-00002', 1297.0000, '2026-03-09 23:00:08.085000',
     'bfd3679b-66a0-a401-c82f-6c89129107f4', false),
    ('5006a231-c088-acd3-4555-6c1c6a9e7c03', 104, 'P-2026-00002', 667.0625, '2026-03-10 23:00:09.095000',
     'd825ff45-1771-33e6-32ed-5ed33b1329f3', true),
    ('1dfe65da-3d19-d75d-41d0-af609653509c', 105, 'P-2026-00002', 1371.2500, '2026-03-11 23:00:10.105000',
     '33a469f7-fa96-f4c8-1803-4c53ffb5755e', false),
    ('75d26f6d-f7e8-0674-0a00-f192f441d411', 106, 'P-2026-00002', 704.1875, '2026-03-12 23:00:11.115000', NULL, true),
    ('1c916cd6-7252-20dc-1f74-16a7948b7260', 101, 'P-2026-00003', 1445.5000, '2026-03-13 23:00:12.125000',
     'd825ff45-1771-33e6-32ed-5ed33b1329f3', false),
    ('1bdc2c45-3a49-11a4-4ea5-28ba2613167d', 102, 'P-2026-00003', 741.3125, '2026-03-14 23:00:13.135000',
     '33a469f7-fa96-f4c8-1803-4c53ffb5755e', true),
    ('70ee715f-7c75-45d2-c531-947fefa89151', 103, 'P-2026-00003', 1519.7500, '2026-03-15 23:00:14.145000',
     'bfd3679b-66a0-a401-c82f-6c89129107f4', false),
    ('1daf3528-f765-7e28-d194-fcb84a9ee981', 104, 'P-2026-00003', 778.4375, '2026-03-16 23:00:15.155000', NULL, true),
    ('f123509e-f1b2-328e-9c37-dc46016fe89d', 105, 'P-2026-00003', 1594.0000, '2026-03-17 23:00:16.165000',
     '33a469f7-fa96-f4c8-1803-4c53ffb5755e', false),
    ('83e31b39-26ec-1917-0f72-40df58582e39', 106, 'P-2026-00003', 815.5625, '2026-03-18 23:00:17.175000',
     'bfd3679b-66a0-a401-c82f-6c89129107f4', true);

INSERT INTO pay."SettlementBatch" (
    "BatchId", "openedAt", "closedBy", "Total"
) VALUES
    (1, '2026-01-01 00:00:00', 'Kim', NULL),
    (2, '2026-02-01 00:00:00.000001', 'O''Hara', 125000.5),
    (3, '2026-03-01 00:00:00.000002', NULL, 250001.0),
    (4, '2026-04-01 00:00:00.000003', 'Ström', 375001.5);

INSERT INTO pay.payer (
    payer_id, "고객명", mail, birth_day
) VALUES
    (10, '김민준', 'payer0@example.org', '1969-12-31'),
    (11, 'Zoë Köhler', 'payer1@example.org', '2000-02-29'),
    (12, NULL, 'payer2@example.org', NULL),
    (13, 'محمد', 'payer3@example.org', '1901-01-01');

INSERT INTO pay.document (
    document_id, merchant_code, body, scan, checksum, attributes
) VALUES
    (1, 'ACME', repeat('Terms and conditions of settlement, as agreed. ', 160),
     '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff',
     '\x6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b',
     '{"pages": 12, "tags": ["terms", "2026"], "signed": true}'),
    (2, '대한항공', '짧은 문서', '\x00', '\x00ff', '{"pages": 1, "ratio": 0.25, "reviewer": null}'),
    (3, NULL, NULL, NULL, NULL, NULL),
    (4, 'OLD-TOWN', repeat('계약 조건. ', 600), '\x255044462d312e37',
     '\x4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a', '[]');
SELECT setval(pg_get_serial_sequence('pay.document', 'document_id'), 4);

INSERT INTO pay.ledger_entry (
    entry_id, account, net, tax, booked_at
) OVERRIDING SYSTEM VALUE VALUES
    (1, 'DE00000000000000000001', 10.5, 1.995, '2026-05-01 12:00:00+00:00'),
    (2, 'DE00000000000000000002', 21.0, 3.990, '2026-05-02 12:00:00+00:00'),
    (3, 'DE00000000000000000003', 31.5, 5.985, '2026-05-03 12:00:00+00:00'),
    (4, 'DE00000000000000000004', 42.0, 7.980, '2026-05-04 12:00:00+00:00'),
    (5, 'DE00000000000000000005', 52.5, 9.975, '2026-05-05 12:00:00+00:00'),
    (6, 'DE00000000000000000006', 63.0, 11.970, '2026-05-06 12:00:00+00:00'),
    (7, 'DE00000000000000000007', 73.5, 13.965, '2026-05-07 12:00:00+00:00');
SELECT setval(pg_get_serial_sequence('pay.ledger_entry', 'entry_id'), 7);

INSERT INTO pay.merchant_profile (
    profile_id, answer_01, answer_02, answer_03, answer_04, answer_05, answer_06, answer_07, answer_08, answer_09,
    answer_10, answer_11, answer_12, answer_13, answer_14, answer_15, answer_16, answer_17, answer_18, answer_19,
    answer_20, answer_21, answer_22, answer_23, answer_24, answer_25, answer_26, answer_27, answer_28, answer_29,
    answer_30, count_01, count_02, count_03, count_04, count_05, count_06, count_07, count_08, count_09, count_10,
    sum_01, sum_02, sum_03, sum_04, sum_05, sum_06, sum_07, sum_08, sum_09, sum_10, day_01, day_02, day_03, day_04,
    day_05, flag_01, flag_02, flag_03, flag_04
) VALUES
    (1, 'answer 1 of 1', 'answer 2 of 1', 'answer 3 of 1', 'answer 4 of 1', 'answer 5 of 1', NULL, 'answer 7 of 1',
     'answer 8 of 1', 'answer 9 of 1', 'answer 10 of 1', 'answer 11 of 1', 'answer 12 of 1', NULL, 'answer 14 of 1',
     'answer 15 of 1', 'answer 16 of 1', 'answer 17 of 1', 'answer 18 of 1', 'answer 19 of 1', NULL,
     'answer 21 of 1', 'answer 22 of 1', 'answer 23 of 1', 'answer 24 of 1', 'answer 25 of 1', 'answer 26 of 1',
     NULL, 'answer 28 of 1', 'answer 29 of 1', 'answer 30 of 1', 1009, 2018, 3027, 4036, NULL, 6054, 7063, 8072,
     9081, NULL, 12.25, 24.50, NULL, 49.00, 61.25, 73.50, NULL, 98.00, 110.25, 122.50, NULL, '2012-02-01',
     '2013-03-01', '2014-04-01', '2015-05-01', NULL, false, true, false),
    (2, 'answer 1 of 2', 'answer 2 of 2', 'answer 3 of 2', 'answer 4 of 2', NULL, 'answer 6 of 2', 'answer 7 of 2',
     'answer 8 of 2', 'answer 9 of 2', 'answer 10 of 2', 'answer 11 of 2', NULL, 'answer 13 of 2', 'answer 14 of 2',
     'answer 15 of 2', 'answer 16 of 2', 'answer 17 of 2', 'answer 18 of 2', NULL, 'answer 20 of 2',
     'answer 21 of 2', 'answer 22 of 2', 'answer 23 of 2', 'answer 24 of 2', 'answer 25 of 2', NULL,
     'answer 27 of 2', 'answer 28 of 2', 'answer 29 of 2', 'answer 30 of 2', 2018, 4036, 6054, 8072, NULL, 12108,
     14126, 16144, 18162, NULL, 24.50, NULL, 73.50, 98.00, 122.50, NULL, 171.50, 196.00, 220.50, NULL, '2011-01-02',
     NULL, '2013-03-02', '2014-04-02', '2015-05-02', false, NULL, false, true),
    (3, 'answer 1 of 3', 'answer 2 of 3', 'answer 3 of 3', NULL, 'answer 5 of 3', 'answer 6 of 3', 'answer 7 of 3',
     'answer 8 of 3', 'answer 9 of 3', 'answer 10 of 3', NULL, 'answer 12 of 3', 'answer 13 of 3', 'answer 14 of 3',
     'answer 15 of 3', 'answer 16 of 3', 'answer 17 of 3', NULL, 'answer 19 of 3', 'answer 20 of 3',
     'answer 21 of 3', 'answer 22 of 3', 'answer 23 of 3', 'answer 24 of 3', NULL, 'answer 26 of 3',
     'answer 27 of 3', 'answer 28 of 3', 'answer 29 of 3', 'answer 30 of 3', 3027, 6054, 9081, 12108, NULL, 18162,
     21189, 24216, 27243, NULL, NULL, 73.50, 110.25, 147.00, NULL, 220.50, 257.25, 294.00, NULL, 367.50,
     '2011-01-03', '2012-02-03', NULL, '2014-04-03', '2015-05-03', true, false, NULL, false);

INSERT INTO pay.tariff (
    tariff_id, code, valid_from, valid_to, percent
) VALUES
    (1, 'BASIC', '2020-01-01', '2999-12-31', 2.9),
    (2, 'SUMMER-26', '2026-06-01', '2026-08-31', 1.125),
    (3, 'ONE-DAY', '2026-02-28', '2026-02-28', NULL);

INSERT INTO pay.transaction_log (
    booked_on, entry_no, detail, amount
) VALUES
    ('2024-01-10', 1000, 'entry 0', 0.00),
    ('2024-02-11', 1001, 'entry 1', 99.99),
    ('2024-03-12', 1002, 'entry 2', 199.98),
    ('2024-04-13', 1003, 'entry 3', 299.97),
    ('2025-05-14', 1004, 'entry 4', 399.96),
    ('2025-06-15', 1005, 'entry 5', 499.95),
    ('2025-07-16', 1006, 'entry 6', 599.94),
    ('2025-08-17', 1007, 'entry 7', 699.93),
    ('2026-09-18', 1008, 'entry 8', 799.92),
    ('2026-10-19', 1009, 'entry 9', 899.91),
    ('2026-11-20', 1010, 'entry 10', 999.90),
    ('2026-12-21', 1011, 'entry 11', 1099.89);

INSERT INTO pay."order" (
    number, date, level, size, comment, start
) VALUES
    (1, '2026-04-01', NULL, 1.5, 'order no. 1: 100% \ "as is"', false),
    (2, '2026-04-02', 3, 3.0, 'order no. 2: 100% \ "as is"', true),
    (3, '2026-04-03', -3, 4.5, NULL, false),
    (4, '2026-04-04', 1, 6.0, 'order no. 4: 100% \ "as is"', true),
    (5, '2026-04-05', NULL, 7.5, 'order no. 5: 100% \ "as is"', false),
    (6, '2026-04-06', 3, 9.0, 'order no. 6: 100% \ "as is"', true);

INSERT INTO pay.merchant_settlement_agreements (
    agreement_identification_codes, responsible_department_of_bank, first_day_of_agreed_settlement
) VALUES
    ('AGR/000/2026', 'Cards', '2026-01-01'),
    ('AGR/001/2026', 'Kredit & Leasing', '2026-02-01'),
    ('AGR/002/2026', NULL, '2026-03-01');

INSERT INTO pay.invoice (
    invoice_id, merchant_code, amount, issued_on, remark
) VALUES
    (1, 'BAKERY-7', 250.75, '2026-07-01', 'invoice 1'),
    (2, 'CAFÉ-ROUGE', 501.50, '2026-07-02', 'invoice 2'),
    (3, '대한항공', 752.25, '2026-07-03', NULL),
    (4, 'NILE-TOURS', 1003.00, '2026-07-04', 'invoice 4'),
    (5, 'OLD-TOWN', 1253.75, '2026-07-05', 'invoice 5'),
    (6, 'ACME', 1504.50, '2026-07-06', NULL),
    (7, 'BAKERY-7', 1755.25, '2026-07-07', 'invoice 7'),
    (8, 'CAFÉ-ROUGE', 2006.00, '2026-07-08', 'invoice 8'),
    (9, '대한항공', 2256.75, '2026-07-09', NULL),
    (10, 'NILE-TOURS', 2507.50, '2026-07-10', 'invoice 10');
SELECT setval(pg_get_serial_sequence('pay.invoice', 'invoice_id'), 10);

INSERT INTO pay.dispute (
    dispute_id, invoice_id, reason, opened_at
) VALUES
    (1, 2, 'not as described (1)', '2026-08-01 08:30:00.500000+00:00'),
    (2, 4, 'not as described (2)', '2026-08-02 08:30:00.500000+00:00'),
    (3, 6, 'not as described (3)', '2026-08-03 08:30:00.500000+00:00'),
    (4, 8, 'not as described (4)', '2026-08-04 08:30:00.500000+00:00'),
    (5, 10, 'not as described (5)', '2026-08-05 08:30:00.500000+00:00');

INSERT INTO pay.refund (
    refund_id, dispute_id, amount, paid, memo
) VALUES
    (1, 1, 12.5, true, NULL),
    (2, 2, 25.0, false, 'memo 2'),
    (3, 3, 37.5, true, 'memo 3');

INSERT INTO pay.audit_event (
    happened_at, actor, action, code
) VALUES
    ('2026-01-01 00:00:00+00:00', 'batch', 'start', 1),
    ('2026-01-01 00:00:00+00:00', 'batch', 'start', 1),
    ('2026-01-01 00:00:00+00:00', 'batch', 'start', 1),
    ('2026-01-01 10:00:00+00:00', 'user1', 'change', 1),
    ('2026-01-02 10:00:00+00:00', 'user2', 'change', 2),
    ('2026-01-03 10:00:00+00:00', 'user3', 'change', 3),
    ('2026-01-04 10:00:00+00:00', NULL, 'change', 4),
    ('2026-01-05 10:00:00+00:00', 'user5', 'change', NULL),
    ('2026-01-06 10:00:00+00:00', 'user6', 'change', 6),
    ('2026-01-07 10:00:00+00:00', 'user7', 'change', 7);

INSERT INTO pay.notification (
    notification_id, message, sent_at
) VALUES
    ('d6089d6c-1295-ad5f-b7d7-ae771c0ad821', 'Payment 1 was captured', NULL),
    ('9ef6e5e1-8112-cf37-36e0-48daa947fcdc', 'Payment 2 was captured', '2026-09-02 07:00:00+00:00'),
    ('7a14c4e4-e3f8-a302-1d44-1bcbae732c8b', 'Payment 3 was captured', '2026-09-03 07:00:00+00:00');
