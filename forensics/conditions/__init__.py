"""Conditions on the fields of one event, compiled to one SQL boolean."""
