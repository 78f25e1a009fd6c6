"""What has nothing to do with the data must not change what is said of it: faults of the
surroundings, both doors.
"""
