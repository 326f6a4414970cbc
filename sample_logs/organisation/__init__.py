"""A made-up organisation at work for months, night by night, with incidents planted in its logs."""
