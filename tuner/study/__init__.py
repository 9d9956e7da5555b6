"""What a study says, read and checked; nothing is simulated here."""
