"""The parts of fontTools that are used here."""
