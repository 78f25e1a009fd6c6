-- As if both sides had drifted apart before the replication started: one other COST, one other HEADER, one row that the
-- legacy side lacks and one that only it has.

UPDATE FLIGHTSPECIAL SET COST = COST + 25 WHERE ID = 3;
UPDATE FLIGHTSPECIAL SET HEADER = 'Sydney to Roma' WHERE ID = 6;
DELETE FROM FLIGHTSPECIAL WHERE ID = 9;
INSERT INTO FLIGHTSPECIAL
  (ID, HEADER, BODY, ORIGIN, ORIGINCODE, DESTINATION, DESTINATIONCODE, COST, EXPIRYDATE)
SELECT 99, 'Cairo to Aswan', 'Return flights from Cairo to Aswan, taxes included',
    'Cairo', 'CAI', 'Aswan', 'ASW', 65, :start_ms + 1555203663 FROM DUAL;
