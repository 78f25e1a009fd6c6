"""What is known of AWS DMS, fact by fact, and what the stand-in makes of each: ``docs/dms-facts``
and its page.
"""
