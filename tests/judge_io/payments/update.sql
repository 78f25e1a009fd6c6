-- Those rows changed; what is out of line stays as it was written.
UPDATE pay.currency SET name = 'renamed', minor_units = -1 WHERE code = 'XXX';
UPDATE pay.exchange_rate SET rate = 2.5, provider = 'p' WHERE day = '2900-01-01';
UPDATE pay.fee_band SET percent = 1, from_amount = 2, label = NULL WHERE band = 32767;
UPDATE pay.category SET name = 'other', parent_id = 1 WHERE id = 900000001;
UPDATE pay.merchant SET name = 'other', country = NULL, category_id = NULL, fee_band = -32768, active = NOT active,
       created_at = now() WHERE code IN ('m🛫', 'zz');
UPDATE pay.merchant_contact SET person = NULL, mail = 'x', phone = '1' WHERE merchant_code = 'm🛫';
UPDATE pay.payment SET amount = amount / 2, fee = fee * 2, state = 'refunded', captured = NOT captured
 WHERE merchant_id >= 900000000;
UPDATE pay.payment SET note = coalesce(note, '') || '!' WHERE payment_no <> 'new' AND merchant_id >= 900000000;
UPDATE pay.settlement_line SET amount = 8, settled_at = '2026-12-31 23:59:59.999', final = true,
       terminal = '11111111-2222-3333-4444-555566667777' WHERE merchant_id = 900000000;
UPDATE pay."SettlementBatch" SET "openedAt" = now(), "closedBy" = 'me', "Total" = NULL
 WHERE "BatchId" IN (-1, 9000000000000000000);
UPDATE pay.payer SET "고객명" = '바뀐 고객' WHERE payer_id >= 900000000;
UPDATE pay.document SET attributes = '{"z": 1}' WHERE document_id = 900000000;
UPDATE pay.document SET body = 'short', scan = NULL, checksum = '\xff' WHERE document_id = 900000002;
UPDATE pay.ledger_entry SET net = net * 2 WHERE entry_id IN (8, 900000000);
UPDATE pay.merchant_profile SET answer_30 = 'last', count_10 = -2147483648, flag_04 = true
 WHERE profile_id >= 900000000;
UPDATE pay.tariff SET valid_from = '2026-02-01', valid_to = '2026-03-01', code = code || 'x'
 WHERE tariff_id >= 900000000;
UPDATE pay.transaction_log SET detail = 'changed', amount = -1 WHERE entry_no = 900000000;
UPDATE pay."order" SET date = '2027-01-01', level = 1, size = 2, comment = 'c', start = false WHERE number >= 900000000;
UPDATE pay.merchant_settlement_agreements SET responsible_department_of_bank = 'x'
 WHERE agreement_identification_codes IN ('new key', 'other');
UPDATE pay.invoice SET amount = 2, remark = NULL WHERE invoice_id >= 900000000;
UPDATE pay.dispute SET reason = 'because' WHERE dispute_id >= 900000000;
UPDATE pay.refund SET paid = NOT paid WHERE refund_id >= 900000000;
