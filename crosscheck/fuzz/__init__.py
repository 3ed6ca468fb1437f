"""The fuzz: a campaign of seeded calls, made by generators that aim at edges."""
