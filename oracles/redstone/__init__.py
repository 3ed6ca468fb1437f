"""RedStone: signed packages in call data, and feeds that a relayer keeps."""
