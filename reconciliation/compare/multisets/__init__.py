"""Tables without a key: rows with the same values are counted on both sides, and the counts held
against each other.

Both databases write each row as one exact text (see ``streams``), group equal texts and send them
in the same order with their counts, so that two streams are merged and only what differs is kept.
Texts that differ and stand for the same values are put together by the rules of ``canonical``, as
everywhere.
"""
