-- The rows of TravelBuddy before the replication starts; :start is the instant of the lab's start.

INSERT INTO travelbuddy.flightspecial
  (id, header, body, origin, origin_code, destination, destination_code, cost, expiry_date)
VALUES
  (1, 'London to Paris',
    'Return flights from London to Paris, taxes included',
    'London', 'LHR', 'Paris', 'CDG', 50,
    :start + INTERVAL '3 days 37 milliseconds'),
  (2, 'Paris to London',
    'Return flights from Paris to London, taxes included',
    'Paris', 'CDG', 'London', 'LHR', 55,
    :start + INTERVAL '5 days 74 milliseconds'),
  (3, 'Dubai to Cairo',
    'Return flights from Dubai to Cairo, taxes included',
    'Dubai', 'DXB', 'Cairo', 'CAI', 120,
    :start + INTERVAL '7 days 12 hours 111 milliseconds'),
  (4, 'Melbourne to Hawaii',
    'Return flights from Melbourne to Hawaii, taxes included',
    'Melbourne', 'MEL', 'Hawaii', 'HNL', 250,
    :start + INTERVAL '10 days 148 milliseconds'),
  (5, 'Buenos Aires to Rio',
    'Return flights from Buenos Aires to Rio, taxes included',
    'Buenos Aires', 'EZE', 'Rio', 'GIG', 95,
    :start + INTERVAL '12 days 185 milliseconds'),
  (6, 'Sydney to Rome',
    'Return flights from Sydney to Rome, taxes included',
    'Sydney', 'SYD', 'Rome', 'FCO', 240,
    :start + INTERVAL '14 days 6 hours 222 milliseconds'),
  (7, 'Melbourne to Sydney',
    'Return flights from Melbourne to Sydney, taxes included',
    'Melbourne', 'MEL', 'Sydney', 'SYD', 70,
    :start + INTERVAL '16 days 259 milliseconds'),
  (8, 'Hong Kong to Kuala Lumpur',
    'Return flights from Hong Kong to Kuala Lumpur, taxes included',
    'Hong Kong', 'HKG', 'Kuala Lumpur', 'KUL', 110,
    :start + INTERVAL '19 days 296 milliseconds'),
  (9, 'Lisbon to Madrid',
    'Return flights from Lisbon to Madrid, taxes included',
    'Lisbon', 'LIS', 'Madrid', 'MAD', 60,
    :start + INTERVAL '22 days 333 milliseconds'),
  (10, 'Aswan to Cairo',
    'Return flights from Aswan to Cairo, taxes included',
    'Aswan', 'ASW', 'Cairo', 'CAI', 65,
    :start + INTERVAL '25 days 12 hours 370 milliseconds'),
  (11, 'New York to London',
    'Return flights from New York to London, taxes included',
    'New York', 'JFK', 'London', 'LHR', 230,
    :start + INTERVAL '29 days 407 milliseconds');

INSERT INTO travelbuddy.hotelspecial (id, hotel, description, location, cost, expiry_date) VALUES
  (1, 'Harbour View', 'Three nights, breakfast included', 'Sydney', 180,
    :start + INTERVAL '6 days'),
  (2, 'Old Town Inn', 'Weekend for two', 'Lisbon', 95,
    :start + INTERVAL '9 days'),
  (3, 'Nile Terrace', 'Seven nights with river cruise', 'Aswan', 140,
    :start + INTERVAL '13 days'),
  (4, 'Rue Verte', 'Two nights, late check-out', 'Paris', 210,
    :start + INTERVAL '21 days'),
  (5, 'Peak Residence', 'Five nights, airport transfer', 'Hong Kong', 230,
    :start + INTERVAL '28 days');

-- the rows came with their keys, which leaves the identities' sequences where they were
SELECT setval(pg_get_serial_sequence('travelbuddy.flightspecial', 'id'), max(id)) FROM travelbuddy.flightspecial;
SELECT setval(pg_get_serial_sequence('travelbuddy.hotelspecial', 'id'), max(id)) FROM travelbuddy.hotelspecial;
