-- The legacy side of the same rows. EXPIRYDATE is in epoch milliseconds, and so is :start_ms, the instant of the lab's start.

INSERT INTO FLIGHTSPECIAL
  (ID, HEADER, BODY, ORIGIN, ORIGINCODE, DESTINATION, DESTINATIONCODE, COST, EXPIRYDATE)
SELECT 1, 'London to Paris',
    'Return flights from London to Paris, taxes included',
    'London', 'LHR', 'Paris', 'CDG', 50, :start_ms + 259200037 FROM DUAL
UNION ALL SELECT 2, 'Paris to London',
    'Return flights from Paris to London, taxes included',
    'Paris', 'CDG', 'London', 'LHR', 55, :start_ms + 432000074 FROM DUAL
UNION ALL SELECT 3, 'Dubai to Cairo',
    'Return flights from Dubai to Cairo, taxes included',
    'Dubai', 'DXB', 'Cairo', 'CAI', 120, :start_ms + 648000111 FROM DUAL
UNION ALL SELECT 4, 'Melbourne to Hawaii',
    'Return flights from Melbourne to Hawaii, taxes included',
    'Melbourne', 'MEL', 'Hawaii', 'HNL', 250, :start_ms + 864000148 FROM DUAL
UNION ALL SELECT 5, 'Buenos Aires to Rio',
    'Return flights from Buenos Aires to Rio, taxes included',
    'Buenos Aires', 'EZE', 'Rio', 'GIG', 95, :start_ms + 1036800185 FROM DUAL
UNION ALL SELECT 6, 'Sydney to Rome',
    'Return flights from Sydney to Rome, taxes included',
    'Sydney', 'SYD', 'Rome', 'FCO', 240, :start_ms + 1231200222 FROM DUAL
UNION ALL SELECT 7, 'Melbourne to Sydney',
    'Return flights from Melbourne to Sydney, taxes included',
    'Melbourne', 'MEL', 'Sydney', 'SYD', 70, :start_ms + 1382400259 FROM DUAL
UNION ALL SELECT 8, 'Hong Kong to Kuala Lumpur',
    'Return flights from Hong Kong to Kuala Lumpur, taxes included',
    'Hong Kong', 'HKG', 'Kuala Lumpur', 'KUL', 110, :start_ms + 1641600296 FROM DUAL
UNION ALL SELECT 9, 'Lisbon to Madrid',
    'Return flights from Lisbon to Madrid, taxes included',
    'Lisbon', 'LIS', 'Madrid', 'MAD', 60, :start_ms + 1900800333 FROM DUAL
UNION ALL SELECT 10, 'Aswan to Cairo',
    'Return flights from Aswan to Cairo, taxes included',
    'Aswan', 'ASW', 'Cairo', 'CAI', 65, :start_ms + 2203200370 FROM DUAL
UNION ALL SELECT 11, 'New York to London',
    'Return flights from New York to London, taxes included',
    'New York', 'JFK', 'London', 'LHR', 230, :start_ms + 2505600407 FROM DUAL;

INSERT INTO HOTELSPECIAL (ID, HOTEL, DESCRIPTION, LOCATION, COST, EXPIRYDATE)
SELECT 1, 'Harbour View', 'Three nights, breakfast included', 'Sydney', 180, :start_ms + 518400000 FROM DUAL
UNION ALL SELECT 2, 'Old Town Inn', 'Weekend for two', 'Lisbon', 95, :start_ms + 777600000 FROM DUAL
UNION ALL SELECT 3, 'Nile Terrace', 'Seven nights with river cruise', 'Aswan', 140, :start_ms + 1123200000 FROM DUAL
UNION ALL SELECT 4, 'Rue Verte', 'Two nights, late check-out', 'Paris', 210, :start_ms + 1814400000 FROM DUAL
UNION ALL SELECT 5, 'Peak Residence', 'Five nights, airport transfer', 'Hong Kong', 230, :start_ms + 2419200000 FROM DUAL;
